//! Writes journals of this version down, so that those that come can prove that they still understand them.

#[path = "../../../scap-journal/tests/faults/end.rs"]
mod end;

use crate::fleet::Fleet;
use crate::harness::simulate_all;
use crate::story::Story;
use end::end;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

/// As many of each end, so that the rare ones are among them.
const OF_EACH_END: usize = 8;
/// A recording is to be read by people, too.
const MOST_EVENTS: usize = 60;
const SEEDS: u64 = 1_000;

#[test]
#[ignore = "writes files: `make recordings` runs it when a version is released"]
fn record_journals() {
    let folder = std::env::var("SCAP_RECORDINGS").unwrap();
    std::fs::create_dir_all(&folder).unwrap();
    let mut ends: BTreeMap<String, usize> = BTreeMap::new();
    for seed in 0..SEEDS {
        let story = &simulate_all(&Fleet::wild(seed))[0];
        let count = ends.entry(story.end()).or_default();
        if story.events.len() <= MOST_EVENTS && *count < OF_EACH_END {
            *count += 1;
            let name = format!("{}-{seed}.jsonl", story.end().replace(' ', "-"));
            std::fs::write(Path::new(&folder).join(name), lines(story)).unwrap();
        }
    }
    println!("{ends:?}");
}

/// One line for the end, then one for each event.
fn lines(story: &Story) -> String {
    let mut text = format!("{}\n", end(&story.state));
    for recorded in &story.events {
        // As it lies in its row, not as some other writer of JSON would put it.
        let body = serde_json::to_string(&recorded.event).unwrap();
        let at = recorded.at.0;
        writeln!(text, "{{\"at\":{at},\"version\":1,\"body\":{body}}}").unwrap();
    }
    text
}
