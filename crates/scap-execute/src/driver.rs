//! The loop that carries a run out: decide, write the intent down, start, wait, write down what happened.

use crate::context::Context;
use crate::{World, operation, people};
use futures::StreamExt;
use futures::stream::{self, AbortHandle, BoxStream, SelectAll};
use scap_journal::{Creation, Journal, JournalError, Lease, RequestId};
use scap_plan::{Plan, StepId};
use scap_run::{Action, Event, IllegalEvent, Nature, RunId, RunState, Stop, Stopper, decide};
use std::collections::HashMap;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

/// How a run is carried out.
#[derive(Debug, Clone)]
pub struct Options {
    /// Who carries it out, for people: `scap 4711 on deploy1`.
    pub holder: String,
    /// Waits for locks that others hold, instead of giving up.
    pub waits_for_locks: bool,
    /// How often requests, freeze and lease are looked after.
    pub attention: Duration,
}

/// Why a run could not be carried on. Whatever it was, the journal is sound, and another runner may go on.
#[derive(Debug, thiserror::Error)]
pub enum ExecuteError {
    #[error("run cannot go on without its journal")]
    Journal(#[from] JournalError),
    #[error("run was about to do something illegal")]
    Defect(#[from] IllegalEvent),
}

/// What an operation says.
enum News {
    Happened(Event),
    Ended(Action),
}

/// One run on its way.
pub struct Driver {
    pub(crate) journal: Journal,
    pub(crate) lease: Lease,
    pub(crate) state: RunState,
    pub(crate) world: World,
    pub(crate) options: Options,
    plan: Arc<Plan>,
    operations: SelectAll<BoxStream<'static, News>>,
    /// What is going on, in the order in which it began.
    running: Vec<(Action, AbortHandle)>,
    /// Those that were asked already are gone from here.
    stoppers: HashMap<StepId, Stopper>,
}

impl Driver {
    /// Begins a new run; nothing is done before [`Self::carry_out`].
    pub fn create(
        journal: Journal,
        event: &Event,
        version: &str,
        world: World,
        options: Options,
    ) -> Result<Self, ExecuteError> {
        let at = world.clock.now();
        let creation = Creation { event, version, at };
        let (lease, state) = journal.create(&creation, &options.holder)?;
        Ok(Self::with(journal, lease, state, world, options))
    }

    /// Takes up a run that waits for a runner, or takes over one whose runner is dead.
    pub fn claim(
        journal: Journal,
        run: RunId,
        world: World,
        options: Options,
    ) -> Result<Self, ExecuteError> {
        let (lease, state) = journal.claim(run, &options.holder, world.clock.now())?;
        let mut driver = Self::with(journal, lease, state, world, options);
        // Nothing was begun before the first runner.
        if driver.state.outcome.is_none() && driver.lease.epoch() > 1 {
            let (epoch, by) = (driver.lease.epoch(), driver.options.holder.clone());
            driver.record(&Event::RunResumed { epoch, by })?;
        }
        Ok(driver)
    }

    fn with(
        journal: Journal,
        lease: Lease,
        state: RunState,
        world: World,
        options: Options,
    ) -> Self {
        let plan = Arc::new(state.plan.clone());
        let (operations, running, stoppers) = (SelectAll::new(), Vec::new(), HashMap::new());
        Self {
            journal,
            lease,
            state,
            world,
            options,
            plan,
            operations,
            running,
            stoppers,
        }
    }

    pub fn run(&self) -> RunId {
        self.lease.run()
    }

    /// Goes on until the run has ended or is stuck, or until `leave`, and returns what is known then. A run that was left can be
    /// claimed at once; programs of it run on.
    pub async fn carry_out(
        mut self,
        leave: impl Future<Output = ()>,
    ) -> Result<RunState, ExecuteError> {
        let mut leave = pin!(leave);
        let mut attention = tokio::time::interval(self.options.attention);
        attention.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            self.act()?;
            if self.state.is_over() {
                break;
            }
            // Attention comes first: a runner that was stopped for long finds out that it lost the run before any
            // operation of it goes on.
            tokio::select! {
                biased;
                () = &mut leave => {
                    self.journal.give_up(self.lease)?;
                    return Ok(self.state);
                }
                _ = attention.tick() => people::attend(&mut self)?,
                Some(news) = self.operations.next() => match news {
                    News::Happened(event) => self.record(&event)?,
                    News::Ended(action) => self.running.retain(|(running, _)| *running != action),
                },
            }
        }
        people::refuse_the_rest(&self)?;
        self.journal.give_up(self.lease)?;
        Ok(self.state)
    }

    /// Validates an event, stores it, and only then lets it count.
    pub(crate) fn record(&mut self, event: &Event) -> Result<(), ExecuteError> {
        let at = self.world.clock.now();
        self.state.apply(at, event)?;
        if let Event::TargetsSeen { .. } = event {
            self.plan = Arc::new(self.state.plan.clone());
        }
        self.journal
            .append(&mut self.lease, at, event, &self.state)?;
        Ok(())
    }

    /// The same of an event that a request asks for, which is granted with it.
    pub(crate) fn record_granting(
        &mut self,
        event: &Event,
        request: RequestId,
    ) -> Result<(), ExecuteError> {
        let at = self.world.clock.now();
        self.state.apply(at, event)?;
        let taken = (event, &self.state);
        self.journal
            .append_granting(&mut self.lease, at, taken, request)?;
        Ok(())
    }

    /// Does what `decide` says until it only waits.
    fn act(&mut self) -> Result<(), ExecuteError> {
        loop {
            let actions = decide(&self.state);
            let mut has_changed = false;
            for action in &actions {
                match action.nature() {
                    Nature::Record => {
                        self.write_intent(action)?;
                        has_changed = true;
                        // What else was decided may no longer hold.
                        break;
                    }
                    Nature::Change => {
                        self.write_intent(action)?;
                        self.start(action);
                        has_changed = true;
                    }
                    Nature::Watch | Nature::Stop => {}
                }
            }
            if !has_changed {
                self.watch(&actions);
                return Ok(());
            }
        }
    }

    fn write_intent(&mut self, action: &Action) -> Result<(), ExecuteError> {
        match action.intent(self.world.clock.now()) {
            Some(event) => self.record(&event),
            None => Ok(()),
        }
    }

    /// Starts what is to be watched and is not yet, drops what is to be watched no more, and asks changes to stop.
    fn watch(&mut self, actions: &[Action]) {
        self.running.retain(|(action, handle)| {
            let is_unwanted = action.nature() == Nature::Watch && !actions.contains(action);
            if is_unwanted {
                handle.abort();
            }
            !is_unwanted
        });
        for action in actions {
            match action {
                Action::StopStep { step } => {
                    if let Some(stopper) = self.stoppers.remove(step) {
                        stopper.ask();
                    }
                }
                wanted if !self.is_running(wanted) => self.start(wanted),
                _ => {}
            }
        }
    }

    fn start(&mut self, action: &Action) {
        let (stopper, stop) = Stop::new();
        if let Action::StartStep { step, .. } | Action::UndoStep { step, .. } = action {
            self.stoppers.insert(*step, stopper);
        }
        let context = Context {
            run: self.lease.run(),
            epoch: self.lease.epoch(),
            plan: Arc::clone(&self.plan),
            world: self.world.clone(),
            journal: self.journal.clone(),
            waits_for_locks: self.options.waits_for_locks,
            stop,
        };
        if let Some(operation) = operation::begin(context, action, &self.state) {
            let ended = News::Ended(action.clone());
            let news = operation
                .map(News::Happened)
                .chain(stream::once(async { ended }));
            let (news, handle) = stream::abortable(news);
            self.operations.push(news.boxed());
            self.running.push((action.clone(), handle));
        }
    }

    fn is_running(&self, action: &Action) -> bool {
        self.running.iter().any(|(running, _)| running == action)
    }
}
