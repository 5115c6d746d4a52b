//! What runs where, as people read it.

use super::*;
use crate::view::stories;
use crate::view::tests::{NOW, WIDTH, run, text};
use insta::assert_snapshot;
use scap_plan::{RollbackPolicy, Step};
use scap_run::{Failure, Outcome, RunId};
use serde_json::{Value, json};

const HOUR: i64 = 3_600_000;

fn ago(hours: i64) -> UnixMillis {
    UnixMillis(NOW.0 - hours * HOUR)
}

fn by_ada(run: i64) -> Author {
    Author {
        run: RunId(run),
        person: "ada".to_owned(),
        at: Some(ago(3)),
        was_undo: false,
    }
}

fn service(name: &str, targets: Result<Vec<TargetStatus>, String>) -> ServiceStatus {
    ServiceStatus {
        service: name.to_owned(),
        targets,
        bars: Vec::new(),
        newest_run: None,
    }
}

fn target(step: Step, runs: Result<Runs, Failure>, author: Option<Author>) -> TargetStatus {
    TargetStatus {
        step,
        runs,
        awaits: None,
        author,
    }
}

fn mathoid(tag: &str, ready: usize) -> Running {
    Running {
        status: ReleaseStatus::Deployed,
        revision: Some(7),
        deployed: Some(RunningRevision {
            revision: 7,
            chart: "mathoid-1.2.3".to_owned(),
            images: vec![format!("registry.example.org/mathoid:{tag}-production")],
            since: Some(ago(2)),
            manifest_digest: String::new(),
            pods: Some(Pods { ready, total: 3 }),
            drift: Vec::new(),
        }),
    }
}

fn drifted(fields: &[&str]) -> ObjectDifference {
    let fields: Vec<Value> = fields
        .iter()
        .map(|path| json!({"path": path, "state": "drifted"}))
        .collect();
    let state = if fields.is_empty() {
        "missing"
    } else {
        "drifted"
    };
    serde_json::from_value(json!({
        "object": {"group": "apps", "kind": "Deployment", "namespace": null, "name": "mathoid-main"},
        "state": state, "drift_is_put_back": true, "fields": fields,
    }))
    .unwrap()
}

#[test]
fn status_says_what_runs_on_hosts() {
    let plan = stories::shop(RollbackPolicy::Automatic);
    let hosts = |step: usize| match plan.steps[step].before.clone().unwrap() {
        Observation::HostGroup { hosts } => hosts,
        Observation::Release(_) => unreachable!("the shop is on hosts"),
    };
    let mut mixed = hosts(1);
    mixed.values_mut().next().unwrap().revision = None;
    mixed.values_mut().last().unwrap().unreachable = Some("timed out".to_owned());
    let blind = Failure::unobservable("`shop1` does not answer");
    let same = Runs::HostGroup { hosts: hosts(0) };
    let targets = vec![
        target(plan.steps[0].clone(), Err(blind), None),
        target(plan.steps[0].clone(), Ok(same), Some(by_ada(11))),
        target(
            plan.steps[1].clone(),
            Ok(Runs::HostGroup { hosts: mixed }),
            None,
        ),
    ];
    let shop = ServiceStatus {
        newest_run: Some(run(12, 60 * 3, Some(Outcome::RolledBack))),
        ..service("shop", Ok(targets))
    };
    assert_snapshot!("hosts", text(&page(&[shop], NOW, WIDTH)));
}

#[test]
fn status_says_what_is_not_as_it_should_be() {
    let steps = stories::mathoid().steps;
    let mut failed = mathoid("2026-03-01-101010", 3);
    (failed.status, failed.revision) = (ReleaseStatus::Failed, Some(8));
    let mut touched = mathoid("2026-03-01-101010", 1);
    touched.deployed.as_mut().unwrap().drift = vec![
        drifted(&["spec.replicas", "a", "b", "c", "d"]),
        drifted(&[]),
    ];
    let absent = Running {
        status: ReleaseStatus::Absent,
        revision: None,
        deployed: None,
    };
    let awaited = Awaiting {
        chart: "mathoid-1.2.3".to_owned(),
        images: vec!["registry.example.org/mathoid:2026-03-02-101010-production".to_owned()],
    };
    let runs = [failed, touched, absent].map(|running| Ok(Runs::Release(running)));
    let authors = [Some(by_ada(12)), None, None];
    let mut targets: Vec<TargetStatus> = steps
        .into_iter()
        .zip(runs)
        .zip(authors)
        .map(|((step, runs), author)| target(step, runs, author))
        .collect();
    targets[0].author.as_mut().unwrap().was_undo = true;
    targets[1].awaits = Some(awaited);
    let bar = |version: &str| Bar {
        version: version.to_owned(),
        run: RunId(12),
        since: ago(2),
    };
    let mathoid = ServiceStatus {
        bars: vec![
            bar("registry.example.org/mathoid:2026-03-04-101010-production"),
            bar("manifest 3f2c91a0b7d2e4c6f8a0b1c2d3e4f5a6b7c8d9e0"),
        ],
        ..service("mathoid", Ok(targets))
    };
    let failure = Failure::failed("no helmfile in `services/citoid`").cause("it was deleted");
    let citoid = service("citoid", Err(failure.in_full()));
    let services = [mathoid, citoid];
    assert_snapshot!("releases", text(&page(&services, NOW, WIDTH)));
    assert_snapshot!("releases_wide", text(&page(&services, NOW, 140)));
}
