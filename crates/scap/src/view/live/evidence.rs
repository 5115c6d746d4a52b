//! The gate that is looked at: its evidence with the counts of both sides, its tests, or its bake.

use super::View;
use crate::view::chart::EvidenceChart;
use crate::view::page::Page;
use crate::view::style::Tone;
use crate::view::style::WARNING;
use crate::view::{mark, sides, waves, words};
use ratatui::text::{Line, Span};
use scap_plan::{Gate, WaveId};
use scap_run::evidence::Evidence;
use scap_run::{GateState, TestReport, TimerId};

/// Columns of the bar that shows how far a promotion is.
const BAR: usize = 20;
/// Kinds of errors that are shown.
const SIGNATURES: usize = 3;

/// The curve, once there is one.
pub(super) fn chart<'a>(view: &View<'a>) -> Option<EvidenceChart<'a>> {
    let (wave, gate) = waves::gate_in_view(view.state)?;
    let progress = &view.state.gates[wave.0][gate];
    let evidence = progress.evidence.as_ref()?;
    (progress.curve.len() > 1).then(|| EvidenceChart {
        curve: &progress.curve,
        limit: evidence.limit(),
    })
}

pub(super) fn lines(view: &View<'_>, width: usize) -> Vec<Line<'static>> {
    let mut page = Page::new(width);
    if let Some((wave, gate)) = waves::gate_in_view(view.state) {
        let progress = &view.state.gates[wave.0][gate];
        match &view.state.plan.wave(wave).gates[gate] {
            Gate::Tests { .. } => draw_tests(&mut page, progress.reports.as_deref()),
            Gate::Evidence(planned) => {
                let title = words::comparison(planned, &view.state.plan);
                page.line(vec![Tone::Strong.span(words::middle(&title, width))]);
                if let Some(evidence) = &progress.evidence {
                    let held = held(view, (wave, gate), progress);
                    draw_evidence(&mut page, evidence, progress, &held);
                }
            }
            Gate::Bake { .. } => {
                let left = passed(view, TimerId::Bake { wave, gate });
                page.entry("bake", &left.unwrap_or_else(|| "about to begin".to_owned()));
            }
        }
    }
    page.lines
}

fn draw_tests(page: &mut Page, reports: Option<&[TestReport]>) {
    let Some(reports) = reports else {
        page.entry("tests", "running");
        return;
    };
    let passed = reports.iter().filter(|report| report.failure.is_none());
    let (passed, all) = (passed.count(), reports.len());
    page.entry("tests", &format!("{passed} of {all} passed"));
    for report in reports {
        let key = report.failure.as_ref().map_or("remark", |_| "failed");
        if let Some(said) = report.said() {
            page.entry(key, &format!("{}: {said}", words::tried(report)));
        }
    }
}

fn draw_evidence(page: &mut Page, evidence: &Evidence, progress: &GateState, held: &str) {
    sides::draw(page, evidence);
    if !progress.sent.is_nothing() {
        let [canary, control] = [progress.sent.canary, progress.sent.control].map(words::thousands);
        let sent = format!("{canary} to the canary and {control} to the control, by scap");
        page.entry("sent", &sent);
    }
    draw_verdict(page, evidence, progress, held);
    for missing in &progress.missing {
        page.paragraph(
            vec![Tone::Warning.span(format!("  {WARNING} missing "))],
            missing,
            Tone::Plain,
        );
    }
    let kinds = evidence.kinds().into_iter();
    let against = kinds.filter(|kind| kind.log_e() > 0.0);
    for kind in against.take(SIGNATURES) {
        let (word, tone) = if evidence.is_new(kind) {
            ("! new", Tone::Warning)
        } else {
            ("more", Tone::Dim)
        };
        let figures = format!(
            "  {} against {}",
            words::thousands(kind.canary()),
            words::thousands(kind.control())
        );
        let room = page.width.saturating_sub(12 + figures.len());
        page.line(vec![
            tone.span(format!("  {word:<9} ")),
            Tone::Plain.span(words::middle(&words::clean(kind.signature()), room)),
            Tone::Dim.span(figures),
        ]);
    }
}

/// Both ways on: towards an alarm, and towards a promotion.
fn draw_verdict(page: &mut Page, evidence: &Evidence, progress: &GateState, held: &str) {
    if let Some(verdict) = progress.verdict {
        let alarm = words::alarm(evidence.log_e_max(), evidence.limit());
        let verdict = mark::verdict(verdict);
        page.paragraph(
            vec![Span::raw("  "), verdict.span(), Span::raw("  ")],
            &alarm,
            Tone::Dim,
        );
        return;
    }
    let alarm = words::alarm(evidence.log_e(), evidence.limit());
    page.entry("evidence", &format!("{alarm}, {held}"));
    if evidence.is_watch() {
        return;
    }
    if evidence.is_doubted() {
        page.paragraph(Vec::new(), "  not believed yet: one cause may go on like that, and former runs are too few to know", Tone::Warning);
    }
    let good = good_enough(evidence);
    page.line(vec![
        Tone::Dim.span("  promotion "),
        Tone::Accent.span(bar(good)),
        Tone::Plain.span(format!(" {:.0} %", (good * 100.0).floor())),
        Tone::Dim.span(format!("  {}", awaited(evidence))),
    ]);
}

/// The share of what a promotion needs that is there: the least of proof, time and requests.
fn good_enough(evidence: &Evidence) -> f64 {
    shares(evidence)
        .into_iter()
        .map(|(share, _)| share)
        .fold(1.0, f64::min)
}

/// What a promotion waits for most.
fn awaited(evidence: &Evidence) -> &'static str {
    let least = shares(evidence)
        .into_iter()
        .min_by(|a, b| a.0.total_cmp(&b.0));
    match least {
        Some((share, what)) if share < 1.0 => what,
        _ => "good enough",
    }
}

