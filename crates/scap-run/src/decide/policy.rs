//! Where there is a choice: what the policy says, and what people are asked.

use crate::{Action, Cause, Choice, Outcome, QuestionId, QuestionKind, RunState, TimerId};
use scap_plan::RollbackPolicy;

/// Asks once, then waits for the answer or the deadline. The first choice is taken when nobody answers.
pub(super) fn ask(state: &RunState, kind: &QuestionKind, choices: &[Choice]) -> Vec<Action> {
    let open = state
        .question_about(kind)
        .filter(|question| question.answer.is_none());
    vec![match open {
        Some(question) => Action::AwaitTimer {
            timer: TimerId::Question {
                question: question.id,
            },
        },
        None => Action::AskQuestion {
            question: QuestionId(state.questions.len()),
            kind: kind.clone(),
            choices: choices.to_vec(),
            milliseconds: state.plan.policy.question_deadline.milliseconds(),
        },
    }]
}

/// What the policy does about a failure: undo by itself, ask, or, where nothing may be undone and nothing can be gone on
/// with, stop.
pub(super) fn turn_back(state: &RunState, cause: Cause) -> Vec<Action> {
    let choices: &[Choice] = match (state.plan.policy.rollback, cause) {
        (RollbackPolicy::Automatic, _) => return vec![Action::StartUndo { cause }],
        (RollbackPolicy::Ask, Cause::Gate { .. }) => &[Choice::Undo, Choice::Stop, Choice::Promote],
        (RollbackPolicy::Ask, _) => &[Choice::Undo, Choice::Stop],
        (RollbackPolicy::Never, Cause::Gate { .. }) => &[Choice::Stop, Choice::Promote],
        (RollbackPolicy::Never, _) => &[Choice::Stop],
    };
    let kind = QuestionKind::Failed { cause };
    match state.answer_to(&kind) {
        None if choices.len() > 1 => ask(state, &kind, choices),
        Some(Choice::Undo) => vec![Action::StartUndo { cause }],
        _ => vec![Action::Finish {
            outcome: Outcome::Stopped,
        }],
    }
}
