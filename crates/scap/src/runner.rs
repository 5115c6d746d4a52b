//! Carries runs out in this process, side by side; each is seen to its end whoever watches it.

pub(crate) mod daemon;
pub(crate) mod ecs_log;
mod retention;
pub(crate) mod terminals;
mod turn;

use crate::clock::now;
use crate::trouble::Trouble;
use crate::view::progress::{ProgressBoard, Seen};
use crate::wiring::Wiring;
use scap_execute::{Driver, ExecuteError, Options};
use scap_journal::{Journal, JournalError};
use scap_run::{Event, RunId, RunState};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use terminals::Terminals;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Lines of output that are kept of a run, for those who watch it.
const KEPT_LINES: usize = 6;
/// How often a run's requests, the freeze and its lease are looked after.
const ATTENTION: Duration = Duration::from_millis(200);

/// The end of a run, or why it could not be carried on.
pub(crate) type End = Result<RunState, ExecuteError>;

/// What this process carries out.
pub(crate) struct Runner {
    journal: Journal,
    holder: String,
    carried: Mutex<BTreeMap<RunId, Carried>>,
    leave: CancellationToken,
    /// Of a runner that others watch from a browser.
    terminals: Option<Arc<Terminals>>,
}

struct Carried {
    board: Arc<ProgressBoard>,
    task: JoinHandle<End>,
}

impl Runner {
    /// `holder` is who carries the runs out, for people.
    pub(crate) fn new(journal: Journal, holder: String) -> Self {
        Self {
            journal,
            holder,
            carried: Mutex::default(),
            leave: CancellationToken::new(),
            terminals: None,
        }
    }

    /// Keeps what runs show.
    pub(crate) fn showing(self, terminals: Arc<Terminals>) -> Self {
        Self {
            terminals: Some(terminals),
            ..self
        }
    }

    /// Begins a new run. Unless it waits for locks, it is refused where others hold them.
    pub(crate) fn begin(
        &self,
        (event, version): (&Event, &str),
        waits_for_locks: bool,
        wiring: &Wiring,
    ) -> Result<RunId, Trouble> {
        let board = Arc::new(ProgressBoard::new(KEPT_LINES));
        let (world, options) = (wiring.world(board.clone()), self.options(waits_for_locks));
        let driver = Driver::create(self.journal.clone(), event, version, world, options);
        Ok(self.carry_out(driver.map_err(nothing_done)?, board))
    }

    /// Takes a run up that waits for a runner or has lost its own; refused while it is carried out, here or elsewhere.
    pub(crate) fn take_up(&self, run: RunId, wiring: &Wiring) -> Result<(), Trouble> {
        // What is held up here, by a disk that is slow or a writer that takes long, lets its lease pass and goes on later.
        if self.carries(run) {
            let holder = self.holder.clone();
            return Err(JournalError::Held { run, holder }.into());
        }
        let board = Arc::new(ProgressBoard::new(KEPT_LINES));
        let (world, options) = (wiring.world(board.clone()), self.options(true));
        let driver = Driver::claim(self.journal.clone(), run, world, options);
        self.carry_out(driver.map_err(nothing_done)?, board);
        Ok(())
    }

    fn options(&self, waits_for_locks: bool) -> Options {
        Options {
            holder: self.holder.clone(),
            waits_for_locks,
            attention: ATTENTION,
        }
    }

    fn carry_out(&self, driver: Driver, board: Arc<ProgressBoard>) -> RunId {
        let (run, leave) = (driver.run(), self.leave.clone());
        let terminal = self.terminals.as_ref().map(|all| all.open(run));
        // Without it the run goes on unseen.
        let terminal = terminal.and_then(Result::ok);
        if let Some(terminal) = &terminal {
            board.show_on(Arc::clone(terminal));
        }
        let task = tokio::spawn(async move {
            let end = driver.carry_out(leave.cancelled());
            match terminal {
                Some(terminal) => terminal.beside(end).await,
                None => end.await,
            }
        });
        self.carried().insert(run, Carried { board, task });
        run
    }

    /// A runner that was killed a moment ago still counts as alive for a few seconds; one that lives renews its lease.
    pub(crate) async fn wait_for_lease(&self, run: RunId) -> Result<(), Trouble> {
        let until = self.journal.run(run)?.lease_until;
        while now() < until {
            if self.journal.run(run)?.lease_until > until {
                // It gave a sign of life: taking over is refused with its holder's name.
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Ok(())
    }

    /// Whether a run is on its way here.
    pub(crate) fn carries(&self, run: RunId) -> bool {
        let carried = self.carried();
        carried.get(&run).is_some_and(|it| !it.task.is_finished())
    }

    /// What is seen of a run's steps; nothing of one that others carry out.
    pub(crate) fn seen(&self, run: RunId) -> Seen {
        let carried = self.carried();
        carried
            .get(&run)
            .map_or_else(Seen::default, |it| it.board.seen())
    }

    /// Waits for the end of a run that is carried out here, or was; tells it once.
    pub(crate) async fn end(&self, run: RunId) -> Option<End> {
        let carried = self.carried().remove(&run)?;
        let end = carried.task.await;
        Some(end.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic())))
    }

    /// Runs that are not on their way here any more, and whose ends nobody has asked for.
    fn finished(&self) -> Vec<RunId> {
        let carried = self.carried();
        let finished = carried.iter().filter(|(_, it)| it.task.is_finished());
        finished.map(|(run, _)| *run).collect()
    }

    /// How many runs are on their way here.
    fn load(&self) -> usize {
        let carried = self.carried();
        carried.values().filter(|it| !it.task.is_finished()).count()
    }

    /// Whether anything is on its way here.
    pub(crate) fn is_busy(&self) -> bool {
        !self.is_idle()
    }

    fn is_idle(&self) -> bool {
        self.load() == 0
    }

    /// Lets go of all runs at once: whoever claims them next goes on with them, and programs run on meanwhile.
    pub(crate) fn leave(&self) {
        self.leave.cancel();
    }

    fn carried(&self) -> MutexGuard<'_, BTreeMap<RunId, Carried>> {
        self.carried.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What keeps a run from being begun or taken over: this process has changed nothing.
fn nothing_done(error: ExecuteError) -> Trouble {
    match error {
        ExecuteError::Journal(error) => Trouble::Journal(error),
        ExecuteError::Defect(_) => error.into(),
    }
}
