//! Seals: a hash over all of each small table that scap acts on, so that no row of it can change, vanish or come back unnoticed.

use crate::JournalError;
use crate::chain::Link;
use crate::digest::Digest;
use rusqlite::{Connection, OptionalExtension, Transaction, params};

/// What is sealed as a whole. All of it is bounded by what goes on and what is barred, not by what has ever been.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Seal {
    Bars,
    Freeze,
    LockWaiters,
    Locks,
    /// Which requests wait for a reply.
    OpenRequests,
    /// Which runs have not ended.
    OpenRuns,
    Queue,
    Services,
}

impl Seal {
    pub(crate) const ALL: [Self; 8] = [
        Self::Bars,
        Self::Freeze,
        Self::LockWaiters,
        Self::Locks,
        Self::OpenRequests,
        Self::OpenRuns,
        Self::Queue,
        Self::Services,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Bars => "bars",
            Self::Freeze => "freeze",
            Self::LockWaiters => "lock_waiters",
            Self::Locks => "locks",
            Self::OpenRequests => "open requests",
            Self::OpenRuns => "open runs",
            Self::Queue => "queue",
            Self::Services => "services",
        }
    }

    /// Reads by the same tree by which single rows are found.
    fn rows(self) -> &'static str {
        match self {
            Self::Bars => {
                "SELECT service, version, run, since, lifted_by, lifted_at, lifted_why FROM bars ORDER BY service, version, run"
            }
            Self::Freeze => "SELECT only, person, reason, since, until FROM freeze ORDER BY only",
            Self::LockWaiters => "SELECT key, run, since FROM lock_waiters ORDER BY key, run",
            Self::Locks => "SELECT key, run, person, reason, since FROM locks ORDER BY key",
            Self::OpenRequests => {
                "SELECT run, request FROM requests INDEXED BY open_requests WHERE reply IS NULL ORDER BY run, request"
            }
            Self::OpenRuns => {
                "SELECT run FROM runs INDEXED BY open_runs WHERE outcome IS NULL ORDER BY run"
            }
            Self::Queue => "SELECT run, place FROM queue ORDER BY run",
            Self::Services => "SELECT service, newest FROM services ORDER BY service",
        }
    }

    fn digest(self, connection: &Connection) -> Result<Link, JournalError> {
        let mut query = connection.prepare_cached(self.rows())?;
        let columns = query.column_count();
        let mut rows = query.query([])?;
        let mut digest = Digest::new();
        while let Some(row) = rows.next()? {
            for column in 0..columns {
                digest.take(row.get_ref(column)?);
            }
        }
        Ok(digest.finish())
    }

    /// Refuses what is not as it was sealed.
    pub(crate) fn check(self, connection: &Connection) -> Result<(), JournalError> {
        let damaged = JournalError::DamagedTable { name: self.name() };
        let mut query = connection.prepare_cached("SELECT seal FROM seals WHERE name = ?1")?;
        let sealed: Option<Vec<u8>> = query
            .query_row([self.name()], |row| row.get(0))
            .optional()?;
        match self.digest(connection) {
            Ok(digest) if sealed.is_some_and(|sealed| sealed == digest) => Ok(()),
            Ok(_) => Err(damaged),
            Err(error) if error.is_damage() => Err(damaged),
            Err(error) => Err(error),
        }
    }

    /// Seals what a transaction has changed.
    pub(crate) fn renew(self, transaction: &Transaction<'_>) -> Result<(), JournalError> {
        let digest = self.digest(transaction)?;
        let mut keep = transaction
            .prepare_cached("INSERT OR REPLACE INTO seals (name, seal) VALUES (?1, ?2)")?;
        keep.execute(params![self.name(), digest])?;
        Ok(())
    }
}
