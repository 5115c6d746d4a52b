//! Keyed hashes over all people and all factors: no ban and no used code vanishes unnoticed.

use crate::ControlError;
use crate::key::Keeper;
use rusqlite::{Connection, OptionalExtension, Transaction, params};
use scap_journal::hash_value;

const TABLES: [(&str, &str); 2] = [
    (
        "people",
        "SELECT person, since, banned_by, banned_at, banned_until, ban_reason FROM people ORDER BY person",
    ),
    (
        "second factors",
        "SELECT factor, person, kind, since, secret, last_step FROM factors ORDER BY factor",
    ),
];

/// Refuses what is not as it was sealed. A file that nothing was written to has no seals yet.
pub(super) fn check(connection: &Connection, keeper: &Keeper) -> Result<(), ControlError> {
    for (name, rows) in TABLES {
        let mut query =
            connection.prepare_cached("SELECT seal FROM identity_seals WHERE name = ?1")?;
        let sealed: Option<Vec<u8>> = query.query_row([name], |row| row.get(0)).optional()?;
        let is_sound = match sealed {
            Some(sealed) => seal(connection, keeper, rows)? == *sealed,
            None => is_empty(connection)?,
        };
        if !is_sound {
            return Err(ControlError::Damaged(name));
        }
    }
    Ok(())
}

fn is_empty(connection: &Connection) -> Result<bool, ControlError> {
    let count = "SELECT (SELECT count(*) FROM people) + (SELECT commits FROM identity_counts)";
    Ok(connection.query_row(count, [], |row| row.get::<_, u64>(0))? == 0)
}

pub(super) fn renew(transaction: &Transaction<'_>, keeper: &Keeper) -> Result<(), ControlError> {
    for (name, rows) in TABLES {
        let seal = seal(transaction, keeper, rows)?;
        transaction
            .prepare_cached("INSERT OR REPLACE INTO identity_seals (name, seal) VALUES (?1, ?2)")?
            .execute(params![name, seal.as_bytes()])?;
    }
    Ok(())
}

fn seal(
    connection: &Connection,
    keeper: &Keeper,
    rows: &str,
) -> Result<blake3::Hash, ControlError> {
    let mut query = connection.prepare_cached(rows)?;
    let columns = query.column_count();
    let mut rows = query.query([])?;
    let mut hasher = keeper.hasher();
    while let Some(row) = rows.next()? {
        for column in 0..columns {
            hash_value(&mut hasher, row.get_ref(column)?);
        }
    }
    Ok(hasher.finalize())
}
