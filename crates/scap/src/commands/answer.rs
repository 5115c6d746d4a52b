//! `scap answer RUN CHOICE`

use crate::context::Context;
use crate::exit_code::Exit;
use crate::requests;
use crate::trouble::Trouble;
use scap_journal::Request;
use scap_run::{Choice, Failure, RunId};

pub(crate) async fn run(context: &Context, run: RunId, word: &str) -> Result<Exit, Trouble> {
    let control = context.control().await?;
    let state = control.fold(run).await?;
    let question = state.open_question().ok_or_else(|| {
        Failure::failed(format!("run {run} asks nothing"))
            .hint(format!("`scap show {run}` says how it stands"))
    })?;
    let choice = question
        .choices
        .iter()
        .copied()
        .find(|choice| choice.word() == word)
        .ok_or_else(|| {
            let known: Vec<&str> = question.choices.iter().copied().map(Choice::word).collect();
            Trouble::usage(
                format!("`{word}` is no answer to this question"),
                format!("answers are {}", known.join(", ")),
            )
        })?;
    let request = Request::Answer {
        question: question.id,
        choice,
    };
    requests::ask(control, run, request).await?;
    Ok(Exit::Done)
}
