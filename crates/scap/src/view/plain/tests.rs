//! Runs told line by line.

use super::*;
use crate::view::stories::{self, Story};
use insta::assert_snapshot;
use scap_plan::Plan;

fn told(story: &Story) -> String {
    let mut teller = Teller::new(Offset::UTC);
    let lines = story
        .told
        .iter()
        .filter_map(|(recorded, after)| teller.line(recorded, after));
    let digest = story.state.plan.digest();
    let told = lines.collect::<Vec<_>>().join("\n");
    told.replace(Plan::short(&digest), "DIGEST")
}

#[test]
fn a_run_is_told_event_by_event() {
    assert_snapshot!("with_stragglers", told(&stories::with_stragglers()));
    assert_snapshot!("rolled_back", told(&stories::rolled_back()));
    assert_snapshot!("stuck", told(&stories::stuck()));
    assert_snapshot!("answered", told(&stories::answered()));
    assert_snapshot!("refused", told(&stories::refused()));
    assert_snapshot!("frozen", told(&stories::frozen()));
}

#[test]
fn times_are_those_of_the_offset() {
    let story = stories::preparing();
    let (recorded, after) = &story.told[1];
    let line = Teller::new(Offset::from_seconds(-5 * 3600).unwrap()).line(recorded, after);
    assert_eq!(line.as_deref(), Some("05:02:00  locks taken"));
}

#[test]
fn evidence_that_stays_the_same_is_told_once_a_minute() {
    let told = told(&stories::without_traffic(150));
    let evidence = told.lines().filter(|line| line.contains("0 of 0"));
    let times: Vec<&str> = evidence.map(|line| &line[..8]).collect();
    assert_eq!(times, ["10:02:10", "10:03:14", "10:04:14"]);
}
