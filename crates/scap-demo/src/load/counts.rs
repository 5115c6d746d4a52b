//! What became of the requests of the load.

use std::collections::BTreeMap;

use super::Page;

/// Counts since the load started.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub sent: u64,
    pub answered: u64,
    /// Requests that no host answered at all.
    pub unanswered: u64,
    /// Answers other than 200, by the host's place in the list and the kind of request.
    pub failed: BTreeMap<(usize, Page), u64>,
}

impl Counts {
    /// What was counted after `earlier`, a former state of the same counts.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        let failed = self.failed.iter().map(|(key, count)| {
            let before = earlier.failed.get(key).copied().unwrap_or_default();
            (*key, count - before)
        });
        Self {
            sent: self.sent - earlier.sent,
            answered: self.answered - earlier.answered,
            unanswered: self.unanswered - earlier.unanswered,
            failed: failed.filter(|(_, count)| *count > 0).collect(),
        }
    }

    /// Failures of pages that are whole in a good version, by the host's place in the list.
    pub fn hurt_by_host(&self) -> BTreeMap<usize, u64> {
        let mut hurt = BTreeMap::new();
        for ((host, page), count) in &self.failed {
            if *page != Page::SoldOut {
                *hurt.entry(*host).or_default() += count;
            }
        }
        hurt
    }
}
