//! Namespaces as the API server shows them, old and new pods side by side.

use super::*;
use WorkloadKind::{DaemonSet, Deployment, Job, StatefulSet};
use scap_plan::Namespace;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const SINCE: Option<Timestamp> = Some(Timestamp::UNIX_EPOCH);

fn objects<T: DeserializeOwned>(values: impl IntoIterator<Item = Value>) -> Vec<Arc<T>> {
    let object = |value| Arc::new(serde_json::from_value(value).unwrap());
    values.into_iter().map(object).collect()
}

fn workload(kind: WorkloadKind, name: &str) -> Workload {
    Workload {
        kind,
        namespace: Namespace::new("shop").unwrap(),
        name: name.to_owned(),
        images: BTreeMap::from([("main".to_owned(), "shop:2".to_owned())]),
    }
}

fn pod(name: &str, owner: &str, labels: &Value) -> Value {
    json!({"metadata": {"name": name, "labels": labels, "ownerReferences": [{"uid": owner, "name": "x", "kind": "x", "apiVersion": "v1"}]},
        "status": {"containerStatuses": [{"name": "main", "image": "i", "imageID": "", "ready": false, "restartCount": 0,
            "state": {"waiting": {"reason": "ImagePullBackOff"}}}]}})
}

fn replica_set(uid: &str, revision: &str) -> Value {
    json!({"metadata": {"name": uid, "uid": uid, "annotations": {REVISION: revision},
        "ownerReferences": [{"uid": "web", "name": "x", "kind": "x", "apiVersion": "v1"}]}})
}

/// A deployment `web` whose revision 2 has one pod beside revision 1's.
fn rollout(generation: i64) -> Objects {
    let deployment = json!({"metadata": {"name": "web", "namespace": "shop", "uid": "web", "generation": generation, "annotations": {REVISION: "2"}},
        "spec": {"replicas": 2, "selector": {}, "template": {}},
        "status": {"observedGeneration": 2, "replicas": 3, "updatedReplicas": 1, "availableReplicas": 2, "unavailableReplicas": 1}});
    Objects {
        deployments: objects([deployment]),
        replica_sets: objects([replica_set("old", "1"), replica_set("new", "2")]),
        pods: objects([
            pod("web-old-1", "old", &json!({})),
            pod("web-new-1", "new", &json!({})),
            pod("other-1", "other", &json!({})),
        ]),
        ..Objects::default()
    }
}

fn troubled(look: &Look) -> Vec<&str> {
    look.troubles
        .iter()
        .map(|trouble| trouble.blamed.name.as_str())
        .collect()
}

#[test]
fn only_pods_of_the_new_revision_are_blamed() {
    let web = [workload(Deployment, "web")];
    let look = rollout(2).look(&web, SINCE);
    assert_eq!((look.done, look.total), (0, 2));
    assert_eq!(look.waiting_for, ["deployment `web` has 0 of 2 pods ready"]);
    assert_eq!(troubled(&look), ["web-new-1"]);
}

#[test]
fn nobody_is_blamed_before_the_controller_has_seen_the_change() {
    let web = [workload(Deployment, "web")];
    assert_eq!(troubled(&rollout(3).look(&web, SINCE)), Vec::<&str>::new());
}

#[test]
fn a_workload_that_does_not_exist_is_waited_for() {
    let gone = [workload(Deployment, "web"), workload(Job, "setup")];
    let look = Objects::default().look(&gone, SINCE);
    assert_eq!(
        look.waiting_for,
        [
            "deployment `web` does not exist",
            "job `setup` does not exist"
        ]
    );
    assert_eq!(Objects::default().look(&[], SINCE), Look::default());
}

#[test]
fn pods_of_sets_and_jobs_are_known_by_their_own_marks() {
    let status = json!({"observedGeneration": 1, "replicas": 1, "updateRevision": "b"});
    let set = json!({"metadata": {"name": "store", "namespace": "shop", "uid": "store", "generation": 1}, "spec": {"selector": {}, "serviceName": "x", "template": {}}, "status": status});
    let daemon = json!({"metadata": {"name": "agent", "namespace": "shop", "uid": "agent", "annotations": {DAEMON_GENERATION: "7"}},
        "status": {"desiredNumberScheduled": 1, "currentNumberScheduled": 1, "numberMisscheduled": 0, "numberReady": 0}});
    let job = json!({"metadata": {"name": "setup", "namespace": "shop", "uid": "setup"}, "status": {"conditions": [
        {"type": "Failed", "status": "True", "reason": "BackoffLimitExceeded", "message": "said"}]}});
    let seen = Objects {
        stateful_sets: objects([set]),
        daemon_sets: objects([daemon]),
        jobs: objects([job]),
        pods: objects([
            pod("store-0", "store", &json!({REVISION_HASH: "b"})),
            pod("store-1", "store", &json!({REVISION_HASH: "a"})),
            pod("agent-new", "agent", &json!({DAEMON_POD_GENERATION: "7"})),
            pod("agent-old", "agent", &json!({DAEMON_POD_GENERATION: "6"})),
            pod("setup-1", "setup", &json!({})),
        ]),
        ..Objects::default()
    };
    let all = [
        workload(StatefulSet, "store"),
        workload(DaemonSet, "agent"),
        workload(Job, "setup"),
    ];
    let look = seen.look(&all, SINCE);
    assert_eq!(
        troubled(&look),
        ["store-0", "agent-new", "setup-1", "setup"]
    );
}

