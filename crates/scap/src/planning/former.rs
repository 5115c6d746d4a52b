//! What former runs teach the next plan.

use super::{ordinary, past};
use crate::trouble::Trouble;
use crate::wiring::Wiring;
use scap_journal::{Journal, JournalError};
use scap_plan::{Gate, Plan};
use scap_run::RunState;

/// So many runs are looked at, the newest ones.
const RUNS: u32 = 20;

/// Writes into each gate of evidence what is ordinary of its check, and what it is compared with where there is no control.
pub(crate) async fn learn(
    plan: &mut Plan,
    journal: &Journal,
    wiring: &Wiring,
) -> Result<(), Trouble> {
    let mut gates = plan.waves.iter().flat_map(|wave| &wave.gates);
    if gates.any(|gate| matches!(gate, Gate::Evidence(_))) {
        let former = former_runs(plan, journal)?;
        ordinary::learn(plan, &former);
        past::learn(plan, &former, wiring).await;
    }
    Ok(())
}

/// A run that is damaged teaches nothing, and holds up no plan.
fn former_runs(plan: &Plan, journal: &Journal) -> Result<Vec<RunState>, JournalError> {
    let listing = journal.runs(Some(plan.service.as_str()), RUNS)?;
    let ended = listing.runs.iter().filter(|run| run.outcome.is_some());
    let states = ended.filter_map(|run| journal.fold(run.run).ok());
    Ok(states.map(|(state, _)| state).collect())
}
