//! Leases: one runner carries a run out, and a runner that lost it can write no more.

use crate::bar;
use crate::chain::{Link, Row};
use crate::run::text_of;
use crate::tail::EVENT_VERSION;
use crate::{Journal, JournalError};
use rusqlite::{OptionalExtension, Transaction, params};
use scap_run::{Event, RunId, RunState, UnixMillis};

/// How long a runner is believed to live after its last sign of life.
const LEASE_MILLISECONDS: u64 = 5_000;

/// The right to carry a run out. Not `Clone`: whoever has it is the one.
#[derive(Debug)]
pub struct Lease {
    run: RunId,
    epoch: u64,
    seq: u64,
    link: Link,
}

impl Lease {
    pub(crate) fn new(run: RunId, epoch: u64, seq: u64, link: Link) -> Self {
        Self {
            run,
            epoch,
            seq,
            link,
        }
    }

    pub(crate) fn until(now: UnixMillis) -> UnixMillis {
        now.after(LEASE_MILLISECONDS)
    }

    pub fn run(&self) -> RunId {
        self.run
    }

    /// Counts the runners that carried the run out, from 1.
    pub fn epoch(&self) -> u64 {
        self.epoch
    }
}

impl Journal {
    /// Takes a run over whose runner is dead, and folds its events. Refused while its runner lives.
    pub fn claim(
        &self,
        run: RunId,
        holder: &str,
        now: UnixMillis,
    ) -> Result<(Lease, RunState), JournalError> {
        let epoch = self.write(|transaction| {
            let found = transaction
                .query_row(
                    "SELECT epoch, holder, lease_until FROM runs WHERE run = ?1",
                    [run.0],
                    |row| {
                        Ok((
                            row.get::<_, u64>(0)?,
                            row.get::<_, Option<String>>(1)?,
                            row.get::<_, i64>(2)?,
                        ))
                    },
                )
                .optional()?;
            let (epoch, by, until) = found.ok_or(JournalError::NoSuchRun(run))?;
            // A clock that was put back must not lock a run up: no lease is longer than a lease.
            let alive = UnixMillis(until) > now && UnixMillis(until) <= Lease::until(now);
            if let (true, Some(by)) = (alive, by) {
                return Err(JournalError::Held { run, holder: by });
            }
            transaction.execute(
                "UPDATE runs SET epoch = ?2, holder = ?3, lease_until = ?4 WHERE run = ?1",
                params![run.0, epoch + 1, holder, Lease::until(now).0],
            )?;
            Ok(epoch + 1)
        })?;
        let (state, cursor) = self.fold(run)?;
        Ok((Lease::new(run, epoch, cursor.seq, cursor.link), state))
    }

    /// A sign of life.
    pub fn renew(&self, lease: &Lease, now: UnixMillis) -> Result<(), JournalError> {
        self.write(|transaction| {
            let renewed = transaction.execute(
                "UPDATE runs SET lease_until = ?3 WHERE run = ?1 AND epoch = ?2",
                params![lease.run.0, lease.epoch, Lease::until(now).0],
            )?;
            if renewed == 0 {
                Err(JournalError::Fenced(lease.run))
            } else {
                Ok(())
            }
        })
    }

    /// Gives the run up, so that another may claim it at once.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "who has given a lease up has it no more"
    )]
    pub fn give_up(&self, lease: Lease) -> Result<(), JournalError> {
        self.write(|transaction| {
            transaction.execute(
                "UPDATE runs SET holder = NULL, lease_until = 0 WHERE run = ?1 AND epoch = ?2",
                params![lease.run.0, lease.epoch],
            )?;
            Ok(())
        })
    }

    /// Stores an event that `state` has taken in already. Durable when it returns.
    pub fn append(
        &self,
        lease: &mut Lease,
        at: UnixMillis,
        event: &Event,
        state: &RunState,
    ) -> Result<(), JournalError> {
        let body = serde_json::to_string(event).expect("events have string keys only");
        let seq = lease.seq + 1;
        let link = Row {
            run: lease.run,
            seq,
            at,
            version: EVENT_VERSION,
            body: &body,
        }
        .link(&lease.link);
        let store = || {
            self.write(|transaction| {
                advance(transaction, lease, at, state)?;
                if matches!(event, Event::RunFinished { .. }) {
                    bar::keep(transaction, state, at)?;
                }
                let mut insert = transaction.prepare_cached(
                    "INSERT INTO events (run, seq, at, epoch, version, body, link) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                )?;
                insert.execute(params![lease.run.0, seq, at.0, lease.epoch, EVENT_VERSION, body, link])?;
                Ok(())
            })
        };
        #[cfg(feature = "faults")]
        match &self.fault {
            Some(fault) => fault.around(store)?,
            None => store()?,
        }
        #[cfg(not(feature = "faults"))]
        store()?;
        (lease.seq, lease.link) = (seq, link);
        Ok(())
    }
}

/// Keeps the run's line up to date, if it is still ours. A finished run has no holder and no locks.
fn advance(
    transaction: &Transaction<'_>,
    lease: &Lease,
    at: UnixMillis,
    state: &RunState,
) -> Result<(), JournalError> {
    let outcome = state.outcome.as_ref().map(text_of);
    let mut update = transaction.prepare_cached(
        "UPDATE runs SET changed = ?3, phase = ?4, outcome = ?5, lease_until = ?6 WHERE run = ?1 AND epoch = ?2",
    )?;
    let until = if outcome.is_some() {
        UnixMillis(0)
    } else {
        Lease::until(at)
    };
    let ours = update.execute(params![
        lease.run.0,
        lease.epoch,
        at.0,
        text_of(&state.phase()),
        outcome,
        until.0
    ])?;
    if ours == 0 {
        return Err(JournalError::Fenced(lease.run));
    }
    if outcome.is_some() {
        transaction.execute("DELETE FROM locks WHERE run = ?1", [lease.run.0])?;
        transaction.execute("DELETE FROM lock_waiters WHERE run = ?1", [lease.run.0])?;
    }
    Ok(())
}
