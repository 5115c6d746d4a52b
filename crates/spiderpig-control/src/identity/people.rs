//! People: who is known, and who is banned.

use super::{FactorLine, Identity, factors, raise, row, seal};
use crate::ControlError;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use scap_plan::PersonName;
use scap_run::UnixMillis;
use serde::Serialize;

/// Why somebody may not sign in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Ban {
    pub by: String,
    pub reason: String,
    pub since: UnixMillis,
    /// Absent where somebody must lift it.
    pub until: Option<UnixMillis>,
}

/// A person in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PersonLine {
    pub person: PersonName,
    pub since: UnixMillis,
    /// One that is in force.
    pub ban: Option<Ban>,
    pub factors: Vec<FactorLine>,
}

impl Identity {
    /// All people, by name.
    pub fn people(&self, now: UnixMillis) -> Result<Vec<PersonLine>, ControlError> {
        self.store.read(|connection| {
            seal::check(connection, &self.keeper)?;
            let mut query =
                connection.prepare_cached("SELECT person, since FROM people ORDER BY person")?;
            let people = query.query_map([], |row| {
                Ok((row::person(row, 0)?, UnixMillis(row.get(1)?)))
            })?;
            let people: Vec<(PersonName, UnixMillis)> = people.collect::<Result<_, _>>()?;
            let mut lines = Vec::new();
            for (person, since) in people {
                lines.push(PersonLine {
                    ban: ban(connection, &person, now)?,
                    factors: factors::lines(connection, &person)?,
                    person,
                    since,
                });
            }
            Ok(lines)
        })
    }

    /// Lets a person sign in no more, and ends what they have open. They need not be known yet.
    pub fn ban(&self, person: &PersonName, ban: &Ban) -> Result<(), ControlError> {
        self.write_sealed(|transaction| {
            meet(transaction, person, ban.since)?;
            transaction.execute(
                "UPDATE people SET banned_by = ?2, banned_at = ?3, banned_until = ?4, ban_reason = ?5 WHERE person = ?1",
                params![person.as_str(), ban.by, ban.since.0, ban.until.map(|it| it.0), ban.reason],
            )?;
            transaction.execute("DELETE FROM sessions WHERE person = ?1", [person.as_str()])?;
            raise(transaction)
        })
    }

    /// Lifts a ban; whether one was in force.
    pub fn unban(&self, person: &PersonName, now: UnixMillis) -> Result<bool, ControlError> {
        self.write_sealed(|transaction| {
            let was_banned = ban(transaction, person, now)?.is_some();
            raise(transaction)?;
            transaction.execute(
                "UPDATE people SET banned_by = NULL, banned_at = NULL, banned_until = NULL, ban_reason = NULL WHERE person = ?1",
                [person.as_str()],
            )?;
            Ok(was_banned)
        })
    }

    /// Refuses who is banned: for what people ask elsewhere than in a session.
    pub fn refuse_banned(&self, person: &PersonName, now: UnixMillis) -> Result<(), ControlError> {
        self.store.read(|connection| {
            seal::check(connection, &self.keeper)?;
            refuse_banned(connection, person, now)
        })
    }
}

/// Makes a person known.
pub(super) fn meet(
    transaction: &Transaction<'_>,
    person: &PersonName,
    now: UnixMillis,
) -> Result<(), ControlError> {
    transaction.execute(
        "INSERT OR IGNORE INTO people (person, since) VALUES (?1, ?2)",
        params![person.as_str(), now.0],
    )?;
    Ok(())
}

pub(super) fn refuse_banned(
    connection: &Connection,
    person: &PersonName,
    now: UnixMillis,
) -> Result<(), ControlError> {
    ban(connection, person, now)?.map_or(Ok(()), |ban| {
        Err(ControlError::Banned {
            person: person.clone(),
            reason: ban.reason,
            until: ban.until,
        })
    })
}

fn ban(
    connection: &Connection,
    person: &PersonName,
    now: UnixMillis,
) -> Result<Option<Ban>, ControlError> {
    let mut query = connection.prepare_cached(
        "SELECT banned_by, ban_reason, banned_at, banned_until FROM people
         WHERE person = ?1 AND banned_by IS NOT NULL AND (banned_until IS NULL OR banned_until > ?2)",
    )?;
    let read = |row: &Row<'_>| {
        Ok(Ban {
            by: row.get(0)?,
            reason: row.get(1)?,
            since: UnixMillis(row.get(2)?),
            until: row.get::<_, Option<i64>>(3)?.map(UnixMillis),
        })
    };
    Ok(query
        .query_row(params![person.as_str(), now.0], read)
        .optional()?)
}
