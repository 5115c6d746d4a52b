//! What former runs of a service have shown to be ordinary of it, for those who judge the next one.

use crate::trouble::Trouble;
use scap_journal::{Journal, JournalError};
use scap_plan::{Evidence, Gate, Plan};
use scap_run::evidence::{Tick, learn_ordinary};
use scap_run::{Outcome, RunState};

/// So many runs are looked at, the newest ones.
const RUNS: u32 = 20;

/// Writes into each gate of evidence what the gates of the same check have counted before.
pub(crate) fn learn(plan: &mut Plan, journal: &Journal) -> Result<(), Trouble> {
    let has_evidence = |gate: &Gate| matches!(gate, Gate::Evidence(_));
    if !plan
        .waves
        .iter()
        .flat_map(|wave| &wave.gates)
        .any(has_evidence)
    {
        return Ok(());
    }
    let former = former_runs(plan, journal)?;
    for gate in plan.waves.iter_mut().flat_map(|wave| &mut wave.gates) {
        if let Gate::Evidence(evidence) = gate {
            let name = evidence.counters.name.clone();
            let rollouts = former.iter().flat_map(|run| counted(run, &name));
            evidence.ordinary = learn_ordinary(rollouts);
        }
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

/// The ticks of each gate of that check, and whether its run was good.
fn counted<'a>(run: &'a RunState, check: &str) -> impl Iterator<Item = (&'a [Tick], bool)> {
    let was_good = matches!(
        run.outcome,
        Some(Outcome::Succeeded | Outcome::SucceededWithStragglers)
    );
    let waves = run.plan.waves.iter().zip(&run.gates);
    let gates = waves.flat_map(|(wave, gates)| wave.gates.iter().zip(gates));
    let of_check = gates.filter(move |(gate, _)| {
        matches!(gate, Gate::Evidence(Evidence { counters, .. }) if counters.name == check)
    });
    of_check.map(move |(_, gate)| (gate.ticks.as_slice(), was_good))
}
