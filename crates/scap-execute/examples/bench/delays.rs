//! How long canaries were watched, and how long the way back took, from the events of their runs.

use crate::measure;
use scap_journal::{Cursor, Journal, JournalError, Recorded};
use scap_run::evidence::Verdict;
use scap_run::{Event, RunId, UnixMillis};
use std::collections::BTreeMap;
use std::error::Error;
use std::io::Write;
use std::path::Path;

/// A run whose canary was judged by evidence. Seconds count from when the canary was read back as changed.
pub(crate) struct Judged {
    verdict: Verdict,
    verdict_seconds: f64,
    /// Until the first step was put back; absent when none was.
    undone_seconds: Option<f64>,
    end_seconds: Option<f64>,
}

/// All runs of the journal in a state folder.
pub(crate) fn bench(out: &mut impl Write, folder: &Path) -> Result<(), Box<dyn Error>> {
    let journal = Journal::open(folder)?;
    let mut all = Vec::new();
    for summary in journal.runs(None, u32::MAX)?.runs {
        all.extend(judged(&journal, summary.run)?);
    }
    print(out, &all)
}

/// What the run's events tell; nothing when no evidence was weighed.
pub(crate) fn judged(journal: &Journal, run: RunId) -> Result<Option<Judged>, JournalError> {
    let events = journal.events(&mut Cursor::start(run), u32::MAX)?;
    let is_evidence = |event: &Event| matches!(event, Event::EvidenceRecorded { .. });
    let Some(tick) = events.iter().position(|it| is_evidence(&it.event)) else {
        return Ok(None);
    };
    let (before, after) = events.split_at(tick);
    let is_success = |it: &&Recorded| matches!(it.event, Event::StepSucceeded { .. });
    let changed = before.iter().rfind(is_success);
    let since = changed.expect("a canary is watched once it is there").at;
    let seconds = |wanted: fn(&Event) -> bool| Some(seconds_between(since, first(after, wanted)?));
    let verdict = after.iter().find_map(|it| match it.event {
        Event::GateConcluded { verdict, .. } => Some((verdict, seconds_between(since, it.at))),
        _ => None,
    });
    Ok(verdict.map(|(verdict, verdict_seconds)| Judged {
        verdict,
        verdict_seconds,
        undone_seconds: seconds(|event| matches!(event, Event::StepUndone { .. })),
        end_seconds: seconds(|event| matches!(event, Event::RunFinished { .. })),
    }))
}

fn first(events: &[Recorded], wanted: fn(&Event) -> bool) -> Option<UnixMillis> {
    let found = events.iter().find(|recorded| wanted(&recorded.event));
    found.map(|recorded| recorded.at)
}

fn seconds_between(earlier: UnixMillis, later: UnixMillis) -> f64 {
    measure::number(earlier.until(later)) / 1000.0
}

/// Prints the delays by verdict.
pub(crate) fn print(out: &mut impl Write, all: &[Judged]) -> Result<(), Box<dyn Error>> {
    let mut by_verdict: BTreeMap<String, Vec<&Judged>> = BTreeMap::new();
    for run in all {
        by_verdict
            .entry(format!("{:?}", run.verdict))
            .or_default()
            .push(run);
    }
    for (verdict, runs) in by_verdict {
        writeln!(out, "{verdict}: {} of {}", runs.len(), all.len())?;
        let values = |figure: fn(&Judged) -> Option<f64>| {
            runs.iter()
                .filter_map(|run| figure(run))
                .collect::<Vec<f64>>()
        };
        measure::print(out, "  verdict, s", values(|it| Some(it.verdict_seconds)))?;
        measure::print(
            out,
            "  first step put back, s",
            values(|it| it.undone_seconds),
        )?;
        measure::print(out, "  end of the run, s", values(|it| it.end_seconds))?;
    }
    Ok(())
}
