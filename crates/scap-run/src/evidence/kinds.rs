//! The kinds of errors as people want to see them.

use super::{Evidence, SignatureEvidence};

impl Evidence {
    /// All kinds: new ones first, then those that say most against the canary.
    pub fn kinds(&self) -> Vec<&SignatureEvidence> {
        let mut kinds: Vec<_> = self.signatures.seen().iter().collect();
        kinds.sort_by(|a, b| {
            let is_new = self.is_new(b).cmp(&self.is_new(a));
            is_new.then(b.weighted_log_e().total_cmp(&a.weighted_log_e()))
        });
        kinds
    }

    /// Whether only the canary had it: neither the control did, nor former runs.
    pub fn is_new(&self, kind: &SignatureEvidence) -> bool {
        kind.canary() > 0 && kind.control() == 0 && !self.is_ordinary(kind)
    }

    /// Whether former runs had it.
    pub fn is_ordinary(&self, kind: &SignatureEvidence) -> bool {
        self.known.contains(kind.signature())
    }
}
