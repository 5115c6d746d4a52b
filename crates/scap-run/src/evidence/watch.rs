//! Evidence of a watch: what is everywhere has no control, and is compared with the past.

use super::past::{Held, PastEvidence};
use super::{Evidence, Tick, Verdict, past_window, settings, weight_of_starts};
use scap_plan::{Counters, Past, Watch};
use std::collections::BTreeSet;

impl Evidence {
    pub(super) fn watching(mut self, watch: &Watch, check: &Counters) -> Self {
        // What all share does not start with this deployment.
        let settling = if check.is_shared {
            0
        } else {
            settings::longest_settling(watch.period)
        };
        let window_milliseconds = past_window(&check.source);
        self.settings.settling_milliseconds = self.settings.settling_milliseconds.min(settling);
        let stake = weight_of_starts(0, 1);
        let mut past = PastEvidence::new(watch.past.clone(), window_milliseconds, stake);
        if !self.known.is_empty() {
            past.know_kinds();
        }
        self.watch = Some(past);
        self.caution = None;
        self.restart()
    }

    /// Takes in what another one of the same gate was compared with.
    pub(crate) fn remember_as(&mut self, other: &Self) {
        if let Some(past) = other.past() {
            self.remember(past.clone(), other.known.clone());
        }
    }

    /// Takes in what was before, and its kinds of errors, where a watch has begun without a past.
    pub(crate) fn remember(&mut self, past: Past, kinds: BTreeSet<String>) {
        if let Some(watch) = &mut self.watch {
            watch.remember(past);
            self.known.extend(kinds);
            if !self.known.is_empty() {
                watch.know_kinds();
            }
        }
    }

    /// Whether there were no requests to compare.
    pub(super) fn compare_with_past(&mut self, mut past: PastEvidence, tick: &Tick) -> bool {
        let novel = self.signatures.take(tick, &self.known, None);
        if !self.is_warming_up() {
            let ordinary = !self.is_settling();
            let novel = novel.canary;
            past.take(tick, Held { ordinary, novel });
        }
        self.watch = Some(past);
        tick.canary.requests == 0
    }

    /// Until its time is over a watch can only raise a concern. Without a past the error budget is all that there is.
    pub(super) fn verdict_of_watch(&self, is_over: bool) -> Option<Verdict> {
        if self.is_alarming() {
            Some(Verdict::Concern)
        } else if !is_over {
            None
        } else if !self.has_data() {
            Some(Verdict::NoData)
        } else if self.past().is_some() || self.keeps_its_budget() {
            Some(Verdict::Pass)
        } else if self.canary.rate() > Some(self.settings.error_budget) {
            Some(Verdict::Concern)
        } else {
            Some(Verdict::Inconclusive)
        }
    }

    /// Whether it is compared with the past, as there is no control.
    pub fn is_watch(&self) -> bool {
        self.watch.is_some()
    }

    /// What a watch is compared with, if that is known.
    pub fn past(&self) -> Option<&Past> {
        self.watch.as_ref().and_then(PastEvidence::past)
    }
}
