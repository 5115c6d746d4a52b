//! The way forward: steps of the current wave, then its gates, then the next wave.

use super::gates;
use super::policy::turn_back;
use crate::{Action, Cause, FailureKind, Outcome, RunState, StepStatus};
use scap_plan::{StepId, WaveId};

/// Actions of a run that is prepared and not turning back.
pub(super) fn go_on(state: &RunState) -> Vec<Action> {
    let Some(wave) = state.current_wave() else {
        return vec![Action::Finish {
            outcome: success(state),
        }];
    };
    let steps = &state.plan.wave(wave).steps;
    if let Some(failed) = steps
        .iter()
        .find(|step| state.status(**step) == StepStatus::Failed)
    {
        return after_failed_step(state, wave, *failed);
    }
    if steps
        .iter()
        .all(|step| state.status(*step) == StepStatus::Succeeded)
    {
        return gates::judge(state, wave);
    }
    start(state, steps)
}

fn success(state: &RunState) -> Outcome {
    if state.stragglers().next().is_some() {
        Outcome::SucceededWithStragglers
    } else {
        Outcome::Succeeded
    }
}

/// Starts waiting steps, as many at once as the policy allows; none under a freeze.
fn start(state: &RunState, steps: &[StepId]) -> Vec<Action> {
    if state.frozen.is_some() {
        return Vec::new();
    }
    let is_running = |step: &&StepId| state.status(**step).is_unsettled();
    let room = state
        .plan
        .policy
        .concurrency
        .saturating_sub(steps.iter().filter(is_running).count());
    let has_succeeded = |needed: &StepId| state.status(*needed) == StepStatus::Succeeded;
    let waiting = steps
        .iter()
        .filter(|step| state.status(**step) == StepStatus::Waiting)
        .filter(|step| state.step(**step).needs.iter().all(has_succeeded));
    waiting
        .take(room)
        .map(|step| Action::StartStep {
            step: *step,
            attempt: state.step_state(*step).attempt + 1,
        })
        .collect()
}

/// A step failed: those beside it come to their end first, then the policy speaks.
fn after_failed_step(state: &RunState, wave: WaveId, failed: StepId) -> Vec<Action> {
    let steps = &state.plan.wave(wave).steps;
    if steps.iter().any(|step| state.status(*step).is_unsettled()) {
        return Vec::new();
    }
    let blind = steps
        .iter()
        .filter_map(|step| state.step_state(*step).failure.as_ref());
    if let Some(failure) = blind
        .into_iter()
        .find(|failure| failure.kind == FailureKind::Unobservable)
    {
        return vec![Action::BecomeStuck {
            why: failure.in_full(),
            commands: failure.commands.clone(),
        }];
    }
    turn_back(state, Cause::Step { step: failed })
}
