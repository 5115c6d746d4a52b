//! Runs told line by line.

use super::*;
use crate::view::stories::{self, Story};
use insta::assert_snapshot;
use scap_plan::Plan;

fn told(story: &Story) -> String {
    let lines = story
        .told
        .iter()
        .filter_map(|(recorded, after)| line(recorded, after, Offset::UTC));
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
    let line = line(recorded, after, Offset::from_seconds(-5 * 3600).unwrap());
    assert_eq!(line.as_deref(), Some("05:02:00  locks taken"));
}
