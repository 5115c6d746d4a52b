//! Errors of which only some are kept, evenly in the order in which they came.

use std::collections::BTreeMap;

use super::Tick;

/// How many are kept.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Thinning {
    kept: u64,
    of: u64,
}

impl Thinning {
    /// So many of so many; there is at least one.
    pub(super) fn new(kept: u64, of: u64) -> Self {
        Self { kept, of }
    }

    /// Each so-manieth.
    pub(super) fn each(of: u64) -> Self {
        Self::new(1, of)
    }

    /// How many are kept of `count` that follow on those `before`, to which they are added.
    pub(super) fn keep(self, before: &mut u64, count: u64) -> u64 {
        let kept = |errors: u64| u128::from(errors) * u128::from(self.kept) / u128::from(self.of);
        let until = before.saturating_add(count);
        let more = kept(until) - kept(*before);
        *before = until;
        u64::try_from(more).expect("no more is kept than there was")
    }
}

/// The errors of the canary so far, all of them and of each kind.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Thinner {
    thinning: Thinning,
    all: u64,
    /// Of kinds beyond so many nothing is kept.
    places: usize,
    kinds: BTreeMap<String, u64>,
}

impl Thinner {
    pub(super) fn new(thinning: Thinning, places: usize) -> Self {
        Self {
            thinning,
            all: 0,
            places,
            kinds: BTreeMap::new(),
        }
    }

    /// The next tick with fewer errors of the canary.
    pub(super) fn thin(&mut self, tick: &Tick) -> Tick {
        let mut fewer = tick.clone();
        fewer.canary.errors = self.thinning.keep(&mut self.all, tick.canary.errors);
        for kind in &mut fewer.signatures {
            if self.kinds.len() < self.places {
                self.kinds.entry(kind.signature.clone()).or_default();
            }
            let before = self.kinds.get_mut(&kind.signature);
            kind.canary = before.map_or(0, |before| self.thinning.keep(before, kind.canary));
        }
        fewer
    }
}
