//! Pods as the API server shows them, and what is said of them.

use super::*;
use serde_json::{Value, json};
use std::sync::Arc;

fn told(status: &Value, events: &[Value]) -> String {
    let probe = json!({"httpGet": {"port": 80}, "initialDelaySeconds": 5, "periodSeconds": 2, "failureThreshold": 4});
    let slow = json!({"httpGet": {"port": 80}, "failureThreshold": 30});
    let pod = json!({"metadata": {"name": "shop-1", "namespace": "shop", "uid": "1"}, "status": status, "spec": {"containers": [
        {"name": "ok"}, {"name": "main", "readinessProbe": probe}, {"name": "slow", "startupProbe": slow, "readinessProbe": {}}]}});
    let events: Vec<_> = events
        .iter()
        .map(|event| Arc::new(serde_json::from_value(event.clone()).unwrap()))
        .collect();
    told_of(
        &serde_json::from_value(pod).unwrap(),
        &Events::since(&events, Some("2026-03-01T00:00:00Z".parse().unwrap())),
    )
}

fn told_of(pod: &Pod, events: &Events) -> String {
    of_pod(pod, events).map_or_else(|| "nothing".to_owned(), |t| shown(&t))
}

fn shown(t: &Trouble) -> String {
    format!(
        "{:?} {} {} after {} s: {} ({})",
        t.kind,
        t.blamed.name,
        t.reason,
        t.patience.as_secs(),
        t.about(),
        t.command()
    )
}

fn containers(main: &Value) -> Value {
    json!({"containerStatuses": [
        {"name": "ok", "image": "i", "imageID": "", "ready": true, "restartCount": 0, "state": {"running": {}}}, main]})
}

fn waiting(reason: &str, restarts: i32, end: &str) -> Value {
    containers(
        &json!({"name": "main", "image": "i", "imageID": "", "ready": false, "restartCount": restarts,
        "state": {"waiting": {"reason": reason, "message": "said"}}, "lastState": {"terminated": {"exitCode": 3, "reason": end}}}),
    )
}

fn running(name: &str, ready: bool) -> Value {
    containers(
        &json!({"name": name, "image": "i", "imageID": "", "ready": ready, "restartCount": 0, "state": {"running": {}}}),
    )
}

fn event(second: u32, reason: &str, message: &str) -> Value {
    json!({"metadata": {}, "involvedObject": {"uid": "1", "fieldPath": "spec.containers{main}"}, "reason": reason, "message": message,
        "lastTimestamp": format!("2026-03-01T00:00:{second:02}Z")})
}

#[test]
fn a_container_that_cannot_run_is_explained() {
    let init = json!({"initContainerStatuses": [{"name": "setup", "image": "i", "imageID": "", "ready": false, "restartCount": 0,
        "state": {"waiting": {"reason": "ErrImagePull"}}}]});
    let describe = "(kubectl describe pod shop-1 --namespace shop)";
    let previous = "(kubectl logs shop-1 --container main --previous --namespace shop)";
    let liveness = event(1, "Unhealthy", "Liveness probe failed: 500");
    let readiness = event(1, "Unhealthy", "Readiness probe failed: 500");
    let crash = "container `main`: ended with code 3 (Error), started again 2 times";
    let cases = [
        (
            waiting("ImagePullBackOff", 0, ""),
            vec![],
            format!("Image shop-1 ImagePullBackOff after 5 s: container `main`: said {describe}"),
        ),
        (
            waiting("CreateContainerConfigError", 0, ""),
            vec![],
            format!(
                "Configuration shop-1 CreateContainerConfigError after 5 s: container `main`: said {describe}"
            ),
        ),
        (
            init,
            vec![],
            format!("Image shop-1 ErrImagePull after 5 s: container `setup` {describe}"),
        ),
        (
            waiting("CrashLoopBackOff", 2, "Error"),
            vec![],
            format!("Crash shop-1 CrashLoopBackOff after 0 s: {crash} {previous}"),
        ),
        (
            waiting("CrashLoopBackOff", 2, "Error"),
            vec![readiness],
            format!("Crash shop-1 CrashLoopBackOff after 0 s: {crash} {previous}"),
        ),
        (
            waiting("CrashLoopBackOff", 2, "OOMKilled"),
            vec![],
            format!(
                "Memory shop-1 OOMKilled after 0 s: container `main`: ended with code 3 (OOMKilled), started again 2 times {previous}"
            ),
        ),
        (
            waiting("CrashLoopBackOff", 2, "Error"),
            vec![liveness],
            format!(
                "Probe shop-1 Unhealthy after 0 s: container `main`: Liveness probe failed: 500; ended with code 3 (Error), started again 2 times {describe}"
            ),
        ),
        (
            waiting("CrashLoopBackOff", 1, "Error"),
            vec![],
            "nothing".to_owned(),
        ),
        (
            waiting("ContainerCreating", 0, ""),
            vec![],
            "nothing".to_owned(),
        ),
    ];
    for (status, events, expected) in cases {
        assert_eq!(told(&status, &events), expected, "{status}");
    }
}

