//! Reading a run's events, from the beginning or from where one stopped, each checked against the chain.

use crate::chain::{Link, Row, START};
use crate::line::Line;
use crate::{Journal, JournalError};
use rusqlite::{Connection, params};
use scap_run::{Event, IllegalEvent, RunId, RunState, UnixMillis};
use serde::{Deserialize, Serialize};

/// Version of the events' shape; older ones are brought up to date when read.
pub(crate) const EVENT_VERSION: u32 = 1;

/// An event as it was stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recorded {
    /// Place in the run, from 0.
    pub seq: u64,
    pub at: UnixMillis,
    #[serde(flatten)]
    pub event: Event,
}

/// How far a reader has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    pub(crate) run: RunId,
    /// Of the last event that was read.
    pub(crate) seq: u64,
    pub(crate) link: Link,
    started: bool,
}

struct Stored {
    seq: u64,
    at: UnixMillis,
    version: u32,
    body: String,
    link: Vec<u8>,
}

impl Stored {
    fn of(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            seq: row.get(0)?,
            at: UnixMillis(row.get(1)?),
            version: row.get(2)?,
            body: row.get(3)?,
            link: row.get(4)?,
        })
    }
}

impl Recorded {
    /// The state that this event, the first of its run, leads to.
    pub fn begin(&self, run: RunId) -> Result<RunState, JournalError> {
        let begun = RunState::create(run, self.at, &self.event);
        begun.map_err(|source| self.illegal(run, source))
    }

    /// Takes the event into the state of the run after those before it.
    pub fn apply_to(&self, state: &mut RunState) -> Result<(), JournalError> {
        let applied = state.apply(self.at, &self.event);
        applied.map_err(|source| self.illegal(state.run, source))
    }

    fn illegal(&self, run: RunId, source: IllegalEvent) -> JournalError {
        JournalError::Illegal {
            run,
            seq: self.seq,
            source,
        }
    }
}

impl Cursor {
    /// Before the first event.
    pub fn start(run: RunId) -> Self {
        Self {
            run,
            seq: 0,
            link: START,
            started: false,
        }
    }

    /// Of the last event that was read, from 0.
    pub fn seq(&self) -> u64 {
        self.seq
    }

    fn next_seq(&self) -> u64 {
        if self.started { self.seq + 1 } else { 0 }
    }

    fn take(&mut self, stored: &Stored) -> Result<Recorded, JournalError> {
        let Stored {
            seq,
            at,
            version,
            body,
            link,
        } = stored;
        let (run, seq, at) = (self.run, *seq, *at);
        let expected = Row {
            run,
            seq,
            at,
            version: *version,
            body,
        }
        .link(&self.link);
        if seq != self.next_seq() || expected.as_slice() != link.as_slice() {
            return Err(JournalError::Corrupted { run, seq });
        }
        if *version > EVENT_VERSION {
            return Err(JournalError::Newer {
                found: *version,
                known: EVENT_VERSION,
            });
        }
        let event = serde_json::from_str(body).map_err(|source| JournalError::Unreadable {
            run,
            seq,
            source,
        })?;
        *self = Self {
            run,
            seq,
            link: expected,
            started: true,
        };
        Ok(Recorded { seq, at, event })
    }
}

impl Journal {
    /// Events after the cursor, which is moved past them; at most `limit`.
    pub fn events(&self, cursor: &mut Cursor, limit: u32) -> Result<Vec<Recorded>, JournalError> {
        self.read(&[], |connection| events(connection, cursor, limit))
    }

    /// The run's state after all its events, and where they end.
    pub fn fold(&self, run: RunId) -> Result<(RunState, Cursor), JournalError> {
        let mut folded = self.read(&[], |connection| fold_first(connection, run))?;
        while self.read(&[], |connection| fold_some(connection, &mut folded))? {}
        Ok(folded)
    }
}

/// How many events are held at once.
const CHUNK: u32 = 1_000;

/// The state after the first event.
fn fold_first(connection: &Connection, run: RunId) -> Result<(RunState, Cursor), JournalError> {
    let mut cursor = Cursor::start(run);
    let first = events(connection, &mut cursor, 1)?;
    let first = first.first().ok_or(JournalError::NoSuchRun(run))?;
    Ok((first.begin(run)?, cursor))
}

/// The state after all events, and where they end.
pub(crate) fn fold_all(
    connection: &Connection,
    run: RunId,
) -> Result<(RunState, Cursor), JournalError> {
    let mut folded = fold_first(connection, run)?;
    fold_rest(connection, &mut folded)?;
    Ok(folded)
}

/// Takes in all that comes after.
pub(crate) fn fold_rest(
    connection: &Connection,
    folded: &mut (RunState, Cursor),
) -> Result<(), JournalError> {
    while fold_some(connection, folded)? {}
    Ok(())
}

/// Whether there may be more.
fn fold_some(
    connection: &Connection,
    (state, cursor): &mut (RunState, Cursor),
) -> Result<bool, JournalError> {
    let events = events(connection, cursor, CHUNK)?;
    for recorded in &events {
        recorded.apply_to(state)?;
    }
    Ok(events.len() == CHUNK as usize)
}

fn events(
    connection: &Connection,
    cursor: &mut Cursor,
    limit: u32,
) -> Result<Vec<Recorded>, JournalError> {
    let run = cursor.run;
    let line = Line::load(connection, run)?;
    let mut query = connection.prepare_cached(
        "SELECT seq, at, version, body, link FROM events WHERE run = ?1 AND seq >= ?2 ORDER BY seq LIMIT ?3",
    )?;
    let mut rows = query.query(params![run.0, cursor.next_seq(), limit])?;
    let mut events = Vec::new();
    let corrupted = |cursor: &Cursor| JournalError::Corrupted {
        run,
        seq: cursor.next_seq(),
    };
    loop {
        let row = match rows.next().map(|row| row.map(Stored::of).transpose()) {
            Ok(Ok(row)) => row,
            Ok(Err(error)) | Err(error) => {
                let error = JournalError::from(error);
                return Err(if error.is_damage() {
                    corrupted(cursor)
                } else {
                    error
                });
            }
        };
        match row {
            Some(stored) => events.push(cursor.take(&stored)?),
            None => break,
        }
    }
    // Those that are missing at the end break no chain.
    let is_all = events.len() < limit as usize;
    if is_all && cursor.next_seq() != line.seq + 1 {
        return Err(corrupted(cursor));
    }
    Ok(events)
}
