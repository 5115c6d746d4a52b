//! Many processes claim the runs of one journal, and are killed and stopped meanwhile: every run is carried out once.

use crate::claimant::{FOLDER, SEED};
use crate::story::{created, creation};
use crate::{folder, size};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rusqlite::Connection;
use rustix::process::{Pid, Signal, kill_process};
use scap_journal::Journal;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// From this many runs on it is tried at full size.
const FULL_SIZE: usize = 10_000;
const PAUSE: Duration = Duration::from_millis(30);

#[test]
fn every_run_is_claimed_and_finished_once_whatever_happens_to_the_claimants() {
    let runs = size("SCAP_CHAOS_CLAIMS", 300);
    let (claimants, longest_stop) = if runs < FULL_SIZE {
        (8, Duration::from_secs(1))
    } else {
        (64, Duration::from_secs(30))
    };
    let folder = folder();
    let journal = Journal::open(folder.path()).unwrap();
    let services = ["shop", "mathoid", "echostore"].map(created);
    for event in services.iter().cycle().take(runs) {
        journal.enqueue(&creation(event)).unwrap();
    }
    let began = Instant::now();
    let mut crowd = Crowd::new(folder.path(), claimants, longest_stop);
    while !journal.open_runs().is_ok_and(|open| open.runs.is_empty()) {
        crowd.interfere();
    }
    let (kills, stops) = crowd.end();
    println!(
        "{runs} runs, {claimants} claimants, {kills} kills, {stops} stops: {:.1} s",
        began.elapsed().as_secs_f64()
    );
    check(&journal, folder.path(), runs);
    assert_eq!(journal.verify().unwrap().damages, []);
}

/// The claimants that work now.
struct Crowd<'a> {
    folder: &'a Path,
    random: ChaCha8Rng,
    claimants: Vec<Claimant>,
    spawned: u64,
    longest_stop: Duration,
    kills: u32,
    stops: u32,
}

struct Claimant {
    process: Child,
    stopped_until: Option<Instant>,
}

impl<'a> Crowd<'a> {
    fn new(folder: &'a Path, claimants: usize, longest_stop: Duration) -> Self {
        let mut crowd = Self {
            folder,
            random: ChaCha8Rng::seed_from_u64(5),
            claimants: Vec::new(),
            spawned: 0,
            longest_stop,
            kills: 0,
            stops: 0,
        };
        for _ in 0..claimants {
            let claimant = crowd.spawn();
            crowd.claimants.push(claimant);
        }
        crowd
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "this test starts itself as claimants"
    )]
    fn spawn(&mut self) -> Claimant {
        self.spawned += 1;
        let process = Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "claimant::claimant"])
            .env(FOLDER, self.folder)
            .env(SEED, self.spawned.to_string())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        Claimant {
            process,
            stopped_until: None,
        }
    }

    /// Kills or stops one of them, and lets those go on whose time has come.
    fn interfere(&mut self) {
        std::thread::sleep(PAUSE);
        for claimant in &mut self.claimants {
            claimant.go_on_after(Instant::now());
        }
        let victim = self.random.random_range(0..self.claimants.len());
        let longest = self.longest_stop.as_millis().try_into().unwrap();
        if self.random.random_bool(0.3) {
            self.kills += 1;
            let next = self.spawn();
            let killed = std::mem::replace(&mut self.claimants[victim], next);
            killed.kill();
        } else if self.claimants[victim].stopped_until.is_none() {
            self.stops += 1;
            let period = Duration::from_millis(self.random.random_range(100..longest));
            self.claimants[victim].stop(period);
        }
    }

    /// All go on until they find nothing more to do.
    fn end(self) -> (u32, u32) {
        for mut claimant in self.claimants {
            claimant.signal(Signal::CONT);
            assert!(claimant.process.wait().unwrap().success());
        }
        (self.kills, self.stops)
    }
}

impl Claimant {
    fn stop(&mut self, period: Duration) {
        self.signal(Signal::STOP);
        self.stopped_until = Some(Instant::now() + period);
    }

    fn go_on_after(&mut self, now: Instant) {
        if self.stopped_until.is_some_and(|until| until <= now) {
            self.signal(Signal::CONT);
            self.stopped_until = None;
        }
    }

    fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// It is not waited for yet, so the number is still its own.
    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.process), signal).unwrap();
    }
}

/// An event as it lies in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Written {
    run: i64,
    seq: u64,
    epoch: u64,
}

fn check(journal: &Journal, folder: &Path, runs: usize) {
    let listing = journal.runs(None, u32::MAX).unwrap();
    assert_eq!((listing.runs.len(), listing.damaged.len()), (runs, 0));
    let kept = kept(folder);
    let mut claims: BTreeMap<(i64, u64), u64> = BTreeMap::new();
    let mut acknowledged: BTreeSet<Written> = BTreeSet::new();
    for (kind, run, epoch, seq) in accounts(folder) {
        if kind == "claimed" {
            let before = claims.insert((run, epoch), seq);
            assert_eq!(before, None, "epoch {epoch} of run {run} had two holders");
        } else {
            let is_new = acknowledged.insert(Written { run, seq, epoch });
            assert!(is_new, "event {seq} of run {run} was acknowledged twice");
        }
    }
    let lost = acknowledged.difference(&kept).next();
    assert_eq!(lost, None, "it was acknowledged and is lost");
    for summary in &listing.runs {
        let run = summary.run.0;
        let events = || {
            kept.range(
                Written {
                    run,
                    seq: 0,
                    epoch: 0,
                }..Written {
                    run: run + 1,
                    seq: 0,
                    epoch: 0,
                },
            )
        };
        assert!(summary.outcome.is_some(), "run {run} was lost");
        assert!(
            events().is_sorted_by_key(|written| written.epoch),
            "run {run}: an epoch that was over was written under"
        );
        for ((_, epoch), claimed_at) in claims.range((run, 0)..(run + 1, 0)) {
            let stale =
                events().find(|written| written.seq > *claimed_at && written.epoch < *epoch);
            assert_eq!(stale, None, "run {run} was claimed for epoch {epoch}");
        }
        // Folding refuses a second end.
        journal.fold(summary.run).unwrap();
    }
}

fn kept(folder: &Path) -> BTreeSet<Written> {
    let connection = Connection::open(folder.join("journal.db")).unwrap();
    let mut query = connection
        .prepare("SELECT run, seq, epoch FROM events")
        .unwrap();
    let rows = query.query_map([], |row| {
        Ok(Written {
            run: row.get(0)?,
            seq: row.get(1)?,
            epoch: row.get(2)?,
        })
    });
    rows.unwrap().map(Result::unwrap).collect()
}

/// What all claimants wrote down: what was done, in which run, under which epoch, up to which event.
fn accounts(folder: &Path) -> Vec<(String, i64, u64, u64)> {
    let mut notes = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        if !entry.file_name().to_string_lossy().starts_with("account-") {
            continue;
        }
        for line in std::fs::read_to_string(entry.path()).unwrap().lines() {
            let words: Vec<&str> = line.split(' ').collect();
            let number = |word: usize| words[word].parse::<u64>().unwrap();
            let run = words[1].parse().unwrap();
            notes.push((words[0].to_owned(), run, number(2), number(3)));
        }
    }
    notes
}
