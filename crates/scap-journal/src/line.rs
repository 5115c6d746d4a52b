//! The line of a run: its row in `runs`, with a checksum, so that lists and leases need no fold and nothing damaged is used.

use crate::digest::{Digest, checked, integer, text};
use crate::seal::Seal;
use crate::{JournalError, RunSummary};
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Transaction, params_from_iter};
use scap_run::{RunId, RunState, UnixMillis};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// What the checksum is of, in its order.
pub(crate) const SUMMED: &str = "run, service, person, version, digest, created, changed, phase, outcome, epoch, holder, lease_until, seq, earlier";

/// All that the row says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) summary: RunSummary,
    /// Of its last event.
    pub(crate) seq: u64,
    /// The run of the same service before it.
    pub(crate) earlier: Option<RunId>,
}

impl Line {
    /// The run's line. A run that was never there is told from one whose line is gone.
    pub(crate) fn load(connection: &Connection, run: RunId) -> Result<Self, JournalError> {
        match Self::find(connection, run) {
            Ok(Some(line)) => Ok(line),
            Ok(None) if run.0 < 1 || run > newest(connection)? => Err(JournalError::NoSuchRun(run)),
            Ok(None) => Err(JournalError::DamagedRun(run)),
            Err(error) if error.is_damage() => Err(JournalError::DamagedRun(run)),
            Err(error) => Err(error),
        }
    }

    /// As [`Self::load`], while the run is carried out under this epoch.
    pub(crate) fn load_under(
        connection: &Connection,
        run: RunId,
        epoch: u64,
    ) -> Result<Self, JournalError> {
        let line = Self::load(connection, run)?;
        if line.summary.epoch == epoch {
            Ok(line)
        } else {
            Err(JournalError::Fenced(run))
        }
    }

    fn find(connection: &Connection, run: RunId) -> Result<Option<Self>, JournalError> {
        let mut query = connection.prepare_cached(&format!(
            "SELECT {SUMMED}, checksum FROM runs WHERE run = ?1"
        ))?;
        let Some(values) = query.query_row([run.0], checked).optional()? else {
            return Ok(None);
        };
        let line = values.and_then(|values| Self::of(&values));
        match line {
            Some(line) if line.summary.run == run => Ok(Some(line)),
            _ => Err(JournalError::DamagedRun(run)),
        }
    }

    /// Says what the run's state says, after its event `seq`.
    pub(crate) fn follow(&mut self, seq: u64, state: &RunState) {
        self.seq = seq;
        let summary = &mut self.summary;
        summary.person.clone_from(&state.person);
        summary.changed = state.changed;
        summary.phase = state.phase();
        summary.outcome = state.outcome;
    }

    /// Writes the line of a new run.
    pub(crate) fn insert(&self, transaction: &Transaction<'_>) -> Result<(), JournalError> {
        self.write(
            transaction,
            &format!(
                "INSERT INTO runs ({SUMMED}, checksum)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)"
            ),
        )
    }

    /// Writes what has changed of it.
    pub(crate) fn update(&self, transaction: &Transaction<'_>) -> Result<(), JournalError> {
        self.write(
            transaction,
            "UPDATE runs SET person = ?3, digest = ?5, changed = ?7, phase = ?8, outcome = ?9, epoch = ?10, holder = ?11, lease_until = ?12, seq = ?13,
             checksum = ?15 WHERE run = ?1",
        )
    }

    fn write(&self, transaction: &Transaction<'_>, statement: &str) -> Result<(), JournalError> {
        let mut values = self.values();
        values.push(Value::Blob(Digest::of(&values).to_vec()));
        transaction
            .prepare_cached(statement)?
            .execute(params_from_iter(values))?;
        Ok(())
    }

    fn values(&self) -> Vec<Value> {
        let RunSummary {
            run,
            service,
            person,
            version,
            digest,
            created,
            changed,
            phase,
            outcome,
            epoch,
            holder,
            lease_until,
        } = &self.summary;
        let optional = |text: Option<String>| text.map_or(Value::Null, Value::Text);
        vec![
            Value::Integer(run.0),
            Value::Text(service.clone()),
            Value::Text(person.clone()),
            Value::Text(version.clone()),
            Value::Text(digest.clone()),
            Value::Integer(created.0),
            Value::Integer(changed.0),
            Value::Text(text_of(phase)),
            optional(outcome.as_ref().map(text_of)),
            Value::Integer(signed(*epoch)),
            optional(holder.clone()),
            Value::Integer(lease_until.0),
            Value::Integer(signed(self.seq)),
            self.earlier
                .map_or(Value::Null, |run| Value::Integer(run.0)),
        ]
    }

    fn of(values: &[Value]) -> Option<Self> {
        let time = |column: usize| integer(&values[column]).map(UnixMillis);
        let count = |column: usize| u64::try_from(integer(&values[column])?).ok();
        let summary = RunSummary {
            run: RunId(integer(&values[0])?),
            service: text(&values[1])?,
            person: text(&values[2])?,
            version: text(&values[3])?,
            digest: text(&values[4])?,
            created: time(5)?,
            changed: time(6)?,
            phase: word(&values[7])?,
            outcome: match &values[8] {
                Value::Null => None,
                outcome => Some(word(outcome)?),
            },
            epoch: count(9)?,
            holder: text(&values[10]),
            lease_until: time(11)?,
        };
        Some(Self {
            summary,
            seq: count(12)?,
            earlier: integer(&values[13]).map(RunId),
        })
    }
}

/// The newest run of all; 0 where there is none. Runs are numbered from 1 without a gap.
pub(crate) fn newest(connection: &Connection) -> Result<RunId, JournalError> {
    Seal::Services.check(connection)?;
    let mut query = connection.prepare_cached("SELECT max(newest) FROM services")?;
    let newest: Option<i64> = query.query_row([], |row| row.get(0))?;
    Ok(RunId(newest.unwrap_or(0)))
}

/// `SQLite` keeps signed numbers; none of ours comes near the end of them.
fn signed(count: u64) -> i64 {
    i64::try_from(count).expect("nothing is counted that far")
}

/// The word that serde gives a variant: the same in JSON and SQL.
fn text_of(variant: &impl Serialize) -> String {
    match serde_json::to_value(variant) {
        Ok(serde_json::Value::String(text)) => text,
        _ => unreachable!("phases and outcomes are words"),
    }
}

fn word<T: DeserializeOwned>(value: &Value) -> Option<T> {
    serde_json::from_value(serde_json::Value::String(text(value)?)).ok()
}
