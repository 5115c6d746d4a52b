//! Whether causes of errors are over at once, or go on writing.
//!
//! Method: the canary's share among the errors of a tick is in the mean its share of the requests, whatever the traffic or an
//! outage does to both sides, and however many lines one cause writes at once (the same that a vote rests on). So what it is
//! beyond that in one tick says nothing of the next one, unless a cause goes on on one side. The sum of products of such
//! residuals over the pairs of ticks of a window, over the sum of their squares, is 0 in the mean without such causes, and
//! else the number of further ticks that a cause writes in.

use super::sum;
use crate::evidence::counts::Tick;
use crate::evidence::wealth::float;

const WINDOW_MILLISECONDS: u64 = 30_000;
/// Watched for less, nothing is taken for absent.
const ENOUGH_MILLISECONDS: u64 = 600_000;
/// Canaries with fewer errors in all say nothing, if there are errors at all.
const FEWEST_ERRORS: u64 = 5;
/// Fewer further ticks than that where causes do not go on, certain to so many standard errors.
const FEW_PAIRS: f64 = 1.0;
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
    let windows: Vec<Residuals> = good
        .iter()
        .flat_map(|ticks| residuals(ticks, rates))
        .collect();
    let found: f64 = windows.iter().map(Residuals::pairs).sum();
    let by_chance: f64 = windows.iter().map(|it| it.pairs().powi(2)).sum();
    let squares: f64 = windows.iter().map(|it| it.squares).sum();
    found + CERTAIN * by_chance.sqrt() <= FEW_PAIRS * squares
}

/// What the canary's share of the errors is beyond its share of the requests, in the ticks of a window.
#[derive(Default)]
struct Residuals {
    sum: f64,
    squares: f64,
}

impl Residuals {
    /// The products of each two ticks, both ways.
    fn pairs(&self) -> f64 {
        self.sum * self.sum - self.squares
    }

    fn take(&mut self, tick: &Tick, rates: f64) {
        let (canary, control) = (&tick.canary, &tick.control);
        let errors = canary.errors + control.errors;
        if errors == 0 || !tick.is_comparable() {
            return;
        }
        let weight = rates * float(canary.requests);
        let share = weight / (weight + float(control.requests));
        let residual = float(canary.errors) / float(errors) - share;
        self.sum += residual;
        self.squares += residual * residual;
    }
}

fn residuals(ticks: &[Tick], rates: f64) -> Vec<Residuals> {
    let mut elapsed = 0_u64;
    let windows = ticks.chunk_by(|tick, _| {
        let before = elapsed / WINDOW_MILLISECONDS;
        elapsed += u64::from(tick.milliseconds);
        before == elapsed / WINDOW_MILLISECONDS
    });
    let of_window = |window: &[Tick]| {
        let mut residuals = Residuals::default();
        for tick in window {
            residuals.take(tick, rates);
        }
        residuals
    };
    windows.map(of_window).collect()
}
