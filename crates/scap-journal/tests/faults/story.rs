//! What the runs of these tests tell.

use scap_journal::{Creation, Journal, JournalError, Lease};
use scap_plan::{Plan, Policy, ServiceName};
use scap_run::{Event, Outcome, RunState, UnixMillis};
use std::collections::BTreeMap;

pub(crate) const NOW: UnixMillis = UnixMillis(1_700_000_000_000);

pub(crate) fn created(service: &str) -> Event {
    let plan = Plan {
        service: ServiceName::new(service).unwrap(),
        cluster_group: None,
        primary_datacenter: None,
        steps: Vec::new(),
        waves: Vec::new(),
        unchanged: Vec::new(),
        policy: Policy::default(),
        links: BTreeMap::new(),
    };
    Event::RunCreated {
        plan: Box::new(plan),
        person: "ada".to_owned(),
        reason: Some("because it is time".to_owned()),
        approved: true,
    }
}

pub(crate) fn creation(event: &Event) -> Creation<'_> {
    Creation {
        event,
        version: "v2",
        at: NOW,
    }
}

/// What a runner does in a run, said by its name.
pub(crate) fn work(by: &str, turn: usize) -> [Event; 2] {
    [
        Event::FreezeBegan {
            by: by.to_owned(),
            reason: format!("turn {turn}"),
        },
        Event::FreezeEnded,
    ]
}

pub(crate) const FINISHED: Event = Event::RunFinished {
    outcome: Outcome::Cancelled,
};

pub(crate) fn record(
    journal: &Journal,
    lease: &mut Lease,
    state: &mut RunState,
    at: UnixMillis,
    event: &Event,
) -> Result<(), JournalError> {
    let mut next = state.clone();
    next.apply(at, event).unwrap();
    journal.append(lease, at, event, &next)?;
    *state = next;
    Ok(())
}
