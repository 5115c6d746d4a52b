//! How long a deployment of a service usually takes.

use scap_journal::RunSummary;
use scap_run::Outcome;

/// Former runs that are looked at.
pub(crate) const RUNS: u32 = 20;

/// The median of those that succeeded, in milliseconds; none where none did.
pub(crate) fn milliseconds(former: &[RunSummary]) -> Option<u64> {
    let mut took: Vec<u64> = former
        .iter()
        .filter(|run| run.outcome == Some(Outcome::Succeeded))
        .map(|run| run.created.until(run.changed))
        .collect();
    took.sort_unstable();
    took.get(took.len() / 2).copied()
}
