//! What runs where.

use super::page::Page;
use super::style::Tone;
use super::table::Table;
use super::words;
use scap_journal::RunSummary;
use scap_plan::{Observation, Plan, Step};
use scap_run::{Failure, UnixMillis};

/// One target of a service, as it is seen now.
#[derive(Debug)]
pub(crate) struct Target<'a> {
    pub(crate) service: &'a str,
    pub(crate) step: &'a Step,
    pub(crate) seen: Result<&'a Observation, &'a Failure>,
}

/// All targets, and the newest run of each service that is among `runs`.
pub(crate) fn page(
    targets: &[Target<'_>],
    runs: &[RunSummary],
    now: UnixMillis,
    width: usize,
) -> Page {
    let mut page = Page::new(width);
    let mut table = Table::new(["service", "where", "runs"]);
    for target in targets {
        let seen = match target.seen {
            Ok(observation) => Tone::Plain.span(words::observed(observation)),
            Err(failure) => Tone::Bad.span(format!("cannot be seen: {failure}")),
        };
        let service = Tone::Strong.span(target.service.to_owned());
        table.row([service, Tone::Plain.span(target.step.to_string()), seen]);
    }
    table.draw(&mut page);
    if !runs.is_empty() {
        page.blank();
    }
    for run in runs {
        let mark = super::mark::run(run.phase, run.outcome);
        page.line(vec![
            Tone::Plain.span(format!(
                "{}: run {}, {} by {}, ",
                run.service,
                run.run,
                Plan::short(&run.version),
                run.person
            )),
            mark.span(),
            Tone::Dim.span(format!(", {}", words::ago(run.changed, now))),
        ]);
    }
    page
}
