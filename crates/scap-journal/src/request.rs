//! What people ask of a run from anywhere: rows that its runner takes in, each answered once.

use crate::{Journal, JournalError};
use rusqlite::{OptionalExtension, params};
use scap_run::{AbortKind, Choice, QuestionId, RunId, UnixMillis};
use serde::{Deserialize, Serialize};

/// Number of a request in its journal, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RequestId(pub i64);

/// What is asked of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verb", rename_all = "snake_case")]
pub enum Request {
    Answer {
        question: QuestionId,
        choice: Choice,
    },
    Abort {
        kind: AbortKind,
        reason: Option<String>,
    },
}

/// A request that waits to be taken in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingRequest {
    pub id: RequestId,
    pub person: String,
    pub request: Request,
}

/// What became of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    Waiting,
    Granted,
    Refused(String),
}

impl Journal {
    /// Leaves a request for the run's runner.
    pub fn ask(
        &self,
        run: RunId,
        person: &str,
        request: &Request,
        now: UnixMillis,
    ) -> Result<RequestId, JournalError> {
        let body = serde_json::to_string(request).expect("requests have string keys only");
        self.write(|transaction| {
            let run_exists = transaction
                .query_row("SELECT 1 FROM runs WHERE run = ?1", [run.0], |_| Ok(()))
                .optional()?;
            run_exists.ok_or(JournalError::NoSuchRun(run))?;
            transaction.execute(
                "INSERT INTO requests (run, person, at, body) VALUES (?1, ?2, ?3, ?4)",
                params![run.0, person, now.0, body],
            )?;
            Ok(RequestId(transaction.last_insert_rowid()))
        })
    }

    /// Requests that the runner has not taken in yet, oldest first.
    pub fn pending_requests(&self, run: RunId) -> Result<Vec<PendingRequest>, JournalError> {
        self.read(|connection| {
            let mut query = connection.prepare_cached(
                "SELECT request, person, body FROM requests WHERE run = ?1 AND reply IS NULL ORDER BY request",
            )?;
            let rows = query.query_map([run.0], |row| {
                let body: String = row.get(2)?;
                let request = serde_json::from_str(&body).map_err(|error| {
                    rusqlite::Error::FromSqlConversionFailure(2, rusqlite::types::Type::Text, Box::new(error))
                })?;
                Ok(PendingRequest { id: RequestId(row.get(0)?), person: row.get(1)?, request })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Says what became of a request; the first word stands.
    pub fn reply(&self, id: RequestId, reply: &Reply) -> Result<(), JournalError> {
        let text = match reply {
            Reply::Waiting => return Ok(()),
            Reply::Granted => "",
            Reply::Refused(why) => why,
        };
        self.write(|transaction| {
            transaction.execute(
                "UPDATE requests SET reply = ?2 WHERE request = ?1 AND reply IS NULL",
                params![id.0, text],
            )?;
            Ok(())
        })
    }

    /// What became of a request.
    pub fn reply_to(&self, id: RequestId) -> Result<Reply, JournalError> {
        self.read(|connection| {
            let reply: Option<String> = connection.query_row(
                "SELECT reply FROM requests WHERE request = ?1",
                [id.0],
                |row| row.get(0),
            )?;
            Ok(match reply {
                None => Reply::Waiting,
                Some(why) if why.is_empty() => Reply::Granted,
                Some(why) => Reply::Refused(why),
            })
        })
    }
}
