//! Runs short programs that belong to no run: their folder is removed when they have ended.

use std::io;
use std::path::PathBuf;

use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use crate::ended::Ended;
use crate::process::{Program, ProgramError, ProgramId, Supervisor};
use crate::secrets::KnownSecrets;

/// Why a short program gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum ScratchError {
    #[error("cannot make a folder in `{}`", folder.display())]
    NoFolder { folder: PathBuf, source: io::Error },
    #[error(transparent)]
    Program(#[from] ProgramError),
    #[error("`{label}` {failure}")]
    Failed { label: String, failure: String },
}

/// A place for such programs.
#[derive(Clone, Debug)]
pub struct Scratch {
    executable: PathBuf,
    folder: PathBuf,
    secrets: KnownSecrets,
}

impl Scratch {
    /// `executable` and `secrets` are those of [`Supervisor::new`]; `folder` is absolute and made when it is missing.
    pub fn new(
        executable: impl Into<PathBuf>,
        folder: impl Into<PathBuf>,
        secrets: KnownSecrets,
    ) -> Self {
        Self {
            executable: executable.into(),
            folder: folder.into(),
            secrets,
        }
    }

    /// What no line of these programs has.
    pub(crate) fn secrets(&self) -> &KnownSecrets {
        &self.secrets
    }

    /// Runs `program` to its end.
    pub(crate) async fn run(&self, program: &Program) -> Result<Ended, ScratchError> {
        self.run_with(program, |_| {}).await
    }

    /// Runs `program` to its end; `line` gets each line of its output.
    pub(crate) async fn run_with(
        &self,
        program: &Program,
        line: impl FnMut(&str),
    ) -> Result<Ended, ScratchError> {
        let place = self.place()?;
        self.run_in(&place, program, line).await
    }

    /// What `program` wrote to stdout; an error unless it succeeded.
    pub(crate) async fn stdout(&self, program: &Program) -> Result<String, ScratchError> {
        let place = self.place()?;
        let ended = self.run_in(&place, program, |_| {}).await?;
        if let Some(failure) = ended.failure() {
            let label = program.label.clone();
            return Err(ScratchError::Failed { label, failure });
        }
        Ok(self.supervisor(&place).stdout_text(&id())?)
    }

    /// A folder of its own for each program, since an id that has ended is not run again.
    pub(crate) fn place(&self) -> Result<TempDir, ScratchError> {
        std::fs::create_dir_all(&self.folder)
            .and_then(|()| TempDir::new_in(&self.folder))
            .map_err(|source| ScratchError::NoFolder {
                folder: self.folder.clone(),
                source,
            })
    }

    fn supervisor(&self, place: &TempDir) -> Supervisor {
        Supervisor::new(&self.executable, place.path(), self.secrets.clone())
    }

    async fn run_in(
        &self,
        place: &TempDir,
        program: &Program,
        line: impl FnMut(&str),
    ) -> Result<Ended, ScratchError> {
        let never = CancellationToken::new();
        let supervisor = self.supervisor(place);
        Ok(Ended::after(&supervisor, (&id(), program), &never, line).await?)
    }
}

fn id() -> ProgramId {
    "program".parse().expect("it has letters only")
}
