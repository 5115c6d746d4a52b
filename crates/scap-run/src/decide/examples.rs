//! What the errors look like that a gate failed for: found out beside everything else, before the run ends.

use crate::evidence::{Evidence, Verdict};
use crate::{Action, GateState, RunState};
use scap_plan::WaveId;

/// Adds the looks for examples to what is wanted. Only the end waits for them.
pub(super) fn beside(state: &RunState, mut actions: Vec<Action>) -> Vec<Action> {
    let looks: Vec<Action> = looks(state).collect();
    if !looks.is_empty() {
        actions.retain(|action| !matches!(action, Action::Finish { .. }));
        actions.extend(looks);
    }
    actions
}

fn looks(state: &RunState) -> impl Iterator<Item = Action> {
    let waves = state.gates.iter().enumerate();
    waves.flat_map(move |(wave, gates)| {
        let wave = WaveId(wave);
        let gates = gates.iter().enumerate();
        let wanting = gates
            .filter(move |(gate, progress)| is_wanting(progress) && !state.is_shadow(wave, *gate));
        wanting.map(move |(gate, _)| Action::FindExamples { wave, gate })
    })
}

fn is_wanting(progress: &GateState) -> bool {
    let mut kinds = progress.evidence.iter().flat_map(Evidence::kinds_of_canary);
    progress.verdict == Some(Verdict::Fail) && progress.examples.is_none() && kinds.next().is_some()
}
