//! The rule of scap: the evidence as the product has it, over a plan of four shares.

use crate::rule::Rule;
use rand_chacha::ChaCha8Rng;
use scap_plan::Ordinary;
use scap_run::evidence::{Evidence, Settings, Tick};

/// The canary's share, and for how long.
const PLAN: [(f64, u32); 4] = [(0.05, 600), (0.25, 120), (0.5, 120), (1.0, 60)];

pub(crate) struct Ours {
    evidence: Evidence,
    /// When an early promotion from the first share would have been allowed.
    pub(crate) good_enough_seconds: Option<u32>,
}

impl Ours {
    /// With what former rollouts have shown.
    pub(crate) fn knowing(settings: Settings, ordinary: Ordinary) -> Self {
        Self {
            evidence: Evidence::new(settings)
                .expect("settings are valid")
                .knowing(ordinary),
            good_enough_seconds: None,
        }
    }
}

impl Rule for Ours {
    fn share(&self, elapsed_seconds: u32) -> f64 {
        let mut end = 0;
        let current = PLAN.iter().find(|(_, seconds)| {
            end += seconds;
            elapsed_seconds < end
        });
        current.map_or(1.0, |(share, _)| *share)
    }

    fn is_stopped(&mut self, tick: &Tick, elapsed_seconds: u32, _: &mut ChaCha8Rng) -> bool {
        if self.evidence.settings().maximum_signatures > 0 {
            self.evidence.vote(tick);
        } else {
            let signatures = Vec::new();
            self.evidence.vote(&Tick {
                signatures,
                ..tick.clone()
            });
        }
        if self.good_enough_seconds.is_none() && self.evidence.is_good_enough() {
            self.good_enough_seconds = Some(elapsed_seconds);
        }
        self.evidence.is_alarming()
    }

    fn promoted_seconds(&self) -> u32 {
        840
    }
}
