//! Who holds which lock and why, who waits for it, and the freeze.

use super::page::Page;
use super::style::{PAUSED, Tone};
use super::table::Table;
use super::words;
use scap_journal::{FreezeOrder, Lock};
use scap_run::UnixMillis;

/// The freeze, if there is one, above all locks.
pub(crate) fn page(
    locks: &[Lock],
    freeze: Option<&FreezeOrder>,
    now: UnixMillis,
    width: usize,
) -> Page {
    let mut page = Page::new(width);
    if let Some(freeze) = freeze {
        let sign = vec![Tone::Warning.span(format!("{PAUSED} frozen "))];
        page.paragraph(sign, &frozen(freeze, now), Tone::Plain);
    }
    if locks.is_empty() {
        page.line(vec![Tone::Dim.span("no locks are held")]);
        return page;
    }
    let mut table = Table::new(["lock", "held by", "since", "waiting", "why"]);
    for lock in locks {
        let holder = match lock.run {
            Some(run) => format!("run {run} of {}", lock.person),
            None => lock.person.clone(),
        };
        let waiting: Vec<String> = lock
            .waiting
            .iter()
            .map(|run| format!("run {run}"))
            .collect();
        table.row([
            Tone::Strong.span(lock.key.clone()),
            Tone::Plain.span(holder),
            Tone::Dim.span(words::ago(lock.since, now)),
            Tone::Plain.span(waiting.join(", ")),
            Tone::Plain.span(lock.reason.clone().unwrap_or_default()),
        ]);
    }
    table.draw(&mut page);
    page
}

fn frozen(freeze: &FreezeOrder, now: UnixMillis) -> String {
    let end = match freeze.until {
        Some(until) => format!("ends in {}", words::clock(now.until(until))),
        None => "`scap thaw` ends it".to_owned(),
    };
    format!(
        "by {} {}: {} ({end})",
        freeze.person,
        words::ago(freeze.since, now),
        freeze.reason
    )
}
