//! Past runs judged again: a line for each gate of evidence, and how often each check was right.

use super::mark;
use super::page::Page;
use super::style::{Tone, WARNING};
use super::table::Table;
use super::words;
use crate::control::verb::{ReplayedRun, ReplayedRuns};
use scap_run::evidence::Verdict;
use scap_run::{Called, Judgement, Rejudged, Replay, Score};
use std::collections::{BTreeMap, BTreeSet};

/// How often a check was right, then and now.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Scores {
    pub(crate) then: Score,
    pub(crate) now: Score,
}

impl Scores {
    /// By service and check. Counted are gates that speak both times: else one time would have the easier task.
    pub(crate) fn of(replayed: &ReplayedRuns) -> BTreeMap<(&str, &str), Self> {
        let mut scores: BTreeMap<(&str, &str), Self> = BTreeMap::new();
        for run in &replayed.runs {
            for replay in &run.replays {
                let key = (run.summary.service.as_str(), replay.check.as_str());
                let of_check = scores.entry(key).or_default();
                if let (Some(then), Some(now)) = (&replay.then, replay.now()) {
                    of_check.then.add(Some(then), replay.called);
                    of_check.now.add(Some(now), replay.called);
                }
            }
        }
        scores
    }
}

/// All runs, then what they come to.
pub(crate) fn page(replayed: &ReplayedRuns, width: usize) -> Page {
    let mut page = Page::new(width);
    let has_evidence = replayed.runs.iter().any(|run| !run.replays.is_empty());
    if has_evidence {
        draw_runs(&mut page, replayed);
        draw_scores(&mut page, replayed);
    } else {
        page.paragraph(
            Vec::new(),
            "no evidence was gathered in these runs",
            Tone::Dim,
        );
    }
    draw_reasons(&mut page, replayed);
    for run in &replayed.damaged {
        let text = format!("run {run} is not as it was written, and is left out");
        page.paragraph(
            vec![Tone::Warning.span(format!("{WARNING} "))],
            &text,
            Tone::Plain,
        );
    }
    page
}

fn draw_runs(page: &mut Page, replayed: &ReplayedRuns) {
    let mut table = Table::new(["run", "service", "version", "check", "then", "now"]);
    for run in &replayed.runs {
        for replay in &run.replays {
            row(&mut table, run, replay);
        }
    }
    table.draw(page);
}

fn row(table: &mut Table<6>, run: &ReplayedRun, replay: &Replay) {
    let then = replay.then.as_ref();
    let shadow = if replay.was_shadow { " in shadow" } else { "" };
    let (said, tone) = then.map_or(("no verdict".to_owned(), Tone::Dim), |then| {
        (said(then), mark::verdict(then.verdict).tone)
    });
    let (now, now_tone) = now(replay);
    table.row([
        Tone::Strong.span(run.summary.run.to_string()),
        Tone::Plain.span(run.summary.service.clone()),
        Tone::Plain.span(run.summary.version.clone()),
        Tone::Plain.span(replay.check.clone()),
        tone.span(format!("{said}{shadow}")),
        now_tone.span(now),
    ]);
}

/// `✗ failed at 0:12, 4 errors`
fn said(judgement: &Judgement) -> String {
    let mark = mark::verdict(judgement.verdict);
    let errors = usize::try_from(judgement.errors).unwrap_or(usize::MAX);
    format!(
        "{} {} at {}, {}",
        mark.symbol,
        mark.word,
        words::clock(judgement.after_milliseconds),
        words::count(errors, "error")
    )
}

fn now(replay: &Replay) -> (String, Tone) {
    let judgement = match &replay.now {
        Rejudged::Judged(judgement) => judgement,
        Rejudged::TicksEnd => return ("would have gone on looking".to_owned(), Tone::Dim),
        Rejudged::NotComparable { .. } => return ("cannot be told".to_owned(), Tone::Dim),
    };
    let tone = mark::verdict(judgement.verdict).tone;
    let said = said(judgement);
    match (replay.called, judgement.verdict) {
        (Called::Good, Verdict::Fail | Verdict::Concern) => {
            (format!("{said}: a false alarm"), Tone::Bad)
        }
        (Called::Bad, Verdict::Pass | Verdict::Inconclusive) => {
            (format!("{said}: missed, it was taken back"), Tone::Bad)
        }
        _ => (said, tone),
    }
}

fn draw_scores(page: &mut Page, replayed: &ReplayedRuns) {
    page.blank();
    let mut table = Table::new([
        "",
        "false alarms",
        "caught",
        "missed",
        "without data",
        "check",
    ]);
    for ((service, check), scores) in Scores::of(replayed) {
        for (when, score) in [("then", scores.then), ("now", scores.now)] {
            let good = score.false_alarms + score.let_through;
            let figures = [
                format!("{} of {good} good", score.false_alarms),
                format!("{} bad", score.caught),
                format!("{} bad", score.missed),
                score.without_data.to_string(),
            ];
            let [false_alarms, caught, missed, without] =
                figures.map(|text| Tone::Plain.span(text));
            table.row([
                Tone::Dim.span(when),
                false_alarms,
                caught,
                missed,
                without,
                Tone::Plain.span(format!("{check} of {service}")),
            ]);
        }
    }
    table.draw(page);
}

/// Why checks cannot be compared, each reason once.
fn draw_reasons(page: &mut Page, replayed: &ReplayedRuns) {
    let mut reasons = BTreeSet::new();
    for run in &replayed.runs {
        for replay in &run.replays {
            if let Rejudged::NotComparable { why } = &replay.now {
                reasons.insert(format!(
                    "{} of {}: {why}",
                    replay.check, run.summary.service
                ));
            }
        }
    }
    for reason in reasons {
        page.paragraph(
            vec![Tone::Warning.span(format!("{WARNING} "))],
            &reason,
            Tone::Plain,
        );
    }
}

#[cfg(test)]
mod tests;
