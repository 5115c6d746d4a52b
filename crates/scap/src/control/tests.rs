//! Runs whose events come in pages.

use super::*;
use crate::cli::{Color, Format, Global};
use scap_journal::Creation;
use scap_plan::{Plan, Policy, ServiceName};
use scap_run::{Event, UnixMillis};
use std::collections::BTreeMap;

const NOW: UnixMillis = UnixMillis(1_700_000_000_000);

fn desk(folder: &std::path::Path) -> Desk {
    let global = Global {
        config: None,
        state_dir: Some(folder.to_owned()),
        format: Format::Text,
        yes: false,
        color: Color::Never,
    };
    Desk::of_person(global).unwrap()
}

fn created() -> Event {
    let plan = Plan {
        service: ServiceName::new("shop").unwrap(),
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
        reason: None,
        approved: true,
    }
}

#[tokio::test]
async fn a_run_of_more_events_than_cross_at_once_is_folded_whole() {
    let folder = tempfile::tempdir().unwrap();
    let desk = desk(folder.path());
    let creation = Creation {
        event: &created(),
        version: "v2",
        at: NOW,
    };
    let (mut lease, mut state) = desk.journal.create(&creation, "first").unwrap();
    let run = lease.run();
    let frozen = Event::FreezeBegan {
        by: "grace".to_owned(),
        reason: "incident".to_owned(),
    };
    for _ in 0..1_250 {
        for event in [&frozen, &Event::FreezeEnded] {
            state.apply(NOW, event).unwrap();
            desk.journal.append(&mut lease, NOW, event, &state).unwrap();
        }
    }
    let whole = Control::Here(Box::new(desk)).fold(run).await.unwrap();
    assert_eq!(format!("{whole:?}"), format!("{state:?}"));
}

#[tokio::test]
async fn a_run_that_is_not_there_has_no_state() {
    let folder = tempfile::tempdir().unwrap();
    let control = Control::Here(Box::new(desk(folder.path())));
    let trouble = control.fold(RunId(7)).await.unwrap_err();
    assert_eq!(trouble.in_a_line(), "there is no run 7");
}
