//! The wave line: every wave with its gates, and what is looked at now.

use super::mark;
use super::style::{Mark, Tone};
use super::words;
use ratatui::text::{Line, Span};
use scap_plan::{Gate, Wave, WaveId};
use scap_run::{Cause, QuestionKind, RunState};

/// Lines of the wave line that are tried before the names of gates are left out.
const LINES: usize = 2;

/// All waves in as many lines as they need, ` ─ ` between them.
pub(super) fn lines(state: &RunState, width: usize) -> Vec<Line<'static>> {
    let full = wrap(named(state), width);
    if full.len() <= LINES {
        full
    } else {
        wrap(short(state), width)
    }
}

/// An item for each wave and each gate.
fn named(state: &RunState) -> Vec<Vec<Span<'static>>> {
    let mut items = Vec::new();
    for (id, wave) in waves(state) {
        items.push(item(mark::wave(state, id), &wave.name));
        for (gate, planned) in wave.gates.iter().enumerate() {
            items.push(item(
                mark::gate(state, id, gate),
                &words::gate_name(planned),
            ));
        }
    }
    items
}

/// An item for each wave, with its gates as symbols.
fn short(state: &RunState) -> Vec<Vec<Span<'static>>> {
    let with_gates = |(id, wave): (WaveId, &Wave)| {
        let mut spans = item(mark::wave(state, id), &wave.name);
        for gate in 0..wave.gates.len() {
            spans.push(Span::raw(" "));
            spans.extend(item(mark::gate(state, id, gate), ""));
        }
        spans
    };
    waves(state).map(with_gates).collect()
}

fn waves(state: &RunState) -> impl Iterator<Item = (WaveId, &Wave)> {
    state
        .plan
        .waves
        .iter()
        .enumerate()
        .map(|(index, wave)| (WaveId(index), wave))
}

/// The word stands where it says more than the symbol's shape.
fn item(mark: Mark, name: &str) -> Vec<Span<'static>> {
    let quiet = ["waiting", "done", "passed"].contains(&mark.word);
    let mut spans = vec![mark.sign()];
    if !name.is_empty() {
        let tone = if mark.word == "waiting" {
            Tone::Dim
        } else {
            Tone::Plain
        };
        spans.push(tone.span(format!(" {}", words::clean(name))));
    }
    if !quiet {
        spans.push(mark.tone.span(format!(" {}", mark.word)));
    }
    spans
}

fn wrap(items: Vec<Vec<Span<'static>>>, width: usize) -> Vec<Line<'static>> {
    let mut lines: Vec<Vec<Span<'static>>> = vec![Vec::new()];
    let mut used = 0;
    for item in items {
        let needed: usize = item.iter().map(Span::width).sum();
        let line = lines.last_mut().expect("there is always a line");
        if line.is_empty() {
            line.extend(item);
            used = needed;
        } else if used + 3 + needed <= width {
            line.push(Tone::Dim.span(" ─ "));
            line.extend(item);
            used += 3 + needed;
        } else {
            lines.push(item);
            used = needed;
        }
    }
    lines.into_iter().map(Line::from).collect()
}

/// The gate that a person wants to see now: the one that is asked about, that turned the run back, or whose turn it is.
pub(super) fn gate_in_view(state: &RunState) -> Option<(WaveId, usize)> {
    let asked = state
        .open_question()
        .and_then(|question| match question.kind {
            QuestionKind::Undecided { wave, gate }
            | QuestionKind::Failed {
                cause: Cause::Gate { wave, gate },
            } => Some((wave, gate)),
            _ => None,
        });
    let turned_back = state.undo.as_ref().and_then(|undo| match undo.cause {
        Cause::Gate { wave, gate } => Some((wave, gate)),
        _ => None,
    });
    let judging = || {
        let wave = state.current_wave()?;
        let mut gates =
            (0..state.gates[wave.0].len()).filter(|gate| !state.is_gate_open(wave, *gate));
        // Who waits wants to see what is waited for.
        let gate = gates.find(|gate| !state.is_shadow(wave, *gate))?;
        let begun = mark::gate(state, wave, gate).word != "waiting";
        begun.then_some((wave, gate))
    };
    asked.or(turned_back).or_else(judging)
}

/// Why the run turned back, in a sentence without an end.
pub(super) fn cause(state: &RunState, cause: Cause) -> String {
    let why = match cause {
        Cause::Step { step } => state
            .step_state(step)
            .failure
            .as_ref()
            .map(|failure| failure.message.as_str()),
        Cause::Gate { wave, gate } => state.gates[wave.0][gate].why.as_deref(),
        Cause::Abort => None,
    };
    let short = short_cause(state, cause);
    why.map_or_else(|| short.clone(), |why| format!("{short}: {why}"))
}

/// Why the run turned back, for those who have just been told what failed.
pub(super) fn short_cause(state: &RunState, cause: Cause) -> String {
    match cause {
        Cause::Step { step } if state.step_state(step).has_fallen() => {
            format!("{} fell over", state.step(step))
        }
        Cause::Step { step } => format!("{} failed", state.step(step)),
        Cause::Gate { wave, gate } => format!("{} failed", gate_after(state, wave, gate)),
        Cause::Abort => match &state.abort {
            Some(abort) => wish(&abort.by, abort.reason.as_deref()),
            None => "somebody asked for it".to_owned(),
        },
    }
}

/// `ada asked for it: wrong branch`
pub(super) fn wish(by: &str, reason: Option<&str>) -> String {
    let reason = reason.map_or_else(String::new, |reason| format!(": {reason}"));
    format!("{by} asked for it{reason}")
}

/// `tests after canary`
pub(super) fn gate_after(state: &RunState, wave: WaveId, gate: usize) -> String {
    let wave = state.plan.wave(wave);
    let is_evidence =
        |gate: &&Gate| matches!(gate, Gate::Evidence(_)) && !gate.is_shadow() && !gate.is_watch();
    let name = match &wave.gates[gate] {
        Gate::Evidence(evidence) if evidence.watch.is_some() => {
            format!("watch of `{}`", evidence.counters.name)
        }
        Gate::Evidence(evidence) if evidence.is_shadow() => {
            format!("evidence `{}` in shadow", evidence.counters.name)
        }
        Gate::Evidence(_) if wave.gates.iter().filter(is_evidence).count() == 1 => {
            "evidence".to_owned()
        }
        Gate::Evidence(evidence) => format!("evidence `{}`", evidence.counters.name),
        other => words::gate_name(other),
    };
    format!("{name} after {}", wave.name)
}
