//! What would have had to be different for no alarm.

use std::collections::BTreeMap;

use super::{Evidence, Tick};

/// How many of the canary's errors are kept, in the order in which they came.
#[derive(Clone, Copy)]
struct Thinning {
    kept: u64,
    of: u64,
}

impl Thinning {
    /// How many are kept of `count` errors that follow on `before` others.
    fn keep(self, before: u64, count: u64) -> u64 {
        let kept = |errors: u64| u128::from(errors) * u128::from(self.kept) / u128::from(self.of);
        let kept = kept(before.saturating_add(count)) - kept(before);
        u64::try_from(kept).expect("no more is kept than there was")
    }
}

/// The number of canary errors, of those up to the alarm, that stay below the limit when the others are left out evenly
/// over time: one error more, and there is an alarm. None when these ticks never alarm, or by kinds
/// alone.
///
/// Method: bisection, each candidate voted on anew from the first tick.
pub(super) fn errors_without_alarm(afresh: &Evidence, ticks: &[Tick]) -> Option<u64> {
    let ticks = &ticks[..=alarm(afresh, ticks.iter().cloned())?];
    let errors = ticks.iter().map(|tick| tick.canary.errors);
    let of = errors.fold(0, u64::saturating_add);
    if of == 0 {
        return None;
    }
    let (mut silent, mut alarming) = (0, of);
    while alarming - silent > 1 {
        let kept = silent.midpoint(alarming);
        if alarm(afresh, thinned(ticks, Thinning { kept, of })).is_some() {
            alarming = kept;
        } else {
            silent = kept;
        }
    }
    Some(silent)
}

/// The index of the tick that raises the alarm.
fn alarm(afresh: &Evidence, mut ticks: impl Iterator<Item = Tick>) -> Option<usize> {
    let mut evidence = afresh.clone();
    ticks.position(|tick| {
        evidence.vote(&tick);
        evidence.is_alarming()
    })
}

/// The same ticks with fewer errors of the canary, among all errors and in each kind.
fn thinned(ticks: &[Tick], thinning: Thinning) -> impl Iterator<Item = Tick> {
    let (mut all, mut kinds) = (0_u64, BTreeMap::<&str, u64>::new());
    ticks.iter().map(move |tick| {
        let mut fewer = tick.clone();
        fewer.canary.errors = thinning.keep(all, tick.canary.errors);
        all = all.saturating_add(tick.canary.errors);
        for (kind, fewer) in tick.signatures.iter().zip(&mut fewer.signatures) {
            let before = kinds.entry(&kind.signature).or_default();
            fewer.canary = thinning.keep(*before, kind.canary);
            *before = before.saturating_add(kind.canary);
        }
        fewer
    })
}
