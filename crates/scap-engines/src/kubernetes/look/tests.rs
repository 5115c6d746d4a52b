//! Namespaces as the API server shows them, old and new pods side by side.

use super::*;
use WorkloadKind::{DaemonSet, Deployment, Job, StatefulSet};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

fn objects<T: DeserializeOwned>(values: impl IntoIterator<Item = Value>) -> Vec<Arc<T>> {
    let object = |value| Arc::new(serde_json::from_value(value).unwrap());
    values.into_iter().map(object).collect()
}

fn workload(kind: WorkloadKind, name: &str) -> Workload {
    Workload {
        kind,
        name: name.to_owned(),
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
    let deployment = json!({"metadata": {"name": "web", "uid": "web", "generation": generation, "annotations": {REVISION: "2"}},
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
        .map(|trouble| trouble.pod.as_str())
        .collect()
}

#[test]
fn only_pods_of_the_new_revision_are_blamed() {
    let web = [workload(Deployment, "web")];
    let look = rollout(2).look(&web);
    assert_eq!((look.done, look.total), (0, 2));
    assert_eq!(look.waiting_for, ["deployment `web` has 0 of 2 pods ready"]);
    assert_eq!(troubled(&look), ["web-new-1"]);
}

#[test]
fn nobody_is_blamed_before_the_controller_has_seen_the_change() {
    let web = [workload(Deployment, "web")];
    assert_eq!(troubled(&rollout(3).look(&web)), Vec::<&str>::new());
}

#[test]
fn a_workload_that_does_not_exist_is_waited_for() {
    let gone = [workload(Deployment, "web"), workload(Job, "setup")];
    let look = Objects::default().look(&gone);
    assert_eq!(
        look.waiting_for,
        [
            "deployment `web` does not exist",
            "job `setup` does not exist"
        ]
    );
    assert_eq!(Objects::default().look(&[]), Look::default());
}

#[test]
fn pods_of_sets_and_jobs_are_known_by_their_own_marks() {
    let status = json!({"observedGeneration": 1, "replicas": 1, "updateRevision": "b"});
    let set = json!({"metadata": {"name": "store", "uid": "store", "generation": 1}, "spec": {"selector": {}, "serviceName": "x", "template": {}}, "status": status});
    let daemon = json!({"metadata": {"name": "agent", "uid": "agent", "annotations": {DAEMON_GENERATION: "7"}},
        "status": {"desiredNumberScheduled": 1, "currentNumberScheduled": 1, "numberMisscheduled": 0, "numberReady": 0}});
    let job = json!({"metadata": {"name": "setup", "uid": "setup"}, "status": {"conditions": [
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
    let look = seen.look(&all);
    assert_eq!(
        troubled(&look),
        ["store-0", "agent-new", "setup-1", "job/setup"]
    );
}
