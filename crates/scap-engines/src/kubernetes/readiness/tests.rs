//! Objects as the API server shows them, and what is to be thought of each.

use super::*;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

fn object<T: DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).unwrap()
}

fn check<T: DeserializeOwned>(
    look: fn(&T) -> Readiness,
    cases: Vec<(&str, Value, (bool, usize, usize))>,
) {
    for (name, value, expected) in cases {
        let seen = look(&object(value));
        assert_eq!((seen.ready, seen.done, seen.total), expected, "{name}");
    }
}

#[test]
fn a_deployment_is_ready_when_all_its_pods_are_new_and_available() {
    let of = |generation: i64, replicas: Value, status: Value| json!({"metadata": {"generation": generation}, "spec": {"replicas": replicas, "selector": {}, "template": {}}, "status": status});
    let done = json!({"observedGeneration": 2, "replicas": 3, "updatedReplicas": 3, "availableReplicas": 3});
    let old_condition = json!({"observedGeneration": 2, "replicas": 3, "updatedReplicas": 3, "availableReplicas": 3,
        "conditions": [{"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded"}]});
    check(
        deployment,
        vec![
            (
                "all new and available",
                of(2, json!(3), done.clone()),
                (true, 3, 3),
            ),
            (
                "an old condition does not matter",
                of(2, json!(3), old_condition),
                (true, 3, 3),
            ),
            (
                "the controller has not seen the change yet",
                of(3, json!(3), done),
                (false, 0, 3),
            ),
            ("no status yet", of(1, json!(3), Value::Null), (false, 0, 3)),
            (
                "one is assumed when nothing is said",
                of(
                    1,
                    Value::Null,
                    json!({"observedGeneration": 1, "replicas": 1, "updatedReplicas": 1, "availableReplicas": 1}),
                ),
                (true, 1, 1),
            ),
            (
                "none wanted, none there",
                of(2, json!(0), json!({"observedGeneration": 2})),
                (true, 0, 0),
            ),
            (
                "none wanted, one is still going",
                of(
                    2,
                    json!(0),
                    json!({"observedGeneration": 2, "replicas": 1, "updatedReplicas": 1}),
                ),
                (false, 0, 0),
            ),
            (
                "a first new one is not available yet",
                of(
                    2,
                    json!(3),
                    json!({"observedGeneration": 2, "replicas": 4, "updatedReplicas": 1, "availableReplicas": 3, "unavailableReplicas": 1}),
                ),
                (false, 0, 3),
            ),
            (
                "two new ones are certainly available",
                of(
                    2,
                    json!(3),
                    json!({"observedGeneration": 2, "replicas": 4, "updatedReplicas": 3, "availableReplicas": 3}),
                ),
                (false, 2, 3),
            ),
            (
                "an old one is still there",
                of(
                    2,
                    json!(3),
                    json!({"observedGeneration": 2, "replicas": 4, "updatedReplicas": 3, "availableReplicas": 4}),
                ),
                (false, 3, 3),
            ),
            (
                "new, but not available",
                of(
                    2,
                    json!(3),
                    json!({"observedGeneration": 2, "replicas": 3, "updatedReplicas": 3, "availableReplicas": 2, "unavailableReplicas": 1}),
                ),
                (false, 2, 3),
            ),
        ],
    );
}

#[test]
fn a_stateful_set_may_keep_old_pods_on_purpose() {
    let of = |strategy: Value, status: Value| json!({"metadata": {"generation": 2}, "spec": {"replicas": 3, "selector": {}, "serviceName": "x", "template": {}, "updateStrategy": strategy}, "status": status});
    let rolling = json!({"type": "RollingUpdate"});
    check(
        stateful_set,
        vec![
            (
                "all new",
                of(
                    rolling.clone(),
                    json!({"observedGeneration": 2, "replicas": 3, "updatedReplicas": 3, "availableReplicas": 3}),
                ),
                (true, 3, 3),
            ),
            (
                "stale",
                of(
                    rolling.clone(),
                    json!({"observedGeneration": 1, "replicas": 3, "updatedReplicas": 3, "availableReplicas": 3}),
                ),
                (false, 0, 3),
            ),
            (
                "one is new",
                of(
                    rolling.clone(),
                    json!({"observedGeneration": 2, "replicas": 3, "updatedReplicas": 1, "availableReplicas": 3}),
                ),
                (false, 1, 3),
            ),
            (
                "one is missing",
                of(
                    rolling,
                    json!({"observedGeneration": 2, "replicas": 2, "updatedReplicas": 2, "availableReplicas": 2}),
                ),
                (false, 2, 3),
            ),
            (
                "two are below the partition",
                of(
                    json!({"type": "RollingUpdate", "rollingUpdate": {"partition": 2}}),
                    json!({"observedGeneration": 2, "replicas": 3, "updatedReplicas": 1, "availableReplicas": 3}),
                ),
                (true, 3, 3),
            ),
            (
                "a person deletes the old ones",
                of(
                    json!({"type": "OnDelete"}),
                    json!({"observedGeneration": 2, "replicas": 3, "availableReplicas": 3}),
                ),
                (true, 3, 3),
            ),
        ],
    );
}

#[test]
fn a_daemon_set_is_ready_on_all_its_nodes() {
    let of = |strategy: &str, status: Value| json!({"metadata": {"generation": 2}, "spec": {"selector": {}, "template": {}, "updateStrategy": {"type": strategy}}, "status": status});
    let status = |observed: i64, updated: i64, available: i64| {
        json!({"observedGeneration": observed, "desiredNumberScheduled": 3, "currentNumberScheduled": 3, "numberMisscheduled": 0,
            "numberReady": available, "updatedNumberScheduled": updated, "numberAvailable": available, "numberUnavailable": 3 - available})
    };
    check(
        daemon_set,
        vec![
            (
                "all new",
                of("RollingUpdate", status(2, 3, 3)),
                (true, 3, 3),
            ),
            ("stale", of("RollingUpdate", status(1, 3, 3)), (false, 0, 0)),
            (
                "an old one is there",
                of("RollingUpdate", status(2, 2, 3)),
                (false, 2, 3),
            ),
            (
                "one is not available",
                of("RollingUpdate", status(2, 3, 2)),
                (false, 2, 3),
            ),
            (
                "a person deletes the old ones",
                of("OnDelete", status(2, 0, 3)),
                (true, 3, 3),
            ),
        ],
    );
}

#[test]
fn a_job_is_ready_when_it_has_succeeded() {
    let of = |spec: Value, status: Value| json!({"metadata": {}, "spec": spec, "status": status});
    let condition =
        |type_: &str| json!({"succeeded": 1, "conditions": [{"type": type_, "status": "True"}]});
    check(
        job,
        vec![
            (
                "complete",
                of(json!({"template": {}}), condition("Complete")),
                (true, 1, 1),
            ),
            (
                "failed",
                of(json!({"template": {}}), condition("Failed")),
                (false, 1, 1),
            ),
            (
                "running",
                of(
                    json!({"template": {}, "completions": 2}),
                    json!({"active": 1, "succeeded": 1}),
                ),
                (false, 1, 2),
            ),
            (
                "suspended",
                of(json!({"template": {}, "suspend": true}), json!({})),
                (true, 0, 1),
            ),
        ],
    );
}
