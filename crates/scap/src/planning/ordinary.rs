//! What former runs of a service have shown to be ordinary of it, for those who judge the next one.

use super::former::Former;
use scap_plan::{Counters, Gate, Plan};
use scap_run::evidence::{Tick, learn_ordinary};
use scap_run::{Outcome, RunState};

/// Writes into each gate of evidence what the gates that count the same have counted in former runs.
pub(super) fn learn(plan: &mut Plan, former: &Former) {
    for gate in plan.waves.iter_mut().flat_map(|wave| &mut wave.gates) {
        if let Gate::Evidence(evidence) = gate {
            let counters = &evidence.counters;
            let runs = former.of(counters).iter();
            let rollouts = runs.flat_map(|run| counted(run, counters));
            evidence.ordinary = learn_ordinary(rollouts);
        }
    }
}

/// The ticks of each of its gates, and whether the run was good.
fn counted<'a>(run: &'a RunState, counters: &Counters) -> impl Iterator<Item = (&'a [Tick], bool)> {
    let was_good = run.outcome.is_some_and(Outcome::is_success);
    let gates = run.gates_counting(counters);
    gates.map(move |(_, gate)| (gate.ticks.as_slice(), was_good))
}
