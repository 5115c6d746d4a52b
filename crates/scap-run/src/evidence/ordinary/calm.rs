//! Whether causes of errors are over at once, or go on writing.
//!
//! Method: given the errors of a tick, how many of them are the canary's is chance, whatever the traffic or an outage does to
//! both sides. So what the canary has beyond its share in one tick says nothing of the next one, unless a cause goes on on one
//! side. The sum of products of such residuals over the pairs of ticks of a window is 0 in the mean without such causes, and else the
//! number of pairs of errors that share a cause.

use super::sum;
use crate::evidence::counts::Tick;
use crate::evidence::wealth::float;

const WINDOW_MILLISECONDS: u64 = 30_000;
/// Watched for less, nothing is taken for absent.
const ENOUGH_MILLISECONDS: u64 = 600_000;
/// Canaries with fewer errors in all say nothing, if there are errors at all.
const FEWEST_ERRORS: u64 = 5;
/// Pairs that an error shares with others, in the mean, where causes do not go on; certain to so many standard errors.
const FEW_PAIRS: f64 = 0.75;
const CERTAIN: f64 = 2.0;

/// Whether a cause that goes on would have been seen, and none was.
/// `rates` is the error rate of canaries over that of their controls.
pub(super) fn is_calm(good: &[&[Tick]], rates: f64) -> bool {
    let all = || good.iter().flat_map(|ticks| ticks.iter());
    let watched: u64 = all().map(|tick| u64::from(tick.milliseconds)).sum();
    let canary = sum(all().map(|tick| &tick.canary));
    let control = sum(all().map(|tick| &tick.control));
    if watched < ENOUGH_MILLISECONDS {
        return false;
    }
    if canary.errors < FEWEST_ERRORS {
        return canary.errors + control.errors == 0;
    }
    let pairs = good.iter().flat_map(|ticks| pairs(ticks, rates));
    let (found, squares) = pairs.fold((0.0, 0.0), |(found, squares), of_window| {
        (found + of_window, squares + of_window * of_window)
    });
    found + CERTAIN * f64::sqrt(squares) <= FEW_PAIRS * float(canary.errors)
}

/// Pairs of errors in different ticks of a window that are more than chance, by window.
fn pairs(ticks: &[Tick], rates: f64) -> Vec<f64> {
    let residual = |tick: &Tick| {
        let (canary, control) = (&tick.canary, &tick.control);
        let weight = rates * float(canary.requests);
        let share = weight / (weight + float(control.requests)).max(1.0);
        float(canary.errors) - share * float(canary.errors + control.errors)
    };
    let mut elapsed = 0_u64;
    let windows = ticks.chunk_by(|tick, _| {
        let before = elapsed / WINDOW_MILLISECONDS;
        elapsed += u64::from(tick.milliseconds);
        before == elapsed / WINDOW_MILLISECONDS
    });
    let of_window = |window: &[Tick]| {
        let residuals = window.iter().map(residual);
        let (sum, squares) = residuals.fold((0.0, 0.0), |(sum, squares), it| {
            (sum + it, squares + it * it)
        });
        sum * sum - squares
    };
    windows.map(of_window).collect()
}
