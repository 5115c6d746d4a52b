//! The gates of a wave, one after the other; beside them its watches and shadows.

use super::policy::{ask, turn_back};
use crate::evidence::{Verdict, thousands};
use crate::{
    Action, Cause, Choice, GateState, Outcome, QuestionKind, RunState, Sent, TestReport, TimerId,
};
use scap_plan::{Evidence, Gate, RollbackPolicy, WaveId};
use std::fmt::Write;

/// Works on the first gate that does not let the run go on, and beside it on every watch and every shadow. Of those that have
/// spoken against going on, the first one has the word.
pub(super) fn judge(state: &RunState, wave: WaveId) -> Vec<Action> {
    let closed = (0..state.gates[wave.0].len()).filter(|gate| !state.is_gate_open(wave, *gate));
    let (shadows, others): (Vec<usize>, Vec<usize>) =
        closed.partition(|gate| state.is_shadow(wave, *gate));
    let (watches, others): (Vec<usize>, Vec<usize>) = others
        .into_iter()
        .partition(|gate| state.is_watch(wave, *gate));
    let in_turn = others.first().copied();
    let is_over = in_turn.is_none() && watches.is_empty();
    let (waiting, spoken): (Vec<usize>, Vec<usize>) = in_turn
        .into_iter()
        .chain(watches)
        .partition(|gate| state.gates[wave.0][*gate].verdict.is_none());
    let spoken = spoken.first();
    let mut actions = spoken.map_or_else(Vec::new, |gate| answer(state, wave, *gate));
    let may_end = others.is_empty();
    actions.extend(
        waiting
            .into_iter()
            .flat_map(|gate| look(state, (wave, gate), may_end)),
    );
    actions.extend(
        shadows
            .into_iter()
            .map(|gate| weigh_in_shadow(state, (wave, gate), is_over)),
    );
    actions
}

/// What follows from a verdict that does not let the run go on.
fn answer(state: &RunState, wave: WaveId, gate: usize) -> Vec<Action> {
    match state.gates[wave.0][gate].verdict {
        Some(Verdict::Fail) => turn_back(state, Cause::Gate { wave, gate }),
        _ => undecided(state, wave, gate),
    }
}

/// Works on a gate that has not spoken. A watch `may_end` once nothing else is waited for: until then it costs no time.
fn look(state: &RunState, (wave, gate): (WaveId, usize), may_end: bool) -> Vec<Action> {
    let progress = &state.gates[wave.0][gate];
    match &state.plan.wave(wave).gates[gate] {
        Gate::Tests { .. } => match &progress.reports {
            None => vec![Action::RunTests { wave, gate }],
            Some(reports) => vec![conclude_tests(reports, wave, gate)],
        },
        Gate::Evidence(evidence) => {
            let may_end = may_end || evidence.watch.is_none();
            weigh(state, evidence, (wave, gate), may_end)
        }
        Gate::Bake { period } => {
            let timer = TimerId::Bake { wave, gate };
            if state.has_fired(timer) {
                let why = format!("nothing went wrong for {period}");
                return vec![Action::ConcludeGate {
                    wave,
                    gate,
                    verdict: Verdict::Pass,
                    why,
                }];
            }
            vec![wait(state, timer, period.milliseconds())]
        }
    }
}

fn conclude_tests(reports: &[TestReport], wave: WaveId, gate: usize) -> Action {
    let failed = |report: &&TestReport| report.failure.is_some();
    let (all, failed): (_, Vec<&TestReport>) =
        (reports.len(), reports.iter().filter(failed).collect());
    let blocking = failed.iter().find(|report| report.blocks());
    let verdict = blocking.map_or(Verdict::Pass, |_| Verdict::Fail);
    let why = match blocking.or(failed.first()) {
        None => format!("{all} tests passed{}", remarks(reports)),
        Some(report) => {
            let why = report.failure.as_deref().unwrap_or_default();
            let (test, instance, how) = (&report.test, &report.instance, report.circumstances());
            let failed = failed.len();
            format!("{failed} of {all} tests failed; `{test}` on {instance}{how}: {why}")
        }
    };
    Action::ConcludeGate {
        wave,
        gate,
        verdict,
        why,
    }
}

/// The first of what passing tests said, and how many others there are.
fn remarks(reports: &[TestReport]) -> String {
    let remarks: Vec<(&TestReport, &String)> = reports
        .iter()
        .filter_map(|report| Some((report, report.remark.as_ref()?)))
        .collect();
    let Some(((report, remark), others)) = remarks.split_first() else {
        return String::new();
    };
    let (test, instance) = (&report.test, &report.instance);
    let mut said = format!("; `{test}` on {instance} says {remark}");
    if !others.is_empty() {
        let _ = write!(said, ", and {} others say something", others.len());
    }
    said
}