#[test]
fn the_least_far_is_what_is_waited_for() {
    let look = rollout(2).look(&[workload(Deployment, "web")], SINCE);
    assert_eq!(
        look.slowest,
        "deployment `web`: pod `web-new-1` has container `main` in ImagePullBackOff"
    );
    let look = rollout(3).look(&[workload(Deployment, "web")], SINCE);
    assert_eq!(
        look.slowest,
        "deployment `web`: its new pods are to be made"
    );
    let both = [workload(Deployment, "web"), workload(Job, "setup")];
    assert_eq!(
        rollout(2).look(&both, SINCE).slowest,
        "job `setup` does not exist"
    );
}

/// `web` with one wanted pod and one ready one, both of `namespace`.
fn ready_in(namespace: &str, image: &str, replicas: i32) -> Objects {
    let template = json!({"spec": {"containers": [{"name": "mesh", "image": "mesh:7"}, {"name": "main", "image": image}]}});
    let deployment = json!({"metadata": {"name": "web", "namespace": namespace, "uid": "web", "generation": 2},
        "spec": {"replicas": replicas, "selector": {}, "template": template},
        "status": {"observedGeneration": 2, "replicas": replicas, "updatedReplicas": replicas, "availableReplicas": replicas}});
    Objects {
        deployments: objects([deployment]),
        ..Objects::default()
    }
}

#[test]
fn as_many_pods_are_wanted_as_the_live_object_asks_for() {
    // The manifest may say three; an autoscaler has made it seven.
    let look = ready_in("shop", "shop:2", 7).look(&[workload(Deployment, "web")], SINCE);
    assert_eq!((look.done, look.total), (7, 7));
    assert_eq!(look.waiting_for, Vec::<String>::new());
}

#[test]
fn another_image_is_somebody_elses_and_another_container_is_not() {
    let web = [workload(Deployment, "web")];
    assert_eq!(
        ready_in("shop", "shop:2", 1).look(&web, SINCE).foreign,
        None
    );
    assert_eq!(
        ready_in("shop", "shop:3", 1)
            .look(&web, SINCE)
            .foreign
            .unwrap(),
        "container `main` of deployment `web` is to run `shop:3`, not `shop:2`"
    );
}

#[test]
fn the_same_name_in_another_namespace_is_another_workload() {
    let look = ready_in("other", "shop:2", 1).look(&[workload(Deployment, "web")], SINCE);
    assert_eq!(look.waiting_for, ["deployment `web` does not exist"]);
    let elsewhere = Workload {
        namespace: Namespace::new("other").unwrap(),
        ..workload(Deployment, "web")
    };
    let look = ready_in("other", "shop:2", 1).look(&[elsewhere], SINCE);
    assert_eq!((look.done, look.total), (1, 1));
}

#[test]
fn a_deployment_that_gets_no_pods_is_blamed_once() {
    let mut seen = rollout(2);
    let message = "pods \"web-1\" is forbidden: exceeded quota: x";
    let mut set = replica_set("new", "2");
    set["status"] = json!({"replicas": 0, "conditions": [{"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": message}]});
    let event = json!({"metadata": {}, "involvedObject": {"uid": "new"}, "reason": "FailedCreate", "message": format!("Error creating: {message}"),
        "lastTimestamp": "2026-03-01T00:00:10Z"});
    seen.replica_sets = objects([replica_set("old", "1"), set]);
    seen.pods = Vec::new();
    seen.events = objects([event]);
    let look = seen.look(&[workload(Deployment, "web")], SINCE);
    assert_eq!(troubled(&look), ["web"]);
    assert_eq!(look.troubles[0].reason, "FailedCreate");
}

#[test]
fn pods_of_the_new_revision_are_told_one_by_one() {
    let with = |name: &str, status: Value| {
        let mut pod = pod(name, "new", &json!({}));
        pod["status"] = status;
        pod
    };
    let condition = |kind: &str, status: &str, reason: &str| json!({"conditions": [{"type": kind, "status": status, "reason": reason, "message": "no room"}]});
    let mut leaving = with("web-new-0", json!({}));
    leaving["metadata"]["deletionTimestamp"] = json!("2026-03-01T10:00:00Z");
    let mut seen = rollout(2);
    seen.pods.extend(objects([
        leaving,
        with("web-new-4", condition("Ready", "True", "")),
        with("web-new-3", json!({})),
        with(
            "web-new-2",
            condition("PodScheduled", "False", "Unschedulable"),
        ),
    ]));
    let look = seen.look(&[workload(Deployment, "web")], SINCE);
    let pods = look.pods.iter();
    let told = pods.map(|it| (it.name.as_str(), it.state, it.why.as_deref()));
    let expected = [
        (
            "web-new-1",
            InstanceState::Failing,
            Some("ImagePullBackOff: container `main`"),
        ),
        (
            "web-new-2",
            InstanceState::Starting,
            Some("Unschedulable: no room"),
        ),
        ("web-new-3", InstanceState::Starting, None),
        ("web-new-4", InstanceState::New, None),
    ];
    assert_eq!(told.collect::<Vec<_>>(), expected);
}
