//! The real `decide`, driver and journal against a seeded world of faults, on simulated time.
//!
//! `SCAP_SIMULATION_SEED=n` runs one seed and prints its events; `SCAP_SIMULATION_SEEDS=n` sets how many are run,
//! from `SCAP_SIMULATION_FIRST=n` on;
//! `SCAP_RECORDINGS=DIR` is where `recording.rs` puts what the journals of this version look like.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod clock;
mod fleet;
mod harness;
mod invariants;
mod people;
mod recording;
mod runner;
mod scenario;
mod shared;
mod signals;
mod story;
mod world;

use fleet::{Crash, Fleet};
use harness::{simulate, simulate_all};
use scap_journal::Moment;
use scap_plan::WaveId;
use scap_run::evidence::Verdict;
use scenario::{Canary, Scenario};
use std::ops::Range;
use story::Story;

const SEEDS: u64 = 20_000;

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

/// Runs `check` on every one of `seeds`, on all processors; a failure names its seed.
fn for_all(seeds: Range<u64>, check: impl Fn(u64) + Sync) {
    let workers = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    std::thread::scope(|scope| {
        for worker in 0..workers {
            let (check, seeds) = (&check, seeds.clone());
            scope.spawn(move || seeds.skip(worker).step_by(workers).for_each(check));
        }
    });
}

fn assert_sound(seed: u64, story: &Story) {
    if let Err(broken) = invariants::hold(story) {
        panic!(
            "seed {seed}: {broken}\nreplay it with SCAP_SIMULATION_SEED={seed}\n{}",
            story.told()
        );
    }
}

#[test]
fn every_invariant_holds_in_a_world_of_faults() {
    if let Some(seed) = number("SCAP_SIMULATION_SEED") {
        let stories = simulate_all(&Fleet::wild(seed));
        for story in &stories {
            println!("{}", story.told());
        }
        for story in &stories {
            assert_sound(seed, story);
        }
        return;
    }
    let first = number("SCAP_SIMULATION_FIRST").unwrap_or(0);
    let seeds = number("SCAP_SIMULATION_SEEDS").unwrap_or(SEEDS);
    for_all(first..first + seeds, |seed| {
        for story in simulate_all(&Fleet::wild(seed)) {
            assert_sound(seed, &story);
        }
    });
}

#[test]
fn a_run_killed_at_any_event_ends_as_the_uninterrupted_one() {
    for_all(0..60, |seed| {
        let scenario = Scenario::quiet(seed);
        let whole = simulate(&scenario, &[]);
        assert_sound(seed, &whole);
        for append in 0..whole.appends() {
            for moment in [Moment::Before, Moment::After] {
                let crash = Crash { append, moment };
                let resumed = simulate(&scenario, &[crash]);
                assert_sound(seed, &resumed);
                invariants::same_end(&whole, &resumed).unwrap_or_else(|broken| {
                    panic!("seed {seed}, {crash:?}: {broken}\n{}", resumed.told())
                });
            }
        }
    });
}

#[test]
fn a_check_in_shadow_changes_no_end_and_lengthens_no_run() {
    let has_spoken = std::sync::atomic::AtomicUsize::new(0);
    for_all(0..400, |seed| {
        let scenario = Scenario::quiet(seed);
        let without = simulate(&scenario, &[]);
        for shadow in [Canary::Broken, Canary::Silent] {
            let with = simulate(&scenario.clone().with_a_shadow(shadow), &[]);
            assert_sound(seed, &with);
            let took = |story: &Story| story.state.created.until(story.state.changed);
            let same = invariants::same_end(&without, &with);
            assert!(
                same.is_ok() && took(&without) == took(&with),
                "seed {seed}, {shadow:?}: {same:?}\n{}",
                with.told()
            );
            let would_stop = with.state.gates[0].first().is_some_and(|gate| {
                with.state.is_shadow(WaveId(0), 0) && gate.verdict == Some(Verdict::Fail)
            });
            has_spoken.fetch_add(would_stop.into(), std::sync::atomic::Ordering::Relaxed);
        }
    });
    assert!(
        has_spoken.into_inner() > 20,
        "no shadow spoke against a canary"
    );
}

#[test]
fn a_seed_replays_identically() {
    for_all(0..50, |seed| {
        let told = |()| {
            let stories = simulate_all(&Fleet::wild(seed));
            stories.iter().map(Story::told).collect::<String>()
        };
        let [once, again] = [(); 2].map(told);
        assert_eq!(once, again, "seed {seed} gave two stories");
    });
}

#[test]
fn the_simulation_meets_every_kind_of_end() {
    let ends = std::sync::Mutex::new(std::collections::BTreeMap::<String, u32>::new());
    for_all(0..600, |seed| {
        for story in simulate_all(&Fleet::wild(seed)) {
            *ends.lock().unwrap().entry(story.end()).or_default() += 1;
        }
    });
    let ends = ends.into_inner().unwrap();
    for end in [
        "succeeded",
        "rolled back",
        "stopped on purpose",
        "cancelled",
        "refused",
        "stuck",
    ] {
        assert!(ends.contains_key(end), "no seed ended {end}: {ends:?}");
    }
}
