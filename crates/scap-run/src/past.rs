//! What former gates have counted, as the past of those that have no control.

use crate::evidence::{Counts, Tick, learn_past, past_window};
use crate::history::History;
use crate::{GateState, Outcome, RunState};
use scap_plan::{Counters, Gate, Past, PastSource, Period, WaveId};
use std::collections::BTreeSet;

/// What the control of earlier gates of the same check has shown minutes ago: for a watch that nothing else is known for,
/// before its first tick.
pub(crate) fn of_this_run(
    state: &RunState,
    wave: WaveId,
    gate: usize,
) -> Option<(Past, BTreeSet<String>)> {
    let progress = state.gates.get(wave.0)?.get(gate)?;
    let is_open = progress.evidence.as_ref()?.past().is_none() && progress.ticks.is_empty();
    let Gate::Evidence(watch) = state.plan.wave(wave).gates.get(gate)? else {
        return None;
    };
    if !is_open || watch.watch.is_none() {
        return None;
    }
    let gates = state.gates_counting(&watch.counters).map(|(_, gate)| gate);
    let gates: Vec<&GateState> = gates.collect();
    let stretches = gates
        .iter()
        .map(|gate| side(&gate.ticks, |tick| tick.control));
    let window = past_window(&watch.counters.source);
    let past = learn_past(stretches, PastSource::Control, window)?;
    let kinds = gates.iter().flat_map(|gate| &gate.ticks);
    let kinds = kinds.flat_map(|tick| &tick.signatures);
    let kinds = kinds.filter(|kind| kind.control > 0);
    Some((past, kinds.map(|kind| kind.signature.clone()).collect()))
}

/// What former runs have counted with a check, as far as their versions were good: all controls, and canaries and watches
/// of runs that succeeded.
pub fn of_former_runs(runs: &[RunState], counters: &Counters) -> Option<Past> {
    let (mut stretches, mut counted) = (Vec::new(), 0);
    for run in runs {
        let before = stretches.len();
        for (planned, gate) in run.gates_counting(counters) {
            if !planned.control.is_empty() {
                stretches.push(side(&gate.ticks, |tick| tick.control));
            }
            if run.outcome.is_some_and(Outcome::is_success) {
                stretches.push(side(&gate.ticks, |tick| tick.canary));
            }
        }
        counted += u32::from(
            stretches[before..]
                .iter()
                .any(|stretch| !stretch.is_empty()),
        );
    }
    let source = PastSource::Runs { runs: counted };
    learn_past(stretches, source, past_window(&counters.source))
}

/// What stores have of the past `days`, in windows of that length, of all `histories` together.
pub fn of_histories(
    histories: &[History],
    counters: &Counters,
    (window, days): (Period, u32),
) -> Option<Past> {
    let milliseconds = u32::try_from(window.milliseconds()).unwrap_or(u32::MAX);
    let length = histories
        .iter()
        .map(|history| history.windows.len())
        .min()?;
    let counts = |window: usize| {
        let mut sum = Counts::default();
        for history in histories {
            sum.add(history.windows[window].counts(|_| true));
        }
        (sum, milliseconds)
    };
    let stretch = (0..length).map(counts).collect();
    let source = PastSource::Store { days };
    learn_past([stretch], source, past_window(&counters.source))
}

fn side(ticks: &[Tick], of: impl Fn(&Tick) -> Counts) -> Vec<(Counts, u32)> {
    ticks
        .iter()
        .map(|tick| (of(tick), tick.milliseconds))
        .collect()
}
