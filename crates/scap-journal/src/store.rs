//! The SQLite file: opened, brought up to date, written by one connection.

use crate::JournalError;
use rusqlite::{Connection, Transaction, TransactionBehavior};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Version of the tables; `user_version` in the file.
const SCHEMA_VERSION: u32 = 3;
/// What brings the tables to each version.
const MIGRATIONS: [(u32, &str); 3] = [
    (1, include_str!("../migrations/1.sql")),
    (2, include_str!("../migrations/2.sql")),
    (SCHEMA_VERSION, include_str!("../migrations/3.sql")),
];

/// All runs of one state folder. Clones share one connection.
#[derive(Debug, Clone)]
pub struct Journal {
    connection: Arc<Mutex<Connection>>,
    #[cfg(feature = "faults")]
    pub(crate) fault: Option<crate::Fault>,
}

impl Journal {
    /// Opens the journal of a state folder, making both where they are missing. The folder is made for its owner only.
    pub fn open(folder: &Path) -> Result<Self, JournalError> {
        make_private(folder).map_err(|source| JournalError::Folder {
            path: folder.to_owned(),
            source,
        })?;
        let path = folder.join("journal.db");
        let connection = Connection::open(&path).map_err(|source| JournalError::Open {
            path: path.clone(),
            source,
        })?;
        Self::prepare(connection).map_err(|error| match error {
            JournalError::Sqlite(source) => JournalError::Open { path, source },
            other => other,
        })
    }

    /// A journal that is gone with its last clone, for tests and simulations.
    pub fn in_memory() -> Result<Self, JournalError> {
        Self::prepare(Connection::open_in_memory()?)
    }

    fn prepare(mut connection: Connection) -> Result<Self, JournalError> {
        connection.busy_timeout(Duration::from_secs(10))?;
        let found: u32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
        if found > SCHEMA_VERSION {
            return Err(JournalError::Newer {
                found,
                known: SCHEMA_VERSION,
            });
        }
        connection.pragma_update(None, "journal_mode", "WAL")?;
        // An acknowledged event survives a power cut; anything less does not.
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "foreign_keys", true)?;
        connection.pragma_update(None, "trusted_schema", false)?;
        if found < SCHEMA_VERSION {
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            // Another process may have been quicker.
            let found: u32 =
                transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
            for (version, migration) in MIGRATIONS {
                if version > found {
                    transaction.execute_batch(migration)?;
                    transaction.pragma_update(None, "user_version", version)?;
                }
            }
            transaction.commit()?;
        }
        Ok(Self {
            connection: Arc::new(Mutex::new(connection)),
            #[cfg(feature = "faults")]
            fault: None,
        })
    }

    /// The same journal in a process that dies at a chosen append.
    #[cfg(feature = "faults")]
    #[must_use]
    pub fn with_fault(&self, fault: crate::Fault) -> Self {
        Self {
            connection: Arc::clone(&self.connection),
            fault: Some(fault),
        }
    }

    /// Reads.
    pub(crate) fn read<T>(
        &self,
        reading: impl FnOnce(&Connection) -> Result<T, JournalError>,
    ) -> Result<T, JournalError> {
        let connection = self
            .connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        reading(&connection)
    }

    /// Writes all or nothing. It begins with the write lock: a later upgrade from reading to writing could fail at once.
    pub(crate) fn write<T>(
        &self,
        writing: impl FnOnce(&Transaction<'_>) -> Result<T, JournalError>,
    ) -> Result<T, JournalError> {
        let mut connection = self
            .connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let written = writing(&transaction)?;
        transaction.commit()?;
        Ok(written)
    }
}

fn make_private(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    if folder.is_dir() {
        return Ok(());
    }
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
}
