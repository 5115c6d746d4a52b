//! Why a workload gets no pods, or makes no progress.

use k8s_openapi::api::apps::v1::{Deployment, ReplicaSet};
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::jiff::Timestamp;

use super::{Blamed, Trouble, TroubleKind};
use crate::kubernetes::events::Events;
use crate::kubernetes::readiness::has_condition;

const FAILED_CREATE: &str = "FailedCreate";

/// What the controller of a `ReplicaSet` says as long as it cannot make pods.
pub(in crate::kubernetes) fn of_replica_set(set: &ReplicaSet, blamed: &Blamed) -> Option<Trouble> {
    let conditions = set.status.as_ref()?.conditions.as_ref()?;
    let failure = conditions.iter().find(|condition| {
        condition.type_ == "ReplicaFailure"
            && condition.status == "True"
            && condition.reason.as_deref() == Some(FAILED_CREATE)
    })?;
    Some(refusal(
        blamed,
        failure.message.as_deref().unwrap_or_default(),
    ))
}

/// What was said of the maker of pods with this id after it made its `newest_pod`.
pub(in crate::kubernetes) fn of_events(
    blamed: &Blamed,
    uid: Option<&str>,
    newest_pod: Option<Timestamp>,
    events: &Events,
) -> Option<Trouble> {
    let said = events
        .about(uid)
        .find(|said| said.reason == FAILED_CREATE)?;
    let is_over = newest_pod.is_some_and(|made| made >= said.at);
    (!is_over).then(|| refusal(blamed, said.message))
}

fn refusal(blamed: &Blamed, said: &str) -> Trouble {
    let kind = if said.contains("exceeded quota") {
        TroubleKind::Quota
    } else if said.contains("failed calling webhook") || said.contains("failed to call webhook") {
        TroubleKind::Webhook
    } else {
        TroubleKind::Refusal
    };
    Trouble::new(kind, blamed.clone(), FAILED_CREATE, said)
}

/// The deployment's own deadline; its status must be about its newest change.
pub(in crate::kubernetes) fn of_deadline(deployment: &Deployment) -> Option<Trouble> {
    let conditions = deployment.status.as_ref()?.conditions.as_ref()?;
    let over = conditions.iter().find(|condition| {
        condition.type_ == "Progressing"
            && condition.status == "False"
            && condition.reason.as_deref() == Some("ProgressDeadlineExceeded")
    })?;
    let (blamed, message) = (
        Blamed::new("deployment", deployment),
        over.message.clone().unwrap_or_default(),
    );
    let reason = "ProgressDeadlineExceeded";
    Some(Trouble::new(TroubleKind::Late, blamed, reason, message))
}

pub(in crate::kubernetes) fn of_job(job: &Job) -> Option<Trouble> {
    if !has_condition(job, "Failed") {
        return None;
    }
    let conditions = job.status.as_ref()?.conditions.as_ref()?;
    let failed = conditions
        .iter()
        .find(|condition| condition.type_ == "Failed")?;
    Some(Trouble::new(
        TroubleKind::GivenUp,
        Blamed::new("job", job),
        failed.reason.as_deref().unwrap_or_default(),
        failed.message.clone().unwrap_or_default(),
    ))
}

#[cfg(test)]
mod tests;
