//! Events of timers and questions.

use super::{IllegalEvent, ensure, illegal};
use crate::state::Timer;
use crate::{
    Cause, Choice, Event, Question, QuestionId, QuestionKind, RunState, TimerId, UnixMillis,
};

impl RunState {
    pub(super) fn apply_to_question(&mut self, event: &Event) -> Result<(), IllegalEvent> {
        match event {
            Event::TimerStarted {
                timer,
                milliseconds,
                until,
            } => self.start_timer(*timer, *milliseconds, *until)?,
            Event::TimerFired { timer } => match self.timers.get_mut(timer) {
                Some(state) if !state.fired => {
                    state.fired = true;
                    self.time_out(*timer);
                }
                _ => illegal("a timer's end", "it was not started, or has ended")?,
            },
            Event::QuestionAsked {
                question,
                kind,
                choices,
                milliseconds,
                until,
            } => {
                let what = "a question";
                ensure(
                    *question == QuestionId(self.questions.len()),
                    what,
                    "its number is not the next one",
                )?;
                match *kind {
                    QuestionKind::Approve => {}
                    QuestionKind::Undecided { wave, gate } => {
                        self.ensure_known(what, Cause::Gate { wave, gate })?;
                    }
                    QuestionKind::Failed { cause } => self.ensure_known(what, cause)?,
                }
                let Some(default) = choices.first().copied() else {
                    return illegal(what, "it has no choices");
                };
                self.start_timer(
                    TimerId::Question {
                        question: *question,
                    },
                    *milliseconds,
                    *until,
                )?;
                let (id, kind, choices) = (*question, kind.clone(), choices.clone());
                self.questions.push(Question {
                    id,
                    kind,
                    choices,
                    default,
                    until: *until,
                    answer: None,
                });
            }
            Event::QuestionAnswered {
                question, choice, ..
            } => {
                let Some(asked) = self.questions.get(question.0) else {
                    return illegal("an answer", "there is no such question");
                };
                if let Some(answer) = asked.answer {
                    let why = format!("the question was answered before: `{answer}`");
                    return illegal("an answer", why);
                }
                ensure(
                    asked.choices.contains(choice),
                    "an answer",
                    "it is none of the choices",
                )?;
                self.answer(*question, *choice);
            }
            _ => illegal("this event", "it is none of a question")?,
        }
        Ok(())
    }

    fn start_timer(
        &mut self,
        timer: TimerId,
        milliseconds: u64,
        until: UnixMillis,
    ) -> Result<(), IllegalEvent> {
        ensure(
            !self.timers.contains_key(&timer),
            "a timer",
            "it was started before",
        )?;
        self.timers.insert(
            timer,
            Timer {
                milliseconds,
                until,
                fired: false,
            },
        );
        Ok(())
    }

    fn time_out(&mut self, timer: TimerId) {
        if let TimerId::Question { question } = timer
            && let Some(asked) = self.questions.get(question.0)
            && asked.answer.is_none()
        {
            let default = asked.default;
            self.answer(question, default);
        }
    }

    fn answer(&mut self, id: QuestionId, choice: Choice) {
        self.questions[id.0].answer = Some(choice);
        match (&self.questions[id.0].kind, choice) {
            (QuestionKind::Approve, Choice::Approve) => self.approved = true,
            (QuestionKind::Undecided { wave, gate }, Choice::Hold) => {
                self.gates[wave.0][*gate].hold_on();
                self.finished_by = None;
            }
            _ => {}
        }
    }
}
