//! The end of a run in a few lines, or where it stands: what became of it, why, what runs where now, and what to do next.

use super::page::Page;
use super::question;
use super::style::Tone;
use super::{links, mark, mending, waves, words};
use crate::mending::Mending;
use scap_plan::{Gate, StepId};
use scap_run::evidence::Verdict;
use scap_run::{Outcome, RunState, StepStatus, UnixMillis};

/// The whole summary. `now` counts for questions only: a run's length is that of its events.
pub(crate) fn page(state: &RunState, mending: &Mending, now: UnixMillis, width: usize) -> Page {
    let mut page = Page::new(width);
    let mark = mark::run(state.phase(), state.outcome);
    page.paragraph(
        vec![mark.tone.span(format!("{} ", mark.symbol))],
        &sentence(state),
        Tone::Strong,
    );
    draw_why(&mut page, state);
    if state.outcome.is_none() {
        page.lines.extend(waves::lines(state, width));
    }
    if let Some(question) = state.open_question() {
        question::draw(&mut page, state, question, now);
    }
    if state.approved && !nothing_changed(state) {
        for (index, step) in state.plan.step_ids().enumerate() {
            page.entry(if index == 0 { "now" } else { "" }, &runs_now(state, step));
        }
    }
    mending::draw(&mut page, mending);
    draw_rest(&mut page, state);
    page
}

fn nothing_changed(state: &RunState) -> bool {
    matches!(state.outcome, Some(Outcome::Refused | Outcome::Cancelled))
}

/// What became of the run.
fn sentence(state: &RunState) -> String {
    let service = &state.plan.service;
    let change = words::changes(&state.plan);
    let took = words::clock(state.created.until(state.changed));
    let run = format!("run {}, {took}", state.run);
    let restored =
        words::before_all(&state.plan).map_or_else(String::new, |version| format!(" to {version}"));
    match state.outcome {
        Some(Outcome::Succeeded) => format!("{service} is deployed: {change} ({run})"),
        Some(Outcome::SucceededWithStragglers) => {
            let missing = words::count(state.stragglers().count(), "host");
            format!("{service} is deployed except on {missing}: {change} ({run})")
        }
        Some(Outcome::RolledBack) => format!("{service} was rolled back{restored} ({run})"),
        Some(Outcome::Stopped) => {
            format!("{service} was stopped on purpose, partly deployed: {change} ({run})")
        }
        Some(Outcome::Cancelled) => format!("{service} was cancelled, nothing was changed ({run})"),
        Some(Outcome::Refused) => format!("{service} was refused, nothing was changed ({run})"),
        None => {
            let word = mark::run(state.phase(), None).word;
            format!(
                "{service} {change}: {word} ({run} so far, by {})",
                state.person
            )
        }
    }
}

fn draw_why(page: &mut Page, state: &RunState) {
    if let Some(stuck) = &state.stuck {
        page.entry("why", &stuck.why);
    }
    if let Some(undo) = &state.undo {
        page.entry("because", &waves::cause(state, undo.cause));
    } else if let Some(abort) = &state.abort {
        page.entry("because", &waves::wish(&abort.by, abort.reason.as_deref()));
    }
    if let Some(freeze) = &state.frozen {
        page.entry("frozen", &format!("by {}: {}", freeze.by, freeze.reason));
    }
    if nothing_changed(state) {
        for finding in state.findings.iter().flatten() {
            page.entry(mark::severity(finding.severity).word, &finding.message);
            if let Some(hint) = &finding.hint {
                page.entry("hint", hint);
            }
        }
    }
    draw_evidence(page, state);
}

/// What the gates of evidence said, those that failed apart: they are why the run turned back.
fn draw_evidence(page: &mut Page, state: &RunState) {
    for (wave, gates) in state.gates.iter().enumerate() {
        for (gate, progress) in gates.iter().enumerate() {
            let Gate::Evidence(evidence) = &state.plan.waves[wave].gates[gate] else {
                continue;
            };
            match (&progress.why, progress.verdict) {
                (Some(why), Some(verdict)) if evidence.is_shadow() => {
                    let (name, word) = (&evidence.counters.name, mark::shadow(verdict).word);
                    page.entry("shadow", &format!("`{name}` {word}: {why}"));
                }
                (Some(why), Some(verdict)) if verdict != Verdict::Fail => {
                    page.entry("evidence", why);
                }
                _ => {}
            }
        }
    }
}

/// What runs at a step's target, as far as the run knows.
fn runs_now(state: &RunState, id: StepId) -> String {
    let (step, progress) = (state.step(id), state.step_state(id));
    let version = match progress.status {
        StepStatus::Succeeded => match &progress.readback {
            Some(readback) => readback.summary.clone(),
            None => words::planned(step),
        },
        StepStatus::Waiting => words::before(step),
        StepStatus::Undone => format!("{} again", words::before(step)),
        _ => format!(
            "not known ({}), {}",
            mark::step(progress.status).word,
            words::change(step)
        ),
    };
    format!("{step}: {version}")
}

fn draw_rest(page: &mut Page, state: &RunState) {
    for straggler in state.stragglers() {
        page.entry("without", &format!("{}: {}", straggler.name, straggler.why));
    }
    if let Some(stuck) = &state.stuck {
        for command in &stuck.commands {
            page.whole("type", command);
        }
        page.entry(
            "then",
            &format!(
                "`scap resume {0}`; until then its locks are kept",
                state.run
            ),
        );
    }
    if !nothing_changed(state) {
        links::draw(page, state);
    }
    let run = state.run;
    let next = match state.outcome {
        Some(Outcome::Succeeded) => format!("`scap explain {run}`, `scap rollback {run}`"),
        Some(Outcome::Refused) => format!("mend it and deploy again; `scap log {run}`"),
        Some(Outcome::Stopped) => format!("`scap rollback {run}`, `scap log {run}`"),
        Some(_) => format!("`scap explain {run}`, `scap log {run}`"),
        None if state.stuck.is_some() => format!("`scap explain {run}`, `scap log {run}`"),
        None if state.open_question().is_some() => format!("`scap answer {run} CHOICE`"),
        None => format!("`scap log {run} --follow`, `scap abort {run}`"),
    };
    page.entry("next", &next);
}
