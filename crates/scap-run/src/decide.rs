//! What to do next, from what is known: pure, and the same after a restart as before it.

mod back;
mod examples;
mod forward;
mod gates;
mod policy;

use crate::{Action, Choice, Finding, Outcome, QuestionKind, RunState, StepStatus};
use scap_plan::{StepId, StepKind};

/// Every action that the run wants now. Watching actions are returned for as long as they are wanted, the others once.
pub fn decide(state: &RunState) -> Vec<Action> {
    if state.is_over() {
        return Vec::new();
    }
    examples::beside(state, go(state))
}

fn go(state: &RunState) -> Vec<Action> {
    if state.undo.is_some() {
        return back::undo(state);
    }
    let unsettled = settle(state);
    if state.abort.is_some() {
        return if unsettled.is_empty() {
            back::abort(state)
        } else {
            unsettled
        };
    }
    if let Some(not_yet) = prepare(state) {
        return not_yet;
    }
    let mut actions = unsettled;
    actions.extend(forward::go_on(state));
    actions.extend(watch_over(state));
    actions
}

/// Releases stay under watch while the run goes on: a pod may fall over long after it was ready.
fn watch_over(state: &RunState) -> impl Iterator<Item = Action> {
    let stands = |step: &StepId| {
        let is_release = matches!(state.step(*step).kind, StepKind::Release(_));
        is_release && state.status(*step) == StepStatus::Succeeded
    };
    let standing = state.plan.step_ids().filter(stands);
    standing.map(|step| Action::WatchStep { step })
}

/// What brings steps that were begun to an end: a look at interrupted ones, reading back of changed ones; with an abort, a stop.
fn settle(state: &RunState) -> Vec<Action> {
    let of_step = |step| match state.status(step) {
        StepStatus::Interrupted => Some(Action::ObserveStep { step }),
        // Whoever turns back need not wait for it to become ready.
        StepStatus::Acted if state.abort.is_none() => Some(Action::VerifyStep { step }),
        StepStatus::Started if state.abort.is_some() => Some(Action::StopStep { step }),
        _ => None,
    };
    state.plan.step_ids().filter_map(of_step).collect()
}

/// What must come before the first step; nothing when all of it is done.
fn prepare(state: &RunState) -> Option<Vec<Action>> {
    if !state.approved {
        return Some(match state.answer_to(&QuestionKind::Approve) {
            Some(Choice::Approve) => unreachable!("an approval was applied when it was given"),
            Some(_) => vec![Action::Finish {
                outcome: Outcome::Cancelled,
            }],
            None if !state.seen_again => vec![Action::SeeTargets],
            None => policy::ask(
                state,
                &QuestionKind::Approve,
                &[Choice::Decline, Choice::Approve],
            ),
        });
    }
    match &state.findings {
        Some(findings) if Finding::forbid(findings) => Some(vec![Action::Finish {
            outcome: Outcome::Refused,
        }]),
        Some(_) => None,
        None if state.locked => Some(vec![Action::RunPreflight]),
        None => Some(vec![Action::TakeLocks]),
    }
}