#[test]
fn a_pod_that_its_node_cannot_set_up_is_explained() {
    let creating = containers(
        &json!({"name": "main", "image": "i", "imageID": "", "ready": false, "restartCount": 0, "state": {"waiting": {"reason": "ContainerCreating"}}}),
    );
    let creating = json!({"containerStatuses": [creating["containerStatuses"][1]]});
    let describe = "(kubectl describe pod shop-1 --namespace shop)";
    let mount = event(5, "FailedMount", "configmap \"x\" not found");
    let sandbox = event(6, "FailedCreatePodSandBox", "no address left");
    let pulling = event(7, "Pulling", "Pulling image");
    let old = json!({"metadata": {}, "involvedObject": {"uid": "1"}, "reason": "FailedMount", "lastTimestamp": "2026-02-28T23:59:59Z"});
    let other = json!({"metadata": {}, "involvedObject": {"uid": "2"}, "reason": "FailedMount", "lastTimestamp": "2026-03-01T00:00:09Z"});
    let unschedulable = json!({"conditions": [{"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/3 nodes"}]});
    let volume =
        format!("Volume shop-1 FailedMount after 30 s: configmap \"x\" not found {describe}");
    let cases = [
        (&creating, vec![mount.clone()], volume.clone()),
        (&creating, vec![old, other, mount.clone()], volume),
        (
            &creating,
            vec![sandbox.clone(), mount.clone()],
            format!("Node shop-1 FailedCreatePodSandBox after 30 s: no address left {describe}"),
        ),
        (
            &creating,
            vec![mount.clone(), pulling],
            "nothing".to_owned(),
        ),
        (&running("ok", true), vec![mount], "nothing".to_owned()),
        (
            &unschedulable,
            vec![],
            format!("Room shop-1 Unschedulable after 30 s: 0/3 nodes {describe}"),
        ),
        (&json!({}), vec![], "nothing".to_owned()),
    ];
    for (status, events, expected) in cases {
        assert_eq!(told(status, &events), expected, "{status} {events:?}");
    }
}

#[test]
fn a_probe_may_take_as_long_as_it_is_allowed_and_a_while_more() {
    let describe = "(kubectl describe pod shop-1 --namespace shop)";
    let failed = [
        event(1, "Unhealthy", "Readiness probe failed: 503"),
        event(2, "Unhealthy", "Readiness probe failed: 500"),
    ];
    let cases = [
        (
            running("main", false),
            &failed[..],
            format!(
                "Probe shop-1 Unhealthy after 73 s: container `main`: Readiness probe failed: 500 {describe}"
            ),
        ),
        (
            running("main", false),
            &[],
            format!(
                "Probe shop-1 Unhealthy after 73 s: container `main`: its probe has not passed {describe}"
            ),
        ),
        (
            running("slow", false),
            &[],
            format!(
                "Probe shop-1 Unhealthy after 390 s: container `slow`: its probe has not passed {describe}"
            ),
        ),
        (running("main", true), &failed, "nothing".to_owned()),
        (running("without-probe", false), &[], "nothing".to_owned()),
    ];
    for (status, events, expected) in cases {
        assert_eq!(told(&status, events), expected, "{status}");
    }
}

#[test]
fn a_pod_that_goes_away_is_not_blamed() {
    let pod = json!({"metadata": {"name": "shop-1", "deletionTimestamp": "2026-03-01T00:00:00Z"}, "status": waiting("ImagePullBackOff", 0, "")});
    assert_eq!(
        told_of(&serde_json::from_value(pod).unwrap(), &Events::default()),
        "nothing"
    );
}

#[test]
fn a_pod_that_has_failed_for_good_is_told_apart() {
    let of = |phase: &str, code: i32| {
        let status = containers(
            &json!({"name": "main", "image": "i", "imageID": "", "ready": false, "restartCount": 0, "state": {"terminated": {"exitCode": code, "reason": "Error"}}}),
        );
        let pod = json!({"metadata": {"name": "setup-1", "namespace": "shop"}, "status": {"phase": phase, "containerStatuses": status["containerStatuses"]}});
        ended_badly(&serde_json::from_value(pod).unwrap()).map(|trouble| shown(&trouble))
    };
    let expected = "Ended setup-1 Error after 0 s: container `main`: ended with code 3 (kubectl logs setup-1 --container main --namespace shop)";
    assert_eq!(of("Failed", 3).unwrap(), expected);
    assert_eq!(of("Running", 3), None);
    assert_eq!(of("Succeeded", 0), None);
}
