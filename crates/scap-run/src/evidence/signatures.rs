//! Evidence by kind of error, so that a kind new to the canary stands out from any background.

use std::collections::BTreeMap;

use super::counts::{SignatureCounts, Tick};
use super::wealth::{Odds, Wealth, float, ln_sum_exp};

/// What is known of one kind of error.
#[derive(Clone, Debug, PartialEq)]
pub struct SignatureEvidence {
    signature: String,
    canary: u64,
    control: u64,
    wealth: Wealth,
    log_e: f64,
    place_weight: f64,
}

impl SignatureEvidence {
    pub fn signature(&self) -> &str {
        &self.signature
    }

    /// Errors of the canary so far.
    pub fn canary(&self) -> u64 {
        self.canary
    }

    /// Errors of the control so far.
    pub fn control(&self) -> u64 {
        self.control
    }

    /// Natural logarithm of this kind's own e-value, before its weight among the kinds.
    pub fn log_e(&self) -> f64 {
        self.log_e
    }

    /// Natural logarithm of what this kind adds to the evidence of all kinds.
    pub(super) fn weighted_log_e(&self) -> f64 {
        self.log_e + self.place_weight.ln()
    }
}

/// The kinds in the order of their first error; the j-th has the weight 1 / ((j+1)(j+2)).
///
/// There is a fixed number of places. A place that no kind has taken yet holds its weight unbet, and a kind that comes
/// when all are taken is not bet on: the whole remains a mean of e-processes, so it remains one.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Signatures {
    seen: Vec<SignatureEvidence>,
    places: usize,
}

impl Signatures {
    pub(super) fn new(places: u32) -> Self {
        Self {
            seen: Vec::new(),
            places: places as usize,
        }
    }

    pub(super) fn seen(&self) -> &[SignatureEvidence] {
        &self.seen
    }

    pub(super) fn vote(&mut self, tick: &Tick, odds: Option<&Odds>) {
        let mut errors: BTreeMap<usize, (u64, u64)> = BTreeMap::new();
        for counts in &tick.signatures {
            if let Some(place) = self.place(counts) {
                // A kind that is named twice in a tick still has one vote.
                let (canary, control) = errors.entry(place).or_default();
                *canary = canary.saturating_add(counts.canary);
                *control = control.saturating_add(counts.control);
            }
        }
        for (place, (canary, control)) in errors {
            let kind = &mut self.seen[place];
            kind.canary = kind.canary.saturating_add(canary);
            kind.control = kind.control.saturating_add(control);
            if let Some(odds) = odds {
                kind.wealth.settle(canary, control, odds);
                kind.log_e = kind.wealth.log_e();
            }
        }
    }

    /// Natural logarithm of the e-value of all kinds together.
    pub(super) fn log_e(&self) -> f64 {
        let (taken, places) = (float(self.seen.len() as u64), float(self.places as u64));
        let unbet = (places - taken) / ((taken + 1.0) * (places + 1.0));
        let kinds = self.seen.iter().map(SignatureEvidence::weighted_log_e);
        ln_sum_exp(&kinds.chain([unbet.ln()]).collect::<Vec<_>>())
    }

    /// The kind that adds most to the evidence.
    pub(super) fn strongest(&self) -> Option<&SignatureEvidence> {
        self.seen
            .iter()
            .max_by(|a, b| a.weighted_log_e().total_cmp(&b.weighted_log_e()))
    }

    fn place(&mut self, counts: &SignatureCounts) -> Option<usize> {
        if counts.canary == 0 && counts.control == 0 {
            return None;
        }
        let known = self
            .seen
            .iter()
            .position(|kind| kind.signature == counts.signature);
        if known.is_some() || self.seen.len() == self.places {
            return known;
        }
        let order = float(self.seen.len() as u64);
        self.seen.push(SignatureEvidence {
            signature: counts.signature.clone(),
            canary: 0,
            control: 0,
            wealth: Wealth::new(1.0),
            log_e: 0.0,
            place_weight: 1.0 / ((order + 1.0) * (order + 2.0)),
        });
        Some(self.seen.len() - 1)
    }
}
