//! Runs programs, the only place that does. Each runs under a supervisor process of ours, which outlives the runner,
//! keeps output and exit status in durable files and owns the process tree; a restarted runner adopts it.

mod cgroup;
mod exit;
mod fence;
mod folder;
mod kept;
mod lines;
mod output;
mod pipes;
mod program;
mod recorder;
mod spawn;
mod supervise;
mod tail;
mod tree;
mod watch;

use std::io;
use std::path::PathBuf;
use std::pin::pin;
use std::time::Duration;

use thiserror::Error;
use tokio::process::Child;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

pub use cgroup::Containment;
pub use exit::{Ending, Exit, Interruption, OutputSize};
pub use fence::{FenceError, Held};
pub use folder::FolderError;
pub use kept::{Kept, KeptRun, RawLines};
pub use lines::{Lines, OutputLine};
pub use output::{Output, OutputError, Record, Stream};
pub use program::{Leftovers, MARKER, Program, ProgramId, ProgramIdError};
pub use supervise::supervise;

use crate::secrets::KnownSecrets;
use fence::Fence;
use folder::Folder;
use tail::Tail;

/// How often a running program's output file and its supervisor's lock are looked at: as seldom as nobody notices, since each look
/// that finds lines is a message to all who watch.
const TICK: Duration = Duration::from_millis(35);
/// One to run a program, one to bury it when that one was killed, one for a race with another runner.
const MOST_SUPERVISORS: usize = 3;

