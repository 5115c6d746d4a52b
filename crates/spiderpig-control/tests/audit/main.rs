//! The audit on a real file: every way to tamper with it is found, and nothing else is said to be wrong.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod kept;
mod tampering;

use scap_run::{RunId, UnixMillis};
use spiderpig_control::{Act, Audit, Deed, Head};
use tempfile::TempDir;

pub(crate) struct Place {
    folder: TempDir,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self {
            folder: TempDir::new().unwrap(),
        }
    }

    pub(crate) fn open(&self) -> Audit {
        Audit::open(self.folder.path(), at(0)).unwrap()
    }

    pub(crate) fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }
}

pub(crate) fn at(seconds: i64) -> UnixMillis {
    UnixMillis(1_800_000_000_000 + 1_000 * seconds)
}

pub(crate) fn deed(number: i64) -> Deed {
    let acts = [
        Act::SignedIn,
        Act::Deployed,
        Act::Answered,
        Act::Approved,
        Act::Unmasked,
    ];
    let person = ["ada", "bob", "eve"][usize::try_from(number % 3).unwrap()];
    Deed {
        run: Some(RunId(number)),
        digest: Some(format!("d{number}")),
        address: Some("192.0.2.7".parse().unwrap()),
        ..Deed::new(person, acts[usize::try_from(number % 5).unwrap()])
    }
}

/// Records some deeds, and returns the head after each.
pub(crate) fn record(audit: &Audit, deeds: std::ops::Range<i64>) -> Vec<Head> {
    deeds
        .map(|number| audit.record(&deed(number), at(number)).unwrap())
        .collect()
}
