//! The steps that matter now: those of the current wave, or on the way back all that were touched.

use super::View;
use crate::view::style::Tone;
use crate::view::{mark, progress, words};
use ratatui::text::{Line, Span};
use scap_plan::StepId;
use scap_run::{RunState, StepStatus};

/// Columns of the longest state's word that is common.
const WORD: usize = 12;

/// At most `room` lines: those that ask for attention first, the others as a number.
pub(super) fn lines(view: &View<'_>, width: usize, room: usize) -> Vec<Line<'static>> {
    let state = view.state;
    let mut steps = in_view(state);
    if steps.len() <= room {
        return steps
            .into_iter()
            .map(|step| line(view, step, width))
            .collect();
    }
    steps.sort_by_key(|step| (attention(state.status(*step)), *step));
    let shown = room.saturating_sub(1);
    let rest = &steps[shown..];
    let mut lines: Vec<_> = steps[..shown]
        .iter()
        .map(|step| line(view, *step, width))
        .collect();
    lines.push(Line::from(
        Tone::Dim.span(format!("  and {}", more(state, rest))),
    ));
    lines
}

fn in_view(state: &RunState) -> Vec<StepId> {
    if state.undo.is_some() || state.stuck.is_some() {
        let was_touched = |step: &StepId| state.status(*step) != StepStatus::Waiting;
        return state.plan.step_ids().filter(was_touched).collect();
    }
    match state.current_wave() {
        Some(wave) => state.plan.wave(wave).steps.clone(),
        None => Vec::new(),
    }
}

fn attention(status: StepStatus) -> u8 {
    match status {
        StepStatus::Failed | StepStatus::UndoFailed => 0,
        StepStatus::Interrupted | StepStatus::UndoInterrupted => 1,
        StepStatus::Started | StepStatus::Acted | StepStatus::Undoing => 2,
        StepStatus::Waiting => 3,
        StepStatus::Succeeded | StepStatus::Undone => 4,
    }
}

/// `7 more: 5 waiting, 2 done`
fn more(state: &RunState, rest: &[StepId]) -> String {
    let mut words: Vec<(&str, usize)> = Vec::new();
    for step in rest {
        let word = mark::step(state.status(*step)).word;
        match words.iter_mut().find(|(known, _)| *known == word) {
            Some((_, number)) => *number += 1,
            None => words.push((word, 1)),
        }
    }
    let parts: Vec<String> = words
        .into_iter()
        .map(|(word, number)| format!("{number} {word}"))
        .collect();
    format!("{} more: {}", rest.len(), parts.join(", "))
}

fn line(view: &View<'_>, id: StepId, width: usize) -> Line<'static> {
    let state = view.state;
    let mark = mark::step(state.status(id));
    let time = time(view, id);
    let name_room = (width / 2).saturating_sub(WORD + 4).max(8);
    let name = words::middle(&state.step(id).to_string(), name_room);
    let mut spans = vec![
        Tone::Plain.span("  "),
        mark.sign(),
        Tone::Plain.span(format!(" {name}  ")),
        mark.tone.span(mark.word),
    ];
    let used: usize = spans.iter().map(Span::width).sum();
    let room = width.saturating_sub(used + time.len() + 4);
    let detail = words::beginning(&words::clean(&detail(view, id)), room);
    spans.push(Tone::Dim.span(format!("  {detail}")));
    let used: usize = spans.iter().map(Span::width).sum();
    spans.push(Tone::Dim.span(format!("{time:>room$}", room = width.saturating_sub(used))));
    Line::from(spans)
}

fn detail(view: &View<'_>, id: StepId) -> String {
    let (step, progress) = (view.state.step(id), view.state.step_state(id));
    match progress.status {
        StepStatus::Started | StepStatus::Acted | StepStatus::Undoing => {
            match view.seen.ready.get(&id) {
                Some(readiness) => progress::ready(readiness),
                None => words::change(step),
            }
        }
        StepStatus::Failed | StepStatus::UndoFailed => progress
            .failure
            .as_ref()
            .map_or_else(String::new, |failure| failure.message.clone()),
        StepStatus::Succeeded => progress
            .readback
            .as_ref()
            .map_or_else(String::new, |readback| readback.summary.clone()),
        StepStatus::Undone => format!("{} again", words::before(step)),
        StepStatus::Waiting | StepStatus::Interrupted | StepStatus::UndoInterrupted => {
            words::change(step)
        }
    }
}

fn time(view: &View<'_>, id: StepId) -> String {
    let progress = view.state.step_state(id);
    match (progress.started, progress.ended) {
        (Some(started), Some(ended)) if !progress.status.is_going_on() => {
            words::clock(started.until(ended))
        }
        (Some(started), _) => words::clock(started.until(view.now)),
        (None, _) => String::new(),
    }
}
