//! What former rollouts show to be ordinary.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use scap_plan::Period;
use scap_run::evidence::{Counts, SignatureCounts, Tick, learn_ordinary};

use crate::streams::Stream;

const ROLLOUTS: u64 = 10;
const TICKS: usize = 600;

/// A second in which the control has so many errors of each kind.
fn tick(errors: &[(&str, u64)]) -> Tick {
    let counts = |errors| Counts {
        requests: 100,
        errors,
    };
    let kind = |(signature, control): &(&str, u64)| SignatureCounts {
        signature: (*signature).to_owned(),
        canary: 0,
        control: *control,
    };
    Tick {
        canary: counts(0),
        control: counts(errors.iter().map(|(_, count)| count).sum()),
        signatures: errors.iter().map(kind).collect(),
        milliseconds: 1000,
    }
}

fn learnt_burst(rollouts: &[Vec<Tick>]) -> Option<Period> {
    let rollouts = rollouts.iter().map(|ticks| (ticks.as_slice(), true));
    learn_ordinary(rollouts).burst
}

fn streams(stream: &Stream) -> Vec<Vec<Tick>> {
    let rollout = |seed| {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        (0..TICKS).map(|_| stream.tick(&mut random)).collect()
    };
    (0..ROLLOUTS).map(rollout).collect()
}

fn independent() -> Stream {
    Stream {
        requests_per_second: 200.0,
        canary_share: 0.05,
        base_error_rate: 0.001,
        canary_ratio: 1.0,
        lines_per_cause: 1.0,
        one_offs_per_second: 0.0,
        fault: 0.0,
        tick_milliseconds: 1000,
    }
}

#[test]
fn nothing_is_ordinary_of_a_service_without_a_past() {
    let ordinary = learn_ordinary(std::iter::empty());
    assert!(ordinary.signatures.is_empty());
    assert_eq!(ordinary.burst, None);
}

#[test]
fn kinds_of_good_rollouts_are_ordinary_and_of_bad_ones_those_of_the_control() {
    let mut bad = tick(&[("Timeout", 1), ("Boom", 0)]);
    bad.signatures[1].canary = 9;
    let good = {
        let mut tick = tick(&[("Cold cache", 0)]);
        tick.signatures[0].canary = 3;
        tick
    };
    let (bad, good) = ([bad], [good]);
    let ordinary = learn_ordinary([(&bad[..], false), (&good[..], true)]);
    let kinds: Vec<&String> = ordinary.signatures.iter().collect();
    assert_eq!(kinds, ["Cold cache", "Timeout"]);
}

#[test]
fn errors_that_are_independent_show_no_bursts() {
    assert_eq!(learnt_burst(&streams(&independent())), None);
}

#[test]
fn a_cause_that_writes_many_lines_at_once_is_no_burst() {
    let clustered = Stream {
        lines_per_cause: 4.0,
        one_offs_per_second: 1.0 / 300.0,
        ..independent()
    };
    assert_eq!(learnt_burst(&streams(&clustered)), None);
}

#[test]
fn an_outage_of_all_kinds_is_no_burst() {
    let quiet = || vec![tick(&[]); 285];
    let outage = (0..30).map(|at| tick(&[(["A", "B", "C"][at % 3], 2)]));
    let rollout: Vec<Tick> = quiet().into_iter().chain(outage).chain(quiet()).collect();
    assert_eq!(learnt_burst(&vec![rollout; 10]), None);
}

#[test]
fn a_kind_that_comes_for_half_a_minute_and_goes_is_a_burst() {
    let names = ["A", "B", "C", "D", "E", "F"];
    let burst = |name| (0..30).map(move |at| tick(if at % 4 == 0 { name } else { &[] }));
    let pause = || vec![tick(&[]); 70];
    let rollout: Vec<Tick> = names
        .iter()
        .flat_map(|name| {
            let errors: &'static [(&str, u64)] = vec![(*name, 1)].leak();
            burst(errors).chain(pause())
        })
        .collect();
    let burst = learnt_burst(&vec![rollout; 10]).expect("bursts");
    assert!(burst >= Period::from_secs(30), "{burst}");
}
