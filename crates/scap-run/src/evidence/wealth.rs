//! The wealth of bettors against "the canary fails no more often than tolerated", one vote a tick.

use super::counts::Tick;
use super::thinning::Thinning;
use std::ops::Range;

/// Rate ratios, canary over control, that are bet on side by side: from one that is barely harm to one that is all harm.
pub const RATIOS: [f64; 9] = [1.5, 2.0, 3.0, 5.0, 10.0, 30.0, 100.0, 300.0, 1000.0];

/// A bet needs a ratio clearly above the tolerated one, else it can win nothing.
const SMALLEST_ADVANTAGE: f64 = 1.2;

/// The odds of a tick: those of ordinary errors are easier on the canary while its instances settle.
pub(super) struct TickOdds {
    strict: Odds,
    settling: Option<Settling>,
}

/// While instances settle, ordinary errors may be so many times as many, or only one of so many counts.
struct Settling {
    odds: Odds,
    thinning: Thinning,
}

impl TickOdds {
    /// None where the sides cannot be compared.
    pub(super) fn of_tick(tick: &Tick, tolerated_ratio: f64, factor: Option<u32>) -> Option<Self> {
        tick.is_comparable().then(|| Self {
            strict: Odds::new(tick, tolerated_ratio),
            settling: factor.map(|factor| Settling {
                odds: Odds::new(tick, tolerated_ratio * f64::from(factor)),
                thinning: Thinning::each(u64::from(factor)),
            }),
        })
    }
}

/// What one tick pays on each ratio for an error of the canary and for one of the control.
pub(super) struct Odds([Payout; RATIOS.len()]);

#[derive(Clone, Copy)]
struct Payout {
    canary: f64,
    control: f64,
}

impl Odds {
    /// Given that an error happened, it is the canary's with probability θ(r) = r·n / (r·n + m) at the rate ratio r.
    /// The payouts are θ(r) / θ(ρ) and (1 − θ(r)) / (1 − θ(ρ)).
    fn new(tick: &Tick, tolerated_ratio: f64) -> Self {
        let (n, m) = (float(tick.canary.requests), float(tick.control.requests));
        Self(RATIOS.map(|ratio| {
            let ratio = ratio.max(tolerated_ratio * SMALLEST_ADVANTAGE);
            let control = (tolerated_ratio * n + m) / (ratio * n + m);
            Payout {
                canary: ratio / tolerated_ratio * control,
                control,
            }
        }))
    }

    /// What errors pay in the mean; none leave the stake as it is.
    fn pay(&self, errors: Errors) -> [f64; RATIOS.len()] {
        let (canary, control) = (float(errors.canary), float(errors.control));
        let all = canary + control;
        self.0.map(|payout| {
            if all > 0.0 {
                (canary * payout.canary + control * payout.control) / all
            } else {
                1.0
            }
        })
    }
}

/// Ratios whose bets are settled at the same moments.
#[derive(Clone, Copy, Debug)]
pub(super) enum Bets {
    /// A healthy canary that wanders by itself may look like that for a while: the ticks of a window share one vote.
    Mild,
    /// No wandering looks like that, so that severe faults may be found as early as ticks come.
    Severe,
}

impl Bets {
    pub(super) const ALL: [Self; 2] = [Self::Mild, Self::Severe];
    /// The first so many of `RATIOS` are mild.
    const MILD: usize = 6;

    fn ratios(self) -> Range<usize> {
        match self {
            Self::Mild => 0..Self::MILD,
            Self::Severe => Self::MILD..RATIOS.len(),
        }
    }
}

/// Errors of both sides that are held to the same odds.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Errors {
    pub(super) canary: u64,
    pub(super) control: u64,
}

impl Errors {
    pub(super) fn new(canary: u64, control: u64) -> Self {
        Self { canary, control }
    }

    pub(super) fn add(&mut self, others: Self) {
        self.canary = self.canary.saturating_add(others.canary);
        self.control = self.control.saturating_add(others.control);
    }

    /// Those that are not among `others`.
    pub(super) fn without(self, others: Self) -> Self {
        Self {
            canary: self.canary.saturating_sub(others.canary),
            control: self.control.saturating_sub(others.control),
        }
    }
}

/// Natural logarithms of the wealth on each ratio, and what the ticks of the open windows pay.
///
/// Method: betting on the bounded share of the canary among the errors of a window (Waudby-Smith and Ramdas, "Estimating
/// means of bounded random variables by betting"). Needs only that its mean is at most θ(ρ): a window is one vote, in which
/// each tick counts by its errors, however many lines one cause wrote.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Wealth {
    settled: [f64; RATIOS.len()],
    paid: [f64; RATIOS.len()],
    errors: [f64; Bets::ALL.len()],
    /// Of the canary, those that were thinned.
    thinned: u64,
}

impl Wealth {
    pub(super) fn new(stake: f64) -> Self {
        Self {
            settled: [stake.ln(); RATIOS.len()],
            paid: [0.0; RATIOS.len()],
            errors: [0.0; Bets::ALL.len()],
            thinned: 0,
        }
    }

    /// Adds fresh money, as a later start of the same bets brings it in. No window is open then.
    pub(super) fn add(&mut self, stake: f64) {
        for wealth in &mut self.settled {
            *wealth = ln_sum_exp(&[*wealth, stake.ln()]);
        }
    }

    /// Takes errors of a tick in; none say nothing.
    ///
    /// Of ordinary ones, while instances settle, half of the wealth is bet on a ratio beyond what a start may bring, which sees
    /// few errors soon, and half on what is left of the canary's when only each tenth counts, which sees that all requests fail.
    pub(super) fn take(&mut self, errors: Errors, is_ordinary: bool, odds: &TickOdds) {
        let paid = match &odds.settling {
            Some(settling) if is_ordinary => {
                let canary = settling.thinning.keep(&mut self.thinned, errors.canary);
                let thinned = Errors { canary, ..errors };
                let (early, thorough) = (settling.odds.pay(errors), odds.strict.pay(thinned));
                std::array::from_fn(|ratio| f64::midpoint(early[ratio], thorough[ratio]))
            }
            _ => odds.strict.pay(errors),
        };
        let all = float(errors.canary) + float(errors.control);
        for (sum, paid) in self.paid.iter_mut().zip(paid) {
            *sum += all * paid;
        }
        for sum in &mut self.errors {
            *sum += all;
        }
    }

    /// Settles the vote of a window, and opens the next one.
    pub(super) fn settle(&mut self, bets: Bets) {
        let errors = std::mem::take(&mut self.errors[bets as usize]);
        for ratio in bets.ratios() {
            let paid = std::mem::take(&mut self.paid[ratio]);
            if errors > 0.0 {
                self.settled[ratio] += (paid / errors).ln();
            }
        }
    }

    /// Natural logarithm of the e-value: the mean over the ratios.
    pub(super) fn log_e(&self) -> f64 {
        ln_sum_exp(&self.settled) - float(RATIOS.len() as u64).ln()
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
pub(crate) fn float(count: u64) -> f64 {
    count as f64
}
