//! What controllers say of pods that they cannot make.

use super::*;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::sync::Arc;

fn object<T: DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).unwrap()
}

fn web() -> Blamed {
    Blamed {
        kind: "deployment",
        namespace: "shop".to_owned(),
        name: "web".to_owned(),
    }
}

fn shown(trouble: Option<Trouble>) -> String {
    trouble.map_or_else(
        || "nothing".to_owned(),
        |t| {
            let (effect, patience) = (t.kind.effect(), t.patience.as_secs());
            format!(
                "{:?} {} {effect} after {patience} s: {}",
                t.kind,
                t.blamed,
                t.command()
            )
        },
    )
}

#[test]
fn what_is_against_a_new_pod_is_told_apart() {
    let cases = [
        (
            "pods \"web-1\" is forbidden: exceeded quota: pods, requested: pods=1, used: pods=4, limited: pods=4",
            "Quota deployment `web` gets no pods after 30 s: kubectl describe resourcequotas --namespace shop",
        ),
        (
            "admission webhook \"policy.example\" denied the request: no latest tag",
            "Refusal deployment `web` gets no pods after 10 s: kubectl describe deployment web --namespace shop",
        ),
        (
            "pods \"web-1\" is forbidden: violates PodSecurity \"restricted:latest\": allowPrivilegeEscalation != false",
            "Refusal deployment `web` gets no pods after 10 s: kubectl describe deployment web --namespace shop",
        ),
        (
            "Internal error occurred: failed calling webhook \"hang.example\": failed to call webhook: Post \"https://hang.shop.svc:443/\": context deadline exceeded",
            "Webhook deployment `web` gets no pods after 30 s: kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations",
        ),
    ];
    for (message, expected) in cases {
        let set = |type_: &str, status: &str| {
            object(
                json!({"metadata": {}, "status": {"replicas": 0, "conditions": [{"type": type_, "status": status, "reason": "FailedCreate", "message": message}]}}),
            )
        };
        let trouble = of_replica_set(&set("ReplicaFailure", "True"), &web());
        assert_eq!(trouble.as_ref().map(|t| t.message.as_str()), Some(message));
        assert_eq!(shown(trouble), expected);
        assert_eq!(
            of_replica_set(&set("ReplicaFailure", "False"), &web()),
            None
        );
    }
}

#[test]
fn a_refusal_counts_until_a_pod_is_made() {
    let event = json!({"metadata": {}, "involvedObject": {"uid": "set"}, "reason": "FailedCreate", "message": "exceeded quota: x",
        "lastTimestamp": "2026-03-01T00:00:10Z"});
    let events = [Arc::new(object(event))];
    let seen = |since: &str, uid: &str, newest_pod: Option<&str>| {
        let time = |text: &str| text.parse::<Timestamp>().unwrap();
        let events = Events::since(&events, Some(time(since)));
        of_events(&web(), Some(uid), newest_pod.map(time), &events).is_some()
    };
    let begun = "2026-03-01T00:00:00Z";
    assert!(seen(begun, "set", None));
    assert!(seen(begun, "set", Some("2026-03-01T00:00:09Z")));
    assert!(
        !seen(begun, "set", Some("2026-03-01T00:00:10Z")),
        "one was made since"
    );
    assert!(
        !seen("2026-03-01T00:00:11Z", "set", None),
        "of an earlier deployment"
    );
    assert!(!seen(begun, "other", None), "of another object");
    assert!(of_events(&web(), Some("set"), None, &Events::since(&events, None)).is_none());
}

#[test]
fn a_deadline_that_is_over_and_a_job_that_gave_up_are_told() {
    let deployment = |status: &str, reason: &str| {
        let conditions = json!([{"type": "Progressing", "status": status, "reason": reason, "message": "timed out"}]);
        object(
            json!({"metadata": {"name": "web", "namespace": "shop"}, "status": {"conditions": conditions}}),
        )
    };
    assert_eq!(
        shown(of_deadline(&deployment(
            "False",
            "ProgressDeadlineExceeded"
        ))),
        "Late deployment `web` makes no progress after 5 s: kubectl describe deployment web --namespace shop"
    );
    assert_eq!(
        of_deadline(&deployment("True", "NewReplicaSetAvailable")),
        None
    );
    let job = |type_: &str| {
        let conditions =
            json!([{"type": type_, "status": "True", "reason": "BackoffLimitExceeded"}]);
        object(
            json!({"metadata": {"name": "setup", "namespace": "shop"}, "status": {"conditions": conditions}}),
        )
    };
    assert_eq!(
        shown(of_job(&job("Failed"))),
        "GivenUp job `setup` has given up after 0 s: kubectl logs job/setup --all-containers --namespace shop"
    );
    assert_eq!(of_job(&job("Complete")), None);
}