#[derive(Debug, Error)]
pub enum ProgramError {
    #[error("`{}` must be an absolute path", .0.display())]
    NotAbsolute(PathBuf),
    #[error(transparent)]
    Folder(#[from] FolderError),
    #[error(transparent)]
    Fence(#[from] FenceError),
    #[error(transparent)]
    Output(#[from] OutputError),
    #[error(transparent)]
    Id(#[from] ProgramIdError),
    #[error("cannot start a supervisor from `{}`", executable.display())]
    NoSupervisor {
        executable: PathBuf,
        source: io::Error,
    },
    /// Nothing is known to have been run; the log is the supervisor's own.
    #[error("the supervisor of program `{id}` recorded no exit, its log says `{log}`")]
    NoExit { id: ProgramId, log: String },
    #[error("program `{0}` has not ended")]
    NotEnded(ProgramId),
    #[error("output of program `{id}` is incomplete: {dropped_bytes} bytes were dropped")]
    Incomplete { id: ProgramId, dropped_bytes: u64 },
    #[error("output of program `{id}` is not UTF-8")]
    NotText {
        id: ProgramId,
        source: std::string::FromUtf8Error,
    },
}

/// Runs programs and finds them again; the folder of a program is `BASE/ID`.
#[derive(Clone, Debug)]
pub struct Supervisor {
    executable: PathBuf,
    base: PathBuf,
    secrets: KnownSecrets,
    /// Only who acts for a run has one.
    epoch: Option<u64>,
}

impl Supervisor {
    /// `executable` is run as `EXECUTABLE supervise FOLDER [EPOCH]` and must call [`supervise`]; `/proc/self/exe` is this
    /// binary even when its file was replaced. `base` is absolute. Lines are handed out without `secrets`.
    pub fn new(
        executable: impl Into<PathBuf>,
        base: impl Into<PathBuf>,
        secrets: KnownSecrets,
    ) -> Self {
        Self {
            executable: executable.into(),
            base: base.into(),
            secrets,
            epoch: None,
        }
    }

    /// The same for the runner of this epoch: its programs, whose ids are `RUN/…`, are started only while no later epoch has
    /// come to their run. Epoch 0 is that of no runner, and is never refused.
    #[must_use]
    pub fn under(&self, epoch: u64) -> Self {
        let epoch = (epoch > 0).then_some(epoch);
        Self {
            epoch,
            ..self.clone()
        }
    }

    /// Refuses the earlier epochs of `run` from now on, or is refused; and while what is returned is kept, no later epoch
    /// comes to the run. Nothing is held without an epoch.
    pub async fn hold(&self, run: &str) -> Result<Option<Held>, ProgramError> {
        let Some(epoch) = self.epoch else {
            return Ok(None);
        };
        let id: ProgramId = run.parse()?;
        let fence = Fence::of(&self.base.join(id), epoch);
        Ok(Some(fence.hold().await?))
    }

    /// Runs `program` once and waits for its end; `lines` gets its output from the first line on.
    ///
    /// An `id` that is running already is adopted, one that has ended is not run again, and what its folder says
    /// counts in place of `program`. `abort` stops it; dropping this future does not.
    pub async fn run(
        &self,
        id: &ProgramId,
        program: &Program,
        abort: &CancellationToken,
        lines: impl FnMut(OutputLine),
    ) -> Result<Exit, ProgramError> {
        for path in [&self.base, &program.executable, &program.directory] {
            if !path.is_absolute() {
                return Err(ProgramError::NotAbsolute(path.clone()));
            }
        }
        let folder = self.folder(id);
        folder.prepare(&self.base, program)?;
        match self.attend(id, true, abort, lines).await? {
            Some(exit) => Ok(exit),
            None => Err(Self::no_exit(id, &folder)),
        }
    }

    /// Waits for the end of a program that was started before, as [`Supervisor::run`] does; `None` when it never was.
    pub async fn adopt(
        &self,
        id: &ProgramId,
        abort: &CancellationToken,
        lines: impl FnMut(OutputLine),
    ) -> Result<Option<Exit>, ProgramError> {
        self.attend(id, false, abort, lines).await
    }

    /// The recorded end of a program, if it has ended.
    pub fn exit(&self, id: &ProgramId) -> Result<Option<Exit>, ProgramError> {
        Ok(self.folder(id).exit()?)
    }

    /// The output so far, raw; [`Lines`] makes lines of it.
    pub fn output(&self, id: &ProgramId) -> Output {
        Output::at(self.folder(id).file("output"))
    }

    /// All that an ended program wrote to stdout, for machines: complete and UTF-8, else an error.
    pub fn stdout_text(&self, id: &ProgramId) -> Result<String, ProgramError> {
        let exit = self.exit(id)?;
        let exit = exit.ok_or_else(|| ProgramError::NotEnded(id.clone()))?;
        if exit.output.dropped_bytes > 0 {
            return Err(ProgramError::Incomplete {
                id: id.clone(),
                dropped_bytes: exit.output.dropped_bytes,
            });
        }
        let mut text = Vec::new();
        for record in self.output(id) {
            let record = record?;
            if record.stream == Stream::Stdout {
                text.extend(record.bytes);
            }
        }
        String::from_utf8(text).map_err(|source| ProgramError::NotText {
            id: id.clone(),
            source,
        })
    }

    fn folder(&self, id: &ProgramId) -> Folder {
        Folder::new(&self.base, id)
    }

    /// Sees to it that the program has a supervisor until there is an exit. Nothing when it was never started, unless it
    /// `may_start`.
    async fn attend(
        &self,
        id: &ProgramId,
        may_start: bool,
        abort: &CancellationToken,
        lines: impl FnMut(OutputLine),
    ) -> Result<Option<Exit>, ProgramError> {
        let folder = self.folder(id);
        let mut tail = Tail::of(self.output(id), Lines::new(&self.secrets), lines);
        for _ in 0..=MOST_SUPERVISORS {
            // Asked before the others: what a supervisor that is gone has written is all there.
            let running = folder.is_supervised()?;
            if let Some(exit) = folder.exit()? {
                tail.finish().await?;
                return Ok(Some(exit));
            }
            if !running && folder.start()?.is_none() {
                if !may_start {
                    return Ok(None);
                }
                self.expect_epoch(&folder).await?;
            }
            if abort.is_cancelled() {
                folder.request_abort()?;
            }
            let supervisor = (!running).then(|| self.start_supervisor(&folder));
            wait(&folder, supervisor.transpose()?, abort, &mut tail).await?;
        }
        Err(Self::no_exit(id, &folder))
    }

    fn no_exit(id: &ProgramId, folder: &Folder) -> ProgramError {
        let log = std::fs::read_to_string(folder.file("supervisor.log")).unwrap_or_default();
        ProgramError::NoExit {
            id: id.clone(),
            log: log.trim_end().to_owned(),
        }
    }

    /// The supervisor process looks again; this one says so in time.
    async fn expect_epoch(&self, folder: &Folder) -> Result<(), ProgramError> {
        if let Some(epoch) = self.epoch {
            Fence::around(folder, epoch).hold().await?;
        }
        Ok(())
    }

    fn start_supervisor(&self, folder: &Folder) -> Result<Child, ProgramError> {
        let started = spawn::supervisor(&self.executable, folder, self.epoch);
        started.map_err(|source| ProgramError::NoSupervisor {
            executable: self.executable.clone(),
            source,
        })
    }
}

/// Waits until no supervisor is at work, hands out lines and passes an abort on.
async fn wait<L: FnMut(OutputLine)>(
    folder: &Folder,
    supervisor: Option<Child>,
    abort: &CancellationToken,
    tail: &mut Tail<L>,
) -> Result<(), ProgramError> {
    let mut ended = pin!(until_unsupervised(folder, supervisor));
    let mut abort_requested = false;
    loop {
        let is_more = tail.turn()?;
        let pause = if is_more { Duration::ZERO } else { TICK };
        tokio::task::yield_now().await;
        tokio::select! {
            result = &mut ended => return result,
            () = abort.cancelled(), if !abort_requested => {
                folder.request_abort()?;
                abort_requested = true;
            }
            () = sleep(pause) => {}
        }
    }
}

async fn until_unsupervised(
    folder: &Folder,
    supervisor: Option<Child>,
) -> Result<(), ProgramError> {
    if let Some(mut child) = supervisor {
        // However it ended, the folder says what it did.
        let _ = child.wait().await;
    }
    while folder.is_supervised()? {
        sleep(TICK).await;
    }
    Ok(())
}
