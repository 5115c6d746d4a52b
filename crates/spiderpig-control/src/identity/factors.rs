//! Second factors as they are kept: sealed, each for its person.

use super::totp::step;
use super::{Identity, people, row};
use crate::ControlError;
use rusqlite::{Connection, OptionalExtension, Transaction, params};
use scap_plan::{Factor, PersonName};
use scap_run::UnixMillis;
use serde::Serialize;
use zeroize::Zeroizing;

/// A factor in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FactorLine {
    pub factor: i64,
    pub kind: Factor,
    /// What its person calls it; codes have no name.
    pub name: Option<String>,
    pub since: UnixMillis,
    /// When it was shown last, if that is known.
    pub used: Option<UnixMillis>,
}

/// A TOTP factor, opened.
pub(super) struct OpenFactor {
    pub(super) factor: i64,
    pub(super) secret: Zeroizing<Vec<u8>>,
    /// The last one that was accepted.
    pub(super) last_step: u64,
}

impl Identity {
    /// Takes a factor from a person; whether it was theirs.
    pub fn remove_factor(&self, person: &PersonName, factor: i64) -> Result<bool, ControlError> {
        self.write_sealed(|transaction| {
            let removed = transaction.execute(
                "DELETE FROM factors WHERE person = ?1 AND factor = ?2",
                params![person.as_str(), factor],
            )?;
            Ok(removed > 0)
        })
    }

    /// Keeps a new TOTP factor; refused where the person has one: a second one would make guessing twice as easy.
    pub(super) fn keep_totp(
        &self,
        person: &PersonName,
        (secret, step): (&[u8], u64),
        now: UnixMillis,
    ) -> Result<bool, ControlError> {
        let sealed = self.keeper.seal(secret, &owner(person))?;
        self.write_sealed(|transaction| {
            people::refuse_banned(transaction, person, now)?;
            people::meet(transaction, person, now)?;
            let kept = transaction.execute(
                "INSERT INTO factors (person, kind, since, secret, last_step) SELECT ?1, ?2, ?3, ?4, ?5
                 WHERE NOT EXISTS (SELECT 1 FROM factors WHERE person = ?1 AND kind = ?2)",
                params![person.as_str(), row::text(&Factor::Totp), now.0, sealed, step],
            )?;
            Ok(kept > 0)
        })
    }

    pub(super) fn totp(
        &self,
        connection: &Connection,
        person: &PersonName,
    ) -> Result<Option<OpenFactor>, ControlError> {
        let mut query = connection.prepare_cached(
            "SELECT factor, secret, last_step FROM factors WHERE person = ?1 AND kind = ?2",
        )?;
        let found = query
            .query_row(params![person.as_str(), row::text(&Factor::Totp)], |row| {
                Ok((row.get(0)?, row.get::<_, Vec<u8>>(1)?, row.get(2)?))
            })
            .optional()?;
        let Some((factor, sealed, last_step)) = found else {
            return Ok(None);
        };
        let secret = self.keeper.open(&sealed, &owner(person))?;
        Ok(Some(OpenFactor {
            factor,
            secret,
            last_step,
        }))
    }
}

/// What a sealed secret belongs to.
fn owner(person: &PersonName) -> String {
    format!("totp of {person}")
}

/// From now on no code of this step or of an earlier one counts.
pub(super) fn use_up(
    transaction: &Transaction<'_>,
    (factor, step): (i64, u64),
    now: UnixMillis,
) -> Result<(), ControlError> {
    transaction
        .prepare_cached(
            "UPDATE factors SET last_step = ?2, used = ?3 WHERE factor = ?1 AND last_step < ?2",
        )?
        .execute(params![factor, step, now.0])?;
    Ok(())
}

/// No code that somebody may have seen counts any more.
pub(super) fn forget_codes(
    transaction: &Transaction<'_>,
    now: UnixMillis,
) -> Result<(), ControlError> {
    let latest = step(now) + 1;
    transaction.execute(
        "UPDATE factors SET last_step = max(last_step, ?1) WHERE kind = ?2",
        params![latest, row::text(&Factor::Totp)],
    )?;
    Ok(())
}

pub(super) fn lines(
    connection: &Connection,
    person: &PersonName,
) -> Result<Vec<FactorLine>, ControlError> {
    let mut query = connection.prepare_cached(
        "SELECT factor, kind, name, since, used FROM factors WHERE person = ?1 ORDER BY factor",
    )?;
    let mut rows = query.query([person.as_str()])?;
    let mut lines = Vec::new();
    while let Some(row) = rows.next()? {
        let (kind, used): (String, Option<i64>) = (row.get(1)?, row.get(4)?);
        lines.push(FactorLine {
            factor: row.get(0)?,
            kind: row::json(&kind, "the second factors")?,
            name: row.get(2)?,
            since: UnixMillis(row.get(3)?),
            used: used.map(UnixMillis),
        });
    }
    Ok(lines)
}
