//! What former rollouts show to be ordinary.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use scap_plan::Ordinary;
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

fn learnt(rollouts: &[Vec<Tick>]) -> Ordinary {
    learn_ordinary(rollouts.iter().map(|ticks| (ticks.as_slice(), true)))
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
    assert!(!ordinary.calm);
    assert_eq!((ordinary.settles, ordinary.ratio), (None, None));
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
fn errors_that_are_independent_are_calm() {
    assert!(learnt(&streams(&independent())).calm);
}

#[test]
fn causes_that_write_many_lines_at_once_are_calm() {
    let clustered = Stream {
        lines_per_cause: 4.0,
        one_offs_per_second: 1.0 / 300.0,
        ..independent()
    };
    assert!(learnt(&streams(&clustered)).calm);
}

#[test]
fn nothing_is_calm_that_was_watched_for_less_than_ten_minutes() {
    let rollouts = streams(&independent());
    let short = rollouts[0][..500].to_vec();
    assert!(!learnt(&[short]).calm);
}

#[test]
fn a_service_without_any_error_is_calm() {
    assert!(learnt(&vec![vec![tick(&[]); 600]; 2]).calm);
}

#[test]
fn what_has_no_control_shows_kinds_and_nothing_of_canaries() {
    let mut second = tick(&[("Timeout", 0)]);
    second.control = Counts::default();
    second.canary.errors = 1;
    second.signatures[0].canary = 1;
    let watch = vec![second; TICKS];
    let mut rollouts = vec![watch; 10];
    let ordinary = learnt(&rollouts);
    assert!(ordinary.signatures.contains("Timeout"));
    assert!(!ordinary.calm);
    let alike = rollout(|at| u64::from(at % 30 == 20));
    rollouts.extend(vec![alike; 10]);
    let ordinary = learnt(&rollouts);
    assert_eq!((ordinary.settles, ordinary.ratio), (Some(false), None));
}

/// A rollout of ten minutes in which the canary has these errors, second by second, and the control, with nineteen times as
/// many requests, nineteen at once each half minute.
fn rollout(errors: impl Fn(usize) -> u64) -> Vec<Tick> {
    let second = |at| {
        let mut second = tick(&[("A", if at % 30 == 7 { 19 } else { 0 })]);
        second.control.requests = 1900;
        second.canary.errors = errors(at);
        second
    };
    (0..TICKS).map(second).collect()
}

#[test]
fn a_cause_that_goes_on_for_half_a_minute_is_not_calm() {
    let at_once = rollout(|at| if at % 120 == 60 { 8 } else { 0 });
    assert!(learnt(&vec![at_once; 10]).calm);
    let going_on = rollout(|at| u64::from((60..90).contains(&(at % 120)) && at % 4 == 0));
    assert!(!learnt(&vec![going_on; 10]).calm);
}

#[test]
fn canaries_that_fail_more_at_first_settle_and_others_do_not() {
    let cold = rollout(|at| if at < 45 { u64::from(at % 5 == 0) } else { 0 });
    assert_eq!(learnt(&vec![cold; 10]).settles, Some(true));
    let steady = rollout(|at| u64::from(at % 30 == 20));
    assert_eq!(learnt(&vec![steady; 10]).settles, Some(false));
    assert_eq!(learnt(&vec![vec![tick(&[]); 600]; 10]).settles, None);
}

#[test]
fn canaries_that_always_fail_twice_as_often_without_harm_may() {
    let alike = rollout(|at| u64::from(at % 30 == 20));
    assert_eq!(learnt(&vec![alike; 10]).ratio, None);
    let twice = rollout(|at| u64::from(at % 15 == 5));
    assert_eq!(learnt(&vec![twice.clone(); 10]).ratio, Some(2.5));
    assert_eq!(learnt(&vec![twice; 3]).ratio, None, "too few agree");
    let tenfold = rollout(|at| u64::from(at % 3 == 0));
    assert_eq!(learnt(&vec![tenfold; 10]).ratio, Some(3.0), "at most");
}
