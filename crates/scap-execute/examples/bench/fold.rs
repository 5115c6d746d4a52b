//! Folding a long journal, with the check of its hash chain, beside reading its rows.

use crate::measure::{forget_peak, number, peak_mebibytes, print};
use crate::rollouts::{Traffic, created};
use rusqlite::Connection;
use scap_journal::{Creation, Cursor, Journal};
use scap_plan::{StepId, WaveId};
use scap_run::{Event, Readback, RunId, RunState, Snapshot, UnixMillis};
use std::error::Error;
use std::io::Write;
use std::path::Path;
use std::time::Instant;

const CANARY: StepId = StepId(0);
const CONTROL: StepId = StepId(1);

/// Events between the creation and the first tick.
const OPENING: usize = 5;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[arg(long, default_value_t = 1000)]
    runs: u32,
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(10..))]
    events_of_a_run: u32,
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
}

pub(crate) fn bench(out: &mut impl Write, arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let journal = Journal::open(folder.path())?;
    let runs = (0..arguments.runs)
        .map(|seed| write_run(&journal, u64::from(seed), arguments.events_of_a_run))
        .collect::<Result<Vec<RunId>, Box<dyn Error>>>()?;
    let events = u64::from(arguments.runs) * u64::from(arguments.events_of_a_run);
    let path = folder.path().join("journal.db");
    let [mut rows, mut checks, mut folds, mut ratios, mut peaks] = [const { Vec::new() }; 5];
    for _ in 0..arguments.rounds {
        let reading = rate(events, || read_rows(&path, &runs))?;
        checks.push(rate(events, || check(&journal, &runs))?);
        forget_peak()?;
        let folding = rate(events, || fold(&journal, &runs))?;
        peaks.push(peak_mebibytes()?);
        ratios.push(reading / folding);
        rows.push(reading);
        folds.push(folding);
    }
    writeln!(out, "{events} events in {} runs", runs.len())?;
    for (what, figures) in [
        ("rows read, events/s", rows),
        ("chain checked and parsed, events/s", checks),
        ("folded to the state, events/s", folds),
        ("time of the fold : of reading the rows", ratios),
        ("peak memory of the fold, MiB", peaks),
    ] {
        print(out, what, figures)?;
    }
    Ok(())
}

type Counted = Result<u64, Box<dyn Error>>;

/// Events a second of a work that says how many it met, which must be all.
fn rate(events: u64, work: impl FnOnce() -> Counted) -> Result<f64, Box<dyn Error>> {
    let began = Instant::now();
    assert_eq!(work()?, events);
    Ok(number(events) / began.elapsed().as_secs_f64())
}

fn read_rows(path: &Path, runs: &[RunId]) -> Counted {
    let connection = Connection::open(path)?;
    let mut query = connection
        .prepare("SELECT seq, at, version, body, link FROM events WHERE run = ?1 ORDER BY seq")?;
    let mut events = 0;
    for run in runs {
        let mut rows = query.query([run.0])?;
        while let Some(row) = rows.next()? {
            let numbers: (i64, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let contents: (String, Vec<u8>) = (row.get(3)?, row.get(4)?);
            std::hint::black_box((numbers, contents));
            events += 1;
        }
    }
    Ok(events)
}

fn check(journal: &Journal, runs: &[RunId]) -> Counted {
    const CHUNK: u32 = 1000;
    let mut events = 0;
    for run in runs {
        let mut cursor = Cursor::start(*run);
        loop {
            let read = journal.events(&mut cursor, CHUNK)?.len();
            events += read as u64;
            if read < CHUNK as usize {
                break;
            }
        }
    }
    Ok(events)
}

fn fold(journal: &Journal, runs: &[RunId]) -> Counted {
    let mut events = 0;
    for run in runs {
        let (state, _) = journal.fold(*run)?;
        events += (1 + OPENING + state.gates[0][0].ticks.len()) as u64;
    }
    Ok(events)
}

/// A run in the demo's shape whose canary is watched for nearly all of its events, one a second.
fn write_run(journal: &Journal, seed: u64, events: u32) -> Result<RunId, Box<dyn Error>> {
    let at = |seconds: u32| UnixMillis(1_700_000_000_000).after(u64::from(seconds) * 1000);
    let first = created();
    let creation = Creation {
        event: &first,
        version: "new",
        at: at(0),
    };
    let (mut lease, mut state) = journal.create(&creation, "bench")?;
    let mut record = |seconds: u32, state: &mut RunState, event: &Event| {
        state.apply(at(seconds), event)?;
        journal.append(&mut lease, at(seconds), event, state)?;
        Ok::<_, Box<dyn Error>>(())
    };
    for event in &opening() {
        record(0, &mut state, event)?;
    }
    let mut traffic = Traffic::new(seed, 0.0);
    for second in 1..events - u32::try_from(OPENING)? {
        let look = |traffic: &Traffic| [CANARY, CONTROL].map(|step| traffic.snapshot(&[step]));
        let before = look(&traffic);
        traffic.pass(1.0);
        let now = look(&traffic);
        let event = Event::EvidenceRecorded {
            wave: WaveId(0),
            gate: 0,
            tick: Snapshot::tick((&before[0], &now[0]), (&before[1], &now[1]), 1000),
            missing: Vec::new(),
        };
        record(second, &mut state, &event)?;
    }
    Ok(state.run)
}

/// What comes before the canary is watched.
fn opening() -> [Event; OPENING] {
    [
        Event::LocksAcquired,
        Event::PreflightFinished {
            findings: Vec::new(),
        },
        Event::StepStarted {
            step: CANARY,
            attempt: 1,
        },
        Event::StepActed { step: CANARY },
        Event::StepSucceeded {
            step: CANARY,
            readback: Readback::default(),
        },
    ]
}
