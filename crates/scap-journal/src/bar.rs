//! Bars: versions that a run rolled back as bad are not deployed again until a person says otherwise.

use crate::seal::Seal;
use crate::{Journal, JournalError};
use rusqlite::{Transaction, params};
use scap_run::{RunId, RunState, UnixMillis};
use serde::{Deserialize, Serialize};

/// A version that was rolled back as bad.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bar {
    /// A commit, an image, or the digest of a manifest; see [`scap_plan::Plan::novelties`].
    pub version: String,
    /// The run that rolled it back.
    pub run: RunId,
    pub since: UnixMillis,
}

/// Keeps what the run that has just ended proved to be bad, in the transaction of its end.
pub(crate) fn keep(
    transaction: &Transaction<'_>,
    state: &RunState,
    at: UnixMillis,
) -> Result<(), JournalError> {
    if !state.has_proved_bad() {
        return Ok(());
    }
    let mut insert = transaction.prepare_cached(
        "INSERT OR IGNORE INTO bars (service, version, run, since) VALUES (?1, ?2, ?3, ?4)",
    )?;
    for version in state.plan.novelties() {
        let service = state.plan.service.as_str();
        insert.execute(params![service, version, state.run.0, at.0])?;
    }
    Ok(())
}

impl Journal {
    /// What of a service is barred, the newest first.
    pub fn bars(&self, service: &str) -> Result<Vec<Bar>, JournalError> {
        self.read(&[Seal::Bars], |connection| {
            let mut query = connection.prepare_cached(
                "SELECT version, run, since FROM bars WHERE service = ?1 AND lifted_at IS NULL ORDER BY run DESC, version",
            )?;
            let rows = query.query_map([service], |row| {
                Ok(Bar {
                    version: row.get(0)?,
                    run: RunId(row.get(1)?),
                    since: UnixMillis(row.get(2)?),
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Lifts what a run barred; whether there was anything.
    pub fn unbar(
        &self,
        run: RunId,
        person: &str,
        why: &str,
        at: UnixMillis,
    ) -> Result<bool, JournalError> {
        self.write(&[Seal::Bars], |transaction| {
            let lifted = transaction.execute(
                "UPDATE bars SET lifted_by = ?2, lifted_why = ?3, lifted_at = ?4 WHERE run = ?1 AND lifted_at IS NULL",
                params![run.0, person, why, at.0],
            )?;
            Ok(lifted > 0)
        })
    }
}
