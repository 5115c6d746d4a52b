//! The evidence equals the reference simulation at every tick; `vectors/generate.py` writes the vectors.

use std::collections::BTreeMap;

use scap_run::evidence::{Counts, Evidence, Settings, SignatureCounts, Tick};
use serde::Deserialize;

const TOLERANCE: f64 = 1e-9;

#[derive(Deserialize)]
struct Case {
    name: String,
    tick_milliseconds: u32,
    restart_every_milliseconds: u64,
    signatures: u32,
    error_budget: f64,
    ticks: Vec<Row>,
    log_e_all: BTreeMap<String, Vec<f64>>,
    log_e: BTreeMap<String, Vec<f64>>,
    log_good: Vec<f64>,
}

/// n, m, X, Y and the signatures with errors: number, x, y.
#[derive(Deserialize)]
struct Row(u64, u64, u64, u64, Vec<(u32, u64, u64)>);

impl Row {
    fn tick(&self, milliseconds: u32) -> Tick {
        let Self(n, m, x, y, signatures) = self;
        let counts = |requests: &u64, errors: &u64| Counts {
            requests: *requests,
            errors: *errors,
        };
        Tick {
            canary: counts(n, x),
            control: counts(m, y),
            signatures: signatures
                .iter()
                .map(|(number, canary, control)| SignatureCounts {
                    signature: number.to_string(),
                    canary: *canary,
                    control: *control,
                })
                .collect(),
            milliseconds,
        }
    }
}

fn cases() -> Vec<Case> {
    serde_json::from_str(include_str!("../vectors/evidence.json")).expect("the generator's form")
}

fn assert_close(found: f64, expected: f64, of: &str) {
    let distance = (found - expected).abs();
    assert!(
        distance <= TOLERANCE * (1.0 + expected.abs()),
        "{of}: {found} is not {expected}"
    );
}

#[test]
fn evidence_equals_the_reference_at_every_tick() {
    for case in cases() {
        for (ratio, expected) in &case.log_e {
            let settings = Settings {
                tolerated_ratio: ratio.parse().unwrap(),
                restart_every_milliseconds: case.restart_every_milliseconds,
                window_milliseconds: 0,
                settling_milliseconds: 0,
                maximum_signatures: case.signatures,
                error_budget: case.error_budget,
                ..Settings::default()
            };
            let mut evidence = Evidence::new(settings).unwrap();
            for (at, row) in case.ticks.iter().enumerate() {
                evidence.vote(&row.tick(case.tick_milliseconds));
                let of = |part| format!("{}, ratio {ratio}, tick {at}, {part}", case.name);
                assert_close(evidence.log_e(), expected[at], &of("log_e"));
                let all = case.log_e_all[ratio][at];
                assert_close(evidence.log_e_all(), all, &of("log_e_all"));
                assert_close(evidence.log_good(), case.log_good[at], &of("log_good"));
            }
        }
    }
}

#[test]
fn the_vectors_hold_every_difficulty() {
    let cases = cases();
    let rows = || cases.iter().flat_map(|case| &case.ticks);
    assert!(rows().any(|row| row.0 == 0 && row.2 > 0), "errors alone");
    assert!(rows().any(|row| row.1 == 0 && row.0 > 0), "no control");
    assert!(rows().any(|row| row.2 + row.3 == 0), "no errors");
    assert!(rows().any(|row| row.0 > row.1), "a large canary");
    assert!(cases.iter().any(|case| case.tick_milliseconds == 1000));
    let greatest = cases.iter().flat_map(|case| &case.log_e["1.25"]);
    assert!(greatest.fold(0.0_f64, |a, b| a.max(*b)) > 100.0);
}
