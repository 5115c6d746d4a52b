//! Answers verbs with what the journal, the files and the world say.

mod analyzed;
mod enrolments;
mod first_file;
mod looks;
mod orders;
mod planned;
mod replayed;
mod runs;
mod unmasked;

use super::plans::Plans;
use super::verb::{Ask, Verb};
use crate::cli::Global;
use crate::person;
use crate::runner::Runner;
use crate::runner::ecs_log::EcsLog;
use crate::runner::terminals::Terminals;
use crate::settings::{self, Settings};
use crate::trouble::Trouble;
use crate::wiring::Wiring;
use enrolments::Enrolments;
use scap_journal::Journal;
use scap_plan::Plan;
use scap_run::Failure;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// One for all who ask.
pub(crate) struct Desk {
    global: Global,
    state_dir: PathBuf,
    pub(crate) journal: Journal,
    pub(crate) runner: Runner,
    pub(crate) terminals: Arc<Terminals>,
    plans: Plans,
    enrolments: Enrolments,
    last_asked: Mutex<Instant>,
    /// Whether runs that wait are taken up in turn.
    has_queue: bool,
}

impl Desk {
    /// Of a process that carries out what its own person asks.
    pub(crate) fn of_person(global: Global) -> Result<Self, Trouble> {
        Self::open(global, person::runner(), false)
    }

    /// Of the runner, which carries out what all people ask.
    pub(crate) fn of_runner(global: Global) -> Result<Self, Trouble> {
        Self::open(global, person::daemon(), true)
    }

    /// `holder` is who carries runs out, for people.
    fn open(global: Global, holder: String, has_queue: bool) -> Result<Self, Trouble> {
        let state_dir = settings::state_dir(&global)?;
        let journal = Journal::open(&state_dir)?;
        let mut terminals = Terminals::new(&state_dir, journal.clone())?;
        if let Some(ecs_log) = ecs_log(&global).filter(|_| has_queue) {
            terminals = terminals.shipping(EcsLog::open(&ecs_log).map_err(|error| {
                let failure = Failure::failed(format!("`{}` cannot be written", ecs_log.display()));
                failure
                    .caused_by(&error)
                    .hint("`ecs_log` in scap.yaml names it")
            })?);
        }
        let terminals = Arc::new(terminals);
        let mut runner = Runner::new(journal.clone(), holder);
        if has_queue {
            runner = runner.showing(Arc::clone(&terminals));
        }
        Ok(Self {
            global,
            state_dir,
            runner,
            terminals,
            journal,
            plans: Plans::default(),
            enrolments: Enrolments::default(),
            last_asked: Mutex::new(Instant::now()),
            has_queue,
        })
    }

    /// Read anew for each verb: an edited file counts at once.
    pub(crate) fn settings(&self) -> Result<Settings, Trouble> {
        Settings::load(&self.global)
    }

    /// With the way to the world that they name.
    pub(crate) fn wired(&self) -> Result<(Settings, Wiring), Trouble> {
        let settings = self.settings()?;
        let wiring = Wiring::new(&settings, &self.state_dir)?;
        Ok((settings, wiring))
    }

    pub(crate) fn state_dir(&self) -> &Path {
        &self.state_dir
    }

    /// A plan that a person was shown.
    pub(crate) fn shown_plan(&self, person: &str, digest: &str) -> Result<Plan, Trouble> {
        self.plans.find(person, digest)
    }

    /// How long nobody has asked anything.
    pub(crate) fn quiet_for(&self) -> Duration {
        self.last_asked().elapsed()
    }

    fn last_asked(&self) -> MutexGuard<'_, Instant> {
        self.last_asked
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers as [`Self::answer`] does, as the type that the verb promises.
    pub(crate) async fn ask<A: Ask>(&self, person: &str, ask: A) -> Result<A::Answer, Trouble> {
        let answer = self.answer(person, ask.into()).await?;
        Ok(serde_json::from_value(answer).expect("answers are of the types that verbs promise"))
    }

    /// Answers in the form in which it crosses the socket, so that nobody gets more than what crosses it.
    pub(crate) async fn answer(&self, person: &str, verb: Verb) -> Result<Value, Trouble> {
        *self.last_asked() = Instant::now();
        match verb {
            Verb::MakePlan(ask) => told(&ask, self.make_plan(person, &ask).await),
            Verb::PlanRollback(ask) => told(&ask, self.plan_rollback(person, &ask).await),
            Verb::Preflight(ask) => told(&ask, self.preflight(person, &ask).await),
            Verb::Deploy(ask) => told(&ask, self.deploy(person, &ask)),
            Verb::Resume(ask) => told(&ask, self.resume(&ask).await),
            Verb::ListRuns(ask) => told(&ask, self.list_runs(&ask)),
            Verb::SummarizeRun(ask) => told(&ask, self.summarize_run(&ask)),
            Verb::ReadEvents(ask) => told(&ask, self.read_events(&ask)),
            Verb::ReadProgress(ask) => told(&ask, Ok(self.runner.seen(ask.run))),
            Verb::LeaveRequest(ask) => told(&ask, self.leave_request(person, &ask)),
            Verb::ReadReply(ask) => told(&ask, Ok(self.journal.reply_to(ask.request)?)),
            Verb::FindMending(ask) => told(&ask, self.find_mending(&ask).await),
            Verb::FindQueries(ask) => told(&ask, self.find_queries(&ask)),
            Verb::ReplayRuns(ask) => told(&ask, self.replay_runs(&ask).await),
            Verb::AnalyzeHistory(ask) => told(&ask, self.analyze_history(&ask).await),
            Verb::FindLockKeys(ask) => told(&ask, self.find_lock_keys(&ask).await),
            Verb::ListQueue(ask) => told(&ask, self.list_queue()),
            Verb::MoveInQueue(ask) => told(&ask, self.move_in_queue(&ask)),
            Verb::ListLocks(ask) => told(&ask, self.list_locks()),
            Verb::LockService(ask) => told(&ask, self.lock_service(person, &ask)),
            Verb::UnlockService(ask) => told(&ask, self.unlock_service(&ask)),
            Verb::Freeze(ask) => told(&ask, self.freeze(person, &ask)),
            Verb::Thaw(ask) => told(&ask, Ok(self.journal.thaw()?)),
            Verb::Unbar(ask) => told(&ask, self.unbar(person, &ask)),
            Verb::BeginEnrolment(ask) => told(&ask, self.begin_enrolment(person)),
            Verb::ConfirmEnrolment(ask) => told(&ask, self.confirm_enrolment(person, &ask)),
            Verb::ConfirmPasskey(ask) => told(&ask, self.confirm_passkey(person, &ask)),
            Verb::Unmask(ask) => told(&ask, self.unmask(person, &ask)),
            Verb::LookAround(ask) => told(&ask, self.look_around(&ask).await),
            Verb::TryChecks(ask) => told(&ask, self.try_checks(&ask).await),
            Verb::ProposeFirstFile(ask) => told(&ask, self.propose_first_file(&ask).await),
        }
    }
}

/// Where what runs do and print is written for a log store.
fn ecs_log(global: &Global) -> Option<PathBuf> {
    let settings = Settings::load(global).ok()?;
    let path = settings.configuration.ecs_log.as_ref()?;
    Some(settings.path(path))
}

/// Holds each answer to the type that its verb promises.
fn told<A: Ask>(_: &A, answer: Result<A::Answer, Trouble>) -> Result<Value, Trouble> {
    Ok(serde_json::to_value(answer?).expect("answers have string keys only"))
}
