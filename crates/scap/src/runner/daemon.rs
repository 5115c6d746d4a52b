//! The loop of `scap runner`: takes up what waits or lost its runner, in turn, until it is asked to leave.

use super::retention;
use super::turn::{Waiting, may_begin};
use crate::clock::now;
use crate::control::Desk;
use crate::trouble::Trouble;
use scap_journal::{JournalError, RunSummary};
use scap_run::RunId;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::time::{Duration, SystemTime};
use tokio::time::Instant;

/// How often old output is looked for.
const TIDYING: Duration = Duration::from_hours(1);
/// How often the journal is looked at for runs.
const LOOK: Duration = Duration::from_millis(250);
/// Runs that are carried out at once, at most.
const AT_ONCE: usize = 32;
/// Rows that are read of the queue at once.
const PAGE: u32 = 1_000;
/// Those who follow a run ask several times a second; they are left alone when they have read its end.
const QUIET: Duration = Duration::from_secs(3);
const LONGEST_FAREWELL: Duration = Duration::from_secs(10);
/// After a run could not be carried on, doubled each time.
const SHORTEST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

/// What becomes of runs that go on when the runner is asked to leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum OnStop {
    /// They are left to the next runner; their programs run on
    Leave,
    /// They are seen to their ends, and no other is begun
    Finish,
}

/// What a runner remembers between two looks.
pub(crate) struct Daemon<'a> {
    desk: &'a Desk,
    /// Runs in the queue, whose plans never change.
    known: BTreeMap<RunId, Waiting>,
    setbacks: BTreeMap<RunId, Setback>,
    next_tidying: Instant,
}

/// A run that could not be carried on, for a reason outside of it.
struct Setback {
    pause: Duration,
    until: Instant,
}

impl<'a> Daemon<'a> {
    pub(crate) fn new(desk: &'a Desk) -> Self {
        Self {
            desk,
            known: BTreeMap::new(),
            setbacks: BTreeMap::new(),
            next_tidying: Instant::now(),
        }
    }

    /// Goes on until `stop`, and by `on_stop` until all that was begun has ended or it is asked to stop again. A journal that
    /// cannot be read is tried again.
    pub(crate) async fn serve(&mut self, on_stop: OnStop, mut stop: impl AsyncFnMut()) {
        let mut asked = 0;
        loop {
            tokio::select! {
                () = stop() => asked += 1,
                () = tokio::time::sleep(LOOK) => {}
            }
            self.reap().await;
            self.tidy();
            let is_done = on_stop == OnStop::Leave || self.desk.runner.is_idle();
            match asked {
                0 => {
                    if let Err(error) = self.take_up() {
                        tracing::error!("{}", error.in_a_line());
                    }
                }
                1 if !is_done => {}
                _ => break,
            }
        }
        self.desk.runner.leave();
        while !self.desk.runner.is_idle() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        self.reap().await;
        if on_stop == OnStop::Finish {
            self.until_quiet().await;
        }
    }

    /// Removes old output beside everything else: there may be much of it.
    fn tidy(&mut self) {
        if Instant::now() < self.next_tidying {
            return;
        }
        self.next_tidying = Instant::now() + TIDYING;
        let Ok(settings) = self.desk.settings() else {
            // What cannot be read now is read in an hour.
            return;
        };
        let (folder, journal) = (self.desk.state_dir().to_owned(), self.desk.journal.clone());
        let retention = settings.configuration.retention;
        tokio::task::spawn_blocking(move || {
            let applied = retention::apply((&folder, &journal), &retention, SystemTime::now());
            if let Err(error) = applied {
                tracing::error!("{}", error.in_a_line());
            }
        });
    }

