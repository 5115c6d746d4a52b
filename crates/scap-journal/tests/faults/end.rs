//! What a fold must come to, in any version; the simulation of scap-execute writes it down in its recordings.

use scap_run::RunState;

pub(crate) fn end(state: &RunState) -> serde_json::Value {
    let steps: Vec<_> = state
        .steps
        .iter()
        .map(|step| (step.status, step.attempt))
        .collect();
    let verdicts: Vec<Vec<_>> = state
        .gates
        .iter()
        .map(|gates| gates.iter().map(|gate| gate.verdict).collect())
        .collect();
    serde_json::json!({
        "phase": state.phase(),
        "outcome": state.outcome,
        "changed": state.changed,
        "resumed": state.resumed,
        "is_undone": state.undo.is_some(),
        "proved_bad": state.has_proved_bad(),
        "steps": steps,
        "verdicts": verdicts,
        "stuck": state.stuck.as_ref().map(|stuck| &stuck.why),
    })
}
