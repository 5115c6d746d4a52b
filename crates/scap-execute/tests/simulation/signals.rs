//! Runs that are under way at once, and in which the same signal is watched.

use crate::fleet::Fleet;
use crate::harness::simulate_all;
use crate::scenario::{Canary, Scenario};
use crate::story::Story;
use scap_run::evidence::Verdict;

/// Runs of services whose new versions do the signal good or harm, carried out by one runner.
fn told(runs: &[(&str, Canary)]) -> Vec<Story> {
    let scenario = |(service, canary): &(&str, Canary)| Scenario::of_a_signal(service, *canary);
    simulate_all(&Fleet {
        runs: runs.iter().map(scenario).collect(),
        runners: vec![Vec::new()],
        waits_for_locks: false,
    })
}

fn said(story: &Story) -> (Option<Verdict>, &str) {
    let gate = &story.state.gates[0][0];
    (gate.verdict, gate.why.as_deref().unwrap_or_default())
}

#[test]
fn a_concern_names_the_other_runs_that_the_signal_is_watched_in() {
    let stories = told(&[("cart", Canary::Healthy), ("shop", Canary::Broken)]);
    assert_eq!(said(&stories[0]).0, Some(Verdict::Pass));
    let (verdict, why) = said(&stories[1]);
    assert_eq!(verdict, Some(Verdict::Concern));
    let other = "; run 1 of cart by ada has changed production for ";
    assert!(why.contains(other), "{why}");
    assert!(
        why.ends_with("; whose doing it is, a person has to tell"),
        "{why}"
    );
    // Nobody answered.
    assert_eq!(stories[1].end(), "rolled back");
}

#[test]
fn a_concern_says_when_there_is_no_other_run() {
    let stories = told(&[("shop", Canary::Broken)]);
    let (verdict, why) = said(&stories[0]);
    assert_eq!(verdict, Some(Verdict::Concern));
    let alone = "; no other run that it is watched in changed production";
    assert!(why.ends_with(alone), "{why}");
}
