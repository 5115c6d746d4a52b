//! What former runs of a service have shown to be ordinary of it, for those who judge the next one.

use super::former::Former;
use scap_plan::{Gate, Plan};
use scap_run::evidence::{Tick, learn_ordinary};
use scap_run::{Outcome, RunState};

/// Writes into each gate of evidence what the gates of the same check have counted in former runs.
pub(super) fn learn(plan: &mut Plan, former: &Former) {
    for gate in plan.waves.iter_mut().flat_map(|wave| &mut wave.gates) {
        if let Gate::Evidence(evidence) = gate {
            let name = evidence.counters.name.clone();
            let runs = former.of(&evidence.counters).iter();
            let rollouts = runs.flat_map(|run| counted(run, &name));
            evidence.ordinary = learn_ordinary(rollouts);
        }
    }
}

/// The ticks of each gate of that check, and whether its run was good.
fn counted<'a>(run: &'a RunState, check: &str) -> impl Iterator<Item = (&'a [Tick], bool)> {
    let was_good = run.outcome.is_some_and(Outcome::is_success);
    let of_check = run
        .evidence_gates()
        .filter(move |(_, planned, _)| planned.counters.name == check);
    of_check.map(move |(_, _, gate)| (gate.ticks.as_slice(), was_good))
}
