//! What holds for all ticks whatsoever.

use proptest::collection::vec;
use proptest::prelude::*;
use scap_run::evidence::{Counts, Evidence, Settings, SignatureCounts, Tick};

fn counts(requests: u64, errors: u64) -> impl Strategy<Value = Counts> {
    (0..=requests, 0..=errors).prop_map(|(requests, errors)| Counts { requests, errors })
}

fn signature(errors: u64) -> impl Strategy<Value = SignatureCounts> {
    (0..80_u32, 0..=errors, 0..=errors).prop_map(|(kind, canary, control)| SignatureCounts {
        signature: kind.to_string(),
        canary,
        control,
    })
}

fn ticks(requests: u64, errors: u64) -> impl Strategy<Value = Vec<Tick>> {
    let tick = (
        counts(requests, errors),
        counts(requests, errors),
        vec(signature(errors), 0..8),
        prop::sample::select(vec![0, 1000, 5000, 90_000, u32::MAX]),
    );
    let tick = tick.prop_map(|(canary, control, signatures, milliseconds)| Tick {
        canary,
        control,
        signatures,
        milliseconds,
    });
    vec(tick, 1..40)
}

fn judged(ticks: &[Tick]) -> Evidence {
    judged_with(Settings::default(), ticks)
}

fn judged_with(settings: Settings, ticks: &[Tick]) -> Evidence {
    let mut evidence = Evidence::new(settings).expect("valid settings");
    for tick in ticks {
        evidence.vote(tick);
    }
    evidence
}

/// Each tick votes by itself, at the same odds: in a window, a tick of worse odds lessens what the others pay.
fn judged_one_by_one(ticks: &[Tick]) -> Evidence {
    let settings = Settings {
        window_milliseconds: 0,
        settling_milliseconds: 0,
        ..Settings::default()
    };
    judged_with(settings, ticks)
}

proptest! {
    #[test]
    fn ticks_without_errors_are_no_evidence(ticks in ticks(1_000_000, 0)) {
        let evidence = judged(&ticks);
        prop_assert!(evidence.log_e() <= 0.0);
        prop_assert!(evidence.log_e() >= judged(&[]).log_e());
        prop_assert!(evidence.signatures().is_empty());
    }

    #[test]
    fn names_of_signatures_do_not_matter(ticks in ticks(5_000, 4), turn in 1_u32..80) {
        let mut renamed = ticks.clone();
        for kind in renamed.iter_mut().flat_map(|tick| &mut tick.signatures) {
            let number: u32 = kind.signature.parse().unwrap();
            kind.signature = format!("renamed {}", (number + turn) % 80);
        }
        prop_assert_eq!(judged(&ticks).log_e().to_bits(), judged(&renamed).log_e().to_bits());
    }

    #[test]
    fn an_error_of_the_control_never_speaks_against_the_canary(ticks in ticks(5_000, 4), at: prop::sample::Index) {
        let mut more = ticks.clone();
        at.get_mut(&mut more).control.errors += 1;
        prop_assert!(judged_one_by_one(&more).log_e_all() <= judged_one_by_one(&ticks).log_e_all() + 1e-12);
    }

    #[test]
    fn an_error_of_the_canary_never_speaks_for_it(ticks in ticks(5_000, 4), at: prop::sample::Index) {
        let mut more = ticks.clone();
        at.get_mut(&mut more).canary.errors += 1;
        prop_assert!(judged_one_by_one(&more).log_e_all() >= judged_one_by_one(&ticks).log_e_all() - 1e-12);
        prop_assert!(judged(&more).log_good() <= judged(&ticks).log_good());
    }

    #[test]
    fn a_signature_named_twice_has_one_vote(ticks in ticks(5_000, 4)) {
        let mut split = ticks.clone();
        for tick in &mut split {
            let halves = tick.signatures.iter().flat_map(|kind| {
                let half = SignatureCounts { canary: kind.canary / 2, control: kind.control / 2, ..kind.clone() };
                let rest = SignatureCounts { canary: kind.canary - half.canary, control: kind.control - half.control, ..kind.clone() };
                [half, rest]
            });
            tick.signatures = halves.collect();
        }
        prop_assert_eq!(judged(&ticks).log_e().to_bits(), judged(&split).log_e().to_bits());
    }

    #[test]
    fn the_same_ticks_are_the_same_evidence(ticks in ticks(5_000, 4)) {
        prop_assert_eq!(judged(&ticks), judged(&ticks));
    }

    #[test]
    fn an_alarm_stays(ticks in ticks(100, 4), quiet in ticks(1_000_000, 0)) {
        let mut evidence = judged(&ticks);
        for _ in 0..20 {
            evidence.vote(&failing());
        }
        prop_assert!(evidence.is_alarming());
        let greatest = evidence.log_e_max();
        for mut tick in quiet {
            tick.control.errors = 1000;
            evidence.vote(&tick);
        }
        prop_assert!(evidence.is_alarming());
        prop_assert!(evidence.log_e_max() >= greatest);
        prop_assert!(!evidence.is_good_enough());
    }

    #[test]
    fn no_counts_are_too_large(ticks in ticks(u64::MAX, u64::MAX)) {
        let evidence = judged(&ticks);
        prop_assert!(evidence.log_e().is_finite());
        prop_assert!(evidence.log_e_max().is_finite());
        prop_assert!(evidence.log_good().is_finite());
        prop_assert!(evidence.signatures().len() <= 50);
        prop_assert!(evidence.signatures().iter().all(|kind| kind.log_e().is_finite()));
        let explanation = evidence.explain(true, &ticks);
        prop_assert_eq!(explanation.errors_without_alarm.is_some(), evidence.is_alarming());
    }

    #[test]
    fn a_larger_canary_excludes_smaller_faults(requests in 100_u64..1_000_000, errors in 0_u64..20) {
        let look = |requests| {
            let canary = Counts { requests, errors };
            judged(&[Tick { canary, ..failing() }]).smallest_fault_excluded()
        };
        prop_assert!(look(requests * 10) < look(requests).or(Some(1.0)));
    }
}

/// A tick in which errors are the canary's only.
fn failing() -> Tick {
    Tick {
        canary: Counts {
            requests: 100,
            errors: 5,
        },
        control: Counts {
            requests: 1900,
            errors: 0,
        },
        signatures: Vec::new(),
        milliseconds: 5000,
    }
}
