//! Events of a step on its way forward.

use super::{IllegalEvent, ensure, illegal};
use crate::standing::is_restored;
use crate::{Event, Failure, RunState, Standing, StepState, StepStatus, UnixMillis, standing};
use scap_plan::{Observation, StepId};

impl RunState {
    pub(super) fn step_mut(
        &mut self,
        id: StepId,
        what: &'static str,
    ) -> Result<&mut StepState, IllegalEvent> {
        match self.steps.get_mut(id.0) {
            Some(step) => Ok(step),
            None => illegal(what, format!("the plan has no step {id}")),
        }
    }

    pub(super) fn apply_to_step(
        &mut self,
        at: UnixMillis,
        event: &Event,
    ) -> Result<(), IllegalEvent> {
        match event {
            Event::StepStarted { step, attempt } => {
                self.may_start(*step)?;
                let state = self.step_mut(*step, "a start")?;
                ensure(
                    *attempt == state.attempt + 1,
                    "a start",
                    "its attempt is not the next one",
                )?;
                state.attempt = *attempt;
                state.status = StepStatus::Started;
                state.started.get_or_insert(at);
            }
            Event::StepActed { step } => {
                let state = self.step_mut(*step, "a change")?;
                ensure(
                    state.status == StepStatus::Started,
                    "a change",
                    "the step is not going on",
                )?;
                state.status = StepStatus::Acted;
            }
            Event::StepSucceeded { step, readback } => {
                let state = self.step_mut(*step, "a success")?;
                ensure(
                    state.status == StepStatus::Acted,
                    "a success",
                    "the step was not changed and read back",
                )?;
                state.status = StepStatus::Succeeded;
                state.readback = Some(readback.clone());
                state.ended = Some(at);
            }
            Event::StepFailed { step, failure } => {
                let state = self.step_mut(*step, "a failure")?;
                let going_on = matches!(
                    state.status,
                    StepStatus::Started
                        | StepStatus::Acted
                        | StepStatus::Interrupted
                        | StepStatus::UndoInterrupted
                );
                ensure(going_on, "a failure", "the step is not going on")?;
                state.status = match state.status {
                    StepStatus::UndoInterrupted => StepStatus::UndoFailed,
                    _ => StepStatus::Failed,
                };
                state.failure = Some(failure.clone());
                state.ended = Some(at);
            }
            Event::StepFell { step, failure } => {
                let turned_back = self.undo.is_some();
                let state = self.step_mut(*step, "a fall")?;
                let stands = state.status == StepStatus::Succeeded && !turned_back;
                ensure(stands, "a fall", "the step is not one that stands")?;
                state.status = StepStatus::Failed;
                state.failure = Some(failure.clone());
                state.ended = Some(at);
            }
            Event::StepObserved { step, observation } => self.observed(at, *step, observation)?,
            _ => illegal("this event", "it is none of a step")?,
        }
        Ok(())
    }

    /// A step starts only in the wave whose turn it is, with everything prepared and nothing against it.
    fn may_start(&self, id: StepId) -> Result<(), IllegalEvent> {
        let what = "a start";
        ensure(id.0 < self.steps.len(), what, "the plan has no such step")?;
        ensure(
            self.status(id) == StepStatus::Waiting,
            what,
            "the step is not waiting",
        )?;
        ensure(
            self.approved && self.locked && self.findings.is_some(),
            what,
            "the run is not prepared",
        )?;
        ensure(
            self.undo.is_none() && self.abort.is_none(),
            what,
            "the run is turning back",
        )?;
        let turn = self
            .current_wave()
            .is_some_and(|wave| self.plan.wave(wave).steps.contains(&id));
        ensure(turn, what, "it is not its wave's turn")?;
        let mut needs = self.step(id).needs.iter();
        let met = needs.all(|needed| self.status(*needed) == StepStatus::Succeeded);
        ensure(met, what, "a step that it needs has not succeeded")
    }

    fn observed(
        &mut self,
        at: UnixMillis,
        id: StepId,
        observation: &Observation,
    ) -> Result<(), IllegalEvent> {
        ensure(
            id.0 < self.steps.len(),
            "an observation",
            "the plan has no such step",
        )?;
        let was = self.status(id);
        ensure(
            matches!(was, StepStatus::Interrupted | StepStatus::UndoInterrupted),
            "an observation",
            "the step was not interrupted",
        )?;
        if was == StepStatus::UndoInterrupted {
            self.observed_on_the_way_back(at, id, observation);
            return Ok(());
        }
        let status = match standing(self.step(id), observation) {
            Standing::Done => StepStatus::Acted,
            // Whoever turns back must put it back too: a part of it may have been done.
            Standing::Unfinished if self.undo.is_some() || self.abort.is_some() => {
                StepStatus::Failed
            }
            Standing::Unfinished => StepStatus::Waiting,
        };
        let state = &mut self.steps[id.0];
        state.status = status;
        state.observation = Some(observation.clone());
        Ok(())
    }

    /// Somebody stopped the way back, and its runner died: it is not tried again.
    fn observed_on_the_way_back(&mut self, at: UnixMillis, id: StepId, observation: &Observation) {
        let is_restored = is_restored(self.step(id), observation);
        let state = &mut self.steps[id.0];
        state.observation = Some(observation.clone());
        if is_restored {
            (state.status, state.ended) = (StepStatus::Undone, Some(at));
        } else {
            state.status = StepStatus::UndoFailed;
            state.failure = Some(Failure::stopped("it was not put back"));
        }
    }
}
