//! The head: which service, from what to what, by whom, where it is and for how long.

use super::View;
use crate::view::style::Tone;
use crate::view::{mark, waves, words};
use ratatui::text::{Line, Span};
use scap_run::{Phase, RunState};

pub(super) fn lines(view: &View<'_>, width: usize) -> Vec<Line<'static>> {
    let state = view.state;
    let (service, change) = (&state.plan.service, words::changes(&state.plan));
    let run = format!("  run {} by {}", state.run, words::clean(&state.person));
    let title = words::middle(&format!("{service}  {change}"), width);
    let mark = mark::run(state.phase(), state.outcome);
    let sentence = whereabouts(state);
    let mut time = Span::raw(time(view));
    if sentence.chars().count() + time.width() + 3 > width {
        time = Span::raw(elapsed(view));
    }
    let room = width.saturating_sub(time.width() + 3);
    let sentence = words::beginning(&words::clean(&sentence), room);
    let mut status = vec![mark.sign(), mark.tone.span(format!(" {sentence}"))];
    let used: usize = status.iter().map(Span::width).sum();
    status.push(Span::raw(
        " ".repeat(width.saturating_sub(used + time.width())),
    ));
    status.push(time);
    let mut first = vec![Tone::Strong.span(title)];
    if first[0].width() + Span::raw(run.as_str()).width() <= width {
        first.push(Tone::Dim.span(run));
    }
    vec![Line::from(first), Line::from(status)]
}

/// `0:42`, `0:42 of about 1:10`
fn time(view: &View<'_>) -> String {
    let elapsed = elapsed(view);
    match view.expected {
        Some(expected) => {
            let expected = u64::try_from(expected.as_millis()).unwrap_or(u64::MAX);
            format!("{elapsed} of about {}", words::clock(expected))
        }
        None => elapsed,
    }
}

fn elapsed(view: &View<'_>) -> String {
    words::clock(view.state.created.until(view.now))
}

/// The state in words: `judging errors after canary`.
fn whereabouts(state: &RunState) -> String {
    let word = mark::run(state.phase(), state.outcome).word;
    match state.phase() {
        Phase::Preparing if state.locked => {
            "preflight: looking for what stands against it".to_owned()
        }
        Phase::Preparing => "waiting for its locks".to_owned(),
        Phase::Deploying => match state.current_wave() {
            Some(wave) => format!("{word} {}", state.plan.wave(wave).name),
            None => word.to_owned(),
        },
        Phase::Judging => match waves::gate_in_view(state) {
            Some((wave, gate)) => format!("{word} {}", waves::gate_after(state, wave, gate)),
            None => word.to_owned(),
        },
        Phase::Frozen => match &state.frozen {
            Some(freeze) => format!("{word} by {}: {}", freeze.by, freeze.reason),
            None => word.to_owned(),
        },
        Phase::RollingBack => match &state.undo {
            Some(undo) => format!("{word}: {}", waves::short_cause(state, undo.cause)),
            None => word.to_owned(),
        },
        Phase::Stopping => match &state.abort {
            Some(abort) => format!(
                "{word}: {}",
                waves::wish(&abort.by, abort.reason.as_deref())
            ),
            None => word.to_owned(),
        },
        Phase::Stuck => match &state.stuck {
            Some(stuck) => format!("{word}: {}", stuck.why),
            None => word.to_owned(),
        },
        Phase::Planned | Phase::Asking | Phase::Finished => word.to_owned(),
    }
}
