//! A journal with very many runs: what looking at it, claiming from it and verifying it cost.

use crate::measure::{forget_peak, peak_mebibytes, print};
use crate::rollouts::created;
use scap_journal::{Creation, Journal, JournalError};
use scap_plan::ServiceName;
use scap_run::{AbortKind, Event, Outcome, RunId, UnixMillis};
use std::error::Error;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

const SERVICES: u32 = 170;
const NOW: UnixMillis = UnixMillis(1_700_000_000_000);

#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(1000..))]
    finished: u32,
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..))]
    queued: u32,
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// Only writes the finished runs into the journal of this folder
    #[arg(long)]
    into: Option<PathBuf>,
}

pub(crate) fn bench(out: &mut impl Write, arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    if let Some(folder) = &arguments.into {
        return write_all(&Journal::open(folder)?, arguments);
    }
    let folder = tempfile::tempdir()?;
    let journal = Journal::open(folder.path())?;
    write_all(&journal, arguments)?;
    for number in 0..arguments.queued {
        journal.enqueue(&creation(&created_for(number)))?;
    }
    let size = std::fs::metadata(folder.path().join("journal.db"))?.len();
    writeln!(
        out,
        "{} finished runs, {} queued: {} MiB",
        arguments.finished,
        arguments.queued,
        size >> 20
    )?;
    forget_peak()?;
    for (what, work) in looks() {
        let mut took = Vec::new();
        for round in 0..arguments.rounds {
            let began = Instant::now();
            work(&journal, folder.path(), arguments, round)?;
            took.push(began.elapsed().as_secs_f64() * 1000.0);
        }
        print(out, &format!("{what}, ms"), took)?;
    }
    print(
        out,
        "peak memory of all these, MiB",
        vec![peak_mebibytes()?],
    )?;
    forget_peak()?;
    let began = Instant::now();
    let verified = journal.verify()?;
    assert!(verified.damages.is_empty(), "{:?}", verified.damages);
    print(out, "verified, s", vec![began.elapsed().as_secs_f64()])?;
    writeln!(out, "{} events were verified", verified.events)?;
    print(out, "peak memory of that, MiB", vec![peak_mebibytes()?])?;
    Ok(())
}

type Look = fn(&Journal, &Path, &Arguments, u32) -> Result<(), JournalError>;

fn looks() -> [(&'static str, Look); 8] {
    [
        ("opened", |_, folder, _, _| Journal::open(folder).map(drop)),
        ("the newest 20 runs", |journal, _, _, _| {
            journal.runs(None, 20).map(drop)
        }),
        ("the newest 20 runs of a service", |journal, _, _, round| {
            journal.runs(Some(&service(round)), 20).map(drop)
        }),
        ("all that have not ended", |journal, _, _, _| {
            journal.open_runs().map(drop)
        }),
        ("8 to be claimed", |journal, _, _, _| {
            journal.claimable(None, NOW, 8).map(drop)
        }),
        ("a run folded", |journal, _, arguments, round| {
            let run = 1 + i64::from(round * 7919 % arguments.finished);
            journal.fold(RunId(run)).map(drop)
        }),
        (
            "a run claimed and given up",
            |journal, _, arguments, round| {
                let run = 1 + arguments.finished + round % arguments.queued;
                let (lease, _) = journal.claim(RunId(i64::from(run)), "bench", NOW)?;
                journal.give_up(lease)
            },
        ),
        ("a run queued", |journal, _, _, round| {
            let event = created_for(round);
            journal.enqueue(&creation(&event)).map(drop)
        }),
    ]
}

fn service(number: u32) -> String {
    format!("service-{}", number % SERVICES)
}

fn created_for(number: u32) -> Event {
    let mut event = created();
    if let Event::RunCreated { plan, .. } = &mut event {
        plan.service = ServiceName::new(service(number)).expect("a name as others");
    }
    event
}

fn creation(event: &Event) -> Creation<'_> {
    let (version, at) = ("new", NOW);
    Creation { event, version, at }
}

fn write_all(journal: &Journal, arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    (0..arguments.finished).try_for_each(|number| write_finished(journal, number))
}

fn write_finished(journal: &Journal, number: u32) -> Result<(), Box<dyn Error>> {
    let (mut lease, mut state) = journal.create(&creation(&created_for(number)), "bench")?;
    let freeze = Event::FreezeBegan {
        by: "ada".to_owned(),
        reason: "incident".to_owned(),
    };
    let abort = Event::AbortRequested {
        by: "ada".to_owned(),
        kind: AbortKind::Undo,
        reason: None,
    };
    let findings = Event::PreflightFinished {
        findings: Vec::new(),
    };
    let outcome = Outcome::Cancelled;
    for event in [
        Event::LocksAcquired,
        findings,
        freeze.clone(),
        Event::FreezeEnded,
        freeze,
        Event::FreezeEnded,
        abort,
        Event::RunFinished { outcome },
    ] {
        state.apply(NOW, &event)?;
        journal.append(&mut lease, NOW, &event, &state)?;
    }
    Ok(journal.give_up(lease)?)
}
