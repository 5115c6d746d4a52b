//! The way back: everything touched, last wave first, then the same tests again.

use crate::{AbortKind, Action, Cause, Failure, Outcome, RunState, StepStatus, TestReport};
use scap_plan::{StepId, Wave};

/// How often an undo is tried before a person is asked for.
const UNDO_ATTEMPTS: u32 = 2;

/// Actions of a run whose abort was asked for and whose steps have come to their end.
pub(super) fn abort(state: &RunState) -> Vec<Action> {
    if state.steps.iter().any(|step| step.status.is_going_on()) {
        return Vec::new();
    }
    let untouched = state.touched().next().is_none();
    let wanted = state.abort.as_ref().map(|abort| abort.kind);
    vec![match wanted {
        _ if untouched => Action::Finish {
            outcome: Outcome::Cancelled,
        },
        Some(AbortKind::Undo) => Action::StartUndo {
            cause: Cause::Abort,
        },
        _ => Action::Finish {
            outcome: Outcome::Stopped,
        },
    }]
}

/// Actions of a run that is rolling back.
pub(super) fn undo(state: &RunState) -> Vec<Action> {
    if state
        .abort
        .as_ref()
        .is_some_and(|abort| abort.kind == AbortKind::Stop)
    {
        return stop(state);
    }
    let last_wave = state
        .plan
        .waves
        .iter()
        .rev()
        .find(|wave| !pending(state, wave).is_empty());
    match last_wave {
        Some(wave) => undo_wave(state, wave),
        None => conclude(state),
    }
}

/// Stops the undo itself: what is going on comes to its end, also what a dead runner began; the rest stays as it is.
fn stop(state: &RunState) -> Vec<Action> {
    let of_step = |step| match state.status(step) {
        StepStatus::Started | StepStatus::Undoing => Some(Action::StopStep { step }),
        StepStatus::Interrupted | StepStatus::UndoInterrupted => Some(Action::ObserveStep { step }),
        _ => None,
    };
    let going_on: Vec<Action> = state.plan.step_ids().filter_map(of_step).collect();
    if going_on.is_empty() {
        vec![Action::Finish {
            outcome: Outcome::Stopped,
        }]
    } else {
        going_on
    }
}

/// Steps of the wave that are still to be put back.
fn pending(state: &RunState, wave: &Wave) -> Vec<StepId> {
    let is_pending = |step: &StepId| {
        let progress = state.step_state(*step);
        let attempts = progress.undo_attempt - progress.forgiven_undo_attempts;
        let given_up = progress.status == StepStatus::UndoFailed && attempts >= UNDO_ATTEMPTS;
        progress.is_touched() && !given_up
    };
    wave.steps.iter().copied().filter(is_pending).collect()
}

/// Puts a wave's steps back side by side, each after those that need it.
fn undo_wave(state: &RunState, wave: &Wave) -> Vec<Action> {
    let pending = pending(state, wave);
    let is_needed = |step: StepId| {
        pending
            .iter()
            .any(|other| state.step(*other).needs.contains(&step))
    };
    let startable = pending
        .iter()
        .filter(|step| !state.status(**step).is_going_on() && !is_needed(**step));
    let start = |step| Action::UndoStep {
        step,
        attempt: state.step_state(step).undo_attempt + 1,
    };
    startable.copied().map(start).collect()
}

fn conclude(state: &RunState) -> Vec<Action> {
    let failures: Vec<&Failure> = state
        .steps
        .iter()
        .filter(|step| step.status == StepStatus::UndoFailed)
        .filter_map(|step| step.failure.as_ref())
        .collect();
    if let Some(first) = failures.first() {
        let commands = failures
            .iter()
            .flat_map(|failure| failure.commands.clone())
            .collect();
        return vec![Action::BecomeStuck {
            why: format!("undo failed: {}", first.in_full()),
            commands,
        }];
    }
    let checked = state.undo.as_ref().and_then(|undo| undo.checked.as_ref());
    vec![match checked {
        None => Action::CheckUndo,
        Some(reports) => after_check(reports),
    }]
}

fn after_check(reports: &[TestReport]) -> Action {
    match reports.iter().find(|report| report.blocks()) {
        None => Action::Finish {
            outcome: Outcome::RolledBack,
        },
        Some(report) => {
            let (test, instance) = (&report.test, &report.instance);
            let why = report.failure.as_deref().unwrap_or_default();
            let why =
                format!("everything was put back, but `{test}` on {instance} still fails: {why}");
            Action::BecomeStuck {
                why,
                commands: Vec::new(),
            }
        }
    }
}
