//! What would have had to be different for no alarm.

use super::thinning::{Thinner, Thinning};
use super::{Evidence, Tick, bisection};

/// The number of canary errors, of those up to the alarm, that stay below the limit when the others are left out evenly
/// over time: one error more, and there is an alarm. None when these ticks never alarm, or by kinds
/// alone.
///
/// Method: bisection, each candidate voted on anew from the first tick.
pub(super) fn errors_without_alarm(afresh: &Evidence, ticks: &[Tick]) -> Option<u64> {
    let ticks = &ticks[..=alarm(afresh, ticks.iter().cloned())?];
    let errors = ticks.iter().map(|tick| tick.canary.errors);
    let of = errors.fold(0, u64::saturating_add);
    let is_silent = |kept| {
        let mut thinner = Thinner::new(Thinning::new(kept, of), usize::MAX);
        alarm(afresh, ticks.iter().map(|tick| thinner.thin(tick))).is_none()
    };
    (of > 0).then(|| bisection::last(0, of, is_silent))
}

/// The index of the tick that raises the alarm.
fn alarm(afresh: &Evidence, mut ticks: impl Iterator<Item = Tick>) -> Option<usize> {
    let mut evidence = afresh.clone();
    ticks.position(|tick| {
        evidence.vote(&tick);
        evidence.is_alarming()
    })
}
