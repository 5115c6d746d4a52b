//! Why a run is what it became: every gate with its figures, and every failure with its causes.

use super::chart::EvidenceChart;
use super::page::Page;
use super::style::{Tone, WARNING};
use super::table::Table;
use super::{findings, mark, mending, waves, words};
use crate::mending::Mending;
use scap_plan::WaveId;
use scap_run::evidence::Evidence;
use scap_run::{Failure, GateState, RunState, StepStatus, TestReport};

const CHART_ROWS: u16 = 8;
const WIDEST_CHART: usize = 72;
/// Kinds of errors that are listed.
const SIGNATURES: usize = 10;

/// The whole explanation.
pub(crate) fn page(state: &RunState, mending: &Mending, width: usize) -> Page {
    let mut page = Page::new(width);
    let mark = mark::run(state.phase(), state.outcome);
    let (run, service) = (state.run, &state.plan.service);
    page.line(vec![
        Tone::Strong.span(format!(
            "run {run}: {service} {}  ",
            words::changes(&state.plan)
        )),
        mark.span(),
    ]);
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
            draw_gate(&mut page, state, (WaveId(wave), gate), progress);
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
    page
}

fn draw_gate(
    page: &mut Page,
    state: &RunState,
    (wave, gate): (WaveId, usize),
    progress: &GateState,
) {
    let mark = mark::gate(state, wave, gate);
    if mark.word == "waiting" {
        return;
    }
    page.blank();
    let title = words::gate(&state.plan.wave(wave).gates[gate], &state.plan);
    let heading = format!("After {}: {title}  ", state.plan.wave(wave).name);
    page.line(vec![Tone::Strong.span(heading), mark.span()]);
    if let Some(why) = &progress.why {
        page.paragraph(vec![Tone::Plain.span("  ")], why, Tone::Plain);
    }
    if let Some(reports) = &progress.reports {
        draw_failed_tests(page, reports);
    }
    if let Some(evidence) = &progress.evidence {
        draw_evidence(page, evidence, progress);
    }
}

fn draw_evidence(page: &mut Page, evidence: &Evidence, progress: &GateState) {
    let counted = evidence.settings().counted;
    page.entry("canary", &words::counts(evidence.canary(), counted));
    page.entry("control", &words::counts(evidence.control(), counted));
    let watched = words::clock(evidence.elapsed_milliseconds());
    let alarm = words::alarm(evidence.log_e_max(), evidence.limit());
    page.entry(
        "watched",
        &format!(
            "{watched} in {}, highest {alarm}",
            words::count(progress.ticks.len(), "tick")
        ),
    );
    if let Some(hint) = evidence
        .explain(progress.verdict.is_some(), &progress.ticks)
        .hint()
    {
        page.entry("otherwise", &hint);
    }
    for missing in &progress.missing {
        page.entry("missing", missing);
    }
    if progress.curve.len() > 1 {
        let chart = EvidenceChart {
            curve: &progress.curve,
            limit: evidence.limit(),
        };
        let width =
            u16::try_from(page.width.min(WIDEST_CHART)).expect("no more than the widest chart");
        page.lines.extend(chart.lines(width, CHART_ROWS));
    }
    draw_signatures(page, evidence);
}

fn draw_signatures(page: &mut Page, evidence: &Evidence) {
    let mut kinds: Vec<_> = evidence.signatures().iter().collect();
    if kinds.is_empty() {
        return;
    }
    kinds.sort_by(|a, b| b.log_e().total_cmp(&a.log_e()));
    let mut table = Table::new(["  canary", "control", "alone", "kind of error"]);
    for kind in kinds.iter().take(SIGNATURES) {
        let is_new = kind.control() == 0 && kind.canary() > 0;
        let tone = if is_new { Tone::Warning } else { Tone::Plain };
        let sign = if is_new {
            format!("{WARNING} new: ")
        } else {
            String::new()
        };
        table.row([
            Tone::Plain.span(format!("{:>8}", words::thousands(kind.canary()))),
            Tone::Plain.span(format!("{:>7}", words::thousands(kind.control()))),
            Tone::Dim.span(format!("{:>5.1}", kind.log_e())),
            tone.span(format!("{sign}{}", kind.signature())),
        ]);
    }
    table.draw(page);
    let more = kinds.len().saturating_sub(SIGNATURES);
    if more > 0 {
        page.line(vec![
            Tone::Dim.span(format!("  and {}", words::count(more, "more kind"))),
        ]);
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
