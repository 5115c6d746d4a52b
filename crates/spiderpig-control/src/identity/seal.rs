//! Keyed hashes over all people and all factors: no ban and no used code vanishes unnoticed.

use crate::ControlError;
use crate::key::Keeper;
use rusqlite::{Connection, OptionalExtension, Transaction, params};
use scap_journal::hash_value;

const PEOPLE: Table = Table {
    name: "people",
    rows: "SELECT person, since, banned_by, banned_at, banned_until, ban_reason, issuer, subject FROM people ORDER BY person",
};
const FACTORS: Table = Table {
    name: "second factors",
    rows: "SELECT factor, person, kind, since, secret, last_step, name, used FROM factors ORDER BY factor",
};
const TABLES: [Table; 2] = [PEOPLE, FACTORS];
/// What seals were of before tables had more columns: the seal as a migration names it, and the rows with a value in a column
/// that there was not.
const OLDER: [(Table, Table, &str); 2] = [
    (
        Table {
            name: "second factors of version 1",
            rows: "SELECT factor, person, kind, since, secret, last_step FROM factors ORDER BY factor",
        },
        FACTORS,
        "SELECT count(*) FROM factors WHERE name IS NOT NULL OR used IS NOT NULL",
    ),
    (
        Table {
            name: "people of version 2",
            rows: "SELECT person, since, banned_by, banned_at, banned_until, ban_reason FROM people ORDER BY person",
        },
        PEOPLE,
        "SELECT count(*) FROM people WHERE issuer IS NOT NULL OR subject IS NOT NULL",
    ),
];

/// The name of a seal, and all that is under it.
#[derive(Clone, Copy)]
struct Table {
    name: &'static str,
    rows: &'static str,
}

pub(super) fn is_older(connection: &Connection) -> Result<bool, ControlError> {
    for (older, ..) in OLDER {
        if sealed(connection, older.name)?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Seals anew what an older version sealed, once its seal is seen to hold.
pub(super) fn take_over(
    transaction: &Transaction<'_>,
    keeper: &Keeper,
) -> Result<(), ControlError> {
    for (older, table, count_newer) in OLDER {
        let Some(sealed) = sealed(transaction, older.name)? else {
            // Another process was quicker, or the file is of a version between.
            continue;
        };
        let newer: u64 = transaction.query_row(count_newer, [], |row| row.get(0))?;
        if newer > 0 || seal(transaction, keeper, older)? != *sealed {
            return Err(ControlError::Damaged(table.name));
        }
        transaction.execute("DELETE FROM identity_seals WHERE name = ?1", [older.name])?;
        put(transaction, keeper, table)?;
    }
    Ok(())
}

/// Refuses what is not as it was sealed. A file that nothing was written to has no seals yet.
pub(super) fn check(connection: &Connection, keeper: &Keeper) -> Result<(), ControlError> {
    for table in TABLES {
        let is_sound = match sealed(connection, table.name)? {
            Some(sealed) => seal(connection, keeper, table)? == *sealed,
            None => is_empty(connection)?,
        };
        if !is_sound {
            return Err(ControlError::Damaged(table.name));
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

fn put(transaction: &Transaction<'_>, keeper: &Keeper, table: Table) -> Result<(), ControlError> {
    let seal = seal(transaction, keeper, table)?;
    transaction
        .prepare_cached("INSERT OR REPLACE INTO identity_seals (name, seal) VALUES (?1, ?2)")?
        .execute(params![table.name, seal.as_bytes()])?;
    Ok(())
}

fn sealed(connection: &Connection, name: &str) -> Result<Option<Vec<u8>>, ControlError> {
    let mut query = connection.prepare_cached("SELECT seal FROM identity_seals WHERE name = ?1")?;
    Ok(query.query_row([name], |row| row.get(0)).optional()?)
}

fn seal(
    connection: &Connection,
    keeper: &Keeper,
    table: Table,
) -> Result<blake3::Hash, ControlError> {
    let mut query = connection.prepare_cached(table.rows)?;
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

    /// The file as an older version left it, with one person and their codes.
    fn of_version(version: u32, folder: &Path) {
        let identity = Identity::open(folder, Limits::default(), NOW).unwrap();
        let enrolment = Enrolment::begin(PersonName::new("ada").unwrap()).unwrap();
        let secret = totp_rs::Secret::try_from_base32(enrolment.secret().as_str()).unwrap();
        let totp = totp_rs::Builder::new().with_secret(secret).build().unwrap();
        let seconds = u64::try_from(NOW.0 / 1_000).unwrap();
        let code = totp.generate(seconds).to_string();
        assert!(identity.confirm(&enrolment, &code, NOW).unwrap());
        let [(factors, ..), (people, ..)] = OLDER;
        let before = identity.store.write(|transaction| {
            let mut taken_back = vec![(people, PEOPLE, "people", ["issuer", "subject"])];
            if version == 1 {
                taken_back.push((factors, FACTORS, "factors", ["name", "used"]));
            }
            for (older, table, name, columns) in taken_back {
                let sealed = seal(transaction, &identity.keeper, older)?;
                transaction.execute(
                    "UPDATE identity_seals SET seal = ?1 WHERE name = ?2",
                    params![sealed.as_bytes(), table.name],
                )?;
                for column in columns {
                    transaction
                        .execute_batch(&format!("ALTER TABLE {name} DROP COLUMN {column}"))?;
                }
            }
            Ok(transaction.execute_batch(&format!("PRAGMA user_version = {version}"))?)
        });
        before.unwrap();
    }

    #[test]
    fn an_older_file_is_taken_over_with_its_people_and_factors() {
        for version in [1, 2] {
            let folder = tempfile::tempdir().unwrap();
            of_version(version, folder.path());
            for _ in 0..2 {
                let identity = Identity::open(folder.path(), Limits::default(), NOW).unwrap();
                let people = identity.people(NOW).unwrap();
                assert_eq!(people[0].factors.len(), 1);
                assert_eq!(people[0].factors[0].used, None);
            }
        }
    }

    #[test]
    fn an_older_file_that_somebody_else_wrote_is_not_taken_over() {
        for (version, statement, what) in [
            (1, "UPDATE factors SET last_step = 0", "second factors"),
            (1, "DELETE FROM factors", "second factors"),
            (
                1,
                "UPDATE identity_seals SET seal = x'00' WHERE name = 'second factors'",
                "second factors",
            ),
            (1, "UPDATE people SET since = 0", "people"),
            (2, "UPDATE people SET since = 0", "people"),
            (
                2,
                "UPDATE identity_seals SET seal = x'00' WHERE name = 'people'",
                "people",
            ),
            (2, "UPDATE factors SET last_step = 0", "second factors"),
        ] {
            let folder = tempfile::tempdir().unwrap();
            of_version(version, folder.path());
            let connection = Connection::open(folder.path().join("identity.db")).unwrap();
            connection.execute_batch(statement).unwrap();
            for _ in 0..2 {
                let opened = Identity::open(folder.path(), Limits::default(), NOW);
                let opened = opened.and_then(|it| it.people(NOW));
                let is_damaged = matches!(opened, Err(ControlError::Damaged(it)) if it == what);
                assert!(is_damaged, "{version}: {statement}");
            }
        }
    }
}
