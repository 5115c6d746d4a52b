//! A runner: claims what waits and carries it out side by side, until it dies, and then is there again.

use crate::fleet::Life;
use crate::shared::Shared;
use futures::stream::FuturesUnordered;
use futures::{FutureExt, StreamExt};
use scap_execute::{Driver, ExecuteError, Options};
use scap_journal::{Fault, Journal, JournalError, RunSummary};
use scap_run::RunState;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;
use tokio::time::{Instant, sleep, sleep_until};

/// How often a runner looks for what waits.
const LOOK: Duration = Duration::from_secs(3);
/// Runs that are asked for at once.
const MOST: u32 = 10;

/// Why a runner is no more.
enum Left {
    /// Of itself or not: another one comes in its place.
    Died,
    /// Nothing is left to do for anybody.
    Done,
}

/// The runner in a place, through all its lives.
pub(crate) async fn live(shared: Arc<Shared>, place: usize) {
    let mut lives = shared.fleet.runners[place].clone().into_iter();
    loop {
        let life = lives.next().unwrap_or_default();
        match Runner::new(&shared, place, life).live().await {
            Left::Done => return,
            Left::Died => {
                shared.note_fault();
                sleep(shared.unnoticed() + Duration::from_millis(500)).await;
            }
        }
    }
}

struct Runner<'a> {
    shared: &'a Arc<Shared>,
    place: usize,
    /// No two runners of a simulation have the same.
    number: u32,
    began: Instant,
    life: Life,
    fault: Fault,
    journal: Journal,
}

impl<'a> Runner<'a> {
    fn new(shared: &'a Arc<Shared>, place: usize, life: Life) -> Self {
        let fault = life.fault();
        Self {
            shared,
            place,
            number: shared.next_number(place),
            began: Instant::now(),
            journal: shared.journal.with_fault(fault.clone()),
            fault,
            life,
        }
    }

    /// Goes on only when it is neither stopped nor held up by the disk: nothing of it runs meanwhile, as by SIGSTOP.
    async fn live(&self) -> Left {
        let mut working = pin!(self.work());
        let mut appends = 0;
        loop {
            let step = poll_fn(|context| {
                let polled = working.as_mut().poll(context);
                let appended = appends..self.fault.appends();
                appends = appended.end;
                let stall = self.life.stall(appended);
                match polled {
                    Poll::Ready(left) => Poll::Ready(Ok(left)),
                    Poll::Pending if stall.is_zero() => Poll::Pending,
                    Poll::Pending => Poll::Ready(Err(Instant::now() + stall)),
                }
            });
            let goes_on = tokio::select! {
                biased;
                until = self.shared.stopped(self.place) => until,
                step = step => match step {
                    Ok(left) => return left,
                    Err(until) => until,
                }
            };
            sleep_until(goes_on).await;
            self.shared.note_fault();
        }
    }

    async fn work(&self) -> Left {
        let mut carried = FuturesUnordered::new();
        let mut mine: Vec<usize> = Vec::new();
        loop {
            if self.shared.is_done() {
                return Left::Done;
            }
            if self.is_leaving() && mine.is_empty() {
                return Left::Died;
            }
            for run in self.claimable() {
                if self.is_leaving() || mine.contains(&run) {
                    continue;
                }
                match self.claim(run) {
                    Ok(Some(driver)) => {
                        mine.push(run);
                        let carried_out = driver.carry_out(self.life.leave(self.began));
                        carried.push(carried_out.map(move |ended| (run, ended)));
                    }
                    Ok(None) => {}
                    Err(left) => return left,
                }
            }
            let look = Instant::now() + LOOK;
            loop {
                tokio::select! {
                    biased;
                    Some((run, ended)) = carried.next() => {
                        mine.retain(|other| *other != run);
                        if self.left(run, ended) {
                            // It may have come as far as to the end of one of them.
                            mine.iter().chain([&run]).for_each(|run| self.shared.note_end_if_over(*run));
                            return Left::Died;
                        }
                    }
                    () = sleep_until(look) => break,
                }
            }
        }
    }

    /// Whether it takes up nothing any more.
    fn is_leaving(&self) -> bool {
        let is_due = |time| self.began.elapsed() >= time;
        self.life.leaves.is_some_and(is_due)
    }

    /// Places of the runs that want a runner.
    fn claimable(&self) -> Vec<usize> {
        let claimable = self.journal.claimable(None, self.shared.now(), MOST);
        let claimable = claimable.unwrap();
        let runs = &self.shared.runs;
        let place = |found: RunSummary| runs.iter().position(|known| *known == found.run);
        claimable.into_iter().filter_map(place).collect()
    }

    fn claim(&self, place: usize) -> Result<Option<Driver>, Left> {
        let run = self.shared.runs[place];
        let owner = self.shared.worlds[place].targets().owner;
        let world = self.shared.world(place, self.number);
        let options = Options {
            holder: format!("runner {}", self.number),
            waits_for_locks: self.shared.fleet.waits_for_locks,
            attention: Duration::from_secs(2),
        };
        match Driver::claim(self.journal.clone(), run, world, options) {
            Ok(driver) => Ok(Some(driver)),
            // Another one was faster, or this one died at its very first word.
            Err(ExecuteError::Journal(JournalError::Held { .. })) => {
                self.shared.worlds[place].targets().owner = owner;
                Ok(None)
            }
            Err(ExecuteError::Journal(JournalError::Killed)) => Err(Left::Died),
            Err(error) if self.is_full(&error) => Ok(None),
            Err(other) => panic!("a run could not be claimed: {other:?}"),
        }
    }

    /// Whether the runner died of it.
    fn left(&self, run: usize, ended: Result<RunState, ExecuteError>) -> bool {
        match ended {
            Ok(state) => {
                assert!(
                    state.is_over() || self.is_leaving(),
                    "a runner left a run that is not over"
                );
                self.shared.note_end_if_over(run);
                false
            }
            Err(ExecuteError::Journal(JournalError::Killed)) => true,
            Err(ExecuteError::Journal(JournalError::Fenced(_))) => false,
            Err(error) if self.is_full(&error) => false,
            Err(other) => panic!("a runner failed: {other:?}"),
        }
    }

    /// Whether it is for want of space, and there was none.
    fn is_full(&self, error: &ExecuteError) -> bool {
        let is_planned = !self.life.full.is_empty() && self.fault.appends() > self.life.full.start;
        let is_full = is_planned && matches!(error, ExecuteError::Journal(_));
        if is_full {
            self.shared.note_fault();
        }
        is_full
    }
}
