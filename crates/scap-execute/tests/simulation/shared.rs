//! What all runners and people of a simulation have in common.

use crate::clock::SimulatedClock;
use crate::fleet::Fleet;
use crate::world::{Busy, SimulatedWorld};
use scap_execute::{Clock, World};
use scap_journal::{Creation, Journal};
use scap_run::{Event, Phase, RunId, UnixMillis};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::Instant;

/// A simulation in which something is still to do by then never ends.
const LONGEST: Duration = Duration::from_hours(30);

pub(crate) struct Shared {
    pub(crate) fleet: Fleet,
    pub(crate) journal: Journal,
    pub(crate) clock: Arc<SimulatedClock>,
    /// In the order of the fleet's runs.
    pub(crate) runs: Vec<RunId>,
    pub(crate) worlds: Vec<SimulatedWorld>,
    began: Instant,
    stops: Vec<Stop>,
    told: Mutex<Told>,
}

/// What was noted while it happened.
struct Told {
    /// When each run was over.
    ended: Vec<Option<Instant>>,
    /// Of each run, before its end.
    last_faults: Vec<Instant>,
    /// The place of each runner, by its number; the first one is nobody's.
    places: Vec<usize>,
}

/// How a runner is stopped, as by SIGSTOP.
#[derive(Default)]
struct Stop {
    until: Mutex<Option<Instant>>,
    asked: Notify,
}

impl Shared {
    /// All runs wait for a runner.
    pub(crate) fn new(fleet: Fleet) -> Self {
        let (journal, clock) = (
            Journal::in_memory().unwrap(),
            Arc::new(SimulatedClock::new()),
        );
        let (mut runs, mut worlds) = (Vec::new(), Vec::new());
        let busy = Busy::default();
        for scenario in &fleet.runs {
            if scenario.locked_by_another {
                let key = &scenario.plan.lock_keys()[0];
                let locked = journal.lock(key, "linus", Some("maintenance"), clock.now());
                locked.unwrap();
            }
            let event = Event::RunCreated {
                plan: Box::new(scenario.plan.clone()),
                person: "ada".to_owned(),
                reason: None,
                approved: scenario.approved,
            };
            let creation = Creation {
                event: &event,
                version: "new",
                at: clock.now(),
            };
            runs.push(journal.enqueue(&creation).unwrap());
            worlds.push(SimulatedWorld::new(scenario, runs.len(), &busy));
        }
        let told = Told {
            ended: vec![None; runs.len()],
            last_faults: vec![Instant::now(); runs.len()],
            places: vec![0],
        };
        Self {
            stops: fleet.runners.iter().map(|_| Stop::default()).collect(),
            told: Mutex::new(told),
            began: Instant::now(),
            fleet,
            journal,
            clock,
            runs,
            worlds,
        }
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().expect("no part of a simulation panics")
    }

    pub(crate) fn now(&self) -> UnixMillis {
        self.clock.now()
    }

    /// How long nobody notices that a runner is dead.
    pub(crate) fn unnoticed(&self) -> Duration {
        Duration::from_millis(self.fleet.runs[0].unnoticed_milliseconds)
    }

    /// A number for a new runner in a place.
    pub(crate) fn next_number(&self, place: usize) -> u32 {
        let places = &mut self.told().places;
        places.push(place);
        u32::try_from(places.len() - 1).expect("there are a few runners")
    }

    /// A run's world as a runner sees it, which from now on is the one that may act.
    pub(crate) fn world(&self, run: usize, runner: u32) -> World {
        let world = Arc::new(self.worlds[run].of_runner(runner));
        World {
            engine: world.clone(),
            inspect: world.clone(),
            check: world.clone(),
            progress: world,
            clock: self.clock.clone(),
        }
    }

    /// Until now something was in the way of the runs that are not over.
    pub(crate) fn note_fault(&self) {
        let mut told = self.told();
        let Told {
            ended, last_faults, ..
        } = &mut *told;
        for (ended, last) in ended.iter().zip(last_faults) {
            if ended.is_none() {
                *last = Instant::now();
            }
        }
    }

    pub(crate) fn note_end(&self, run: usize) {
        self.told().ended[run].get_or_insert(Instant::now());
    }

    /// As [`Self::note_end`], if it has come to its end or only a person can help.
    pub(crate) fn note_end_if_over(&self, run: usize) {
        let summary = self.journal.run(self.runs[run]).unwrap();
        if summary.outcome.is_some() || summary.phase == Phase::Stuck {
            self.note_end(run);
        }
    }

    pub(crate) fn ended(&self, run: usize) -> Option<Instant> {
        self.told().ended[run]
    }

    /// How long after the last fault the run was over.
    pub(crate) fn calm(&self, run: usize) -> Option<Duration> {
        let told = self.told();
        Some(told.ended[run]?.saturating_duration_since(told.last_faults[run]))
    }

    /// Whether nothing is left to do, or nothing will ever be done.
    pub(crate) fn is_done(&self) -> bool {
        self.began.elapsed() > LONGEST || self.told().ended.iter().all(Option::is_some)
    }

    /// Stops whoever carries the run out.
    pub(crate) fn stop(&self, run: usize, time: Duration) {
        let owner = self.worlds[run].targets().owner;
        if owner > 0 {
            let stop = &self.stops[self.told().places[owner as usize]];
            *stop.until.lock().expect("it is a time only") = Some(Instant::now() + time);
            stop.asked.notify_one();
        }
    }

    /// Comes back when the runner in a place is stopped, with until when.
    pub(crate) async fn stopped(&self, place: usize) -> Instant {
        let stop = &self.stops[place];
        stop.asked.notified().await;
        let until = *stop.until.lock().expect("it is a time only");
        until.unwrap_or_else(Instant::now)
    }
}
