//! Examples of the errors that a gate failed for: looked for once, and never for long.

use crate::context::Context;
use scap_plan::{Gate, WaveId};
use scap_run::evidence::{Evidence, SignatureEvidence};
use scap_run::{Event, GateState, UnixMillis, WantedExamples};
use std::time::Duration;
use tokio::time::timeout;

/// A run does not end before they are found; nobody waits longer than this for them.
const PATIENCE: Duration = Duration::from_secs(15);
/// Each is an event's data for ever.
const MOST: usize = 5;

/// Of the kinds that say most.
pub(crate) fn wanted(gate: &GateState) -> WantedExamples {
    let kinds = gate.evidence.iter().flat_map(Evidence::kinds_of_canary);
    let signatures = kinds.take(MOST).map(SignatureEvidence::signature);
    let (from, to) = gate.watched().unwrap_or((UnixMillis(0), UnixMillis(0)));
    WantedExamples {
        signatures: signatures.map(str::to_owned).collect(),
        from,
        to,
    }
}

/// What the canary's instances have of them.
pub(crate) async fn find(
    context: Context,
    (wave, gate): (WaveId, usize),
    wanted: WantedExamples,
) -> Event {
    let found = match context.gate(wave, gate) {
        Gate::Evidence(planned) => {
            let (counters, canary) = (&planned.counters, &planned.canary);
            let check = &context.world.check;
            let looking = check.examples(&context.plan, counters, canary, &wanted);
            let too_long = |_| Err(format!("nobody answered within {} s", PATIENCE.as_secs()));
            timeout(PATIENCE, looking).await.unwrap_or_else(too_long)
        }
        _ => Ok(Vec::new()),
    };
    let missing = found.as_ref().err().cloned();
    let mut examples = found.unwrap_or_default();
    examples.truncate(MOST);
    Event::ExamplesFound {
        wave,
        gate,
        examples,
        missing,
    }
}
