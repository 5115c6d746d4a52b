//! What former runs teach the next plan.

use super::{ordinary, past};
use crate::trouble::Trouble;
use crate::wiring::Wiring;
use scap_journal::{Journal, JournalError};
use scap_plan::{Counters, Gate, Plan};
use scap_run::RunState;

/// So many runs are looked at, the newest ones.
const RUNS: u32 = 20;

/// Runs that have ended.
pub(super) struct Former {
    of_service: Vec<RunState>,
    /// Also those of others, where something is watched that all share.
    of_all: Vec<RunState>,
}

/// Writes into each gate of evidence what is ordinary of its check, and what it is compared with where there is no control.
pub(crate) async fn learn(
    plan: &mut Plan,
    journal: &Journal,
    wiring: &Wiring,
) -> Result<(), Trouble> {
    let is_judged = |is_meant: fn(&Counters) -> bool| {
        let mut gates = plan.waves.iter().flat_map(|wave| &wave.gates);
        gates.any(|gate| matches!(gate, Gate::Evidence(evidence) if is_meant(&evidence.counters)))
    };
    let runs_of = |service: Option<&str>, is_needed: bool| {
        if is_needed {
            ended(journal, service)
        } else {
            Ok(Vec::new())
        }
    };
    let service = Some(plan.service.as_str());
    let former = Former {
        of_service: runs_of(service, is_judged(|counters| !counters.is_shared))?,
        of_all: runs_of(None, is_judged(|counters| counters.is_shared))?,
    };
    ordinary::learn(plan, &former);
    past::learn(plan, &former, wiring).await;
    Ok(())
}

/// A run that is damaged teaches nothing, and holds up no plan.
fn ended(journal: &Journal, service: Option<&str>) -> Result<Vec<RunState>, JournalError> {
    let listing = journal.runs(service, RUNS)?;
    let ended = listing.runs.iter().filter(|run| run.outcome.is_some());
    let states = ended.filter_map(|run| journal.fold(run.run).ok());
    Ok(states.map(|(state, _)| state).collect())
}

impl Former {
    /// Those that may have counted the same.
    pub(super) fn of(&self, counters: &Counters) -> &[RunState] {
        if counters.is_shared {
            &self.of_all
        } else {
            &self.of_service
        }
    }
}
