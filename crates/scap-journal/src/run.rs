//! Runs: created with their first event, listed without folding.

use crate::chain::{Link, Row, START};
use crate::tail::EVENT_VERSION;
use crate::{Journal, JournalError, Lease};
use rusqlite::{OptionalExtension, params};
use scap_run::{Event, Outcome, Phase, RunId, RunState, UnixMillis};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// What a new run begins with.
#[derive(Debug)]
pub struct Creation<'a> {
    /// Always `Event::RunCreated`.
    pub event: &'a Event,
    /// For lists: what is deployed.
    pub version: &'a str,
    pub at: UnixMillis,
}

/// A run in one line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunSummary {
    pub run: RunId,
    pub service: String,
    pub person: String,
    pub version: String,
    pub digest: String,
    pub created: UnixMillis,
    pub changed: UnixMillis,
    pub phase: Phase,
    pub outcome: Option<Outcome>,
    /// Counts the runners that took it up; 0 while it waits for its first one.
    pub epoch: u64,
    pub holder: Option<String>,
    /// Until when its runner is believed to live.
    pub lease_until: UnixMillis,
}

impl RunSummary {
    /// Whether no runner has taken it up yet.
    pub fn is_queued(&self) -> bool {
        self.outcome.is_none() && self.epoch == 0
    }

    /// Whether it was begun and should go on, and nobody carries it out.
    pub fn is_orphaned(&self, now: UnixMillis) -> bool {
        let goes_on = self.outcome.is_none() && self.phase != Phase::Stuck;
        goes_on && self.epoch > 0 && self.lease_until <= now
    }
}

impl Journal {
    /// Stores a new run with its first event, and leases it to its creator.
    pub fn create(
        &self,
        creation: &Creation<'_>,
        holder: &str,
    ) -> Result<(Lease, RunState), JournalError> {
        let (state, link) = self.keep_new(creation, Some(holder))?;
        Ok((Lease::new(state.run, 1, 0, link), state))
    }

    /// Stores a new run with its first event, for any runner to claim.
    pub fn enqueue(&self, creation: &Creation<'_>) -> Result<RunId, JournalError> {
        let (state, _) = self.keep_new(creation, None)?;
        Ok(state.run)
    }

    /// Runs that should go on and that nobody carries out, the oldest first, at most `limit` that come after `after`.
    pub fn claimable(
        &self,
        after: Option<RunId>,
        now: UnixMillis,
        limit: u32,
    ) -> Result<Vec<RunId>, JournalError> {
        self.read(|connection| {
            let mut query = connection.prepare_cached(
                "SELECT run FROM runs WHERE outcome IS NULL AND phase <> ?1 AND run > ?2
                 AND (lease_until <= ?3 OR lease_until > ?4) ORDER BY run LIMIT ?5",
            )?;
            let parameters = params![
                text_of(&Phase::Stuck),
                after.unwrap_or(RunId(0)).0,
                now.0,
                Lease::until(now).0,
                limit
            ];
            let rows = query.query_map(parameters, |row| row.get(0).map(RunId))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Without a holder it has no lease, and nobody's epoch.
    fn keep_new(
        &self,
        creation: &Creation<'_>,
        holder: Option<&str>,
    ) -> Result<(RunState, Link), JournalError> {
        let epoch = u64::from(holder.is_some());
        self.write(|transaction| {
            let Event::RunCreated { plan, person, .. } = creation.event else {
                let first = RunState::create(RunId(0), creation.at, creation.event);
                return Err(JournalError::Illegal {
                    run: RunId(0),
                    seq: 0,
                    source: first.expect_err("only a creation creates a run"),
                });
            };
            let at = creation.at;
            transaction.execute(
                "INSERT INTO runs (service, person, version, digest, created, changed, phase, epoch, holder, lease_until)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?6, ?7, ?8, ?9)",
                params![
                    plan.service.as_str(),
                    person,
                    creation.version,
                    plan.digest(),
                    at.0,
                    text_of(&Phase::Planned),
                    epoch,
                    holder,
                    holder.map_or(UnixMillis(0), |_| Lease::until(at)).0
                ],
            )?;
            let run = RunId(transaction.last_insert_rowid());
            let state = RunState::create(run, at, creation.event)
                .map_err(|source| JournalError::Illegal { run, seq: 0, source })?;
            let body = serde_json::to_string(creation.event).expect("events have string keys only");
            let link = Row { run, seq: 0, at, version: EVENT_VERSION, body: &body }.link(&START);
            transaction.execute(
                "INSERT INTO events (run, seq, at, epoch, version, body, link) VALUES (?1, 0, ?2, ?3, ?4, ?5, ?6)",
                params![run.0, at.0, epoch, EVENT_VERSION, body, link],
            )?;
            Ok((state, link))
        })
    }

    /// The newest runs first, at most `limit`, of one service or of all.
    pub fn runs(&self, service: Option<&str>, limit: u32) -> Result<Vec<RunSummary>, JournalError> {
        self.read(|connection| {
            let mut query = connection.prepare_cached(&format!(
                "{SUMMARY} WHERE ?1 IS NULL OR service = ?1 ORDER BY run DESC LIMIT ?2"
            ))?;
            let rows = query.query_map(params![service, limit], summary)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// One run in one line.
    pub fn run(&self, run: RunId) -> Result<RunSummary, JournalError> {
        self.read(|connection| {
            let found = connection
                .query_row(&format!("{SUMMARY} WHERE run = ?1"), [run.0], summary)
                .optional()?;
            found.ok_or(JournalError::NoSuchRun(run))
        })
    }
}

const SUMMARY: &str = "SELECT run, service, person, version, digest, created, changed, phase, outcome, epoch, holder, lease_until FROM runs";

fn summary(row: &rusqlite::Row<'_>) -> rusqlite::Result<RunSummary> {
    Ok(RunSummary {
        run: RunId(row.get(0)?),
        service: row.get(1)?,
        person: row.get(2)?,
        version: row.get(3)?,
        digest: row.get(4)?,
        created: UnixMillis(row.get(5)?),
        changed: UnixMillis(row.get(6)?),
        phase: word(row, 7)?,
        outcome: row
            .get::<_, Option<String>>(8)?
            .map(|_| word(row, 8))
            .transpose()?,
        epoch: row.get(9)?,
        holder: row.get(10)?,
        lease_until: UnixMillis(row.get(11)?),
    })
}

/// The word that serde gives a variant: the same in JSON and SQL.
pub(crate) fn text_of(variant: &impl Serialize) -> String {
    match serde_json::to_value(variant) {
        Ok(serde_json::Value::String(text)) => text,
        _ => unreachable!("phases and outcomes are words"),
    }
}

fn word<T: DeserializeOwned>(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<T> {
    let text: String = row.get(column)?;
    serde_json::from_value(serde_json::Value::String(text)).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(
            column,
            rusqlite::types::Type::Text,
            Box::new(error),
        )
    })
}
