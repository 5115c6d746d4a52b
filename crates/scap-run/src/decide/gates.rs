//! The gates of a wave, one after the other; its shadows beside them.

use super::policy::{ask, turn_back};
use crate::evidence::{Verdict, thousands};
use crate::{
    Action, Cause, Choice, GateState, Outcome, QuestionKind, RunState, Sent, TestReport, TimerId,
};
use scap_plan::{Evidence, Gate, RollbackPolicy, WaveId};
use std::fmt::Write;

/// Works on the first gate that does not let the run go on, and beside it on every shadow.
pub(super) fn judge(state: &RunState, wave: WaveId) -> Vec<Action> {
    let closed = (0..state.gates[wave.0].len()).filter(|gate| !state.is_gate_open(wave, *gate));
    let (shadows, others): (Vec<usize>, Vec<usize>) =
        closed.partition(|gate| state.is_shadow(wave, *gate));
    let gate = others.first().copied();
    let mut actions = gate.map_or_else(Vec::new, |gate| hold(state, wave, gate));
    let is_last = gate.is_none();
    actions.extend(
        shadows
            .into_iter()
            .map(|gate| weigh_in_shadow(state, (wave, gate), is_last)),
    );
    actions
}

fn hold(state: &RunState, wave: WaveId, gate: usize) -> Vec<Action> {
    match state.gates[wave.0][gate].verdict {
        None => look(state, wave, gate),
        Some(Verdict::Fail) => turn_back(state, Cause::Gate { wave, gate }),
        Some(_) => undecided(state, wave, gate),
    }
}

fn look(state: &RunState, wave: WaveId, gate: usize) -> Vec<Action> {
    let progress = &state.gates[wave.0][gate];
    match &state.plan.wave(wave).gates[gate] {
        Gate::Tests { .. } => match &progress.reports {
            None => vec![Action::RunTests { wave, gate }],
            Some(reports) => vec![conclude_tests(reports, wave, gate)],
        },
        Gate::Evidence(evidence) => weigh(state, evidence, wave, gate),
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
fn weigh(state: &RunState, evidence: &Evidence, wave: WaveId, gate: usize) -> Vec<Action> {
    let progress = &state.gates[wave.0][gate];
    let timer = TimerId::Hold {
        wave,
        gate,
        round: progress.round,
    };
    let held_to_the_longest = state.has_fired(timer);
    let gathered = progress
        .evidence
        .as_ref()
        .expect("a gate of evidence has evidence");
    match gathered.verdict(held_to_the_longest) {
        Some(verdict) => {
            let why = explain(progress, held_to_the_longest);
            vec![Action::ConcludeGate {
                wave,
                gate,
                verdict,
                why,
            }]
        }
        None => vec![
            wait(
                state,
                timer,
                evidence.counters.settings.maximum_hold.milliseconds(),
            ),
            Action::GatherEvidence { wave, gate },
        ],
    }
}

/// As [`weigh`], but without a timer: it ends with the gates that the run is held by, and never lengthens a run.
fn weigh_in_shadow(state: &RunState, (wave, gate): (WaveId, usize), is_last: bool) -> Action {
    let progress = &state.gates[wave.0][gate];
    let gathered = progress
        .evidence
        .as_ref()
        .expect("a shadow is a gate of evidence");
    let longest = match &state.plan.wave(wave).gates[gate] {
        Gate::Evidence(evidence) => evidence.counters.settings.maximum_hold.milliseconds(),
        Gate::Tests { .. } | Gate::Bake { .. } => 0,
    };
    let held_to_the_longest = is_last || gathered.elapsed_milliseconds() >= longest;
    match gathered.verdict(held_to_the_longest) {
        Some(verdict) => Action::ConcludeGate {
            wave,
            gate,
            verdict,
            why: explain(progress, held_to_the_longest),
        },
        None => Action::GatherEvidence { wave, gate },
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
