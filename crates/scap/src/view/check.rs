//! What `scap check` found: each test on each instance, and what the counters show.

use super::findings;
use super::mark;
use super::page::Page;
use super::style::Tone;
use super::words;
use crate::control::verb::Tried;
use scap_plan::{Counters, CountersSource};
use scap_run::Snapshot;
use serde::{Deserialize, Serialize};

/// One look at all counters of a check.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct CountersLook {
    pub(crate) counters: Counters,
    pub(crate) snapshot: Snapshot,
}

/// All tests, then all counters, then what is wrong with those.
pub(crate) fn page(tried: &Tried, width: usize) -> Page {
    let mut page = Page::new(width);
    let Tried {
        reports,
        looks,
        findings,
    } = tried;
    if reports.is_empty() && looks.is_empty() {
        page.paragraph(Vec::new(), "the service declares no checks", Tone::Dim);
    }
    for report in reports {
        let name = words::tried(report);
        let mark = mark::test(report);
        match report.said() {
            None => page.line(vec![mark.span(), Tone::Plain.span(format!("  {name}"))]),
            Some(why) => {
                page.line(vec![mark.span(), Tone::Strong.span(format!("  {name}"))]);
                page.paragraph(vec![Tone::Plain.span("          ")], why, Tone::Plain);
            }
        }
    }
    for look in looks {
        draw_counters(&mut page, look);
    }
    if !findings.is_empty() {
        page.heading("What may be wrong with the checks");
        findings::draw(&mut page, findings);
    }
    page
}

fn draw_counters(page: &mut Page, look: &CountersLook) {
    page.heading(&look.counters.name);
    for (instance, seen) in &look.snapshot.instances {
        let [errors, requests] = [seen.errors, seen.requests].map(words::thousands);
        let seen = match &look.counters.source {
            CountersSource::Logs(_) => {
                format!("{requests} requests since it started; its errors are counted during a run")
            }
            source if source.slow_above().is_some() => {
                format!("{errors} slow ones in {requests} requests since it started")
            }
            _ => format!("{errors} errors in {requests} requests since it started"),
        };
        page.entry(instance, &seen);
    }
    for (instance, why) in &look.snapshot.missing {
        page.paragraph(
            vec![Tone::Bad.span(format!("  {instance:<9} "))],
            why,
            Tone::Plain,
        );
    }
}