/// Gathers evidence until it speaks, at the longest as long as the check may hold the run.
fn weigh(
    state: &RunState,
    evidence: &Evidence,
    (wave, gate): (WaveId, usize),
    may_end: bool,
) -> Vec<Action> {
    let progress = &state.gates[wave.0][gate];
    let timer = TimerId::Hold {
        wave,
        gate,
        round: progress.round,
    };
    let is_over = state.has_fired(timer);
    let held_to_the_longest = is_over && may_end;
    let gathered = progress
        .evidence
        .as_ref()
        .expect("a gate of evidence has evidence");
    if let Some(verdict) = gathered.verdict(held_to_the_longest) {
        return vec![conclude(state, (wave, gate), verdict, held_to_the_longest)];
    }
    if let Some(by) = &state.finished_by {
        return vec![Action::ConcludeGate {
            wave,
            gate,
            verdict: Verdict::Inconclusive,
            why: format!("{by} ended the watch; {}", explain(progress, false)),
        }];
    }
    let gather = Action::GatherEvidence { wave, gate };
    let longest = evidence.longest_hold().milliseconds();
    let waiting = (!is_over).then(|| wait(state, timer, longest));
    waiting.into_iter().chain([gather]).collect()
}

/// As [`weigh`], but without a timer: it ends with the gates that the run is held by, and never lengthens a run.
fn weigh_in_shadow(state: &RunState, (wave, gate): (WaveId, usize), is_last: bool) -> Action {
    let progress = &state.gates[wave.0][gate];
    let gathered = progress
        .evidence
        .as_ref()
        .expect("a shadow is a gate of evidence");
    let longest = match &state.plan.wave(wave).gates[gate] {
        Gate::Evidence(evidence) => evidence.longest_hold().milliseconds(),
        Gate::Tests { .. } | Gate::Bake { .. } => 0,
    };
    let held_to_the_longest = is_last || gathered.elapsed_milliseconds() >= longest;
    match gathered.verdict(held_to_the_longest) {
        Some(verdict) => conclude(state, (wave, gate), verdict, held_to_the_longest),
        None => Action::GatherEvidence { wave, gate },
    }
}

/// What speaks against a version that shares a signal with others may be their doing: they are looked for first.
fn conclude(
    state: &RunState,
    (wave, gate): (WaveId, usize),
    verdict: Verdict,
    held_to_the_longest: bool,
) -> Action {
    let progress = &state.gates[wave.0][gate];
    let is_shared = matches!(
        &state.plan.wave(wave).gates[gate],
        Gate::Evidence(evidence) if evidence.counters.is_shared
    );
    if is_shared && verdict == Verdict::Concern && progress.others.is_none() {
        return Action::LookForOtherRuns { wave, gate };
    }
    let mut why = explain(progress, held_to_the_longest);
    for other in progress.others.iter().flatten() {
        let _ = write!(why, "; {}", other.told(state.changed));
    }
    match progress.others.as_deref() {
        None => {}
        Some([]) => why.push_str("; no other run that it is watched in changed production"),
        Some(_) => why.push_str("; whose doing it is, a person has to tell"),
    }
    Action::ConcludeGate {
        wave,
        gate,
        verdict,
        why,
    }
}

fn explain(progress: &GateState, held_to_the_longest: bool) -> String {
    let evidence = progress
        .evidence
        .as_ref()
        .expect("a gate of evidence has evidence");
    let mut why = evidence
        .explain(held_to_the_longest, &progress.ticks)
        .to_string();
    let Sent { canary, control } = progress.sent;
    if !progress.sent.is_nothing() {
        let [canary, control] = [canary, control].map(thousands);
        let _ = write!(
            why,
            "; {canary} of the canary's requests and {control} of the control's were sent by scap"
        );
    }
    if let Some((first, others)) = progress.missing.split_first() {
        why.push_str("; ");
        why.push_str(first);
        if !others.is_empty() {
            let _ = write!(why, ", and {} more like it", others.len());
        }
    }
    why
}

/// Nobody can tell: a person decides, or the deadline does.
fn undecided(state: &RunState, wave: WaveId, gate: usize) -> Vec<Action> {
    let kind = QuestionKind::Undecided { wave, gate };
    let choices = match state.plan.policy.rollback {
        RollbackPolicy::Never => &[Choice::Stop, Choice::Hold, Choice::Promote][..],
        _ => &[Choice::Undo, Choice::Hold, Choice::Promote, Choice::Stop],
    };
    match state.answer_to(&kind) {
        Some(Choice::Undo) => vec![Action::StartUndo {
            cause: Cause::Gate { wave, gate },
        }],
        Some(Choice::Stop) => vec![Action::Finish {
            outcome: Outcome::Stopped,
        }],
        // Nobody answered yet, or the last answer was to hold on, which is over.
        _ => ask(state, &kind, choices),
    }
}

fn wait(state: &RunState, timer: TimerId, milliseconds: u64) -> Action {
    if state.timers.contains_key(&timer) {
        Action::AwaitTimer { timer }
    } else {
        Action::StartTimer {
            timer,
            milliseconds,
        }
    }
}
