//! What a pod that is not ready yet waits for, in words.

use k8s_openapi::api::core::v1::{ContainerStatus, Pod};
use kube::ResourceExt;

use super::events::Events;
use super::trouble::pod::statuses;

/// How far a pod is on its way, the least far first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    Unscheduled,
    Created,
    Pulling,
    Starting,
    Preparing,
    Running,
    /// Its containers are ready, and it is not.
    Unready,
    /// All that is left is to stay so.
    Ready,
}

/// What the pod that is the least far waits for.
pub(super) fn slowest(pods: &[&Pod], events: &Events) -> Option<(Stage, String)> {
    let mut waits: Vec<(Stage, String)> = pods
        .iter()
        .filter(|pod| pod.metadata.deletion_timestamp.is_none() && !has_ended(pod))
        .map(|pod| {
            let (stage, words) = waits_for(pod, events);
            (stage, format!("pod `{}` {words}", pod.name_any()))
        })
        .collect();
    waits.sort_unstable();
    waits.into_iter().next()
}

fn waits_for(pod: &Pod, events: &Events) -> (Stage, String) {
    let is_placed = pod
        .spec
        .as_ref()
        .is_none_or(|spec| spec.node_name.is_some());
    let mut waiting = statuses(pod).filter_map(|container| of_container(pod, container, events));
    match waiting.next() {
        _ if !is_placed => (Stage::Unscheduled, "waits for a node".to_owned()),
        Some(wait) => wait,
        None if statuses(pod).next().is_none() => (
            Stage::Created,
            "waits for its node to take it up".to_owned(),
        ),
        None if is_ready(pod) => (Stage::Ready, "has to stay ready for a while".to_owned()),
        None => (Stage::Unready, "is not ready yet".to_owned()),
    }
}

fn of_container(
    pod: &Pod,
    container: &ContainerStatus,
    events: &Events,
) -> Option<(Stage, String)> {
    let (name, state) = (&container.name, container.state.as_ref()?);
    if let Some(waiting) = &state.waiting {
        let reason = waiting.reason.as_deref().unwrap_or("Waiting");
        let pulled = pulling(pod, container, events);
        return Some(match (reason, pulled) {
            ("ContainerCreating" | "PodInitializing", Some(pulling)) => {
                (Stage::Pulling, format!("is {pulling}"))
            }
            ("ContainerCreating" | "PodInitializing", None) => {
                let words = format!("waits for its container `{name}` to be created");
                (Stage::Starting, words)
            }
            _ => (
                Stage::Starting,
                format!("has container `{name}` in {reason}"),
            ),
        });
    }
    if state.running.is_none() || container.ready {
        return None;
    }
    Some(if is_preparing(pod, name) {
        let words = format!("waits for its init container `{name}`");
        (Stage::Preparing, words)
    } else {
        let words = format!("has not passed the probe of its container `{name}` yet");
        (Stage::Running, words)
    })
}

/// `pulling image "registry.example/shop:1"`, unless that is not the last that was heard.
fn pulling(pod: &Pod, container: &ContainerStatus, events: &Events) -> Option<String> {
    let about = events.about(pod.metadata.uid.as_deref()).next()?;
    let is_it = about.reason == "Pulling" && about.is_of_container(&container.name);
    is_it.then(|| about.message.replacen("Pulling", "pulling", 1))
}

/// One that has to end before the others begin.
fn is_preparing(pod: &Pod, container: &str) -> bool {
    let spec = pod.spec.as_ref();
    let mut preparing = spec
        .and_then(|spec| spec.init_containers.as_ref())
        .into_iter()
        .flatten();
    preparing.any(|known| known.name == container && known.restart_policy.is_none())
}

fn has_ended(pod: &Pod) -> bool {
    let phase = pod
        .status
        .as_ref()
        .and_then(|status| status.phase.as_deref());
    matches!(phase, Some("Succeeded" | "Failed"))
}

pub(super) fn is_ready(pod: &Pod) -> bool {
    let conditions = pod
        .status
        .as_ref()
        .and_then(|status| status.conditions.as_ref());
    let mut conditions = conditions.into_iter().flatten();
    conditions.any(|condition| condition.type_ == "Ready" && condition.status == "True")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};
    use std::sync::Arc;

    fn pod(name: &str, status: &Value) -> Pod {
        let spec = json!({"nodeName": "node-1", "initContainers": [{"name": "setup"}], "containers": [{"name": "main"}]});
        let pod = json!({"metadata": {"name": name, "uid": name}, "spec": spec, "status": status});
        serde_json::from_value(pod).unwrap()
    }

    fn container(name: &str, ready: bool, state: &Value) -> Value {
        json!({"name": name, "image": "i", "imageID": "", "ready": ready, "restartCount": 0, "state": state})
    }

    #[test]
    fn the_pod_that_is_least_far_tells_what_it_waits_for() {
        let (creating, running) = (
            json!({"waiting": {"reason": "ContainerCreating"}}),
            json!({"running": {}}),
        );
        let main = |ready, state| json!({"containerStatuses": [container("main", ready, state)]});
        let ready = json!({"conditions": [{"type": "Ready", "status": "True"}], "containerStatuses": [container("main", true, &running)]});
        let gated = main(true, &running);
        let setup = json!({"initContainerStatuses": [container("setup", false, &running)],
            "containerStatuses": [container("main", false, &json!({"waiting": {"reason": "PodInitializing"}}))]});
        let mut statuses = vec![
            ("ready", ready, "pod `ready` has to stay ready for a while"),
            ("gated", gated, "pod `gated` is not ready yet"),
            (
                "probed",
                main(false, &running),
                "pod `probed` has not passed the probe of its container `main` yet",
            ),
            (
                "setting-up",
                setup,
                "pod `setting-up` waits for its init container `setup`",
            ),
            (
                "created",
                main(false, &creating),
                "pod `created` waits for its container `main` to be created",
            ),
            (
                "pulling",
                main(false, &creating),
                "pod `pulling` is pulling image \"shop:1\"",
            ),
            (
                "new",
                json!({}),
                "pod `new` waits for its node to take it up",
            ),
        ];
        let pull = json!({"metadata": {}, "involvedObject": {"uid": "pulling", "fieldPath": "spec.containers{main}"},
            "reason": "Pulling", "message": "Pulling image \"shop:1\"", "lastTimestamp": "2026-03-01T00:00:10Z"});
        let events = [Arc::new(serde_json::from_value(pull).unwrap())];
        let events = Events::since(&events, Some("2026-03-01T00:00:00Z".parse().unwrap()));
        let mut pods: Vec<Pod> = Vec::new();
        // Each one that joins is less far than those before it.
        for (name, status, expected) in statuses.drain(..) {
            pods.push(pod(name, &status));
            let seen: Vec<&Pod> = pods.iter().collect();
            assert_eq!(slowest(&seen, &events).unwrap().1, expected);
        }
        let unplaced: Pod = serde_json::from_value(
            json!({"metadata": {"name": "unplaced"}, "spec": {"containers": []}}),
        )
        .unwrap();
        let told = slowest(&[&unplaced, &pods[6]], &events).unwrap().1;
        assert_eq!(told, "pod `unplaced` waits for a node");
        assert_eq!(slowest(&[], &events), None);
    }
}
