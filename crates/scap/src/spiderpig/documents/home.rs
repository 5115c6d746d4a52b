//! The first page: what goes on, who waits, and whether anything is frozen.

use super::approvals::ApprovalView;
use super::failed;
use super::lines::RunLine;
use super::ready::Ready;
use crate::clock::now;
use crate::spiderpig::Porter;
use crate::spiderpig::signals::Signal;
use crate::view;
use scap_journal::{FreezeOrder, RunSummary};
use scap_plan::Right;
use scap_run::{RunId, RunState, UnixMillis};
use schemars::JsonSchema;
use serde::Serialize;
use spiderpig_control::{Asker, Target};
use spiderpig_protocol::Problem;
use std::collections::{BTreeMap, BTreeSet};

/// Runs that are shown below.
const RECENT: u32 = 10;
/// Runs of whose marks the strip is made, at most.
const MARKS: u32 = 50;
/// Of a run that waits for one that nobody knows the length of, in milliseconds.
const UNKNOWN_LENGTH: u64 = 10 * 60_000;

#[derive(Serialize, JsonSchema)]
pub(super) struct Home {
    now: Vec<Going>,
    queue: Vec<Queued>,
    may_order_queue: bool,
    /// Plans that wait for a second person.
    approvals: Vec<ApprovalView>,
    freeze: Option<FreezeOrder>,
    signals: Vec<Signal>,
    marks: Vec<Mark>,
    recent: Vec<RunLine>,
}

#[derive(Serialize, JsonSchema)]
struct Going {
    #[serde(flatten)]
    line: RunLine,
    /// Why it waits for a person: what is asked, or what it is stuck with.
    why: Option<String>,
    /// When its question takes its default.
    question_until: Option<UnixMillis>,
    ready: Vec<Ready>,
    /// Hosts and pods of the new version that fail.
    failing: usize,
    left_milliseconds: Option<u64>,
}

#[derive(Serialize, JsonSchema)]
struct Queued {
    run: RunId,
    service: String,
    version: String,
    before: Option<String>,
    person: String,
    is_mine: bool,
    expected_start: Option<UnixMillis>,
    waits_for: String,
}

/// A deployment, where signals are drawn.
#[derive(Serialize, JsonSchema)]
struct Mark {
    at: UnixMillis,
    run: RunId,
    service: String,
    version: String,
    person: String,
}

/// When each lock is free again, as far as one can tell, and which run has it until then.
type Free = BTreeMap<String, (UnixMillis, RunId)>;

impl Porter {
    pub(super) fn home(&self, asker: &Asker) -> Result<Home, Problem> {
        let journal = &self.desk.journal;
        let mut open = journal.open_runs().map_err(failed)?.runs;
        journal.sort_queue(&mut open).map_err(failed)?;
        let (queued, begun): (Vec<_>, Vec<_>) = open.into_iter().partition(RunSummary::is_queued);
        let mut free = Free::new();
        let mut going = Vec::new();
        for summary in begun {
            let one = self.going(summary, &mut free)?;
            going.extend(self.sees(asker, &one.line.service).then_some(one));
        }
        let mut queue = Vec::new();
        for summary in queued {
            let one = self.queued(summary, asker, &mut free)?;
            queue.extend(self.sees(asker, &one.service).then_some(one));
        }
        let recent = self.recent(asker)?;
        Ok(Home {
            now: going,
            queue,
            may_order_queue: self.is_allowed(asker, Right::EditQueue, Target::Everything),
            approvals: self.approvals_of(asker),
            freeze: journal.frozen(now()).map_err(failed)?,
            signals: self.signals.newest(),
            marks: self.marks(asker)?,
            recent,
        })
    }

    fn going(&self, summary: RunSummary, free: &mut Free) -> Result<Going, Problem> {
        let state = self.board.state(&self.desk.journal, summary.run)?;
        let usual = self.usual_milliseconds(&summary.service);
        let left = usual.map(|usual| usual.saturating_sub(state.created.until(now())));
        let end = now().after(left.unwrap_or(UNKNOWN_LENGTH));
        free.extend(
            state
                .plan
                .lock_keys()
                .into_iter()
                .map(|key| (key, (end, summary.run))),
        );
        let ready = self.ready(&state);
        Ok(Going {
            why: why(&state),
            question_until: state.open_question().map(|question| question.until),
            failing: self.failing(&state),
            left_milliseconds: left,
            line: self.line_of_going(summary, &ready)?,
            ready,
        })
    }

    /// Its place is that in the list; it starts when the last of its locks is free.
    fn queued(
        &self,
        summary: RunSummary,
        asker: &Asker,
        free: &mut Free,
    ) -> Result<Queued, Problem> {
        let state = self.board.state(&self.desk.journal, summary.run)?;
        let keys = state.plan.lock_keys();
        let waits = keys.iter().filter_map(|key| free.get(key)).copied();
        let waits: BTreeSet<(UnixMillis, RunId)> = waits.collect();
        let start = waits.last().map_or_else(now, |(at, _)| *at);
        let usual = self.usual_milliseconds(&summary.service);
        let end = start.after(usual.unwrap_or(UNKNOWN_LENGTH));
        free.extend(keys.into_iter().map(|key| (key, (end, summary.run))));
        Ok(Queued {
            run: summary.run,
            before: view::words::before_all(&state.plan),
            is_mine: state.person == asker.name.as_str(),
            person: state.person.clone(),
            service: summary.service,
            version: summary.version,
            expected_start: Some(start),
            waits_for: waits_for(&waits),
        })
    }

    fn recent(&self, asker: &Asker) -> Result<Vec<RunLine>, Problem> {
        let runs = self
            .desk
            .journal
            .runs(None, RECENT * 3)
            .map_err(failed)?
            .runs;
        let ended = runs.into_iter().filter(|run| run.outcome.is_some());
        let seen = ended.filter(|run| self.sees(asker, &run.service));
        seen.take(RECENT as usize)
            .map(|run| self.line(run))
            .collect()
    }

    fn marks(&self, asker: &Asker) -> Result<Vec<Mark>, Problem> {
        let runs = self.desk.journal.runs(None, MARKS).map_err(failed)?.runs;
        let seen = runs
            .into_iter()
            .filter(|run| self.sees(asker, &run.service));
        Ok(seen
            .map(|run| Mark {
                at: run.created,
                run: run.run,
                service: run.service,
                version: run.version,
                person: run.person,
            })
            .collect())
    }
}

/// The run's question, or what it does.
fn why(state: &RunState) -> Option<String> {
    let question = state.open_question();
    let asked = question.map(|question| view::question::sentence(state, &question.kind));
    asked.or_else(|| state.stuck.as_ref().map(|stuck| stuck.why.clone()))
}

fn waits_for(waits: &BTreeSet<(UnixMillis, RunId)>) -> String {
    let runs: BTreeSet<RunId> = waits.iter().map(|(_, run)| *run).collect();
    let runs: Vec<String> = runs.iter().map(|run| format!("run {run}")).collect();
    match runs.as_slice() {
        [] => "its turn".to_owned(),
        runs => runs.join(" and "),
    }
}
