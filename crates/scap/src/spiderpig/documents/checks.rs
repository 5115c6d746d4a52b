//! How far the checks of a service can be trusted: what they said of its last runs.

use crate::spiderpig::Porter;
use scap_journal::RunSummary;
use scap_plan::{CheckMode, Counters};
use scap_run::evidence::Verdict;
use scap_run::{Outcome, RunState};
use schemars::JsonSchema;
use serde::Serialize;
use spiderpig_protocol::Problem;
use std::sync::Arc;

#[derive(Serialize, JsonSchema)]
pub(super) struct CheckHistory {
    name: String,
    mode: CheckMode,
    /// Oldest first.
    verdicts: Vec<Verdict>,
    /// How often it spoke against what stayed.
    false_alarms: usize,
}

impl Porter {
    /// `runs` come newest first.
    pub(super) fn check_histories(
        &self,
        checks: &[Counters],
        runs: &[RunSummary],
    ) -> Result<Vec<CheckHistory>, Problem> {
        let journal = &self.desk.journal;
        let ended = runs.iter().rev().filter(|run| run.outcome.is_some());
        let states = ended.map(|run| self.board.state(journal, run.run));
        let states: Vec<Arc<RunState>> = states.collect::<Result<_, _>>()?;
        let histories = checks.iter().map(|check| history(check, &states));
        Ok(histories.collect())
    }
}

fn history(check: &Counters, runs: &[Arc<RunState>]) -> CheckHistory {
    let spoken = runs.iter().flat_map(|run| {
        let gates = run.evidence_gates();
        let of_check = gates.filter(|(_, planned, _)| planned.counters.name == check.name);
        of_check.filter_map(|(_, _, gate)| Some((gate.verdict?, stayed(run))))
    });
    let spoken: Vec<(Verdict, bool)> = spoken.collect();
    let is_against = |verdict| matches!(verdict, Verdict::Fail | Verdict::Concern);
    let alarms = spoken.iter().filter(|(verdict, _)| is_against(*verdict));
    CheckHistory {
        name: check.name.clone(),
        mode: check.mode,
        false_alarms: alarms.filter(|(_, stayed)| *stayed).count(),
        verdicts: spoken.into_iter().map(|(verdict, _)| verdict).collect(),
    }
}

fn stayed(run: &RunState) -> bool {
    run.outcome.is_some_and(Outcome::is_success)
}
