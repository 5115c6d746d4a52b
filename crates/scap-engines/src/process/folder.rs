//! The folder of one program: which files there are, who writes them, and how they become durable.
//!
//! | file | written by | says |
//! |---|---|---|
//! | `program.json` | runner, before the start | what to run |
//! | `abort` | anyone who may abort, at any time | stop it |
//! | `supervisor.lock` | supervisor | locked while it lives, whatever becomes of its pid |
//! | `supervisor.json` | supervisor, just before the program starts | never start it again |
//! | `program.pid` | supervisor, after the start | the process id, for people |
//! | `supervisor.log` | supervisor | why it failed itself |
//! | `output` | supervisor | what the program wrote |
//! | `exit.json` | supervisor, at the end | how it ended; nothing is written any more |

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::cgroup::Cgroup;
use super::exit::Exit;
use super::program::{Program, ProgramId};

#[derive(Debug, Error)]
pub enum FolderError {
    #[error("cannot use `{}`", path.display())]
    Unusable { path: PathBuf, source: io::Error },
    #[error("`{}` is not what scap wrote there", path.display())]
    Damaged {
        path: PathBuf,
        source: serde_json::Error,
    },
}

/// That a program was started, or was just about to be; `supervisor.json`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Start {
    /// Process id, for people.
    pub supervisor: i32,
    pub started_unix_milliseconds: u64,
    /// What all of the program is in, if it got one.
    #[serde(default)]
    pub cgroup: Option<Cgroup>,
}

/// Room for `exit.json` is taken before the start, so that a full disk cannot cost an exit status.
const EXIT_BYTES: usize = 4096;

#[derive(Clone, Debug)]
pub(super) struct Folder {
    path: PathBuf,
}

impl Folder {
    pub(super) fn new(base: &Path, id: &ProgramId) -> Self {
        Self::at(&base.join(id))
    }

    pub(super) fn at(path: &Path) -> Self {
        let path = path.to_owned();
        Self { path }
    }

    /// The folder at `path`, which exists.
    pub(super) fn open(path: &Path) -> Result<Self, FolderError> {
        let path = fs::canonicalize(path).map_err(unusable(path))?;
        Ok(Self { path })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Makes the folder with `program` in it; what is there already stays.
    pub(super) fn prepare(&self, base: &Path, program: &Program) -> Result<(), FolderError> {
        if self.file("program.json").exists() {
            return Ok(());
        }
        self.make()?;
        self.write("program.json", program)?;
        let above = self.path.ancestors().skip(1);
        for folder in above.take_while(|folder| folder.starts_with(base)) {
            sync(folder).map_err(unusable(folder))?;
        }
        Ok(())
    }

    /// Makes the folder, for its owner only.
    pub(super) fn make(&self) -> Result<(), FolderError> {
        let mut builder = DirBuilder::new();
        let made = builder.recursive(true).mode(0o700).create(&self.path);
        made.map_err(unusable(&self.path))
    }

    /// Makes the names in the folder last.
    pub(super) fn sync(&self) -> Result<(), FolderError> {
        sync(&self.path).map_err(unusable(&self.path))
    }

    pub(super) fn program(&self) -> Result<Option<Program>, FolderError> {
        self.read("program.json")
    }

    pub(super) fn start(&self) -> Result<Option<Start>, FolderError> {
        self.read("supervisor.json")
    }

    pub(super) fn exit(&self) -> Result<Option<Exit>, FolderError> {
        self.read("exit.json")
    }

    pub(super) fn record_start(&self, start: &Start) -> Result<(), FolderError> {
        self.write("supervisor.json", start)?;
        self.sync()
    }

    /// For people only: neither a full disk nor a slow one is to touch a program that runs.
    pub(super) fn note_pid(&self, pid: u32) {
        let file = private().truncate(true).open(self.file("program.pid"));
        let _ = file.and_then(|mut file| writeln!(file, "{pid}"));
    }

    pub(super) fn request_abort(&self) -> Result<(), FolderError> {
        let path = self.file("abort");
        private().open(&path).map_err(unusable(&path))?;
        Ok(())
    }

    pub(super) fn abort_requested(&self) -> bool {
        self.file("abort").exists()
    }

    /// Waits for the lock that only one supervisor has; it is held as long as the file is open.
    pub(super) fn lock(&self) -> Result<File, FolderError> {
        let path = self.file("supervisor.lock");
        let file = private().open(&path).map_err(unusable(&path))?;
        let locked = flock(&file, FlockOperation::LockExclusive);
        locked.map_err(|error| unusable(&path)(error.into()))?;
        Ok(file)
    }

    /// Whether a supervisor lives.
    pub(super) fn is_supervised(&self) -> Result<bool, FolderError> {
        let path = self.file("supervisor.lock");
        let file = match File::open(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            file => file.map_err(unusable(&path))?,
        };
        match flock(&file, FlockOperation::NonBlockingLockShared) {
            Ok(()) => Ok(false),
            Err(Errno::WOULDBLOCK) => Ok(true),
            Err(error) => Err(unusable(&path)(error.into())),
        }
    }

    pub(super) fn create_output(&self) -> Result<File, FolderError> {
        let path = self.file("output");
        let file = private().truncate(true).open(&path);
        file.map_err(unusable(&path))
    }

    pub(super) fn reserve_exit(&self) -> Result<(), FolderError> {
        let path = self.file("exit.json.new");
        let reserve = || {
            let file = private().open(&path)?;
            file.write_all_at(&[b' '; EXIT_BYTES], 0)
        };
        reserve().map_err(unusable(&path))
    }

    /// Writes the exit over the blanks that were reserved for it.
    pub(super) fn record_exit(&self, exit: &Exit) -> Result<(), FolderError> {
        let path = self.file("exit.json.new");
        let record = || {
            let text = serde_json::to_vec(exit)?;
            let file = OpenOptions::new().write(true).open(&path)?;
            file.write_all_at(&text, 0)?;
            file.sync_data()?;
            fs::rename(&path, self.file("exit.json"))?;
            sync(&self.path)
        };
        record().map_err(unusable(&path))
    }

    pub(super) fn read<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, FolderError> {
        let path = self.file(name);
        let text = match fs::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            text => text.map_err(unusable(&path))?,
        };
        let value = serde_json::from_slice(&text);
        value.map_err(|source| FolderError::Damaged { path, source })
    }

    /// Replaces a file as a whole; the new name lasts once the folder is synced.
    pub(super) fn write<T: Serialize>(&self, name: &str, value: &T) -> Result<(), FolderError> {
        let path = self.file(&format!("{name}.new"));
        let replace = || {
            let text = serde_json::to_vec_pretty(value)?;
            let mut file = private().truncate(true).open(&path)?;
            file.write_all(&text)?;
            file.sync_data()?;
            fs::rename(&path, self.file(name))
        };
        replace().map_err(unusable(&path))
    }
}

/// Creates files that only their owner reads.
pub(super) fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.create(true).write(true).mode(0o600);
    options
}

fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

pub(super) fn unusable(path: &Path) -> impl Fn(io::Error) -> FolderError {
    let path = path.to_owned();
    move |source| FolderError::Unusable {
        path: path.clone(),
        source,
    }
}
