//! How long a deployment of a service, and each of its parts, usually takes.

use crate::view::words;
use scap_journal::RunSummary;
use scap_plan::{Gate, Step};
use scap_run::{Outcome, RunState, UnixMillis};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Former runs that are looked at.
pub(crate) const RUNS: u32 = 20;

/// The median of those that succeeded, in milliseconds; none where none did.
pub(crate) fn milliseconds(former: &[RunSummary]) -> Option<u64> {
    let succeeded = succeeded(former);
    median(
        succeeded
            .map(|run| run.created.until(run.changed))
            .collect(),
    )
}

pub(crate) fn succeeded(former: &[RunSummary]) -> impl Iterator<Item = &RunSummary> {
    let former = former.iter();
    former.filter(|run| run.outcome == Some(Outcome::Succeeded))
}

/// Of the steps and gates of a service, as its former runs went that succeeded: medians, in milliseconds.
#[derive(Debug, Default)]
pub(crate) struct UsualParts {
    steps: BTreeMap<String, u64>,
    /// By wave and gate.
    gates: BTreeMap<(String, String), u64>,
}

impl UsualParts {
    pub(crate) fn of(former: &[Arc<RunState>]) -> Self {
        let steps = former.iter().flat_map(|state| steps(state));
        let gates = former.iter().flat_map(|state| gates(state));
        Self {
            steps: medians(steps),
            gates: medians(gates),
        }
    }

    pub(crate) fn step(&self, step: &Step) -> Option<u64> {
        self.steps.get(&words::short_name(step)).copied()
    }

    pub(crate) fn gate(&self, wave: &str, gate: &Gate) -> Option<u64> {
        let key = (wave.to_owned(), words::gate_name(gate));
        self.gates.get(&key).copied()
    }
}

fn steps(state: &RunState) -> impl Iterator<Item = (String, u64)> {
    let steps = state.plan.steps.iter().zip(&state.steps);
    steps.filter_map(|(step, went)| {
        let took = went.started?.until(went.ended?);
        Some((words::short_name(step), took))
    })
}

/// One that holds the run up begins when the one before it is through; the others, when their wave is.
fn gates(state: &RunState) -> impl Iterator<Item = ((String, String), u64)> {
    let waves = state.plan.waves.iter().zip(&state.gates);
    waves.flat_map(|(wave, went)| {
        let ends = wave.steps.iter().map(|step| state.step_state(*step).ended);
        let done = ends.max().flatten();
        let mut next = done;
        let gates = wave.gates.iter().zip(went);
        gates.filter_map(move |(gate, went)| {
            let holds_up = !gate.is_shadow() && !gate.is_watch();
            let begun = if holds_up { next } else { done };
            let concluded: UnixMillis = went.concluded?;
            if holds_up {
                next = Some(concluded);
            }
            let key = (wave.name.clone(), words::gate_name(gate));
            Some((key, begun?.until(concluded)))
        })
    })
}

fn medians<K: Ord>(all: impl Iterator<Item = (K, u64)>) -> BTreeMap<K, u64> {
    let mut by_key: BTreeMap<K, Vec<u64>> = BTreeMap::new();
    for (key, took) in all {
        by_key.entry(key).or_default().push(took);
    }
    let medians = by_key.into_iter();
    medians
        .filter_map(|(key, took)| Some((key, median(took)?)))
        .collect()
}

fn median(mut took: Vec<u64>) -> Option<u64> {
    took.sort_unstable();
    took.get(took.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::stories;

    #[test]
    fn parts_take_as_long_as_they_did_in_former_runs_that_succeeded() {
        let state = Arc::new(stories::succeeded().state);
        let usual = UsualParts::of(&[Arc::clone(&state)]);
        let plan = &state.plan;
        let steps = plan.steps.iter().map(|step| usual.step(step));
        let gates = plan.waves.iter().flat_map(|wave| {
            let gates = wave.gates.iter();
            gates.map(|gate| (words::gate_name(gate), usual.gate(&wave.name, gate)))
        });
        insta::assert_debug_snapshot!((steps.collect::<Vec<_>>(), gates.collect::<Vec<_>>()));
        let nothing = UsualParts::of(&[]);
        assert_eq!(nothing.step(&plan.steps[0]), None);
    }

    #[test]
    fn the_median_of_what_succeeded_counts() {
        for (took, expected) in [
            (vec![], None),
            (vec![7], Some(7)),
            (vec![30, 10, 20], Some(20)),
            (vec![10, 900, 20, 30], Some(30)),
        ] {
            assert_eq!(median(took.clone()), expected, "{took:?}");
        }
    }
}
