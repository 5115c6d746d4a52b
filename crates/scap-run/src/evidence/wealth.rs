//! The wealth of bettors against "the canary fails no more often than tolerated", one vote a tick.

use super::counts::Tick;

/// Rate ratios, canary over control, that are bet on side by side: from one that is barely harm to one that is all harm.
pub const RATIOS: [f64; 9] = [1.5, 2.0, 3.0, 5.0, 10.0, 30.0, 100.0, 300.0, 1000.0];

/// A bet needs a ratio clearly above the tolerated one, else it can win nothing.
const SMALLEST_ADVANTAGE: f64 = 1.2;

/// What one tick pays on each ratio for an error of the canary and for one of the control.
pub(super) struct Odds([Payout; RATIOS.len()]);

#[derive(Clone, Copy)]
struct Payout {
    canary: f64,
    control: f64,
}

impl Odds {
    /// Given that an error happened, it is the canary's with probability θ(r) = r·n / (r·n + m) at the rate ratio r.
    /// The payouts are θ(r) / θ(ρ) and (1 − θ(r)) / (1 − θ(ρ)); without requests on both sides there is no bet.
    pub(super) fn of(tick: &Tick, tolerated_ratio: f64) -> Option<Self> {
        if tick.canary.requests == 0 || tick.control.requests == 0 {
            return None;
        }
        let (n, m) = (float(tick.canary.requests), float(tick.control.requests));
        Some(Self(RATIOS.map(|ratio| {
            let ratio = ratio.max(tolerated_ratio * SMALLEST_ADVANTAGE);
            let control = (tolerated_ratio * n + m) / (ratio * n + m);
            Payout {
                canary: ratio / tolerated_ratio * control,
                control,
            }
        })))
    }
}

/// Natural logarithms of the wealth on each ratio.
///
/// Method: betting on the bounded share of the canary among the errors of a tick (Waudby-Smith and Ramdas, "Estimating
/// means of bounded random variables by betting"). Needs only that its mean is at most θ(ρ): a tick is one vote, however
/// many lines one cause wrote.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Wealth([f64; RATIOS.len()]);

impl Wealth {
    pub(super) fn new(stake: f64) -> Self {
        Self([stake.ln(); RATIOS.len()])
    }

    /// Adds fresh money, as a later start of the same bets brings it in.
    pub(super) fn add(&mut self, stake: f64) {
        for wealth in &mut self.0 {
            *wealth = ln_sum_exp(&[*wealth, stake.ln()]);
        }
    }

    /// Settles the one vote of a tick; a tick without errors says nothing.
    pub(super) fn settle(&mut self, canary: u64, control: u64, odds: &Odds) {
        if canary == 0 && control == 0 {
            return;
        }
        let share = float(canary) / (float(canary) + float(control));
        for (wealth, payout) in self.0.iter_mut().zip(&odds.0) {
            *wealth += (share * payout.canary + (1.0 - share) * payout.control).ln();
        }
    }

    /// Natural logarithm of the e-value: the mean over the ratios.
    pub(super) fn log_e(&self) -> f64 {
        ln_sum_exp(&self.0) - float(RATIOS.len() as u64).ln()
    }
}

/// ln Σ exp(x) for finite x or −∞, without overflow.
pub(super) fn ln_sum_exp(terms: &[f64]) -> f64 {
    let greatest = terms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if greatest == f64::NEG_INFINITY {
        return greatest;
    }
    let sum: f64 = terms.iter().map(|term| (term - greatest).exp()).sum();
    greatest + sum.ln()
}

#[allow(
    clippy::cast_precision_loss,
    reason = "a count above 2^53 is known well enough to 16 digits"
)]
pub(super) fn float(count: u64) -> f64 {
    count as f64
}
