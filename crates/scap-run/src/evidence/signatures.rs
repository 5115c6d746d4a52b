//! Evidence by kind of error, so that a kind new to the canary stands out from any background.

use std::collections::{BTreeMap, BTreeSet};

use super::counts::{SignatureCounts, Tick};
use super::wealth::{Bets, Errors, TickOdds, Wealth, float, ln_sum_exp};

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

    fn take(&mut self, errors: Errors, is_ordinary: bool, odds: Option<&TickOdds>) {
        self.canary = self.canary.saturating_add(errors.canary);
        self.control = self.control.saturating_add(errors.control);
        if let Some(odds) = odds {
            self.wealth.take(errors, is_ordinary, odds);
        }
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
    /// Whether any kind may have been there before, seen or not.
    pub(super) is_any_known: bool,
}

impl Signatures {
    pub(super) fn new(places: u32) -> Self {
        Self {
            seen: Vec::new(),
            places: places as usize,
            is_any_known: false,
        }
    }

    pub(super) fn seen(&self) -> &[SignatureEvidence] {
        &self.seen
    }

    /// Takes a tick in, and tells the errors of kinds that are novel: neither `known`, nor the control had them before.
    pub(super) fn take(
        &mut self,
        tick: &Tick,
        known: &BTreeSet<String>,
        odds: Option<&TickOdds>,
    ) -> Errors {
        // A kind that is named twice in a tick still has one vote.
        let mut kinds: BTreeMap<&str, Errors> = BTreeMap::new();
        for counts in &tick.signatures {
            let errors = kinds.entry(&counts.signature).or_default();
            errors.add(Errors::new(counts.canary, counts.control));
            self.place(counts);
        }
        let mut novel = Errors::default();
        for (signature, errors) in kinds {
            let kind = self.seen.iter_mut().find(|it| it.signature == signature);
            let is_ordinary = self.is_any_known
                || known.contains(signature)
                || kind.as_ref().is_some_and(|kind| kind.control > 0);
            if !is_ordinary {
                novel.add(errors);
            }
            if let Some(kind) = kind {
                kind.take(errors, is_ordinary, odds);
            }
        }
        novel
    }

    pub(super) fn settle(&mut self, bets: Bets) {
        for kind in &mut self.seen {
            kind.wealth.settle(bets);
            kind.log_e = kind.wealth.log_e();
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

    /// Gives a kind a place when it comes for the first time and there is one.
    fn place(&mut self, counts: &SignatureCounts) {
        let is_known = self.seen.iter().any(|it| it.signature == counts.signature);
        let is_full = self.seen.len() == self.places;
        if is_known || is_full || (counts.canary == 0 && counts.control == 0) {
            return;
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
    }
}
