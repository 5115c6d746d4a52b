//! The freeze: while it lasts, no run starts and none begins another step forward.

use crate::seal::Seal;
use crate::{Journal, JournalError};
use rusqlite::{OptionalExtension, params};
use scap_run::UnixMillis;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A freeze that was ordered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FreezeOrder {
    pub person: String,
    pub reason: String,
    pub since: UnixMillis,
    /// When it ends by itself; absent when somebody must end it.
    pub until: Option<UnixMillis>,
}

impl Journal {
    /// Orders a freeze, in place of an earlier one.
    pub fn freeze(&self, order: &FreezeOrder) -> Result<(), JournalError> {
        self.write(&[Seal::Freeze], |transaction| {
            transaction.execute(
                "INSERT OR REPLACE INTO freeze (only, person, reason, since, until) VALUES (1, ?1, ?2, ?3, ?4)",
                params![order.person, order.reason, order.since.0, order.until.map(|until| until.0)],
            )?;
            Ok(())
        })
    }

    /// Ends the freeze; whether there was one.
    pub fn thaw(&self) -> Result<bool, JournalError> {
        self.write(&[Seal::Freeze], |transaction| {
            Ok(transaction.execute("DELETE FROM freeze", [])? > 0)
        })
    }

    /// The freeze that is in force.
    pub fn frozen(&self, now: UnixMillis) -> Result<Option<FreezeOrder>, JournalError> {
        self.read(&[Seal::Freeze], |connection| {
            let mut query = connection.prepare_cached(
                "SELECT person, reason, since, until FROM freeze WHERE until IS NULL OR until > ?1",
            )?;
            let found = query
                .query_row([now.0], |row| {
                    Ok(FreezeOrder {
                        person: row.get(0)?,
                        reason: row.get(1)?,
                        since: UnixMillis(row.get(2)?),
                        until: row.get::<_, Option<i64>>(3)?.map(UnixMillis),
                    })
                })
                .optional()?;
            Ok(found)
        })
    }
}