    /// Lets those who follow the last runs read their ends: no other runner may come to answer them.
    async fn until_quiet(&self) {
        let until = Instant::now() + LONGEST_FAREWELL;
        while self.desk.quiet_for() < QUIET && Instant::now() < until {
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Tells the ends of runs, and notes those that could not be carried on.
    async fn reap(&mut self) {
        for run in self.desk.runner.finished() {
            let Some(end) = self.desk.runner.end(run).await else {
                continue;
            };
            match end {
                Ok(state) if state.is_over() => {
                    self.setbacks.remove(&run);
                    tracing::info!("run {run} of {} is over", state.plan.service);
                }
                Ok(_) => tracing::info!("run {run} is left to the next runner"),
                Err(error) => {
                    let why = Trouble::from(error).in_a_line();
                    tracing::error!("run {run} cannot be carried on: {why}");
                    self.set_back(run);
                }
            }
        }
    }

    fn take_up(&mut self) -> Result<(), Trouble> {
        let waiting = self.waiting()?;
        let held = self.desk.journal.locks()?;
        let held = held.into_iter().map(|lock| (lock.key, lock.run)).collect();
        for run in may_begin(&waiting, &held) {
            if self.desk.runner.load() >= AT_ONCE {
                break;
            }
            self.begin(run);
        }
        Ok(())
    }

    fn begin(&mut self, run: RunId) {
        let wired = self.desk.wired();
        match wired.and_then(|(_, wiring)| self.desk.runner.take_up(run, &wiring)) {
            Ok(()) => tracing::info!("run {run} is taken up"),
            // Somebody else was quicker.
            Err(Trouble::Journal(JournalError::Held { .. })) => {}
            Err(error) => {
                tracing::error!("run {run} cannot be taken up: {}", error.in_a_line());
                self.set_back(run);
            }
        }
    }

    /// All that nobody carries out, in the order of their turns.
    fn waiting(&mut self) -> Result<Vec<Waiting>, Trouble> {
        let mut runs: Vec<RunSummary> = Vec::new();
        loop {
            let after = runs.last().map(|last| last.run);
            let page = self.desk.journal.claimable(after, now(), PAGE)?;
            if page.is_empty() {
                break;
            }
            runs.extend(page);
        }
        // What is held up here lets its lease pass.
        runs.retain(|run| !self.desk.runner.carries(run.run));
        self.desk.journal.sort_queue(&mut runs)?;
        let waiting: Vec<Waiting> = runs.iter().filter_map(|run| self.look_at(run)).collect();
        self.known
            .retain(|run, _| waiting.iter().any(|it: &Waiting| it.run == *run));
        Ok(waiting)
    }

    /// Nothing of a run that is set back: it keeps its place neither in the queue nor before others.
    fn look_at(&mut self, summary: &RunSummary) -> Option<Waiting> {
        let run = summary.run;
        if self
            .setbacks
            .get(&run)
            .is_some_and(|it| it.until > Instant::now())
        {
            return None;
        }
        let known = match self.known.entry(run) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => match self.desk.journal.fold(run) {
                Ok((state, _)) => unknown.insert(Waiting {
                    run,
                    keys: state.plan.lock_keys().into_iter().collect(),
                    by_hand: state.plan.service.lock_key(),
                    was_begun: false,
                    is_asked: false,
                }),
                Err(error) => {
                    let why = Trouble::from(error).in_a_line();
                    tracing::error!("run {run} is left alone: {why}");
                    self.set_back(run);
                    return None;
                }
            },
        };
        // One that was queued may have been begun and left since.
        known.was_begun = !summary.is_queued();
        let asked = self.desk.journal.pending_requests(run);
        known.is_asked = asked.is_ok_and(|asked| !asked.is_empty());
        Some(known.clone())
    }

    fn set_back(&mut self, run: RunId) {
        let before = self.setbacks.get(&run);
        let pause = before.map_or(SHORTEST_PAUSE, |it| (it.pause * 2).min(LONGEST_PAUSE));
        let until = Instant::now() + pause;
        self.setbacks.insert(run, Setback { pause, until });
    }
}
