//! Carries one scenario out from its beginning to its end, through as many runners as it takes.

use crate::clock::SimulatedClock;
use crate::people;
use crate::scenario::Scenario;
use crate::world::SimulatedWorld;
use scap_execute::{Clock, Driver, ExecuteError, Options, World};
use scap_journal::{Cursor, Fault, Journal, JournalError, Moment, Recorded, Reply, RequestId};
use scap_run::{Event, RunId, RunState};
use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// A runner dies at one of its appends.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Crash {
    pub(crate) append: u64,
    pub(crate) moment: Moment,
}

/// What happened, from all sides.
pub(crate) struct Story {
    pub(crate) scenario: Scenario,
    pub(crate) events: Vec<Recorded>,
    pub(crate) state: RunState,
    /// What runs at last on each step's hosts.
    pub(crate) targets: Vec<Vec<String>>,
    pub(crate) violations: Vec<String>,
    pub(crate) locks_left: usize,
    pub(crate) unanswered_requests: usize,
    /// Simulated time from the first event to the end.
    pub(crate) took: Duration,
}

impl Story {
    /// Appends after the creation.
    pub(crate) fn appends(&self) -> u64 {
        self.events.len() as u64 - 1
    }

    pub(crate) fn end(&self) -> String {
        match (&self.state.outcome, &self.state.stuck) {
            (Some(outcome), _) => outcome.words().to_owned(),
            (None, Some(_)) => "stuck".to_owned(),
            (None, None) => "nowhere".to_owned(),
        }
    }

    pub(crate) fn told(&self) -> String {
        let mut text = String::new();
        for Recorded { seq, at, event } in &self.events {
            let event = serde_json::to_string(event).unwrap();
            let short: String = event.chars().take(220).collect();
            writeln!(
                text,
                "{seq:>4} {:>8} ms  {short}",
                at.0 - self.events[0].at.0
            )
            .unwrap();
        }
        writeln!(
            text,
            "{}; targets {:?}; deeds {:?}",
            self.end(),
            self.targets,
            self.scenario.deeds
        )
        .unwrap();
        text
    }
}

/// The time within which every run must have ended, faults and all.
pub(crate) const BUDGET: Duration = Duration::from_hours(4);

pub(crate) fn simulate(scenario: &Scenario, crashes: &[Crash]) -> Story {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(async { Simulation::new(scenario).play(crashes).await })
}

struct Simulation {
    scenario: Arc<Scenario>,
    journal: Journal,
    world: SimulatedWorld,
    clock: Arc<SimulatedClock>,
    suspended: Arc<AtomicU64>,
    runners: u32,
    /// Runners that were suspended for so long that another took over: they wake up and must not do harm.
    stale: Vec<JoinHandle<Result<RunState, ExecuteError>>>,
}

impl Simulation {
    fn new(scenario: &Scenario) -> Self {
        Self {
            scenario: Arc::new(scenario.clone()),
            journal: Journal::in_memory().unwrap(),
            world: SimulatedWorld::new(scenario),
            clock: Arc::new(SimulatedClock::new()),
            suspended: Arc::new(AtomicU64::new(0)),
            runners: 0,
            stale: Vec::new(),
        }
    }

    async fn play(mut self, crashes: &[Crash]) -> Story {
        let began = Instant::now();
        let mut crashes: Vec<Crash> = crashes.to_vec();
        crashes.extend(self.scenario.crashes.iter().map(|(append, moment)| Crash {
            append: *append,
            moment: *moment,
        }));
        crashes.reverse();
        let first = self.create(crashes.pop());
        let run = first.run();
        let people = tokio::spawn(people::act(
            Arc::clone(&self.scenario),
            self.journal.clone(),
            run,
            Arc::clone(&self.clock),
            Arc::clone(&self.suspended),
        ));
        let carried = self.carry(first).await;
        let mut state = carried;
        while state.is_none() && began.elapsed() < BUDGET {
            tokio::time::sleep(Duration::from_millis(
                self.scenario.unnoticed_milliseconds + 500,
            ))
            .await;
            if !self.wants_a_runner(run) {
                break;
            }
            let resumed = self.resume(run, crashes.pop());
            state = match resumed {
                Some(driver) => self.carry(driver).await,
                None => None,
            };
        }
        let took = began.elapsed();
        let asked = people.await.unwrap();
        for stale in std::mem::take(&mut self.stale) {
            finished(&stale.await.expect("a runner does not panic"));
        }
        self.story(run, took, &asked).await
    }

