//! A run of steps that do nothing, so that all it costs is the engine and its journal.

use crate::measure::{forget_peak, number, peak_mebibytes, print, processor_time};
use crate::plan::{created, step};
use crate::world::{options, world};
use rusqlite::{Connection, TransactionBehavior};
use scap_execute::Driver;
use scap_journal::Journal;
use scap_run::{Outcome, Snapshot};
use std::error::Error;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[arg(long, default_value_t = 20)]
    waves: u32,
    #[arg(long, default_value_t = 50)]
    steps_of_a_wave: u32,
    /// Each is a run with a journal in a file, bare commits, and a run in memory, one after the other
    #[arg(long, default_value_t = 9, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
}

struct Round {
    in_file: Duration,
    floor: Duration,
    /// On a processor; there is nothing to wait for.
    in_memory: Duration,
    commits: u64,
    database_bytes: u64,
    peak_mebibytes: f64,
}

pub(crate) fn bench(out: &mut impl Write, arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let rounds: Vec<Round> = (0..arguments.rounds)
        .map(|_| arguments.round())
        .collect::<Result<_, _>>()?;
    let steps = f64::from(arguments.waves * arguments.steps_of_a_wave);
    let each = |figure: &dyn Fn(&Round) -> f64| rounds.iter().map(figure).collect::<Vec<f64>>();
    let micros = |time: Duration| time.as_secs_f64() * 1e6 / steps;
    let ratio = |it: &Round| it.in_file.as_secs_f64() / it.floor.as_secs_f64();
    let kibibytes = |it: &Round| number(it.database_bytes) / 1024.0;
    writeln!(out, "{steps} steps in {} waves", arguments.waves)?;
    for (what, figures) in [
        ("durable commits", each(&|it| number(it.commits))),
        (
            "journal in a file, µs a step",
            each(&|it| micros(it.in_file)),
        ),
        (
            "as many bare commits, µs a step",
            each(&|it| micros(it.floor)),
        ),
        (
            "journal in memory, µs a step",
            each(&|it| micros(it.in_memory)),
        ),
        ("in a file : bare commits", each(&ratio)),
        ("peak memory, MiB", each(&|it| it.peak_mebibytes)),
        ("database, KiB", each(&kibibytes)),
    ] {
        print(out, what, figures)?;
    }
    Ok(())
}

impl Arguments {
    fn round(&self) -> Result<Round, Box<dyn Error>> {
        let folder = tempfile::tempdir()?;
        forget_peak()?;
        let journal = Journal::open(folder.path())?;
        let before = transactions(folder.path())?;
        let in_file = self.run(&journal)?;
        let commits = u64::from(transactions(folder.path())?.wrapping_sub(before));
        let peak_mebibytes = peak_mebibytes()?;
        // The last connection takes the write-ahead log into the database.
        drop(journal);
        let journal = Journal::in_memory()?;
        let began = processor_time()?;
        self.run(&journal)?;
        let in_memory = processor_time()?.saturating_sub(began);
        Ok(Round {
            in_file,
            floor: bare_commits(&folder.path().join("bare.db"), commits)?,
            in_memory,
            commits,
            database_bytes: fs::metadata(folder.path().join("journal.db"))?.len(),
            peak_mebibytes,
        })
    }

    /// How long a run takes from its creation to its end.
    fn run(&self, journal: &Journal) -> Result<Duration, Box<dyn Error>> {
        let wave = |wave| {
            let name = |nth| format!("group{wave}-{nth}");
            let steps = (0..self.steps_of_a_wave).map(|nth| step(name(nth), &[name(nth)]));
            (steps.collect(), Vec::new())
        };
        let created = created((0..self.waves).map(wave).collect());
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()?;
        runtime.block_on(async {
            let world = world(|_| Snapshot::default());
            let began = Instant::now();
            let driver = Driver::create(journal.clone(), &created, "new", world, options())?;
            let state = driver.carry_out(std::future::pending()).await?;
            assert_eq!(state.outcome, Some(Outcome::Succeeded));
            Ok(began.elapsed())
        })
    }
}

/// How many transactions were committed: `iChange` of the index of the write-ahead log (walformat.html, 2.1).
fn transactions(folder: &Path) -> std::io::Result<u32> {
    let index = fs::read(folder.join("journal.db-shm"))?;
    let change = index[8..12].try_into().expect("four bytes");
    Ok(u32::from_ne_bytes(change))
}

/// The same number of commits with the same durability, of one row each and nothing else.
fn bare_commits(path: &Path, commits: u64) -> rusqlite::Result<Duration> {
    let mut connection = Connection::open(path)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.execute_batch("CREATE TABLE rows (row INTEGER PRIMARY KEY, body TEXT) STRICT")?;
    let body = "x".repeat(160);
    let began = Instant::now();
    for _ in 0..commits {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction
            .prepare_cached("INSERT INTO rows (body) VALUES (?1)")?
            .execute([&body])?;
        transaction.commit()?;
    }
    Ok(began.elapsed())
}
