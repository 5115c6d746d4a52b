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
        "SELECT factor, person, kind, since, secret, last_step, name, used FROM factors ORDER BY factor",
    ),
];
/// Of the columns that second factors had before they had names.
const VERSION_1: (&str, &str) = (
    "second factors of version 1",
    "SELECT factor, person, kind, since, secret, last_step FROM factors ORDER BY factor",
);

pub(super) fn is_of_version_1(connection: &Connection) -> Result<bool, ControlError> {
    Ok(sealed(connection, VERSION_1.0)?.is_some())
}

/// Seals second factors anew, once the seal of version 1 is seen to hold.
pub(super) fn take_over(
    transaction: &Transaction<'_>,
    keeper: &Keeper,
) -> Result<(), ControlError> {
    let [_, factors] = TABLES;
    let (name, rows) = VERSION_1;
    let Some(sealed) = sealed(transaction, name)? else {
        // Another process was quicker.
        return Ok(());
    };
    let count = "SELECT count(*) FROM factors WHERE name IS NOT NULL OR used IS NOT NULL";
    let newer: u64 = transaction.query_row(count, [], |row| row.get(0))?;
    if newer > 0 || seal(transaction, keeper, rows)? != *sealed {
        return Err(ControlError::Damaged(factors.0));
    }
    transaction.execute("DELETE FROM identity_seals WHERE name = ?1", [name])?;
    put(transaction, keeper, factors)
}

/// Refuses what is not as it was sealed. A file that nothing was written to has no seals yet.
pub(super) fn check(connection: &Connection, keeper: &Keeper) -> Result<(), ControlError> {
    for (name, rows) in TABLES {
        let is_sound = match sealed(connection, name)? {
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
    TABLES
        .into_iter()
        .try_for_each(|table| put(transaction, keeper, table))
}

fn put(
    transaction: &Transaction<'_>,
    keeper: &Keeper,
    (name, rows): (&str, &str),
) -> Result<(), ControlError> {
    let seal = seal(transaction, keeper, rows)?;
    transaction
        .prepare_cached("INSERT OR REPLACE INTO identity_seals (name, seal) VALUES (?1, ?2)")?
        .execute(params![name, seal.as_bytes()])?;
    Ok(())
}

fn sealed(connection: &Connection, name: &str) -> Result<Option<Vec<u8>>, ControlError> {
    let mut query = connection.prepare_cached("SELECT seal FROM identity_seals WHERE name = ?1")?;
    Ok(query.query_row([name], |row| row.get(0)).optional()?)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Enrolment, Identity, Limits};
    use scap_plan::PersonName;
    use scap_run::UnixMillis;
    use std::path::Path;

    const NOW: UnixMillis = UnixMillis(1_800_000_000_000);

    /// The file as version 1 left it, with one person and their codes.
    fn version_1(folder: &Path) {
        let identity = Identity::open(folder, Limits::default(), NOW).unwrap();
        let enrolment = Enrolment::begin(PersonName::new("ada").unwrap()).unwrap();
        let secret = totp_rs::Secret::try_from_base32(enrolment.secret().as_str()).unwrap();
        let totp = totp_rs::Builder::new().with_secret(secret).build().unwrap();
        let seconds = u64::try_from(NOW.0 / 1_000).unwrap();
        let code = totp.generate(seconds).to_string();
        assert!(identity.confirm(&enrolment, &code, NOW).unwrap());
        let before = identity.store.write(|transaction| {
            let sealed = seal(transaction, &identity.keeper, VERSION_1.1)?;
            transaction.execute(
                "UPDATE identity_seals SET seal = ?1 WHERE name = 'second factors'",
                [sealed.as_bytes()],
            )?;
            let statements =
                "ALTER TABLE factors DROP COLUMN name; ALTER TABLE factors DROP COLUMN used;
                PRAGMA user_version = 1;";
            Ok(transaction.execute_batch(statements)?)
        });
        before.unwrap();
    }

    #[test]
    fn a_file_of_version_1_is_taken_over_with_its_factors() {
        let folder = tempfile::tempdir().unwrap();
        version_1(folder.path());
        for _ in 0..2 {
            let identity = Identity::open(folder.path(), Limits::default(), NOW).unwrap();
            let people = identity.people(NOW).unwrap();
            assert_eq!(people[0].factors.len(), 1);
            assert_eq!(people[0].factors[0].used, None);
        }
    }

    #[test]
    fn a_file_of_version_1_that_somebody_else_wrote_is_not_taken_over() {
        for statement in [
            "UPDATE factors SET last_step = 0",
            "DELETE FROM factors",
            "UPDATE identity_seals SET seal = x'00' WHERE name = 'second factors'",
        ] {
            let folder = tempfile::tempdir().unwrap();
            version_1(folder.path());
            let connection = Connection::open(folder.path().join("identity.db")).unwrap();
            connection.execute_batch(statement).unwrap();
            for _ in 0..2 {
                let opened = Identity::open(folder.path(), Limits::default(), NOW);
                let is_damaged = matches!(opened, Err(ControlError::Damaged("second factors")));
                assert!(is_damaged, "{statement}");
            }
        }
    }
}
