//! What the past says of a check: how errors spread over time, how alike two sides are, and which settings would fit.

use super::page::Page;
use super::style::Tone;
use super::table::Table;
use super::words;
use crate::control::verb::AnalyzedHistory;
use scap_plan::Period;
use scap_run::history::{Bin, Distribution, Kind, Placebo};
use std::time::Duration;

/// Columns of the longest bar.
const LONGEST_BAR: usize = 40;
const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/// The whole analysis.
pub(crate) fn page(analyzed: &AnalyzedHistory, width: usize) -> Page {
    let mut page = Page::new(width);
    let window = Period::from(Duration::from_millis(analyzed.window_milliseconds));
    page.paragraph(
        Vec::new(),
        &format!(
            "{} over {}, in windows of {window}: {}",
            analyzed.check,
            words::count(usize::try_from(analyzed.days).unwrap_or(usize::MAX), "day"),
            analyzed.releases.join(", ")
        ),
        Tone::Strong,
    );
    draw_distribution(&mut page, &analyzed.analysis.distribution);
    draw_placebos(&mut page, analyzed);
    draw_proposal(&mut page, analyzed);
    draw_kinds(&mut page, &analyzed.kinds);
    page
}

fn draw_distribution(page: &mut Page, found: &Distribution) {
    page.heading("Errors in a window");
    let most = found.bins.iter().map(|bin| bin.windows).max().unwrap_or(0);
    for bin in &found.bins {
        page.line(vec![
            Tone::Plain.span(format!("  {:>15}  ", range(bin))),
            Tone::Accent.span(bar(bin.windows, most)),
            Tone::Dim.span(format!(" {}", words::thousands(bin.windows as u64))),
        ]);
    }
    let quantiles = found.errors_per_window;
    let figures =
        [quantiles.p50, quantiles.p90, quantiles.p99, quantiles.most].map(|it| format!("{it:.0}"));
    let [p50, p90, p99, most] = figures;
    page.entry(
        "windows",
        &format!(
            "{}, of which {} without an error and {} without a request",
            words::thousands(found.windows as u64),
            words::thousands(found.quiet as u64),
            words::thousands(found.without_requests as u64),
        ),
    );
    page.entry("errors", &format!(
        "{} in {} requests; half of the windows have at most {p50}, nine of ten {p90}, 99 of 100 {p99}, the worst {most}",
        words::thousands(found.errors),
        words::thousands(found.requests)
    ));
    page.entry("bursts", &format!(
        "variance over mean {:.1}; {:.1} of what the traffic does not explain (1 if each error comes by itself)",
        found.dispersion, found.dispersion_beside_traffic
    ));
}

/// `none`, `1`, `3 to 4`
fn range(bin: &Bin) -> String {
    match (bin.least, bin.most) {
        (0, 0) => "none".to_owned(),
        (least, most) if least == most => words::thousands(least),
        (least, most) => format!("{} to {}", words::thousands(least), words::thousands(most)),
    }
}

/// As long as its share of the longest; what there is at all is seen.
fn bar(part: usize, longest: usize) -> String {
    let eighths = (part * LONGEST_BAR * 8).checked_div(longest).unwrap_or(0);
    let eighths = eighths.max(usize::from(part > 0));
    format!("{}{}", "█".repeat(eighths / 8), EIGHTHS[eighths % 8])
}

fn draw_placebos(page: &mut Page, analyzed: &AnalyzedHistory) {
    let hold = analyzed.settings.maximum_hold;
    page.heading(&format!(
        "The past judged as rollouts of {hold}, with the settings of now"
    ));
    if analyzed.analysis.placebos.is_empty() {
        let why =
            "there never were two pods or two sides that served at once: nothing can be compared";
        page.paragraph(vec![Tone::Plain.span("  ")], why, Tone::Plain);
        return;
    }
    let mut table = Table::new([
        "  rollouts",
        "stopped",
        "promoted early",
        "ratio: half, 99 %",
        "who against whom",
    ]);
    for placebo in &analyzed.analysis.placebos {
        let Placebo {
            name,
            rollouts,
            alarms,
            passed,
            ratio,
            ..
        } = placebo;
        let tone = if *alarms > 0 {
            Tone::Warning
        } else {
            Tone::Good
        };
        table.row([
            Tone::Plain.span(format!("{:>10}", words::thousands(*rollouts as u64))),
            tone.span(share(*alarms, *rollouts)),
            Tone::Plain.span(share(*passed, *rollouts)),
            Tone::Plain.span(format!("{:.2}, {:.2}", ratio.p50, ratio.p99)),
            Tone::Plain.span(name.clone()),
        ]);
    }
    table.draw(page);
    let note = "Each stopped one is a false alarm, unless something was deployed or broken then.";
    page.paragraph(vec![Tone::Plain.span("  ")], note, Tone::Dim);
}

/// `12 (0.3 %)`
#[expect(clippy::cast_precision_loss, reason = "a share for people")]
fn share(part: usize, of: usize) -> String {
    let share = part as f64 / of.max(1) as f64 * 100.0;
    format!("{} ({share:.1} %)", words::thousands(part as u64))
}

fn draw_proposal(page: &mut Page, analyzed: &AnalyzedHistory) {
    let (proposal, settings) = (&analyzed.analysis.proposal, &analyzed.settings);
    page.heading("Proposed");
    if proposal.rollouts == 0 {
        page.paragraph(
            vec![Tone::Plain.span("  ")],
            "nothing: there is no past to judge",
            Tone::Plain,
        );
        return;
    }
    let allowed = settings.false_alarm_rate * 100.0;
    let ratio = match proposal.tolerated_ratio {
        Some(ratio) => format!(
            "tolerated_ratio: {ratio}    (now {}) stops at most {allowed} % of them",
            settings.tolerated_ratio
        ),
        None => format!(
            "no tolerated_ratio up to 10 stops as few as {allowed} % of them: the sides are not alike, or errors come in bursts that last"
        ),
    };
    let budget = match proposal.error_budget {
        Some(budget) => format!("error_budget: {budget}    (now {}) promotes nine of ten early", settings.error_budget),
        None => "no error_budget up to 0.2 promotes nine of ten early: there are too few requests in a hold".to_owned(),
    };
    for line in [ratio, budget] {
        page.paragraph(vec![Tone::Plain.span("  ")], &line, Tone::Plain);
    }
}

fn draw_kinds(page: &mut Page, kinds: &[Kind]) {
    if kinds.is_empty() {
        return;
    }
    page.heading("Kinds of errors");
    for kind in kinds {
        let count = words::thousands(kind.errors);
        page.paragraph(
            vec![Tone::Strong.span(format!("  {count:>9}  "))],
            &kind.signature,
            Tone::Plain,
        );
        let example = kind
            .example
            .as_ref()
            .filter(|example| **example != kind.signature);
        if let Some(example) = example {
            page.paragraph(
                vec![Tone::Dim.span("             such as ")],
                example,
                Tone::Dim,
            );
        }
    }
}

#[cfg(test)]
mod tests;
