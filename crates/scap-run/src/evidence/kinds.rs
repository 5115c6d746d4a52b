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

    /// Those that the canary had, in the same order.
    pub fn kinds_of_canary(&self) -> impl Iterator<Item = &SignatureEvidence> {
        self.kinds().into_iter().filter(|kind| kind.canary() > 0)
    }

    /// Whether only the canary had it: neither the control did, nor former runs. A watch that knows of none can tell of none.
    pub fn is_new(&self, kind: &SignatureEvidence) -> bool {
        let can_tell = !self.is_watch() || !self.known.is_empty();
        kind.canary() > 0 && kind.control() == 0 && can_tell && !self.is_ordinary(kind)
    }

    /// Whether former runs had it.
    pub fn is_ordinary(&self, kind: &SignatureEvidence) -> bool {
        self.known.contains(kind.signature())
    }

    /// The new kind that there is most of.
    pub(super) fn commonest_novelty(&self) -> Option<&SignatureEvidence> {
        let kinds = self.signatures.seen().iter();
        let novel = kinds.filter(|kind| self.is_new(kind));
        novel.max_by_key(|kind| kind.canary())
    }
}
