//! Runs: created with their first event, listed without folding.

use crate::chain::{Link, Row, START};
use crate::line::{self, Line};
use crate::seal::Seal;
use crate::tail::EVENT_VERSION;
use crate::{Journal, JournalError, Lease};
use rusqlite::{Connection, OptionalExtension, Transaction, params};
use scap_run::{Event, Outcome, Phase, RunId, RunState, UnixMillis};
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

/// Runs in the order that was asked for, and those that nobody can tell anything about.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listing {
    pub runs: Vec<RunSummary>,
    /// Their lines are not what was written.
    pub damaged: Vec<RunId>,
}

impl Listing {
    /// Takes the run in, whatever there is of it.
    fn take(&mut self, line: Result<Line, JournalError>) -> Result<(), JournalError> {
        match line {
            Ok(line) => self.runs.push(line.summary),
            Err(JournalError::DamagedRun(run)) => self.damaged.push(run),
            Err(error) => return Err(error),
        }
        Ok(())
    }

    fn len(&self) -> usize {
        self.runs.len() + self.damaged.len()
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

    /// Without a holder it has no lease, and nobody's epoch.
    fn keep_new(
        &self,
        creation: &Creation<'_>,
        holder: Option<&str>,
    ) -> Result<(RunState, Link), JournalError> {
        let (event, at) = (creation.event, creation.at);
        self.write(&[Seal::OpenRuns, Seal::Services], |transaction| {
            let run = RunId(line::newest(transaction)?.0 + 1);
            let state =
                RunState::create(run, at, event).map_err(|source| JournalError::Illegal {
                    run,
                    seq: 0,
                    source,
                })?;
            let new = first_line(transaction, creation, &state, holder)?;
            new.insert(transaction)?;
            let body = serde_json::to_string(event).expect("events have string keys only");
            let row = Row {
                run,
                seq: 0,
                at,
                version: EVENT_VERSION,
                body: &body,
            };
            let link = row.link(&START);
            row.insert(transaction, new.summary.epoch, &link)?;
            transaction.execute(
                "INSERT OR REPLACE INTO services (service, newest) VALUES (?1, ?2)",
                params![new.summary.service, run.0],
            )?;
            Ok((state, link))
        })
    }

    /// Runs that should go on and that nobody carries out, the oldest first, at most `limit` that come after `after`. Damaged ones are
    /// left out: nobody could carry them out.
    pub fn claimable(
        &self,
        after: Option<RunId>,
        now: UnixMillis,
        limit: u32,
    ) -> Result<Vec<RunSummary>, JournalError> {
        let is_free = |summary: &RunSummary| {
            let until = summary.lease_until;
            summary.phase != Phase::Stuck && (until <= now || until > Lease::until(now))
        };
        self.read(&[Seal::OpenRuns], |connection| {
            Ok(open_runs(connection, after, limit, is_free)?.runs)
        })
    }

    /// The newest runs first, at most `limit`, of one service or of all.
    pub fn runs(&self, service: Option<&str>, limit: u32) -> Result<Listing, JournalError> {
        self.read(&[Seal::Services], |connection| match service {
            None => newest_runs(connection, limit),
            Some(service) => runs_of(connection, service, limit),
        })
    }

    /// The runs that have not ended, the oldest first.
    pub fn open_runs(&self) -> Result<Listing, JournalError> {
        self.read(&[Seal::OpenRuns], |connection| {
            open_runs(connection, None, u32::MAX, |_| true)
        })
    }

    /// One run in one line.
    pub fn run(&self, run: RunId) -> Result<RunSummary, JournalError> {
        self.read(&[], |connection| Ok(Line::load(connection, run)?.summary))
    }
}

/// The oldest first, of those that come after `after`; at most `limit` that are wanted, and the damaged ones among them.
pub(crate) fn open_runs(
    connection: &Connection,
    after: Option<RunId>,
    limit: u32,
    is_wanted: impl Fn(&RunSummary) -> bool,
) -> Result<Listing, JournalError> {
    let mut query = connection.prepare_cached(
        "SELECT run FROM runs INDEXED BY open_runs WHERE outcome IS NULL AND run > ?1 ORDER BY run",
    )?;
    let mut rows = query.query([after.map_or(0, |run| run.0)])?;
    let mut listing = Listing::default();
    while listing.runs.len() < limit as usize
        && let Some(row) = rows.next()?
    {
        listing.take(Line::load(connection, RunId(row.get(0)?)))?;
        listing.runs.pop_if(|last| !is_wanted(last));
    }
    Ok(listing)
}

fn first_line(
    transaction: &Transaction<'_>,
    creation: &Creation<'_>,
    state: &RunState,
    holder: Option<&str>,
) -> Result<Line, JournalError> {
    let (plan, at) = (&state.plan, creation.at);
    let service = plan.service.as_str();
    let summary = RunSummary {
        run: state.run,
        service: service.to_owned(),
        person: state.person.clone(),
        version: creation.version.to_owned(),
        digest: plan.digest(),
        created: at,
        changed: at,
        phase: Phase::Planned,
        outcome: None,
        epoch: u64::from(holder.is_some()),
        holder: holder.map(str::to_owned),
        lease_until: holder.map_or(UnixMillis(0), |_| Lease::until(at)),
    };
    Ok(Line {
        summary,
        seq: 0,
        earlier: newest_of(transaction, service)?,
    })
}

fn newest_of(connection: &Connection, service: &str) -> Result<Option<RunId>, JournalError> {
    let mut query = connection.prepare_cached("SELECT newest FROM services WHERE service = ?1")?;
    let newest = query.query_row([service], |row| row.get(0)).optional()?;
    Ok(newest.map(RunId))
}

fn newest_runs(connection: &Connection, limit: u32) -> Result<Listing, JournalError> {
    let mut listing = Listing::default();
    let mut run = line::newest(connection)?;
    while run.0 > 0 && listing.len() < limit as usize {
        listing.take(Line::load(connection, run))?;
        run.0 -= 1;
    }
    Ok(listing)
}

/// Goes from each run to the one before it of the same service.
fn runs_of(connection: &Connection, service: &str, limit: u32) -> Result<Listing, JournalError> {
    let mut listing = Listing::default();
    let mut next = newest_of(connection, service)?;
    while let Some(run) = next
        && listing.len() < limit as usize
    {
        let line = Line::load(connection, run);
        next = match &line {
            Ok(line) => line.earlier,
            // Which one comes before it is not known any more.
            Err(_) => newest_before(connection, service, run)?,
        };
        listing.take(line)?;
    }
    Ok(listing)
}

/// Looks at every run before `run` until one is of the service.
fn newest_before(
    connection: &Connection,
    service: &str,
    run: RunId,
) -> Result<Option<RunId>, JournalError> {
    for before in (1..run.0).rev().map(RunId) {
        match Line::load(connection, before) {
            Ok(line) if line.summary.service != service => {}
            Ok(_) | Err(JournalError::DamagedRun(_)) => return Ok(Some(before)),
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}
