//! What programs read of a release.

use super::*;
use scap_engines::kubernetes::{Pods, Running, RunningRevision};
use scap_plan::{ReleaseStatus, ReleaseStep, Step};
use scap_run::{Failure, RunId, UnixMillis};
use serde_json::{from_value, json, to_value};

fn target(runs: Result<Runs, Failure>) -> TargetStatus {
    let step: ReleaseStep = from_value(json!({
        "environment_type": "PRODUCTION", "stage": "CANARY", "environment": "eqiad", "canonical_environment": "eqiad",
        "datacenter": "eqiad", "namespace": "shop", "release": "canary", "directory": "services/shop",
    }))
    .unwrap();
    TargetStatus {
        step: Step {
            kind: StepKind::Release(step),
            reason: String::new(),
            needs: Vec::new(),
            before: None,
        },
        runs,
        awaits: Some(Awaiting {
            chart: "webservice-0.1.0".to_owned(),
            images: vec!["registry.example/shop:2".to_owned()],
        }),
        author: Some(Author {
            run: RunId(12),
            person: "ada".to_owned(),
            at: None,
            was_undo: true,
        }),
    }
}

#[test]
fn a_release_is_an_entry_with_all_that_is_known_of_it() {
    let running = Running {
        status: ReleaseStatus::Failed,
        revision: Some(8),
        deployed: Some(RunningRevision {
            revision: 7,
            chart: "webservice-0.1.0".to_owned(),
            images: vec!["registry.example/shop:1".to_owned()],
            since: Some(UnixMillis(1_772_359_320_000)),
            manifest_digest: "b3".to_owned(),
            pods: Some(Pods { ready: 2, total: 3 }),
            drift: Vec::new(),
        }),
    };
    let blind = Failure::unobservable("cannot see canary in eqiad").cause("it is down");
    let service = ServiceStatus {
        service: "shop".to_owned(),
        targets: Ok(vec![target(Ok(Runs::Release(running))), target(Err(blind))]),
        bars: vec![Bar {
            version: "registry.example/shop:3".to_owned(),
            run: RunId(12),
            since: UnixMillis(1_772_359_320_000),
        }],
        newest_run: None,
    };
    let barred =
        json!([{"version": "registry.example/shop:3", "run": 12, "since": 1_772_359_320_000_u64}]);
    let expected = json!({
        "service": "shop", "target": "canary in eqiad (shop)",
        "environment": "eqiad", "namespace": "shop", "release": "canary",
        "runs": {
            "kind": "release", "status": "failed", "revision": 8,
            "deployed": {
                "revision": 7, "chart": "webservice-0.1.0", "images": ["registry.example/shop:1"],
                "since": 1_772_359_320_000_u64, "manifest_digest": "b3", "pods": {"ready": 2, "total": 3}, "drift": [],
            },
        },
        "by": {"run": 12, "person": "ada", "at": null, "was_undo": true},
        "not_deployed_yet": {"chart": "webservice-0.1.0", "images": ["registry.example/shop:2"]},
        "barred": barred, "newest_run": null, "failure": null,
    });
    let [seen, unseen] = <[_; 2]>::try_from(Data::of(&service)).ok().unwrap();
    assert_eq!(to_value(&seen).unwrap(), expected);
    let unseen = to_value(&unseen).unwrap();
    assert_eq!(unseen["runs"], json!(null));
    assert_eq!(unseen["failure"], "cannot see canary in eqiad: it is down");
}

#[test]
fn a_service_whose_targets_are_not_known_is_one_entry() {
    let failure = Failure::failed("no helmfile in `services/shop`");
    let service = ServiceStatus {
        service: "shop".to_owned(),
        targets: Err(failure.in_full()),
        bars: Vec::new(),
        newest_run: None,
    };
    let entries = to_value(Data::of(&service)).unwrap();
    let expected = json!([{
        "service": "shop", "target": null, "runs": null, "by": null, "not_deployed_yet": null, "barred": [],
        "newest_run": null, "failure": "no helmfile in `services/shop`",
    }]);
    assert_eq!(entries, expected);
}
