//! Why a pod does not become ready.

use std::time::Duration;

use k8s_openapi::api::core::v1::{Container, ContainerStatus, Pod, Probe};

use super::{Blamed, Trouble, TroubleKind};
use crate::kubernetes::events::Events;

/// The first crash may be that of a pod which came before what it needs.
const CRASHES_FORGIVEN: i32 = 1;
/// Beyond what its probes allow: many a service needs longer than its chart says.
const PROBE_PATIENCE: Duration = Duration::from_mins(1);

/// The first trouble of a pod that is on its way to become ready.
pub(in crate::kubernetes) fn of_pod(pod: &Pod, events: &Events) -> Option<Trouble> {
    // One that goes away is none of the new revision's for long.
    if pod.metadata.deletion_timestamp.is_some() {
        return None;
    }
    let find = |of: fn(&Pod, &ContainerStatus, &Events) -> Option<Trouble>| {
        statuses(pod).find_map(|container| of(pod, container, events))
    };
    find(of_waiting)
        .or_else(|| unschedulable(pod))
        .or_else(|| of_node(pod, events))
        .or_else(|| find(of_running))
}

/// The states of its containers, those that only prepare it first.
pub(in crate::kubernetes) fn statuses(pod: &Pod) -> impl Iterator<Item = &ContainerStatus> {
    let status = pod.status.as_ref();
    let lists = status.map(|status| [&status.init_container_statuses, &status.container_statuses]);
    lists.into_iter().flatten().flatten().flatten()
}

pub(in crate::kubernetes) fn blamed(pod: &Pod) -> Blamed {
    Blamed::new("pod", pod)
}

fn of_waiting(pod: &Pod, container: &ContainerStatus, events: &Events) -> Option<Trouble> {
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
        "CrashLoopBackOff" if container.restart_count > CRASHES_FORGIVEN => {
            return Some(crash(pod, container, events));
        }
        _ => return None,
    };
    let message = waiting.message.clone().unwrap_or_default();
    let trouble = Trouble::new(kind, blamed(pod), reason, message);
    Some(trouble.in_container(&container.name))
}

/// A container that ends again and again: by itself, for want of memory, or because its probe has it killed.
pub(in crate::kubernetes) fn crash(
    pod: &Pod,
    container: &ContainerStatus,
    events: &Events,
) -> Trouble {
    let end = last_end(container).unwrap_or_default();
    let killed = unhealthy(pod, container, events).filter(|said| !said.starts_with("Readiness"));
    let (kind, reason, message) = match killed {
        _ if was_out_of_memory(container) => (TroubleKind::Memory, "OOMKilled", end),
        Some(said) => (TroubleKind::Probe, "Unhealthy", format!("{said}; {end}")),
        None => (TroubleKind::Crash, "CrashLoopBackOff", end),
    };
    Trouble::new(kind, blamed(pod), reason, message).in_container(&container.name)
}

/// A pod that has failed and is not started again; its Job may make another.
pub(in crate::kubernetes) fn ended_badly(pod: &Pod) -> Option<Trouble> {
    let phase = pod.status.as_ref()?.phase.as_deref()?;
    let end = |container: &ContainerStatus| {
        let end = container.state.as_ref()?.terminated.clone()?;
        (end.exit_code != 0).then(|| (container.name.clone(), end))
    };
    let (container, end) = statuses(pod).find_map(end).filter(|_| phase == "Failed")?;
    let message = format!("ended with code {}", end.exit_code);
    let reason = end.reason.as_deref().unwrap_or("Error");
    let trouble = Trouble::new(TroubleKind::Ended, blamed(pod), reason, message);
    Some(trouble.in_container(&container))
}

