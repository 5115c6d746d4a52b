//! Events of a step on its way back.

use super::{IllegalEvent, ensure, illegal};
use crate::{Event, RunState, StepStatus, UnixMillis};

impl RunState {
    pub(super) fn apply_to_undo(
        &mut self,
        at: UnixMillis,
        event: &Event,
    ) -> Result<(), IllegalEvent> {
        let undoing = self.undo.is_some();
        match event {
            Event::StepUndoStarted { step, attempt } => {
                let state = self.step_mut(*step, "an undo")?;
                let may = state.is_touched() && !state.status.is_going_on();
                ensure(
                    undoing && may,
                    "an undo",
                    "the step is untouched or still going on",
                )?;
                ensure(
                    *attempt == state.undo_attempt + 1,
                    "an undo",
                    "its attempt is not the next one",
                )?;
                state.undo_attempt = *attempt;
                state.status = StepStatus::Undoing;
            }
            Event::StepUndone { step } => {
                let state = self.step_mut(*step, "the end of an undo")?;
                ensure(
                    state.status == StepStatus::Undoing,
                    "the end of an undo",
                    "none is going on",
                )?;
                state.status = StepStatus::Undone;
                state.ended = Some(at);
            }
            Event::StepUndoFailed { step, failure } => {
                let state = self.step_mut(*step, "a failed undo")?;
                ensure(
                    state.status == StepStatus::Undoing,
                    "a failed undo",
                    "none is going on",
                )?;
                state.status = StepStatus::UndoFailed;
                state.failure = Some(failure.clone());
            }
            _ => illegal("this event", "it is none of an undo")?,
        }
        Ok(())
    }
}
