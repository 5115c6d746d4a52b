//! A question: what is asked, what may be answered with which key, until when, and what happens otherwise.

use super::page::Page;
use super::style::{ASKING, Tone};
use super::waves;
use super::words;
use scap_run::evidence::Verdict;
use scap_run::{Choice, Question, QuestionKind, RunState, UnixMillis};

/// The key that answers with this choice.
pub(crate) fn key(choice: Choice) -> char {
    choice
        .word()
        .chars()
        .next()
        .expect("every choice has a word")
}

/// The answer that a key gives to the question.
pub(crate) fn choice(question: &Question, pressed: char) -> Option<Choice> {
    question
        .choices
        .iter()
        .copied()
        .find(|choice| key(*choice) == pressed.to_ascii_lowercase())
}

/// What is asked, and why.
pub(crate) fn sentence(state: &RunState, kind: &QuestionKind) -> String {
    let why = match kind {
        QuestionKind::Undecided { wave, gate } => state.gates[wave.0][*gate].why.as_deref(),
        QuestionKind::Failed { cause } => return waves::cause(state, *cause),
        QuestionKind::Approve => None,
    };
    let short = short_sentence(state, kind);
    why.map_or_else(|| short.clone(), |why| format!("{short}: {why}"))
}

/// What is asked, for those who have just been told why.
pub(super) fn short_sentence(state: &RunState, kind: &QuestionKind) -> String {
    match kind {
        QuestionKind::Approve => "carry this plan out?".to_owned(),
        QuestionKind::Undecided { wave, gate } => {
            let what = match state.gates[wave.0][*gate].verdict {
                Some(Verdict::Concern) => "raises a concern",
                _ => "cannot be decided",
            };
            format!("{} {what}", waves::gate_after(state, *wave, *gate))
        }
        QuestionKind::Failed { cause } => waves::short_cause(state, *cause),
    }
}

/// What a choice does.
pub(super) fn meaning(choice: Choice) -> &'static str {
    match choice {
        Choice::Approve => "carry the plan out",
        Choice::Decline => "do not begin",
        Choice::Promote => "go on in spite of what is known",
        Choice::Hold => "go on watching as long again",
        Choice::Undo => "put everything back",
        Choice::Stop => "stop here and leave everything as it is",
    }
}

/// The whole question, with its keys where somebody can press them.
pub(super) fn draw(page: &mut Page, state: &RunState, question: &Question, now: UnixMillis) {
    let sign = vec![Tone::Warning.span(format!("{ASKING} "))];
    page.paragraph(sign, &sentence(state, &question.kind), Tone::Strong);
    for choice in &question.choices {
        let default = if *choice == question.default {
            " (default)"
        } else {
            ""
        };
        let name = vec![
            Tone::Accent.span(format!("  {}  ", key(*choice))),
            Tone::Strong.span(format!("{choice:<9}")),
        ];
        page.paragraph(name, &format!("{}{default}", meaning(*choice)), Tone::Plain);
    }
    let left = words::clock(now.until(question.until));
    page.line(vec![Tone::Warning.span(format!(
        "  {} in {left} if nobody answers",
        question.default
    ))]);
}
