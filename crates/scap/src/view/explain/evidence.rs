//! What a gate of evidence has counted, what that says, and what would have changed it.

use crate::view::chart::EvidenceChart;
use crate::view::page::Page;
use crate::view::style::{Tone, WARNING};
use crate::view::table::Table;
use crate::view::{sides, words};
use ratatui::text::Span;
use scap_run::evidence::{Evidence, SignatureEvidence};
use scap_run::{GateState, RatioEstimate};

const CHART_ROWS: u16 = 8;
const WIDEST_CHART: usize = 72;
/// Kinds of errors that are listed.
const SIGNATURES: usize = 10;

pub(super) fn draw(page: &mut Page, evidence: &Evidence, progress: &GateState) {
    sides::draw(page, evidence);
    if let Some(ratio) = RatioEstimate::of(evidence.canary(), evidence.control()) {
        page.entry("ratio", &words_of(ratio));
    }
    let watched = words::clock(evidence.elapsed_milliseconds());
    let ticks = words::count(progress.ticks.len(), "tick");
    let alarm = words::alarm(evidence.log_e_max(), evidence.limit());
    page.entry("watched", &format!("{watched} in {ticks}, highest {alarm}"));
    let explanation = evidence.explain(progress.verdict.is_some(), &progress.ticks);
    if let Some(hint) = explanation.hint() {
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
    draw_kinds(page, evidence, progress);
}

/// `30 times the control's rate (7.6 to 121, 95 % certain)`
fn words_of(ratio: RatioEstimate) -> String {
    let times = |ratio: f64| {
        if ratio < 9.95 {
            format!("{ratio:.1}")
        } else {
            format!("{ratio:.0}")
        }
    };
    let low = times(ratio.low);
    match (ratio.estimate, ratio.high.map(times)) {
        (Some(0.0), Some(high)) => format!("at most {high} times the control's rate, 95 % certain"),
        (Some(estimate), Some(high)) => {
            let estimate = times(estimate);
            format!("{estimate} times the control's rate ({low} to {high}, 95 % certain)")
        }
        _ => format!("at least {low} times the control's rate, which has none, 95 % certain"),
    }
}

fn draw_kinds(page: &mut Page, evidence: &Evidence, progress: &GateState) {
    let kinds = evidence.kinds();
    if kinds.is_empty() {
        return;
    }
    let mut table = Table::new(["  canary", "control", "first", "kind of error"]);
    for kind in kinds.iter().take(SIGNATURES) {
        table.row([
            Tone::Plain.span(format!("{:>8}", words::thousands(kind.canary()))),
            Tone::Plain.span(format!("{:>7}", words::thousands(kind.control()))),
            Tone::Dim.span(format!("{:>5}", first(progress, kind))),
            name(evidence, kind),
        ]);
    }
    table.draw(page);
    let more = kinds.len().saturating_sub(SIGNATURES);
    if more > 0 {
        let more = words::count(more, "more kind");
        page.line(vec![Tone::Dim.span(format!("  and {more}"))]);
    }
}

/// When the canary had its first, from the begin on.
fn first(progress: &GateState, kind: &SignatureEvidence) -> String {
    let begin = progress.watched().map(|(begin, _)| begin);
    let first = begin.zip(progress.first_seen(kind.signature()));
    first.map_or_else(
        || "–".to_owned(),
        |(begin, first)| words::clock(begin.until(first)),
    )
}

fn name(evidence: &Evidence, kind: &SignatureEvidence) -> Span<'static> {
    let name = kind.signature();
    if evidence.is_new(kind) {
        Tone::Warning.span(format!("{WARNING} new: {name}"))
    } else if evidence.is_ordinary(kind) {
        Tone::Plain.span(format!("known from former runs: {name}"))
    } else {
        Tone::Plain.span(name.to_owned())
    }
}
