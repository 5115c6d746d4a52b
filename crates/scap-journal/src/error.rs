//! What can go wrong with a journal.

use rusqlite::ffi;
use scap_run::{IllegalEvent, RunId};
use std::io::ErrorKind;
use std::path::PathBuf;

/// Why the journal could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    #[error("journal `{}` could not be opened", path.display())]
    Open {
        path: PathBuf,
        source: Box<JournalError>,
    },
    #[error("folder `{}` of the journal could not be made", path.display())]
    Folder {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("journal is of version {found}, and this scap knows versions up to {known}")]
    Newer { found: u32, known: u32 },
    #[error("journal could not be read or written")]
    Sqlite(#[source] rusqlite::Error),
    #[error("disk of the journal is full: nothing was written")]
    Full(#[source] rusqlite::Error),
    #[error("journal may not be written here")]
    ReadOnly(#[source] rusqlite::Error),
    #[error("journal is being written by others, for too long")]
    Busy(#[source] rusqlite::Error),
    #[error("disk of the journal failed")]
    Disk(#[source] rusqlite::Error),
    #[error("journal is written no more by this process, since its disk failed")]
    Stopped,
    #[error("file of the journal is damaged")]
    DamagedFile(#[source] rusqlite::Error),
    #[error("`{name}` of the journal are not what was written")]
    DamagedTable { name: &'static str },
    #[error("line of run {0} is not what was written")]
    DamagedRun(RunId),
    #[error("request {0} is not what was written")]
    DamagedRequest(i64),
    #[error("journal ends at commit {found}, and commit {acknowledged} was acknowledged")]
    CutOff { found: u64, acknowledged: u64 },
    #[error("file of the journal is gone, and what belongs to it is still there")]
    Gone,
    #[error("journal.mark in the folder of the journal cannot be written")]
    Mark(#[source] std::io::Error),
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
    #[error("backup `{}` could not be written", path.display())]
    Backup {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("there is no run {0}")]
    NoSuchRun(RunId),
    #[error("run {0} does not wait in the queue")]
    NotQueued(RunId),
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
            Self::Open { source, .. } => {
                return source.hint().or_else(|| Some(ANOTHER_FOLDER.to_owned()));
            }
            Self::Folder { .. } => ANOTHER_FOLDER.to_owned(),
            Self::Newer { .. } => {
                "use the newer scap that wrote it; nothing was changed".to_owned()
            }
            Self::Full(_) => ROOM.to_owned(),
            Self::Mark(source) => match source.kind() {
                ErrorKind::StorageFull => ROOM.to_owned(),
                ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied => {
                    format!("{WRITABLE}; {ANOTHER_FOLDER}")
                }
                _ => DISK.to_owned(),
            },
            Self::ReadOnly(_) => format!("{WRITABLE}; {ANOTHER_FOLDER}"),
            Self::Busy(_) => {
                "try again; a process that is stopped in the middle of writing keeps all others out"
                    .to_owned()
            }
            Self::Disk(_) | Self::Stopped => DISK.to_owned(),
            Self::Corrupted { .. }
            | Self::Unreadable { .. }
            | Self::Illegal { .. }
            | Self::DamagedRun(_) => format!(
                "it was changed or damaged from outside: {RESTORE}; scap does nothing with this run until then, and the others go on; {VERIFY}"
            ),
            Self::DamagedFile(_)
            | Self::DamagedTable { .. }
            | Self::DamagedRequest(_)
            | Self::CutOff { .. }
            | Self::Gone => {
                format!("it was changed or damaged from outside: {RESTORE}; {VERIFY}")
            }
            Self::NoSuchRun(_) => "`scap runs` lists the runs".to_owned(),
            Self::NotQueued(_) => "`scap queue` shows who waits".to_owned(),
            Self::Held { run, .. } => {
                format!("`scap log {run} --follow` shows it, `scap abort {run}` ends it")
            }
            _ => return None,
        })
    }

    /// Whether what is there is not what was written.
    pub fn is_damage(&self) -> bool {
        match self {
            Self::Open { source, .. } => source.is_damage(),
            Self::DamagedFile(_)
            | Self::DamagedTable { .. }
            | Self::DamagedRun(_)
            | Self::DamagedRequest(_)
            | Self::CutOff { .. }
            | Self::Gone
            | Self::Corrupted { .. }
            | Self::Unreadable { .. }
            | Self::Illegal { .. } => true,
            _ => false,
        }
    }
}

const ANOTHER_FOLDER: &str = "`--state-dir DIR` or SCAP_STATE_DIR names another folder";

const WRITABLE: &str = "whoever runs scap must be allowed to write the state folder, also to look";

const DISK: &str = "look after the disk, then start scap again: what was acknowledged is kept, and `scap resume RUN` goes on";

const ROOM: &str =
    "make room on the disk of the state folder; what was acknowledged is kept, and work goes on";

/// How a damaged journal is mended.
pub const RESTORE: &str = "restore it from a backup: take journal.db-wal, journal.db-shm and journal.mark away, and put the backup in the \
                           place of journal.db";

const VERIFY: &str = "`scap journal verify` names all that is damaged";

impl From<rusqlite::Error> for JournalError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::{Error, ErrorCode};
        match &error {
            Error::SqliteFailure(failure, _) => match failure.code {
                // The index of the log found no room.
                _ if failure.extended_code == ffi::SQLITE_IOERR_SHMSIZE => Self::Full(error),
                _ if failure.extended_code == ffi::SQLITE_IOERR_CORRUPTFS => {
                    Self::DamagedFile(error)
                }
                ErrorCode::DiskFull => Self::Full(error),
                ErrorCode::ReadOnly | ErrorCode::PermissionDenied => Self::ReadOnly(error),
                ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Self::Busy(error),
                // What we ask is always the same: if it cannot be understood, the tables' own description is damaged.
                ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase | ErrorCode::Unknown => {
                    Self::DamagedFile(error)
                }
                ErrorCode::SystemIoFailure => Self::Disk(error),
                _ => Self::Sqlite(error),
            },
            // The tables are strict: a column holds what it was made for, unless somebody else wrote it.
            Error::SqlInputError { .. }
            | Error::QueryReturnedNoRows
            | Error::InvalidColumnType(..)
            | Error::FromSqlConversionFailure(..)
            | Error::IntegralValueOutOfRange(..)
            | Error::Utf8Error(..) => Self::DamagedFile(error),
            _ => Self::Sqlite(error),
        }
    }
}
