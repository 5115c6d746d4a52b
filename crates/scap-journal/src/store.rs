//! The `SQLite` file: opened, read in one piece, written by one connection.

use crate::mark::Mark;
use crate::seal::Seal;
use crate::{JournalError, schema};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, Transaction, TransactionBehavior};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How long a write waits for those of other processes.
const PATIENCE: Duration = Duration::from_secs(10);

/// More than there are in this crate, so that none is prepared twice.
const STATEMENTS: usize = 64;

/// All runs of one state folder. Clones share one connection.
#[derive(Debug, Clone)]
pub struct Journal {
    store: Arc<Store>,
    #[cfg(feature = "faults")]
    pub(crate) fault: Option<crate::Fault>,
}

#[derive(Debug)]
struct Store {
    connection: Mutex<Connection>,
    /// Absent for a journal in memory.
    mark: Option<Mark>,
    /// Since its disk failed: what the kernel then still says to have written may be gone.
    is_stopped: AtomicBool,
}

impl Journal {
    /// Opens the journal of a state folder, making both where they are missing. The folder is made for its owner only.
    pub fn open(folder: &Path) -> Result<Self, JournalError> {
        make_private(folder).map_err(|source| JournalError::Folder {
            path: folder.to_owned(),
            source,
        })?;
        let path = folder.join("journal.db");
        Self::open_file(&path).map_err(|error| match error {
            newer @ JournalError::Newer { .. } => newer,
            error => JournalError::Open {
                path,
                source: Box::new(error),
            },
        })
    }

    fn open_file(path: &Path) -> Result<Self, JournalError> {
        let mark_path = path.with_extension("mark");
        let acknowledged = Mark::read(&mark_path).unwrap_or(0);
        let log = path.with_extension("db-wal");
        if is_empty(path) && (acknowledged > 0 || !is_empty(&log)) {
            // SQLite would begin anew.
            return Err(JournalError::Gone);
        }
        // SQLite would not say that it is the folder which may not be written.
        let mark = Mark::open(&mark_path).map_err(JournalError::Mark)?;
        // One at a time: where a new file gets its log, SQLite waits for nobody.
        mark.lock().map_err(JournalError::Mark)?;
        let mut connection = Connection::open(path)?;
        // Until all is found to be sound, the log is not to be folded into a file that it may not fit.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
        prepare(&mut connection)?;
        let found = commits(&connection)?;
        if found < acknowledged {
            return Err(JournalError::CutOff {
                found,
                acknowledged,
            });
        }
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
        // The room for it is taken now; from here on it is written in place.
        mark.put(found).map_err(JournalError::Mark)?;
        mark.unlock().map_err(JournalError::Mark)?;
        Ok(Self::with(connection, Some(mark)))
    }

    /// How often anything was written: who follows something looks again when it is another number.
    pub fn commits(&self) -> Result<u64, JournalError> {
        self.read(&[], commits)
    }

    /// A journal that is gone with its last clone, for tests and simulations.
    pub fn in_memory() -> Result<Self, JournalError> {
        let mut connection = Connection::open_in_memory()?;
        prepare(&mut connection)?;
        Ok(Self::with(connection, None))
    }

    fn with(connection: Connection, mark: Option<Mark>) -> Self {
        Self {
            store: Arc::new(Store {
                connection: Mutex::new(connection),
                mark,
                is_stopped: AtomicBool::new(false),
            }),
            #[cfg(feature = "faults")]
            fault: None,
        }
    }

    /// The same journal in a process that dies at a chosen append.
    #[cfg(feature = "faults")]
    #[must_use]
    pub fn with_fault(&self, fault: crate::Fault) -> Self {
        Self {
            store: Arc::clone(&self.store),
            fault: Some(fault),
        }
    }

    /// Reads as of one moment, once the tables that it looks at are found to be sound.
    pub(crate) fn read<T>(
        &self,
        looked_at: &[Seal],
        reading: impl FnOnce(&Connection) -> Result<T, JournalError>,
    ) -> Result<T, JournalError> {
        let mut connection = self.connection();
        let transaction = connection.transaction()?;
        looked_at
            .iter()
            .try_for_each(|seal| seal.check(&transaction))?;
        reading(&transaction)
    }

    /// Writes all or nothing, and seals what it touches. It begins with the write lock: a later upgrade from reading to writing
    /// could fail at once.
    pub(crate) fn write<T>(
        &self,
        touched: &[Seal],
        writing: impl FnOnce(&Transaction<'_>) -> Result<T, JournalError>,
    ) -> Result<T, JournalError> {
        if self.store.is_stopped.load(Ordering::SeqCst) {
            return Err(JournalError::Stopped);
        }
        let written = write(&mut self.connection(), touched, writing);
        match written {
            Ok((written, number)) => {
                if let Some(mark) = &self.store.mark {
                    // The commit is durable whether it is marked or not.
                    let _ = mark.put(number);
                }
                Ok(written)
            }
            Err(error) => {
                if matches!(error, JournalError::Disk(_)) {
                    self.store.is_stopped.store(true, Ordering::SeqCst);
                }
                Err(error)
            }
        }
    }

    /// One that looks for long and keeps nobody from writing; none for a journal in memory.
    pub(crate) fn second_connection(&self) -> Result<Option<Connection>, JournalError> {
        let path = self.connection().path().map(PathBuf::from);
        let Some(path) = path.filter(|path| !path.as_os_str().is_empty()) else {
            return Ok(None);
        };
        let mut connection = Connection::open(path)?;
        prepare(&mut connection)?;
        Ok(Some(connection))
    }

    pub(crate) fn connection(&self) -> std::sync::MutexGuard<'_, Connection> {
        let connection = self.store.connection.lock();
        connection.unwrap_or_else(PoisonError::into_inner)
    }
}

fn write<T>(
    connection: &mut Connection,
    touched: &[Seal],
    writing: impl FnOnce(&Transaction<'_>) -> Result<T, JournalError>,
) -> Result<(T, u64), JournalError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    touched
        .iter()
        .try_for_each(|seal| seal.check(&transaction))?;
    let written = writing(&transaction)?;
    touched
        .iter()
        .try_for_each(|seal| seal.renew(&transaction))?;
    let number = transaction
        .prepare_cached("UPDATE commits SET number = number + 1 RETURNING number")?
        .query_row([], |row| row.get(0))?;
    transaction.commit()?;
    Ok((written, number))
}

fn prepare(connection: &mut Connection) -> Result<(), JournalError> {
    connection.busy_timeout(PATIENCE)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    schema::version(connection)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // An acknowledged event survives a power cut; anything less does not.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    schema::bring_up_to_date(connection)
}

/// How often the journal was written.
pub(crate) fn commits(connection: &Connection) -> Result<u64, JournalError> {
    Ok(connection.query_row("SELECT number FROM commits", [], |row| row.get(0))?)
}

/// Whether there is nothing in the file, or no file.
fn is_empty(path: &Path) -> bool {
    std::fs::metadata(path).map_or(true, |metadata| metadata.len() == 0)
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
