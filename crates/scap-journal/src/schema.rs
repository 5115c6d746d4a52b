//! The tables, brought up to date when an older scap made them.

use crate::JournalError;
use crate::digest::Digest;
use crate::seal::Seal;
use rusqlite::types::Value;
use rusqlite::{Connection, Transaction, TransactionBehavior, params};

/// Version of the tables; `user_version` in the file.
const VERSION: u32 = 5;
/// What brings the tables to each version.
const MIGRATIONS: [(u32, &str); 5] = [
    (1, include_str!("../migrations/1.sql")),
    (2, include_str!("../migrations/2.sql")),
    (3, include_str!("../migrations/3.sql")),
    (SEALED, include_str!("../migrations/4.sql")),
    (5, include_str!("../migrations/5.sql")),
];
/// From this version on damage is known.
const SEALED: u32 = 4;

/// The version of the file; one that is newer than ours is refused.
pub(crate) fn version(connection: &Connection) -> Result<u32, JournalError> {
    let found: u32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if found > VERSION {
        return Err(JournalError::Newer {
            found,
            known: VERSION,
        });
    }
    Ok(found)
}

pub(crate) fn bring_up_to_date(connection: &mut Connection) -> Result<(), JournalError> {
    if version(connection)? == VERSION {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Another process may have been quicker.
    let found = version(&transaction)?;
    for (version, migration) in MIGRATIONS {
        if version > found {
            transaction.execute_batch(migration)?;
            transaction.pragma_update(None, "user_version", version)?;
        }
    }
    if found < SEALED {
        seal_what_is_there(&transaction)?;
    } else {
        Seal::Queue.renew(&transaction)?;
    }
    transaction.commit()?;
    Ok(())
}

/// Takes what an older scap wrote as sound: the chains of its events were checked whenever they were read.
fn seal_what_is_there(transaction: &Transaction<'_>) -> Result<(), JournalError> {
    transaction.execute_batch(
        "UPDATE runs SET seq = (SELECT max(seq) FROM events WHERE events.run = runs.run),
         earlier = (SELECT max(run) FROM runs AS before WHERE before.service = runs.service AND before.run < runs.run);
         INSERT INTO services (service, newest) SELECT service, max(run) FROM runs GROUP BY service;",
    )?;
    sum_up(transaction, "runs", "run", crate::line::SUMMED)?;
    sum_up(transaction, "requests", "request", crate::request::SUMMED)?;
    for seal in Seal::ALL {
        seal.renew(transaction)?;
    }
    Ok(())
}

/// Gives each row the checksum of its columns.
fn sum_up(
    transaction: &Transaction<'_>,
    table: &str,
    key: &str,
    columns: &str,
) -> Result<(), JournalError> {
    let mut query = transaction.prepare(&format!("SELECT {columns} FROM {table}"))?;
    let count = query.column_count();
    let mut update = transaction.prepare(&format!(
        "UPDATE {table} SET checksum = ?2 WHERE {key} = ?1"
    ))?;
    let rows = query.query_map([], |row| (0..count).map(|column| row.get(column)).collect())?;
    let rows: Vec<Vec<Value>> = rows.collect::<Result<_, _>>()?;
    for values in rows {
        update.execute(params![values[0], Digest::of(&values)])?;
    }
    Ok(())
}
