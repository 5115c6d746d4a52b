//! What people ask of a run from anywhere: rows that its runner takes in, each answered once.

use crate::digest::{Digest, checked, integer, text};
use crate::line::Line;
use crate::seal::Seal;
use crate::{Journal, JournalError, queue};
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Transaction, params_from_iter};
use scap_run::{AbortKind, Choice, Event, QuestionId, RunId, UnixMillis};
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
    /// Lets the run be somebody else's.
    HandOver { to: String },
    /// Ends the watch of a run that is everywhere.
    Finish,
}

impl Request {
    /// What happens to the run when it takes this in.
    pub fn event(self, by: String) -> Event {
        match self {
            Self::Answer { question, choice } => Event::QuestionAnswered {
                question,
                choice,
                by: Some(by),
            },
            Self::Abort { kind, reason } => Event::AbortRequested { kind, by, reason },
            Self::HandOver { to } => Event::HandedOver { to, by },
            Self::Finish => Event::FinishRequested { by },
        }
    }

    /// Whether a run takes it in while it waits for its first runner: it changes nothing of its turn.
    fn needs_no_runner(&self) -> bool {
        matches!(self, Self::HandOver { .. })
    }
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

/// What the checksum is of, in its order.
pub(crate) const SUMMED: &str = "request, run, person, at, body, reply";

/// A row, as it lies in its table.
struct Kept {
    id: RequestId,
    run: RunId,
    person: String,
    at: i64,
    body: String,
    /// Absent until it was taken in; empty when it was granted; else why not.
    reply: Option<String>,
}

impl Kept {
    fn load(connection: &Connection, id: RequestId) -> Result<Self, JournalError> {
        let mut query = connection.prepare_cached(&format!(
            "SELECT {SUMMED}, checksum FROM requests WHERE request = ?1"
        ))?;
        let damaged = || JournalError::DamagedRequest(id.0);
        let values = query.query_row([id.0], checked).optional();
        let values = values.map_err(|error| match JournalError::from(error) {
            error if error.is_damage() => damaged(),
            error => error,
        })?;
        let kept = values.flatten().and_then(|values| Self::of(&values));
        kept.filter(|kept| kept.id == id).ok_or_else(damaged)
    }

    fn of(values: &[Value]) -> Option<Self> {
        Some(Self {
            id: RequestId(integer(&values[0])?),
            run: RunId(integer(&values[1])?),
            person: text(&values[2])?,
            at: integer(&values[3])?,
            body: text(&values[4])?,
            reply: text(&values[5]),
        })
    }

    fn write(&self, transaction: &Transaction<'_>, statement: &str) -> Result<(), JournalError> {
        let mut values = vec![
            Value::Integer(self.id.0),
            Value::Integer(self.run.0),
            Value::Text(self.person.clone()),
            Value::Integer(self.at),
            Value::Text(self.body.clone()),
            self.reply.clone().map_or(Value::Null, Value::Text),
        ];
        values.push(Value::Blob(Digest::of(&values).to_vec()));
        transaction
            .prepare_cached(statement)?
            .execute(params_from_iter(values))?;
        Ok(())
    }

    fn pending(self) -> Result<PendingRequest, JournalError> {
        let request = serde_json::from_str(&self.body)
            .map_err(|_| JournalError::DamagedRequest(self.id.0))?;
        Ok(PendingRequest {
            id: self.id,
            person: self.person,
            request,
        })
    }
}

impl Journal {
    /// Leaves a request for the run's runner. A run that waits for its first one takes in by itself what changes nothing of its
    /// turn.
    pub fn ask(
        &self,
        run: RunId,
        person: &str,
        request: &Request,
        now: UnixMillis,
    ) -> Result<RequestId, JournalError> {
        let body = serde_json::to_string(request).expect("requests have string keys only");
        self.write(&[Seal::OpenRequests], |transaction| {
            let line = Line::load(transaction, run)?;
            let kept = Kept {
                id: RequestId(newest(transaction)?.unwrap_or(0) + 1),
                run,
                person: person.to_owned(),
                at: now.0,
                body,
                reply: None,
            };
            kept.write(
                transaction,
                &format!(
                    "INSERT INTO requests ({SUMMED}, checksum) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"
                ),
            )?;
            if line.summary.is_queued() && request.needs_no_runner() {
                let event = request.clone().event(person.to_owned());
                let taken_in = queue::take_in(transaction, line, now, &event)?;
                self::reply(transaction, kept.id, &taken_in)?;
            }
            Ok(kept.id)
        })
    }

    /// Requests that the runner has not taken in yet, oldest first.
    pub fn pending_requests(&self, run: RunId) -> Result<Vec<PendingRequest>, JournalError> {
        self.read(&[Seal::OpenRequests], |connection| {
            let mut query = connection.prepare_cached(
                "SELECT request FROM requests INDEXED BY open_requests WHERE run = ?1 AND reply IS NULL ORDER BY request",
            )?;
            let ids = query.query_map([run.0], |row| row.get(0).map(RequestId))?;
            ids.map(|id| Kept::load(connection, id?)?.pending()).collect()
        })
    }

    /// Says what became of a request; the first word stands.
    pub fn reply(&self, id: RequestId, reply: &Reply) -> Result<(), JournalError> {
        self.write(&[Seal::OpenRequests], |transaction| {
            self::reply(transaction, id, reply)
        })
    }

    /// What became of a request.
    pub fn reply_to(&self, id: RequestId) -> Result<Reply, JournalError> {
        let kept = self.read(&[], |connection| Kept::load(connection, id))?;
        Ok(match kept.reply {
            None => Reply::Waiting,
            Some(why) if why.is_empty() => Reply::Granted,
            Some(why) => Reply::Refused(why),
        })
    }
}

/// Says what became of a request, unless that was said before.
pub(crate) fn reply(
    transaction: &Transaction<'_>,
    id: RequestId,
    reply: &Reply,
) -> Result<(), JournalError> {
    let text = match reply {
        Reply::Waiting => return Ok(()),
        Reply::Granted => "",
        Reply::Refused(why) => why,
    };
    let mut kept = Kept::load(transaction, id)?;
    if kept.reply.is_some() {
        return Ok(());
    }
    kept.reply = Some(text.to_owned());
    kept.write(
        transaction,
        "UPDATE requests SET reply = ?6, checksum = ?7 WHERE request = ?1",
    )
}

/// The number of the newest request.
pub(crate) fn newest(connection: &Connection) -> Result<Option<i64>, JournalError> {
    let mut query = connection.prepare_cached("SELECT max(request) FROM requests")?;
    Ok(query.query_row([], |row| row.get(0))?)
}

/// Refuses a request that is not what was written.
pub(crate) fn check(connection: &Connection, id: RequestId) -> Result<(), JournalError> {
    Kept::load(connection, id)?.pending().map(|_| ())
}
