//! Leases: one runner carries a run out, and a runner that lost it can write no more.

use crate::chain::{Link, Row};
use crate::line::Line;
use crate::seal::Seal;
use crate::tail::EVENT_VERSION;
use crate::{Journal, JournalError, Reply, RequestId, bar, lock, request, tail};
use rusqlite::{Connection, Transaction};
use scap_run::{Event, RunId, RunState, UnixMillis};

/// How long a runner is believed to live after its last sign of life.
const LEASE_MILLISECONDS: u64 = 4_000;

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

    /// Of the run's last event, from 0.
    pub fn seq(&self) -> u64 {
        self.seq
    }

    /// The run's line, if the run is still ours.
    fn line(&self, transaction: &Transaction<'_>) -> Result<Line, JournalError> {
        Line::load_under(transaction, self.run, self.epoch)
    }
}

impl Journal {
    /// Takes a run over whose runner is dead, and folds its events. Refused while its runner lives, and for a damaged run.
    pub fn claim(
        &self,
        run: RunId,
        holder: &str,
        now: UnixMillis,
    ) -> Result<(Lease, RunState), JournalError> {
        // Most that are in vain end here, and keep nobody from writing.
        self.read(&[], |connection| free_line(connection, run, now))?;
        let mut folded = self.fold(run)?;
        let epoch = self.write(&[], |transaction| {
            let mut line = free_line(transaction, run, now)?;
            // What its runner still wrote meanwhile.
            tail::fold_rest(transaction, &mut folded)?;
            line.summary.epoch += 1;
            line.summary.holder = Some(holder.to_owned());
            line.summary.lease_until = Lease::until(now);
            line.update(transaction)?;
            Ok(line.summary.epoch)
        })?;
        let (state, cursor) = folded;
        Ok((Lease::new(run, epoch, cursor.seq, cursor.link), state))
    }

    /// A sign of life.
    pub fn renew(&self, lease: &Lease, now: UnixMillis) -> Result<(), JournalError> {
        self.write(&[], |transaction| {
            let mut line = lease.line(transaction)?;
            line.summary.lease_until = Lease::until(now);
            line.update(transaction)
        })
    }

    /// Gives the run up, so that another may claim it at once.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "who has given a lease up has it no more"
    )]
    pub fn give_up(&self, lease: Lease) -> Result<(), JournalError> {
        let given_up = self.write(&[], |transaction| {
            let mut line = lease.line(transaction)?;
            line.summary.holder = None;
            line.summary.lease_until = UnixMillis(0);
            line.update(transaction)
        });
        match given_up {
            // Somebody else has it already.
            Err(JournalError::Fenced(_)) => Ok(()),
            given_up => given_up,
        }
    }

    /// Stores an event that `state` has taken in already. Durable when it returns.
    pub fn append(
        &self,
        lease: &mut Lease,
        at: UnixMillis,
        event: &Event,
        state: &RunState,
    ) -> Result<(), JournalError> {
        self.keep(lease, at, (event, state), None)
    }

    /// The same of an event that a request asked for, which is granted by that.
    pub fn append_granting(
        &self,
        lease: &mut Lease,
        at: UnixMillis,
        taken: (&Event, &RunState),
        request: RequestId,
    ) -> Result<(), JournalError> {
        self.keep(lease, at, taken, Some(request))
    }

    fn keep(
        &self,
        lease: &mut Lease,
        at: UnixMillis,
        (event, state): (&Event, &RunState),
        request: Option<RequestId>,
    ) -> Result<(), JournalError> {
        let body = serde_json::to_string(event).expect("events have string keys only");
        let row = Row {
            run: lease.run,
            seq: lease.seq + 1,
            at,
            version: EVENT_VERSION,
            body: &body,
        };
        let link = row.link(&lease.link);
        let ends = state.outcome.is_some();
        let mut touched = Vec::new();
        touched.extend(ends.then_some(TOUCHED_AT_THE_END).into_iter().flatten());
        touched.extend(request.map(|_| Seal::OpenRequests));
        touched.extend(matches!(event, Event::HandedOver { .. }).then_some(Seal::Locks));
        let store = || {
            self.write(&touched, |transaction| {
                let mut ours = lease.line(transaction)?;
                advance(&mut ours, &row, state);
                if let Event::TargetsSeen { .. } = event {
                    ours.summary.digest = state.plan.digest();
                }
                ours.update(transaction)?;
                row.insert(transaction, lease.epoch, &link)?;
                if let Some(request) = request {
                    request::reply(transaction, request, &Reply::Granted)?;
                }
                if let Event::HandedOver { to, .. } = event {
                    lock::hand_over(transaction, lease.run, to)?;
                }
                if ends {
                    end(transaction, state, at)?;
                }
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
        (lease.seq, lease.link) = (row.seq, link);
        Ok(())
    }
}

/// The tables that the end of a run changes.
const TOUCHED_AT_THE_END: [Seal; 4] = [Seal::Bars, Seal::LockWaiters, Seal::Locks, Seal::OpenRuns];

/// The line of a run that nobody holds.
fn free_line(connection: &Connection, run: RunId, now: UnixMillis) -> Result<Line, JournalError> {
    let line = Line::load(connection, run)?;
    let until = line.summary.lease_until;
    // A clock that was put back must not lock a run up: no lease is longer than a lease.
    let is_alive = until > now && until <= Lease::until(now);
    match &line.summary.holder {
        Some(holder) if is_alive => Err(JournalError::Held {
            run,
            holder: holder.clone(),
        }),
        _ => Ok(line),
    }
}

/// Keeps the run's line up to date. A finished run has no holder.
fn advance(line: &mut Line, row: &Row<'_>, state: &RunState) {
    line.follow(row.seq, state);
    let summary = &mut line.summary;
    if state.outcome.is_some() {
        (summary.holder, summary.lease_until) = (None, UnixMillis(0));
    } else {
        summary.lease_until = Lease::until(row.at);
    }
}

/// A finished run has no locks, and what it proved to be bad is barred.
fn end(
    transaction: &Transaction<'_>,
    state: &RunState,
    at: UnixMillis,
) -> Result<(), JournalError> {
    bar::keep(transaction, state, at)?;
    transaction.execute("DELETE FROM locks WHERE run = ?1", [state.run.0])?;
    transaction.execute("DELETE FROM lock_waiters WHERE run = ?1", [state.run.0])?;
    Ok(())
}