#[expect(clippy::cast_precision_loss, reason = "a share for people")]
fn shares(evidence: &Evidence) -> [(f64, &'static str); 3] {
    let settings = evidence.settings();
    let share = |part: f64, whole: f64| {
        if whole > 0.0 {
            (part / whole).clamp(0.0, 1.0)
        } else {
            1.0
        }
    };
    let requests = evidence.canary().requests.min(evidence.control().requests);
    let (elapsed, hold) = (
        evidence.elapsed_milliseconds(),
        settings.minimum_hold_milliseconds,
    );
    [
        (
            share(evidence.log_good(), settings.promote_confidence.ln()),
            "waiting for more good requests",
        ),
        (
            share(elapsed as f64, hold as f64),
            "waiting for the shortest hold to pass",
        ),
        (
            share(requests as f64, settings.minimum_requests as f64),
            "waiting for enough requests",
        ),
    ]
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share of the bar"
)]
fn bar(share: f64) -> String {
    let full = (share * 20.0).floor() as usize;
    format!(
        "{}{}",
        "█".repeat(full.min(BAR)),
        "░".repeat(BAR - full.min(BAR))
    )
}

/// `held for 0:22 of at most 1:00`
fn held(view: &View<'_>, (wave, gate): (WaveId, usize), progress: &GateState) -> String {
    let round = progress.round;
    let again = if round > 0 { " again" } else { "" };
    match passed(view, TimerId::Hold { wave, gate, round }) {
        Some(passed) => format!("held{again} for {passed}"),
        None => "about to be held".to_owned(),
    }
}

/// `0:22 of at most 1:00`: how far a timer is.
fn passed(view: &View<'_>, timer: TimerId) -> Option<String> {
    let timer = view.state.timers.get(&timer)?;
    let left = view.now.until(timer.until).min(timer.milliseconds);
    let passed = words::clock(timer.milliseconds - left);
    Some(format!(
        "{passed} of at most {}",
        words::clock(timer.milliseconds)
    ))
}
