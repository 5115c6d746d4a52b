//! Runs, one a line.

use super::page::Page;
use super::style::{Mark, PAUSED, Tone};
use super::table::Table;
use super::{mark, words};
use scap_journal::RunSummary;
use scap_run::UnixMillis;

/// All `runs` in the order given.
pub(crate) fn page(runs: &[RunSummary], now: UnixMillis, width: usize) -> Page {
    let mut page = Page::new(width);
    if runs.is_empty() {
        page.line(vec![Tone::Dim.span("no runs yet")]);
        return page;
    }
    let mut table = Table::new(["run", "when", "service", "version", "who", "took", "state"]);
    for run in runs {
        let end = if run.outcome.is_some() {
            run.changed
        } else {
            now
        };
        table.row([
            Tone::Strong.span(run.run.to_string()),
            Tone::Dim.span(words::ago(run.created, now)),
            Tone::Plain.span(run.service.clone()),
            Tone::Plain.span(run.version.clone()),
            Tone::Plain.span(run.person.clone()),
            Tone::Plain.span(words::clock(run.created.until(end))),
            state(run, now).span(),
        ]);
    }
    table.draw(&mut page);
    for run in runs.iter().filter(|run| run.is_orphaned(now)) {
        let run = run.run;
        let hint =
            format!("run {run} is carried out by nobody: `scap resume {run}` goes on with it");
        page.paragraph(vec![Tone::Accent.span("Hint: ")], &hint, Tone::Plain);
    }
    page
}

fn state(run: &RunSummary, now: UnixMillis) -> Mark {
    if run.is_queued() {
        Mark::new(PAUSED, "queued", Tone::Dim)
    } else if run.is_orphaned(now) {
        Mark::new(PAUSED, "interrupted", Tone::Warning)
    } else {
        mark::run(run.phase, run.outcome)
    }
}
