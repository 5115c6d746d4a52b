//! What can go wrong with a journal.

use scap_run::{IllegalEvent, RunId};
use std::path::PathBuf;

/// Why the journal could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    #[error("journal `{}` could not be opened", path.display())]
    Open {
        path: PathBuf,
        source: rusqlite::Error,
    },
    #[error("folder `{}` of the journal could not be made", path.display())]
    Folder {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("journal is of version {found}, and this scap knows versions up to {known}")]
    Newer { found: u32, known: u32 },
    #[error("journal could not be read or written")]
    Sqlite(#[from] rusqlite::Error),
    #[error("event {seq} of run {run} is not what was written")]
    Corrupted { run: RunId, seq: u64 },
    #[error("event {seq} of run {run} cannot be understood")]
    Unreadable {
        run: RunId,
        seq: u64,
        source: serde_json::Error,
    },
    #[error("event {seq} of run {run} contradicts those before it")]
    Illegal {
        run: RunId,
        seq: u64,
        source: IllegalEvent,
    },
    #[error("there is no run {0}")]
    NoSuchRun(RunId),
    #[error("run {run} is carried out by {holder}")]
    Held { run: RunId, holder: String },
    #[error("run {0} was taken over by another runner")]
    Fenced(RunId),
    #[cfg(feature = "faults")]
    #[error("the process was killed here by a test")]
    Killed,
}

impl JournalError {
    /// What mends it, where there is something to say.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Open { .. } | Self::Folder { .. } => {
                "`--state-dir DIR` or SCAP_STATE_DIR names another folder".to_owned()
            }
            Self::Newer { .. } => "use the newer scap that wrote it; nothing was changed".to_owned(),
            Self::Corrupted { .. } | Self::Unreadable { .. } | Self::Illegal { .. } => {
                "the file was changed or damaged from outside: restore it from a backup; scap does nothing with this run \
                 until then"
                    .to_owned()
            }
            Self::NoSuchRun(_) => "`scap runs` lists the runs".to_owned(),
            Self::Held { run, .. } => format!("`scap log {run} --follow` shows it, `scap abort {run}` ends it"),
            _ => return None,
        })
    }
}
