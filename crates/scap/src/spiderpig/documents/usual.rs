//! How long things usually take.

use crate::spiderpig::Porter;
use scap_run::Outcome;

/// Former runs that are looked at.
const RUNS: u32 = 20;

impl Porter {
    /// The median of a service's last successful runs, in milliseconds.
    pub(super) fn usual_milliseconds(&self, service: &str) -> Option<u64> {
        let former = self.desk.journal.runs(Some(service), RUNS).ok()?.runs;
        let mut took: Vec<u64> = former
            .iter()
            .filter(|run| run.outcome == Some(Outcome::Succeeded))
            .map(|run| run.created.until(run.changed))
            .collect();
        took.sort_unstable();
        took.get(took.len() / 2).copied()
    }
}
