//! Locks: who holds what, why, and who waits for it.

use crate::line::Line;
use crate::seal::Seal;
use crate::{Journal, JournalError};
use rusqlite::{OptionalExtension, Transaction, params};
use scap_run::{RunId, UnixMillis};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

const SEALS: [Seal; 2] = [Seal::Locks, Seal::LockWaiters];

/// A lock that is held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Lock {
    pub key: String,
    /// Absent when a person took it by hand.
    pub run: Option<RunId>,
    pub person: String,
    pub reason: Option<String>,
    pub since: UnixMillis,
    /// Runs that wait for it, in order.
    pub waiting: Vec<RunId>,
}

/// The end of an attempt to take locks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Acquisition {
    /// All are held.
    Held,
    /// None was taken: these are in the way, held by somebody or wanted by an earlier run.
    Refused(Vec<Lock>),
}

impl Lock {
    /// For people: `run 12 of ada`, or `ada` who took it by hand.
    pub fn holder(&self) -> String {
        match self.run {
            Some(run) => format!("run {run} of {}", self.person),
            None => self.person.clone(),
        }
    }
}

impl Journal {
    /// Takes all the locks of a run or none. A refused run is noted as waiting, and those that wait get their turn in order.
    /// `blockers` are keys that others may hold to keep the run out, and that it does not take itself. Refused under an `epoch`
    /// of the run that is over: nobody would give the locks back.
    pub fn acquire(
        &self,
        (run, epoch): (RunId, u64),
        keys: &[String],
        blockers: &[String],
        now: UnixMillis,
    ) -> Result<Acquisition, JournalError> {
        self.write(&SEALS, |transaction| {
            let summary = Line::load_under(transaction, run, epoch)?.summary;
            if summary.outcome.is_some() {
                return Err(JournalError::Fenced(run));
            }
            let mut in_the_way = Vec::new();
            for key in blockers {
                in_the_way.extend(lock(transaction, key)?.filter(|lock| lock.run != Some(run)));
            }
            for key in keys {
                let held = lock(transaction, key)?;
                // An earlier run that came later waits for this one.
                if held.as_ref().is_none_or(|lock| lock.run != Some(run)) {
                    in_the_way.extend(held);
                    in_the_way.extend(earlier_waiter(transaction, key, run, now)?);
                }
            }
            if !in_the_way.is_empty() {
                let mut wait = transaction.prepare_cached(
                    "INSERT OR IGNORE INTO lock_waiters (key, run, since) VALUES (?1, ?2, ?3)",
                )?;
                for key in keys {
                    wait.execute(params![key, run.0, now.0])?;
                }
                return Ok(Acquisition::Refused(in_the_way));
            }
            let mut take = transaction.prepare_cached(
                "INSERT OR IGNORE INTO locks (key, run, person, since) VALUES (?1, ?2, ?3, ?4)",
            )?;
            for key in keys {
                take.execute(params![key, run.0, summary.person, now.0])?;
            }
            transaction.execute("DELETE FROM lock_waiters WHERE run = ?1", [run.0])?;
            Ok(Acquisition::Held)
        })
    }

    /// A lock by hand; the lock that is in the way, if there is one.
    pub fn lock(
        &self,
        key: &str,
        person: &str,
        reason: Option<&str>,
        now: UnixMillis,
    ) -> Result<Option<Lock>, JournalError> {
        self.write(&[Seal::Locks], |transaction| {
            let held = lock(transaction, key)?;
            if held.is_none() {
                transaction.execute(
                    "INSERT INTO locks (key, person, reason, since) VALUES (?1, ?2, ?3, ?4)",
                    params![key, person, reason, now.0],
                )?;
            }
            Ok(held)
        })
    }

    /// Gives a lock back that was taken by hand; whether there was one.
    pub fn unlock(&self, key: &str) -> Result<bool, JournalError> {
        self.write(&[Seal::Locks], |transaction| {
            Ok(transaction.execute("DELETE FROM locks WHERE key = ?1 AND run IS NULL", [key])? > 0)
        })
    }

    /// All locks, by key.
    pub fn locks(&self) -> Result<Vec<Lock>, JournalError> {
        self.read(&SEALS, |connection| {
            let mut query = connection.prepare_cached("SELECT key FROM locks ORDER BY key")?;
            let keys: Vec<String> = query
                .query_map([], |row| row.get(0))?
                .collect::<Result<_, _>>()?;
            let mut locks = Vec::new();
            for key in keys {
                locks.extend(lock(connection, &key)?);
            }
            Ok(locks)
        })
    }
}

/// The locks of a run are of whoever has the run.
pub(crate) fn hand_over(
    transaction: &Transaction<'_>,
    run: RunId,
    to: &str,
) -> Result<(), JournalError> {
    transaction
        .prepare_cached("UPDATE locks SET person = ?2 WHERE run = ?1")?
        .execute(params![run.0, to])?;
    Ok(())
}

fn lock(connection: &rusqlite::Connection, key: &str) -> Result<Option<Lock>, JournalError> {
    let found = connection
        .query_row(
            "SELECT run, person, reason, since FROM locks WHERE key = ?1",
            [key],
            |row| {
                Ok(Lock {
                    key: key.to_owned(),
                    run: row.get::<_, Option<i64>>(0)?.map(RunId),
                    person: row.get(1)?,
                    reason: row.get(2)?,
                    since: UnixMillis(row.get(3)?),
                    waiting: Vec::new(),
                })
            },
        )
        .optional()?;
    let Some(mut lock) = found else {
        return Ok(None);
    };
    let mut query =
        connection.prepare_cached("SELECT run FROM lock_waiters WHERE key = ?1 ORDER BY run")?;
    lock.waiting = query
        .query_map([key], |row| row.get(0).map(RunId))?
        .collect::<Result<_, _>>()?;
    Ok(Some(lock))
}

/// A run that waits for the key since before `run` came, and whose runner lives.
fn earlier_waiter(
    transaction: &Transaction<'_>,
    key: &str,
    run: RunId,
    now: UnixMillis,
) -> Result<Option<Lock>, JournalError> {
    let mut query = transaction.prepare_cached(
        "SELECT run, since FROM lock_waiters WHERE key = ?1 AND run < ?2 ORDER BY run",
    )?;
    let mut rows = query.query(params![key, run.0])?;
    while let Some(row) = rows.next()? {
        let waiter = RunId(row.get(0)?);
        let line = match Line::load(transaction, waiter) {
            // Nobody can carry it on, so it has no turn.
            Err(JournalError::DamagedRun(_)) => continue,
            line => line?,
        };
        if line.summary.lease_until > now {
            return Ok(Some(Lock {
                key: key.to_owned(),
                run: Some(waiter),
                person: line.summary.person,
                reason: Some("waits for it already".to_owned()),
                since: UnixMillis(row.get(1)?),
                waiting: Vec::new(),
            }));
        }
    }
    Ok(None)
}
