//! The queue: runs that no runner has taken up yet, in the order in which their turn comes.

use crate::chain::Row;
use crate::line::Line;
use crate::run::open_runs;
use crate::seal::Seal;
use crate::tail::{self, EVENT_VERSION};
use crate::{Journal, JournalError, Reply, RunSummary};
use rusqlite::{Connection, Transaction, params};
use scap_run::{Event, RunId, UnixMillis};
use std::collections::BTreeMap;

/// Places that people gave, by run. Whoever has none comes after them, in the order of their numbers.
type Places = BTreeMap<RunId, i64>;

impl Journal {
    /// Puts runs that wait for their first runner into the order of their turns; those that were begun come first.
    pub fn sort_queue(&self, runs: &mut [RunSummary]) -> Result<(), JournalError> {
        let places = self.read(&[Seal::Queue], places)?;
        runs.sort_by_key(|run| turn(&places, run));
        Ok(())
    }

    /// Gives a run that waits another turn: right before the run `before`, or the last one.
    pub fn move_in_queue(&self, run: RunId, before: Option<RunId>) -> Result<(), JournalError> {
        self.write(&[Seal::OpenRuns, Seal::Queue], |transaction| {
            let mut order = queued(transaction)?;
            let from = place_of(&order, run)?;
            order.remove(from);
            let to = match before {
                Some(before) if before != run => place_of(&order, before)?,
                Some(_) => from,
                None => order.len(),
            };
            order.insert(to, run);
            keep(transaction, &order)
        })
    }
}

fn turn(places: &Places, run: &RunSummary) -> (bool, i64, RunId) {
    let place = places.get(&run.run).copied().unwrap_or(i64::MAX);
    (run.is_queued(), place, run.run)
}

fn place_of(order: &[RunId], run: RunId) -> Result<usize, JournalError> {
    let place = order.iter().position(|queued| *queued == run);
    place.ok_or(JournalError::NotQueued(run))
}

/// All that wait, in order.
fn queued(connection: &Connection) -> Result<Vec<RunId>, JournalError> {
    let places = places(connection)?;
    // Nobody can carry out what is damaged, so it has no turn.
    let mut waiting = open_runs(connection, None, u32::MAX, RunSummary::is_queued)?.runs;
    waiting.sort_by_key(|run| turn(&places, run));
    Ok(waiting.into_iter().map(|run| run.run).collect())
}

fn places(connection: &Connection) -> Result<Places, JournalError> {
    let mut query = connection.prepare_cached("SELECT run, place FROM queue")?;
    let rows = query.query_map([], |row| Ok((RunId(row.get(0)?), row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Nothing is kept of runs that wait no more.
fn keep(transaction: &Transaction<'_>, order: &[RunId]) -> Result<(), JournalError> {
    transaction.execute("DELETE FROM queue", [])?;
    let mut insert =
        transaction.prepare_cached("INSERT INTO queue (run, place) VALUES (?1, ?2)")?;
    for (place, run) in (0_i64..).zip(order) {
        insert.execute(params![run.0, place])?;
    }
    Ok(())
}

/// Lets an event happen to a run that no runner has taken up. It keeps its turn.
pub(crate) fn take_in(
    transaction: &Transaction<'_>,
    mut line: Line,
    at: UnixMillis,
    event: &Event,
) -> Result<Reply, JournalError> {
    let run = line.summary.run;
    let (mut state, cursor) = tail::fold_all(transaction, run)?;
    if let Err(illegal) = state.apply(at, event) {
        return Ok(Reply::Refused(illegal.to_string()));
    }
    let body = serde_json::to_string(event).expect("events have string keys only");
    let row = Row {
        run,
        seq: cursor.seq + 1,
        at,
        version: EVENT_VERSION,
        body: &body,
    };
    row.insert(transaction, line.summary.epoch, &row.link(&cursor.link))?;
    line.follow(row.seq, &state);
    line.update(transaction)?;
    Ok(Reply::Granted)
}
