//! Why a pod does not become ready, and how long that must last until it is certain.

use std::time::Duration;

use k8s_openapi::api::core::v1::{ContainerStatus, Pod};
use kube::ResourceExt;

/// The registry is asked once more within this; a name or a tag that it does not have is no passing fault.
const IMAGE_PATIENCE: Duration = Duration::from_secs(5);
/// A config map or secret made in the same change may be seen a moment later.
const CONFIG_PATIENCE: Duration = Duration::from_secs(5);
/// Pods that are being replaced give their room back, and a cluster may add nodes.
const ROOM_PATIENCE: Duration = Duration::from_secs(30);
/// The first crash may be that of a pod which came before what it needs.
const CRASHES_FORGIVEN: i32 = 1;

/// What is wrong with a pod of the new revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Trouble {
    pub(super) pod: String,
    /// Which of the pod's containers, if it is about one.
    pub(super) container: Option<String>,
    /// In the cluster's own words.
    pub(super) reason: String,
    pub(super) message: String,
    pub(super) kind: TroubleKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum TroubleKind {
    Image,
    Crash,
    Configuration,
    Room,
    /// A Job that has given up.
    GivenUp,
}

impl TroubleKind {
    /// How long it must last.
    pub(super) fn patience(self) -> Duration {
        match self {
            Self::Image => IMAGE_PATIENCE,
            Self::Configuration => CONFIG_PATIENCE,
            Self::Room => ROOM_PATIENCE,
            // The kubelet says so only after it has tried again.
            Self::Crash | Self::GivenUp => Duration::ZERO,
        }
    }

    pub(super) fn hint(self) -> &'static str {
        match self {
            Self::Image => {
                "see that the image's name and tag are right and that its registry can be reached"
            }
            Self::Crash => "see what the container said before it ended: `kubectl logs --previous`",
            Self::Configuration => {
                "see that each ConfigMap, Secret and key that the pod names exists"
            }
            Self::Room => "ask for less memory or CPU, or see why nodes are missing or tainted",
            Self::GivenUp => "see what its pods said: `kubectl logs`",
        }
    }
}

/// The first trouble of a pod that is on its way to become ready.
pub(super) fn of_pod(pod: &Pod) -> Option<Trouble> {
    // One that goes away is none of the new revision's for long.
    if pod.metadata.deletion_timestamp.is_some() {
        return None;
    }
    let status = pod.status.as_ref()?;
    let containers = [&status.init_container_statuses, &status.container_statuses];
    let mut containers = containers.into_iter().flatten().flatten();
    containers
        .find_map(|container| of_container(pod, container))
        .or_else(|| unschedulable(pod))
}

fn of_container(pod: &Pod, container: &ContainerStatus) -> Option<Trouble> {
    let waiting = container.state.as_ref()?.waiting.as_ref()?;
    let reason = waiting.reason.as_deref()?;
    let kind = match reason {
        "ErrImagePull"
        | "ImagePullBackOff"
        | "InvalidImageName"
        | "ErrImageNeverPull"
        | "ImageInspectError"
        | "RegistryUnavailable"
        | "SignatureValidationFailed" => TroubleKind::Image,
        "CreateContainerConfigError" | "CreateContainerError" | "RunContainerError" => {
            TroubleKind::Configuration
        }
        "CrashLoopBackOff" if container.restart_count > CRASHES_FORGIVEN => TroubleKind::Crash,
        _ => return None,
    };
    let mut message = waiting.message.clone().unwrap_or_default();
    if let Some(end) = last_end(container).filter(|_| kind == TroubleKind::Crash) {
        message = format!("{end}; {message}");
    }
    Some(Trouble {
        pod: pod.name_any(),
        container: Some(container.name.clone()),
        reason: reason.to_owned(),
        message,
        kind,
    })
}

/// `ended with code 1 (Error), started 3 times again`.
fn last_end(container: &ContainerStatus) -> Option<String> {
    let end = container.last_state.as_ref()?.terminated.as_ref()?;
    let reason = end.reason.as_deref().map(|reason| format!(" ({reason})"));
    Some(format!(
        "ended with code {}{}, started again {} times",
        end.exit_code,
        reason.unwrap_or_default(),
        container.restart_count
    ))
}

fn unschedulable(pod: &Pod) -> Option<Trouble> {
    let conditions = pod.status.as_ref()?.conditions.as_ref()?;
    let condition = conditions.iter().find(|condition| {
        condition.type_ == "PodScheduled"
            && condition.status == "False"
            && condition.reason.as_deref() == Some("Unschedulable")
    })?;
    Some(Trouble {
        pod: pod.name_any(),
        container: None,
        reason: "Unschedulable".to_owned(),
        message: condition.message.clone().unwrap_or_default(),
        kind: TroubleKind::Room,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn told(status: &Value) -> String {
        let pod = json!({"metadata": {"name": "shop-1"}, "status": status});
        told_of(&serde_json::from_value(pod).unwrap())
    }

    fn told_of(pod: &Pod) -> String {
        of_pod(pod).map_or_else(
            || "nothing".to_owned(),
            |t| {
                let (container, patience) =
                    (t.container.unwrap_or_default(), t.kind.patience().as_secs());
                format!(
                    "{}/{container} {} after {patience} s: {}",
                    t.pod, t.reason, t.message
                )
            },
        )
    }

    fn waiting(reason: &str, restarts: i32) -> Value {
        json!({"containerStatuses": [
            {"name": "ok", "image": "i", "imageID": "", "ready": true, "restartCount": 0, "state": {"running": {}}},
            {"name": "main", "image": "i", "imageID": "", "ready": false, "restartCount": restarts,
             "state": {"waiting": {"reason": reason, "message": "said"}},
             "lastState": {"terminated": {"exitCode": 3, "reason": "Error"}}},
        ]})
    }

    #[test]
    fn a_pod_that_cannot_become_ready_is_explained() {
        let init = json!({"initContainerStatuses": [{"name": "setup", "image": "i", "imageID": "", "ready": false, "restartCount": 0,
            "state": {"waiting": {"reason": "ErrImagePull"}}}]});
        let unschedulable = json!({"conditions": [{"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/3 nodes"}]});
        let cases = [
            (
                waiting("ImagePullBackOff", 0),
                "shop-1/main ImagePullBackOff after 5 s: said",
            ),
            (
                waiting("ErrImagePull", 0),
                "shop-1/main ErrImagePull after 5 s: said",
            ),
            (
                waiting("CreateContainerConfigError", 0),
                "shop-1/main CreateContainerConfigError after 5 s: said",
            ),
            (
                waiting("CrashLoopBackOff", 2),
                "shop-1/main CrashLoopBackOff after 0 s: ended with code 3 (Error), started again 2 times; said",
            ),
            (waiting("CrashLoopBackOff", 1), "nothing"),
            (waiting("ContainerCreating", 0), "nothing"),
            (init, "shop-1/setup ErrImagePull after 5 s: "),
            (unschedulable, "shop-1/ Unschedulable after 30 s: 0/3 nodes"),
            (json!({}), "nothing"),
        ];
        for (status, expected) in cases {
            assert_eq!(told(&status), expected, "{status}");
        }
    }

    #[test]
    fn a_pod_that_goes_away_is_not_blamed() {
        let pod = json!({"metadata": {"name": "shop-1", "deletionTimestamp": "2026-03-01T00:00:00Z"}, "status": waiting("ImagePullBackOff", 0)});
        assert_eq!(told_of(&serde_json::from_value(pod).unwrap()), "nothing");
    }
}
