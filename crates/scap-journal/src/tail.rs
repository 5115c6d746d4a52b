//! Reading a run's events, from the beginning or from where one stopped, each checked against the chain.

use crate::chain::{Link, Row, START};
use crate::{Journal, JournalError};
use rusqlite::params;
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
        if *version > EVENT_VERSION {
            return Err(JournalError::Newer {
                found: *version,
                known: EVENT_VERSION,
            });
        }
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
        let stored = self.read(|connection| {
            let mut query = connection.prepare_cached(
                "SELECT seq, at, version, body, link FROM events WHERE run = ?1 AND seq >= ?2 ORDER BY seq LIMIT ?3",
            )?;
            let rows = query.query_map(params![cursor.run.0, cursor.next_seq(), limit], |row| {
                Ok(Stored {
                    seq: row.get(0)?,
                    at: UnixMillis(row.get(1)?),
                    version: row.get(2)?,
                    body: row.get(3)?,
                    link: row.get(4)?,
                })
            })?;
            Ok(rows.collect::<Result<Vec<_>, _>>()?)
        })?;
        stored.iter().map(|stored| cursor.take(stored)).collect()
    }

    /// The run's state after all its events, and where they end.
    pub fn fold(&self, run: RunId) -> Result<(RunState, Cursor), JournalError> {
        const CHUNK: u32 = 1_000;
        let mut cursor = Cursor::start(run);
        let mut state: Option<RunState> = None;
        loop {
            let events = self.events(&mut cursor, CHUNK)?;
            for recorded in &events {
                match &mut state {
                    None => state = Some(recorded.begin(run)?),
                    Some(state) => recorded.apply_to(state)?,
                }
            }
            if events.len() < CHUNK as usize {
                break;
            }
        }
        let state = state.ok_or(JournalError::NoSuchRun(run))?;
        Ok((state, cursor))
    }
}
