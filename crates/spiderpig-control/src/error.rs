//! Why something could not be kept or found.

use rusqlite::ffi;
use scap_plan::PersonName;
use scap_run::UnixMillis;
use std::path::PathBuf;

/// Trouble with what is kept of people.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    #[error("cannot open `{path}`")]
    Open { path: PathBuf, source: Box<Self> },
    #[error("`{path}` cannot be used")]
    File {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("`{0}` may be read by others than its owner")]
    Exposed(PathBuf),
    #[error("the key `{0}` is missing, and something was sealed with it")]
    KeyLost(PathBuf),
    #[error("the tables were made by a newer version of scap")]
    Newer,
    #[error("{0} are not as they were written")]
    Damaged(&'static str),
    #[error("the disk has no room left")]
    Full(#[source] rusqlite::Error),
    #[error("another process is writing for too long")]
    Busy(#[source] rusqlite::Error),
    #[error("SQLite failed")]
    Sqlite(#[source] rusqlite::Error),
    #[error("there is no randomness")]
    Random(#[from] getrandom::Error),
    #[error("`{person}` is banned: {reason}")]
    Banned {
        person: PersonName,
        reason: String,
        /// Absent where somebody must lift it.
        until: Option<UnixMillis>,
    },
    #[error("the name `{0}` belongs to another account of the identity provider")]
    OtherAccount(PersonName),
    #[error("`{0}` is not known")]
    NoSuchPerson(PersonName),
    #[error("checkpoint {0} does not exist")]
    NoSuchCheckpoint(u64),
}

impl ControlError {
    /// What mends it.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Open { source, .. } => source.hint(),
            Self::Exposed(_) => Some("take the rights of group and others away: `chmod 0600 FILE`"),
            Self::KeyLost(_) => Some(
                "bring the key back from where it was moved; without it all second factors must be enrolled anew: move identity.db away",
            ),
            Self::Newer => Some("use the newer scap, or a state folder of its own"),
            Self::Damaged(_) => Some(
                "somebody or something else wrote the file: find out who, then restore it; sessions and factors may be made anew",
            ),
            Self::Full(_) => Some("make room on the disk of the state folder"),
            Self::Banned { .. } => Some("`scap spiderpig user unban` lifts a ban"),
            Self::OtherAccount(_) => Some(
                "if the name was given to somebody else, `scap spiderpig user forget-account` lets them take it; look at its factors and rights first",
            ),
            Self::NoSuchPerson(_) => Some("`scap spiderpig user list` lists the people"),
            Self::NoSuchCheckpoint(_) => Some("`scap spiderpig audit checkpoint` makes one"),
            _ => None,
        }
    }
}

impl From<rusqlite::Error> for ControlError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::{Error, ErrorCode};
        match &error {
            Error::SqliteFailure(failure, _) => match failure.code {
                _ if failure.extended_code == ffi::SQLITE_IOERR_SHMSIZE => Self::Full(error),
                ErrorCode::DiskFull => Self::Full(error),
                ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Self::Busy(error),
                ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => {
                    Self::Damaged("the pages of the file")
                }
                _ => Self::Sqlite(error),
            },
            _ => Self::Sqlite(error),
        }
    }
}