    /// A run that has ended, or that only a person can help, is left alone.
    fn wants_a_runner(&self, run: RunId) -> bool {
        let (state, _) = self.journal.fold(run).unwrap();
        state.outcome.is_none() && state.stuck.is_none()
    }

    fn create(&mut self, crash: Option<Crash>) -> Driver {
        if self.scenario.locked_by_another {
            let key = &self.scenario.plan.lock_keys()[0];
            self.journal
                .lock(key, "linus", Some("maintenance"), self.clock.now())
                .unwrap();
        }
        let event = Event::RunCreated {
            plan: Box::new(self.scenario.plan.clone()),
            person: "ada".to_owned(),
            reason: None,
            approved: self.scenario.approved,
        };
        let (journal, world) = (self.journal_of(crash), self.next_world());
        Driver::create(journal, &event, "new", world, self.options()).unwrap()
    }

    fn resume(&mut self, run: RunId, crash: Option<Crash>) -> Option<Driver> {
        let (owner, journal) = (self.world.targets().owner, self.journal_of(crash));
        let world = self.next_world();
        match Driver::claim(journal, run, world, self.options()) {
            Ok(driver) => Some(driver),
            // The dead one's lease is not over, or this one died at its very first word.
            Err(ExecuteError::Journal(JournalError::Held { .. })) => {
                self.world.targets().owner = owner;
                None
            }
            Err(ExecuteError::Journal(JournalError::Killed)) => None,
            Err(other) => panic!("a run could not be resumed: {other:?}"),
        }
    }

    fn journal_of(&self, crash: Option<Crash>) -> Journal {
        match crash {
            Some(crash) => self
                .journal
                .with_fault(Fault::at(crash.append, crash.moment)),
            None => self.journal.clone(),
        }
    }

    fn next_world(&mut self) -> World {
        self.runners += 1;
        let world = Arc::new(self.world.of_runner(self.runners));
        World {
            engine: world.clone(),
            inspect: world.clone(),
            check: world.clone(),
            progress: world,
            clock: self.clock.clone(),
        }
    }

    fn options(&self) -> Options {
        let holder = format!("runner {}", self.runners);
        Options {
            holder,
            waits_for_locks: false,
            attention: Duration::from_secs(2),
        }
    }

    /// The run's end, or nothing when its runner died or lost the run. A suspended runner goes on later, beside another.
    async fn carry(&mut self, driver: Driver) -> Option<()> {
        let suspended = Arc::clone(&self.suspended);
        let mut runner = Box::pin(driver.carry_out(std::future::pending()));
        let milliseconds = tokio::select! {
            biased;
            ended = &mut runner => return finished(&ended),
            milliseconds = asked_to_suspend(&suspended) => milliseconds,
        };
        let stale = tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(milliseconds)).await;
            runner.await
        });
        // Long suspensions lose the run to the next runner; short ones come back in time.
        if milliseconds > 5_000 {
            self.stale.push(stale);
            return None;
        }
        finished(&stale.await.expect("a runner does not panic"))
    }

    async fn story(self, run: RunId, took: Duration, asked: &[RequestId]) -> Story {
        let targets = self.world.at_last().await;
        let (state, _) = self.journal.fold(run).unwrap();
        let events = self
            .journal
            .events(&mut Cursor::start(run), u32::MAX)
            .unwrap();
        let violations = self.world.targets().violations.clone();
        let waiting = |id: &&RequestId| self.journal.reply_to(**id).unwrap() == Reply::Waiting;
        let ours = |lock: &scap_journal::Lock| lock.run == Some(run);
        Story {
            scenario: (*self.scenario).clone(),
            locks_left: self
                .journal
                .locks()
                .unwrap()
                .iter()
                .filter(|lock| ours(lock))
                .count(),
            unanswered_requests: asked.iter().filter(waiting).count(),
            events,
            state,
            targets,
            violations,
            took,
        }
    }
}

fn finished(ended: &Result<RunState, ExecuteError>) -> Option<()> {
    match ended {
        Ok(_) => Some(()),
        Err(ExecuteError::Journal(JournalError::Killed | JournalError::Fenced(_))) => None,
        Err(other) => panic!("a runner failed: {other:?}"),
    }
}

async fn asked_to_suspend(suspended: &AtomicU64) -> u64 {
    loop {
        let milliseconds = suspended.swap(0, Ordering::SeqCst);
        if milliseconds > 0 {
            return milliseconds;
        }
        tokio::time::sleep(Duration::from_millis(700)).await;
    }
}
