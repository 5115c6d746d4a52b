//! A claimant: a process that carries runs out, whoever else does so, with a clock that jumps. It writes down all that the journal
//! acknowledged.

use crate::story::{FINISHED, record, work};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use scap_journal::{Journal, JournalError, Lease};
use scap_run::{Event, RunId, RunState, UnixMillis};
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::time::SystemTime;

/// What a claimant's process is told: its folder, and its seed.
pub(crate) const FOLDER: &str = "SCAP_CLAIMANT_FOLDER";
pub(crate) const SEED: &str = "SCAP_CLAIMANT_SEED";

const HOUR_MILLISECONDS: i64 = 3_600_000;

#[test]
#[ignore = "a process that the test of claims starts"]
fn claimant() {
    let Some(folder) = std::env::var_os(FOLDER) else {
        return;
    };
    let seed = std::env::var(SEED).unwrap().parse().unwrap();
    let folder = Path::new(&folder);
    let journal = patiently(|| Journal::open(folder)).unwrap();
    let account = OpenOptions::new()
        .append(true)
        .create(true)
        .open(folder.join(format!("account-{seed}")));
    Claimant {
        journal,
        name: format!("claimant {seed}"),
        random: ChaCha8Rng::seed_from_u64(seed),
        offset_milliseconds: 0,
        account: account.unwrap(),
    }
    .work();
}

struct Claimant {
    journal: Journal,
    name: String,
    random: ChaCha8Rng,
    offset_milliseconds: i64,
    account: File,
}

impl Claimant {
    /// Goes on until no run is left. It begins anywhere: with clocks that differ by an hour no lease holds for anybody else, and all
    /// would take the oldest run away from each other.
    fn work(mut self) {
        let newest = patiently(|| self.journal.runs(None, 1)).unwrap().runs[0].run;
        loop {
            let (now, after) = (self.now(), RunId(self.random.random_range(0..=newest.0)));
            let claimable = |after| patiently(|| self.journal.claimable(after, now, 1)).unwrap();
            let mut runs = claimable(Some(after));
            if runs.is_empty() {
                runs = claimable(None);
            }
            for run in &runs {
                if let Some((lease, state)) = self.claim(run.run) {
                    self.carry_out(lease, state);
                }
            }
            if runs.is_empty()
                && patiently(|| self.journal.open_runs())
                    .unwrap()
                    .runs
                    .is_empty()
            {
                return;
            }
        }
    }

    fn claim(&mut self, run: RunId) -> Option<(Lease, RunState)> {
        let now = self.now();
        match patiently(|| self.journal.claim(run, &self.name, now)) {
            Ok((lease, state)) => {
                self.note(&format!("claimed {run} {} {}", lease.epoch(), lease.seq()));
                Some((lease, state))
            }
            Err(JournalError::Held { .. }) => None,
            Err(error) => panic!("{run} could not be claimed: {error:?}"),
        }
    }

    fn carry_out(&mut self, mut lease: Lease, mut state: RunState) {
        if state.outcome.is_some() {
            return;
        }
        let resumed = Event::RunResumed {
            epoch: lease.epoch(),
            by: self.name.clone(),
        };
        let mut events = vec![resumed];
        events.extend(state.frozen.is_some().then_some(Event::FreezeEnded));
        events.extend(work(&self.name, 0));
        events.push(FINISHED);
        for event in events {
            let at = self.now();
            let written = patiently(|| record(&self.journal, &mut lease, &mut state, at, &event));
            match written {
                Ok(()) => self.note(&format!(
                    "wrote {} {} {}",
                    lease.run(),
                    lease.epoch(),
                    lease.seq()
                )),
                Err(JournalError::Fenced(_)) => return,
                Err(error) => panic!("{} could not go on: {error:?}", lease.run()),
            }
        }
    }

    /// The time by a clock that now and then jumps by up to an hour.
    fn now(&mut self) -> UnixMillis {
        if self.random.random_ratio(1, 100) {
            self.offset_milliseconds = self
                .random
                .random_range(-HOUR_MILLISECONDS..HOUR_MILLISECONDS);
        }
        let now = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap();
        UnixMillis(i64::try_from(now.as_millis()).unwrap() + self.offset_milliseconds)
    }

    /// One write, so that a killed claimant leaves whole lines.
    fn note(&mut self, line: &str) {
        self.account
            .write_all(format!("{line}\n").as_bytes())
            .unwrap();
    }
}

/// Again while others write.
pub(crate) fn patiently<T>(
    mut attempt: impl FnMut() -> Result<T, JournalError>,
) -> Result<T, JournalError> {
    loop {
        match attempt() {
            Err(error) if is_busy(&error) => {}
            ended => return ended,
        }
    }
}

fn is_busy(error: &JournalError) -> bool {
    match error {
        JournalError::Busy(_) => true,
        JournalError::Open { source, .. } => is_busy(source),
        _ => false,
    }
}
