//! Journals under fire: many claimants, disks that fail or are full, files that were cut off or damaged.
//!
//! `SCAP_CHAOS_CLAIMS` sets how many runs are claimed, `SCAP_CHAOS_FLIPS` how many bits are flipped.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod backups;
mod claimant;
mod claims;
mod content;
mod end;
mod flips;
mod recording;
mod storage;
mod story;
mod torn;
mod versions;
mod writer;

use std::path::Path;
use tempfile::TempDir;

/// A folder in memory where there is one: what is tried here are files that differ, not disks that are slow.
fn folder() -> TempDir {
    let memory = Path::new("/dev/shm");
    let folder = if memory.is_dir() {
        tempfile::tempdir_in(memory)
    } else {
        tempfile::tempdir()
    };
    folder.unwrap()
}

/// How much is done: what the environment says, or what fits beside all other tests.
fn size(variable: &str, usual: usize) -> usize {
    let set = std::env::var(variable).ok();
    set.map_or(usual, |set| set.parse().expect("a number"))
}
