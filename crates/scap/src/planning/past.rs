//! What a watch is compared with: what former runs have counted, else what the check's own store has of the past.

use super::former::Former;
use crate::wiring::Wiring;
use scap_plan::{Evidence, Gate, Past, Plan};
use scap_run::{past_of_histories, past_of_runs};

/// Enough to know a day's rush, and soon read.
const DAYS: u32 = 1;

/// Writes the past into each watch. One without a past begins with what the run's own control shows.
pub(super) async fn learn(plan: &mut Plan, former: &Former, wiring: &Wiring) {
    let mut learnt = Vec::new();
    for gate in plan.waves.iter().flat_map(|wave| &wave.gates) {
        if let Gate::Evidence(evidence) = gate
            && evidence.watch.is_some()
        {
            let runs = former.of(&evidence.counters);
            let past = past_of_runs(runs, &evidence.counters);
            learnt.push(match past {
                Some(past) => Some(past),
                None => of_store(plan, evidence, wiring).await,
            });
        }
    }
    let gates = plan.waves.iter_mut().flat_map(|wave| &mut wave.gates);
    let watches = gates.filter_map(|gate| match gate {
        Gate::Evidence(evidence) => evidence.watch.as_mut(),
        Gate::Tests { .. } | Gate::Bake { .. } => None,
    });
    for (watch, past) in watches.zip(learnt) {
        watch.past = past;
    }
}

/// Nothing where instances are asked, which remember nothing, or where the store does not answer: preflight says so.
async fn of_store(plan: &Plan, evidence: &Evidence, wiring: &Wiring) -> Option<Past> {
    let mut histories = Vec::new();
    // What all share is the same at each step.
    let steps = if evidence.counters.is_shared {
        1
    } else {
        usize::MAX
    };
    for step in evidence.canary.iter().take(steps) {
        let history = wiring
            .history(plan, &evidence.counters, (*step, DAYS))
            .await;
        histories.push(history.ok()?);
    }
    let window = scap_engines::checks::window(&evidence.counters);
    past_of_histories(&histories, &evidence.counters, (window, DAYS))
}
