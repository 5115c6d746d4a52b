//! Runs: begun, taken over, read and spoken to.

use super::Desk;
use crate::clock::now;
use crate::control::verb::{Deploy, LeaveRequest, ListRuns, ReadEvents, Resume, SummarizeRun};
use crate::trouble::Trouble;
use crate::wiring::Wiring;
use scap_journal::{Creation, Cursor, Listing, Recorded, RequestId, RunSummary};
use scap_run::{Event, Failure, RunId};

/// Events that cross the socket at once.
const EVENTS: u32 = 1_000;

impl Desk {
    pub(super) fn deploy(&self, person: &str, ask: &Deploy) -> Result<RunId, Trouble> {
        let plan = self.plans.find(person, &ask.digest)?;
        let (_, wiring) = self.wired()?;
        self.forget_old_snapshots(&wiring)?;
        let version = plan.version();
        let event = Event::RunCreated {
            plan: Box::new(plan),
            person: person.to_owned(),
            reason: ask.reason.clone(),
            approved: ask.approved,
        };
        if !(ask.waits_for_locks && self.has_queue) {
            let new = (&event, version.as_str());
            return self.runner.begin(new, ask.waits_for_locks, &wiring);
        }
        let creation = Creation {
            event: &event,
            version: &version,
            at: now(),
        };
        Ok(self.journal.enqueue(&creation)?)
    }

    pub(super) async fn resume(&self, ask: &Resume) -> Result<(), Trouble> {
        self.runner.wait_for_lease(ask.run).await?;
        let (_, wiring) = self.wired()?;
        self.runner.take_up(ask.run, &wiring)
    }

    pub(super) fn list_runs(&self, ask: &ListRuns) -> Result<Listing, Trouble> {
        Ok(self.journal.runs(ask.service.as_deref(), ask.limit)?)
    }

    pub(super) fn summarize_run(&self, ask: &SummarizeRun) -> Result<RunSummary, Trouble> {
        Ok(self.journal.run(ask.run)?)
    }

    pub(super) fn read_events(&self, ask: &ReadEvents) -> Result<(Vec<Recorded>, Cursor), Trouble> {
        let mut cursor = ask.cursor;
        let events = self.journal.events(&mut cursor, EVENTS)?;
        Ok((events, cursor))
    }

    pub(super) fn leave_request(
        &self,
        person: &str,
        ask: &LeaveRequest,
    ) -> Result<RequestId, Trouble> {
        Ok(self.journal.ask(ask.run, person, &ask.request, now())?)
    }

    /// Keeps those that a run which goes on, or may be resumed, was planned from.
    fn forget_old_snapshots(&self, wiring: &Wiring) -> Result<(), Trouble> {
        let failed = |error| {
            let failure = Failure::failed("old snapshots of charts and values cannot be removed");
            Trouble::Failed(failure.caused_by(&error))
        };
        if !wiring.kubernetes.has_old_snapshots().map_err(failed)? {
            return Ok(());
        }
        let mut kept: Vec<String> = Vec::new();
        let open = self.journal.open_runs()?;
        if !open.damaged.is_empty() {
            // Nobody can tell what they need.
            return Ok(());
        }
        for run in open.runs {
            let Ok((state, _)) = self.journal.fold(run.run) else {
                return Ok(());
            };
            kept.extend(state.plan.snapshots().map(str::to_owned));
        }
        let kept: Vec<&str> = kept.iter().map(String::as_str).collect();
        wiring.kubernetes.prune_snapshots(&kept).map_err(failed)
    }
}
