//! What a change of the helmfiles changes of releases.

use super::difference::{self, ReleaseDifference};
use super::page::Page;
use super::words;
use crate::planning::against::{ReleaseChange, ReleaseState};

/// The releases that differ, and how many do not.
pub(crate) fn page(changes: &[&ReleaseChange], width: usize) -> Page {
    let differs = |change: &&&ReleaseChange| change.state != ReleaseState::Unchanged;
    let shown: Vec<ReleaseDifference<'_>> = changes
        .iter()
        .filter(differs)
        .map(|change| ReleaseDifference {
            place: place(change),
            release: &change.place.release,
            difference: &change.difference,
        })
        .collect();
    let unchanged = changes.len() - shown.len();
    let mut page = if shown.is_empty() {
        Page::new(width)
    } else {
        difference::page(&shown, width)
    };
    if unchanged > 0 {
        let releases = words::count(unchanged, "release");
        page.entry("left out", &format!("{releases}: no difference"));
    }
    page
}

fn place(change: &ReleaseChange) -> String {
    let place = &change.place;
    let state = match change.state {
        ReleaseState::Added => ", a new release",
        ReleaseState::Removed => ", no longer a release",
        ReleaseState::Changed | ReleaseState::Unchanged => "",
    };
    let varies = change.varies.as_ref();
    let varies = varies.map_or_else(String::new, |why| format!(", differs each time: {why}"));
    format!(
        "in {} ({}){state}{varies}",
        place.environment, place.namespace
    )
}
