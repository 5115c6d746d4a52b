//! Who else changed production while a signal that runs share speaks against this one.

use crate::context::Context;
use scap_journal::RunSummary;
use scap_plan::{Gate, WaveId};
use scap_run::{Event, OtherRun, UnixMillis};

/// So many runs are looked at, the newest ones.
const RUNS: u32 = 100;

/// Those since `begin`. A run that is damaged cannot be told.
pub(crate) fn look(context: &Context, (wave, gate): (WaveId, usize), begin: UnixMillis) -> Event {
    let runs = match context.gate(wave, gate) {
        Gate::Evidence(evidence) => {
            let listing = context.journal.runs(None, RUNS).unwrap_or_default();
            let is_other = |run: &&RunSummary| {
                let is_recent = run.outcome.is_none() || run.changed >= begin;
                run.run != context.run && is_recent
            };
            let folded = listing.runs.iter().filter(is_other);
            let folded = folded.filter_map(|run| context.journal.fold(run.run).ok());
            let others = folded.map(|(run, _)| OtherRun::of(&run, &evidence.counters, begin));
            others.flatten().collect()
        }
        Gate::Tests { .. } | Gate::Bake { .. } => Vec::new(),
    };
    Event::OtherRunsSeen { wave, gate, runs }
}
