//! Reads everything and says what is not as it was written.

use crate::line::Line;
use crate::seal::Seal;
use crate::{Journal, JournalError, RequestId, request, tail};
use rusqlite::Connection;
use scap_run::{Phase, RunId, RunState};
use serde::{Deserialize, Serialize};

/// How many faults of the file itself are named.
const MOST_FAULTS: u32 = 100;

/// What was looked at, and what was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verification {
    pub runs: u64,
    pub events: u64,
    pub damages: Vec<Damage>,
}

/// Something that is not what was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Damage {
    /// Lowercase fragment that names the object.
    pub what: String,
    /// Absent when it is not about one run.
    pub run: Option<RunId>,
    /// The first bad event of the run.
    pub event: Option<u64>,
}

impl Journal {
    /// Reads everything: the file's own structure, what is sealed, and every run with all its events.
    pub fn verify(&self) -> Result<Verification, JournalError> {
        let connection = self.second_connection()?;
        match &connection {
            Some(connection) => verify(connection),
            None => verify(&self.connection()),
        }
    }
}

/// Reads run by run, so that nothing is held up for long.
pub(crate) fn verify(connection: &Connection) -> Result<Verification, JournalError> {
    let mut found = Verification {
        runs: 0,
        events: 0,
        damages: Vec::new(),
    };
    found.structure(connection)?;
    for seal in Seal::ALL {
        let transaction = connection.unchecked_transaction()?;
        found.take(seal.check(&transaction))?;
    }
    let runs = found.take(last_run(connection))?.unwrap_or(RunId(0));
    for run in (1..=runs.0).map(RunId) {
        found.runs += 1;
        if let Some(events) = found.take(check_run(connection, run))? {
            found.events += events;
        }
    }
    let requests = found
        .take(request::newest(connection))?
        .flatten()
        .unwrap_or(0);
    for id in 1..=requests {
        found.take(request::check(connection, RequestId(id)))?;
    }
    Ok(found)
}

impl Verification {
    /// Damage is what is looked for; other errors end the search.
    fn take<T>(&mut self, looked: Result<T, JournalError>) -> Result<Option<T>, JournalError> {
        match looked {
            Ok(found) => Ok(Some(found)),
            Err(error) if error.is_damage() => {
                self.damages.push(Damage::of(&error));
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// What `SQLite` finds in the file.
    fn structure(&mut self, connection: &Connection) -> Result<(), JournalError> {
        let query = format!("PRAGMA integrity_check({MOST_FAULTS})");
        let faults = connection.prepare(&query).and_then(|mut query| {
            let rows = query.query_map([], |row| row.get(0))?;
            rows.collect::<Result<Vec<String>, _>>()
        });
        for fault in self
            .take(faults.map_err(JournalError::from))?
            .unwrap_or_default()
        {
            if fault != "ok" {
                self.damages.push(Damage {
                    what: format!("file of the journal: {fault}"),
                    run: None,
                    event: None,
                });
            }
        }
        Ok(())
    }
}

impl Damage {
    fn of(error: &JournalError) -> Self {
        let (run, event) = match error {
            JournalError::Corrupted { run, seq }
            | JournalError::Unreadable { run, seq, .. }
            | JournalError::Illegal { run, seq, .. } => (Some(*run), Some(*seq)),
            JournalError::DamagedRun(run) => (Some(*run), None),
            _ => (None, None),
        };
        Self {
            what: error.to_string(),
            run,
            event,
        }
    }
}

/// Of all that anything is there of.
fn last_run(connection: &Connection) -> Result<RunId, JournalError> {
    let last: i64 = connection.query_row(
        "SELECT max(coalesce((SELECT max(newest) FROM services), 0), coalesce((SELECT max(run) FROM runs), 0))",
        [],
        |row| row.get(0),
    )?;
    Ok(RunId(last))
}

/// How many events the run has, if all of it is as it was written.
fn check_run(connection: &Connection, run: RunId) -> Result<u64, JournalError> {
    let transaction = connection.unchecked_transaction()?;
    let (state, _) = tail::fold_all(&transaction, run)?;
    let line = Line::load(&transaction, run)?;
    if !agree(&line, &state) || newest_epoch(&transaction, run)? > line.summary.epoch {
        return Err(JournalError::DamagedRun(run));
    }
    Ok(line.seq + 1)
}

/// Whether the line says what the events say.
fn agree(line: &Line, state: &RunState) -> bool {
    let summary = &line.summary;
    // A run is listed as planned until its first event after its creation.
    let phase = if line.seq == 0 {
        Phase::Planned
    } else {
        state.phase()
    };
    summary.service == state.plan.service.as_str()
        && summary.person == state.person
        && summary.digest == state.plan.digest()
        && summary.created == state.created
        && summary.changed == state.changed
        && summary.phase == phase
        && summary.outcome == state.outcome
}

fn newest_epoch(connection: &Connection, run: RunId) -> Result<u64, JournalError> {
    let mut query = connection.prepare_cached("SELECT max(epoch) FROM events WHERE run = ?1")?;
    Ok(query.query_row([run.0], |row| row.get(0))?)
}
