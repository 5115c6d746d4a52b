//! How often healthy rollouts alarm and faulty ones do not, over seeded streams.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use scap_run::evidence::{Evidence, Settings};

use crate::bounds::at_most;
use crate::streams::Stream;

const HEALTHY: u64 = 1000;
const FAULTY: u64 = 200;
const TICKS: usize = 120;

/// The rate of false alarms is proved to be below this with a confidence of 99 %.
const PROVED_RATE: f64 = 0.02;

fn stream() -> Stream {
    Stream {
        requests_per_second: 200.0,
        canary_share: 0.05,
        base_error_rate: 0.001,
        canary_ratio: 1.0,
        lines_per_cause: 1.0,
        one_offs_per_second: 0.0,
        fault: 0.0,
        tick_milliseconds: 5000,
    }
}

fn alarms(stream: &Stream, rollouts: u64) -> u64 {
    let is_stopped = |seed: &u64| {
        let mut random = ChaCha8Rng::seed_from_u64(*seed);
        let mut evidence = Evidence::new(Settings::default()).expect("valid defaults");
        (0..TICKS).any(|_| {
            evidence.vote(&stream.tick(&mut random));
            evidence.is_alarming()
        })
    };
    (0..rollouts).filter(is_stopped).count() as u64
}

fn assert_alarms_are_rare(stream: &Stream) {
    let alarms = alarms(stream, HEALTHY);
    assert!(alarms <= HEALTHY / 100, "{alarms} of {HEALTHY} alarmed");
    assert!(at_most(alarms, HEALTHY, PROVED_RATE) <= 0.01);
}

#[test]
fn healthy_rollouts_seldom_alarm() {
    assert_alarms_are_rare(&stream());
}

#[test]
fn healthy_rollouts_seldom_alarm_when_one_cause_writes_many_lines() {
    assert_alarms_are_rare(&Stream {
        lines_per_cause: 4.0,
        one_offs_per_second: 1.0 / 300.0,
        ..stream()
    });
}

#[test]
fn a_canary_with_all_the_excess_that_is_tolerated_seldom_alarms() {
    assert_alarms_are_rare(&Stream {
        canary_ratio: Settings::default().tolerated_ratio,
        ..stream()
    });
}

#[test]
fn a_fault_of_ten_percent_is_always_found() {
    let faulty = Stream {
        fault: 0.1,
        ..stream()
    };
    assert_eq!(alarms(&faulty, FAULTY), FAULTY);
}

#[test]
fn a_fault_of_ten_percent_is_always_found_beneath_clusters() {
    let faulty = Stream {
        fault: 0.1,
        lines_per_cause: 4.0,
        one_offs_per_second: 1.0 / 300.0,
        ..stream()
    };
    assert_eq!(alarms(&faulty, FAULTY), FAULTY);
}
