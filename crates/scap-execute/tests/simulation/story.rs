//! What happened in one run, from all sides.

use crate::scenario::Scenario;
use scap_journal::Recorded;
use scap_run::RunState;
use std::fmt::Write;
use std::time::Duration;

pub(crate) struct Story {
    pub(crate) scenario: Scenario,
    pub(crate) events: Vec<Recorded>,
    pub(crate) state: RunState,
    /// What runs at last on each step's hosts.
    pub(crate) targets: Vec<Vec<String>>,
    pub(crate) violations: Vec<String>,
    pub(crate) locks_left: usize,
    pub(crate) granted_requests: usize,
    pub(crate) unanswered_requests: usize,
    /// Simulated time between the last fault and the end; nothing when it never ended.
    pub(crate) calm: Option<Duration>,
    /// How long that may be.
    pub(crate) budget: Duration,
    /// Programs that went on, or wanted to begin, after the end.
    pub(crate) late_programs: usize,
}

impl Story {
    /// Appends after the creation.
    pub(crate) fn appends(&self) -> u64 {
        self.events.len() as u64 - 1
    }

    pub(crate) fn end(&self) -> String {
        match (&self.state.outcome, &self.state.stuck) {
            (Some(outcome), _) => outcome.words().to_owned(),
            (None, Some(_)) => "stuck".to_owned(),
            (None, None) => "nowhere".to_owned(),
        }
    }

    pub(crate) fn told(&self) -> String {
        let mut text = String::new();
        for Recorded { seq, at, event } in &self.events {
            let event = serde_json::to_string(event).unwrap();
            let short: String = event.chars().take(220).collect();
            let at = at.0 - self.events[0].at.0;
            writeln!(text, "{seq:>4} {at:>8} ms  {short}").unwrap();
        }
        let (end, targets, deeds) = (self.end(), &self.targets, &self.scenario.deeds);
        let (calm, budget) = (self.calm, self.budget);
        writeln!(
            text,
            "{end}; targets {targets:?}; deeds {deeds:?}; calm {calm:?} of {budget:?}"
        )
        .unwrap();
        text
    }
}
