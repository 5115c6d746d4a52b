//! Why a run is what it became: every gate with its figures, and every failure with its causes.

mod evidence;
mod examples;
mod queries;

use super::page::Page;
use super::style::Tone;
use super::{findings, links, mark, mending, waves, words};
use crate::mending::Mending;
use crate::queries::{self as asked, GateQueries};
use scap_plan::WaveId;
use scap_run::{Failure, GateState, RunState, StepStatus, TestReport};

/// The whole explanation.
pub(crate) fn page(
    state: &RunState,
    mending: &Mending,
    queries: &[GateQueries],
    width: usize,
) -> Page {
    let mut page = Page::new(width);
    let mark = mark::run(state.phase(), state.outcome);
    let (run, service) = (state.run, &state.plan.service);
    let changes = words::changes(&state.plan);
    page.marked(&format!("run {run}: {service} {changes}"), mark.span());
    if let Some(undo) = &state.undo {
        page.entry("because", &waves::cause(state, undo.cause));
    }
    mending::draw(&mut page, mending);
    if let Some(found) = state.findings.as_deref().filter(|found| !found.is_empty()) {
        page.heading("Preflight");
        findings::draw(&mut page, found);
    }
    for (wave, gates) in state.gates.iter().enumerate() {
        for (gate, progress) in gates.iter().enumerate() {
            let wave = WaveId(wave);
            if mark::gate(state, wave, gate).word != "waiting" {
                draw_gate(&mut page, state, (wave, gate), progress);
                queries::draw(&mut page, asked::of_gate(queries, wave, gate));
            }
        }
    }
    draw_failures(&mut page, state);
    let checked = state.undo.as_ref().and_then(|undo| undo.checked.as_ref());
    if let Some(reports) = checked.filter(|reports| !reports.is_empty()) {
        page.heading("After the undo");
        let passed = reports
            .iter()
            .filter(|report| report.failure.is_none())
            .count();
        page.entry("tests", &format!("{passed} of {} passed", reports.len()));
        draw_failed_tests(&mut page, reports);
    }
    draw_stuck(&mut page, state);
    if !state.plan.links.is_empty() {
        page.heading("More");
        links::draw(&mut page, state);
    }
    page
}

fn draw_gate(
    page: &mut Page,
    state: &RunState,
    (wave, gate): (WaveId, usize),
    progress: &GateState,
) {
    let mark = mark::gate(state, wave, gate);
    page.blank();
    let title = words::gate(&state.plan.wave(wave).gates[gate], &state.plan);
    let heading = format!("After {}: {title}", state.plan.wave(wave).name);
    page.marked(&heading, mark.span());
    if let Some(why) = &progress.why {
        page.paragraph(vec![Tone::Plain.span("  ")], why, Tone::Plain);
    }
    if let Some(reports) = &progress.reports {
        draw_failed_tests(page, reports);
    }
    if let Some(evidence) = &progress.evidence {
        evidence::draw(page, evidence, progress);
        examples::draw(page, progress);
    }
}

fn draw_failed_tests(page: &mut Page, reports: &[TestReport]) {
    for report in reports {
        if let Some(why) = report.said() {
            let failed = mark::test(report);
            let name = format!("{}: ", words::tried(report));
            page.paragraph(
                vec![Tone::Plain.span("  "), failed.span(), Tone::Plain.span(" ")],
                &format!("{name}{why}"),
                Tone::Plain,
            );
        }
    }
}

fn draw_failures(page: &mut Page, state: &RunState) {
    for id in state.plan.step_ids() {
        let progress = state.step_state(id);
        if let Some(failure) = &progress.failure {
            let word = if progress.status == StepStatus::UndoFailed {
                "could not be undone"
            } else {
                "failed"
            };
            page.heading(&format!("{} {word}", state.step(id)));
            draw_failure(page, failure);
        }
    }
}

fn draw_failure(page: &mut Page, failure: &Failure) {
    page.paragraph(vec![Tone::Plain.span("  ")], &failure.message, Tone::Bad);
    for cause in &failure.causes {
        page.entry("caused by", cause);
    }
    for hint in &failure.hints {
        page.entry("hint", hint);
    }
}

fn draw_stuck(page: &mut Page, state: &RunState) {
    let Some(stuck) = &state.stuck else {
        return;
    };
    page.heading("Stuck: a person is needed");
    page.paragraph(vec![Tone::Plain.span("  ")], &stuck.why, Tone::Plain);
    if !stuck.commands.is_empty() {
        page.line(vec![
            Tone::Dim.span("  These commands put it right by hand:"),
        ]);
    }
    for command in &stuck.commands {
        page.line(vec![
            Tone::Accent.span(format!("    {}", words::clean(command))),
        ]);
    }
    page.entry(
        "then",
        &format!("`scap resume {}`; until then its locks are kept", state.run),
    );
}