/// `ended with code 1 (Error), started again 3 times`.
fn last_end(container: &ContainerStatus) -> Option<String> {
    let end = container.last_state.as_ref()?.terminated.as_ref()?;
    let reason = end.reason.as_deref().map(|reason| format!(" ({reason})"));
    let times = match container.restart_count {
        1 => "once".to_owned(),
        count => format!("{count} times"),
    };
    Some(format!(
        "ended with code {}{}, started again {times}",
        end.exit_code,
        reason.unwrap_or_default(),
    ))
}

fn was_out_of_memory(container: &ContainerStatus) -> bool {
    let end = container.last_state.as_ref();
    end.and_then(|end| end.terminated.as_ref()?.reason.as_deref()) == Some("OOMKilled")
}

fn unschedulable(pod: &Pod) -> Option<Trouble> {
    let conditions = pod.status.as_ref()?.conditions.as_ref()?;
    let condition = conditions.iter().find(|condition| {
        condition.type_ == "PodScheduled"
            && condition.status == "False"
            && condition.reason.as_deref() == Some("Unschedulable")
    })?;
    let message = condition.message.clone().unwrap_or_default();
    let room = TroubleKind::Room;
    Some(Trouble::new(room, blamed(pod), "Unschedulable", message))
}

/// What the kubelet could not set up; it says so in events alone, and tries again.
fn of_node(pod: &Pod, events: &Events) -> Option<Trouble> {
    let is_started = statuses(pod).any(|container| {
        let state = container.state.as_ref();
        state.is_some_and(|state| state.waiting.is_none())
    });
    let mut about = events.about(pod.metadata.uid.as_deref());
    let said = about.find(|_| !is_started)?;
    let kind = match said.reason {
        "FailedMount" | "FailedAttachVolume" | "FailedMapVolume" => TroubleKind::Volume,
        "FailedCreatePodSandBox" | "NetworkNotReady" => TroubleKind::Node,
        _ => return None,
    };
    Some(Trouble::new(kind, blamed(pod), said.reason, said.message))
}

/// One that runs and does not pass its probe.
fn of_running(pod: &Pod, container: &ContainerStatus, events: &Events) -> Option<Trouble> {
    let is_running = container.state.as_ref()?.running.is_some();
    let allowed = allowance(of_spec(pod, &container.name)?)?;
    if !is_running || container.ready {
        return None;
    }
    let message = unhealthy(pod, container, events)
        .map_or_else(|| "its probe has not passed".to_owned(), str::to_owned);
    let trouble = Trouble::new(TroubleKind::Probe, blamed(pod), "Unhealthy", message);
    Some(Trouble {
        patience: allowed + PROBE_PATIENCE,
        ..trouble.in_container(&container.name)
    })
}

/// What the kubelet said last of a probe of this container.
fn unhealthy<'a>(pod: &Pod, container: &ContainerStatus, events: &Events<'a>) -> Option<&'a str> {
    let mut about = events.about(pod.metadata.uid.as_deref());
    let said =
        about.find(|said| said.reason == "Unhealthy" && said.is_of_container(&container.name))?;
    Some(said.message)
}

fn of_spec<'a>(pod: &'a Pod, container: &str) -> Option<&'a Container> {
    let spec = pod.spec.as_ref()?;
    let preparing = spec.init_containers.iter().flatten();
    let mut all = spec.containers.iter().chain(preparing);
    all.find(|known| known.name == container)
}

/// How long its probes let it take to become ready; none without a probe.
fn allowance(container: &Container) -> Option<Duration> {
    let probes = [&container.startup_probe, &container.readiness_probe];
    probes
        .into_iter()
        .flatten()
        .map(time_of)
        .reduce(|a, b| a + b)
}

fn time_of(probe: &Probe) -> Duration {
    let of = |number: Option<i32>, default: u64| {
        number.map_or(default, |number| u64::try_from(number).unwrap_or(default))
    };
    let tries = of(probe.period_seconds, 10).saturating_mul(of(probe.failure_threshold, 3));
    Duration::from_secs(of(probe.initial_delay_seconds, 0).saturating_add(tries))
}

#[cfg(test)]
mod tests;
