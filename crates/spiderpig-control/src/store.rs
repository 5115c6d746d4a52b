//! One `SQLite` file: opened for its owner only, read in one piece, written by one connection.

use crate::ControlError;
use rusqlite::{Connection, Transaction, TransactionBehavior};
use std::fs::OpenOptions;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How long a write waits for those of other processes.
const PATIENCE: Duration = Duration::from_secs(10);
/// More than there are in this crate, so that none is prepared twice.
const STATEMENTS: usize = 64;

#[derive(Debug)]
pub(crate) struct Store {
    connection: Mutex<Connection>,
}

impl Store {
    /// Opens the file, and takes it up all `versions` of its tables: the first makes them, each other one changes what the one
    /// before it left.
    pub(crate) fn open(path: &Path, versions: &[&str]) -> Result<Self, ControlError> {
        let opened = make_private(path)
            .map_err(|source| ControlError::File {
                path: path.to_owned(),
                source,
            })
            .and_then(|()| Ok(Connection::open(path)?))
            .and_then(|connection| prepare(connection, versions));
        let connection = opened.map_err(|source| ControlError::Open {
            path: path.to_owned(),
            source: Box::new(source),
        })?;
        Ok(Self {
            connection: Mutex::new(connection),
        })
    }

    /// Reads as of one moment.
    pub(crate) fn read<T>(
        &self,
        reading: impl FnOnce(&Connection) -> Result<T, ControlError>,
    ) -> Result<T, ControlError> {
        let mut connection = self.connection();
        let transaction = connection.transaction()?;
        reading(&transaction)
    }

    /// Writes all or nothing. It begins with the write lock: a later upgrade from reading to writing could fail at once.
    pub(crate) fn write<T>(
        &self,
        writing: impl FnOnce(&Transaction<'_>) -> Result<T, ControlError>,
    ) -> Result<T, ControlError> {
        let mut connection = self.connection();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let written = writing(&transaction)?;
        transaction.commit()?;
        Ok(written)
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// SQLite gives its log and its index the rights of the file itself.
fn make_private(path: &Path) -> std::io::Result<()> {
    if let Some(folder) = path.parent().filter(|folder| !folder.is_dir()) {
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true).mode(0o700).create(folder)?;
    }
    let mut options = OpenOptions::new();
    let options = options.write(true).create(true).truncate(false);
    options.mode(0o600).open(path).map(drop)
}

fn prepare(mut connection: Connection, versions: &[&str]) -> Result<Connection, ControlError> {
    connection.busy_timeout(PATIENCE)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // A ban or a used code that was acknowledged survives a power cut; anything less does not.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found: u32 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let missing = usize::try_from(found).ok();
    let missing = missing.and_then(|found| versions.get(found..));
    for version in missing.ok_or(ControlError::Newer)? {
        transaction.execute_batch(version)?;
    }
    let latest = u32::try_from(versions.len()).expect("nobody writes so many");
    // Written only where it changes: a file that is only looked at stays as it is.
    if found != latest {
        transaction.pragma_update(None, "user_version", latest)?;
    }
    transaction.commit()?;
    Ok(connection)
}
