//! When an object's own controller says that its new revision is ready: pure functions over what the API server shows.

use k8s_openapi::api::apps::v1::{DaemonSet, Deployment, StatefulSet};
use k8s_openapi::api::batch::v1::Job;

/// How far a workload is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Readiness {
    pub(super) ready: bool,
    /// Pods of the new revision that are certainly available.
    pub(super) done: usize,
    /// Pods that there should be.
    pub(super) total: usize,
}

impl Readiness {
    fn new(ready: bool, done: i32, total: i32) -> Self {
        let count = |pods: i32| usize::try_from(pods).unwrap_or(0);
        Self {
            ready,
            done: count(done).min(count(total)),
            total: count(total),
        }
    }
}

/// Conditions are not looked at: they may be those of an earlier revision.
pub(super) fn deployment(deployment: &Deployment) -> Readiness {
    let wanted = deployment
        .spec
        .as_ref()
        .and_then(|spec| spec.replicas)
        .unwrap_or(1);
    let status = deployment.status.clone().unwrap_or_default();
    if !is_current(deployment.metadata.generation, status.observed_generation) {
        return Readiness::new(false, 0, wanted);
    }
    let (all, updated) = (
        status.replicas.unwrap_or(0),
        status.updated_replicas.unwrap_or(0),
    );
    let available = status.available_replicas.unwrap_or(0);
    let settled =
        all == wanted && updated == wanted && status.unavailable_replicas.unwrap_or(0) == 0;
    // Available ones beyond the old ones are new.
    Readiness::new(
        settled && available == wanted,
        available - (all - updated),
        wanted,
    )
}

pub(super) fn stateful_set(set: &StatefulSet) -> Readiness {
    let spec = set.spec.as_ref();
    let wanted = spec.and_then(|spec| spec.replicas).unwrap_or(1);
    let status = set.status.clone().unwrap_or_default();
    if !is_current(set.metadata.generation, status.observed_generation) {
        return Readiness::new(false, 0, wanted);
    }
    let strategy = spec.and_then(|spec| spec.update_strategy.as_ref());
    let available = status.available_replicas.unwrap_or(0);
    let updated = status.updated_replicas.unwrap_or(0);
    let everything_available = status.replicas == wanted && available == wanted;
    // With `OnDelete`, pods get the new revision when a person deletes them, and not before.
    if strategy.and_then(|strategy| strategy.type_.as_deref()) == Some("OnDelete") {
        return Readiness::new(everything_available, available, wanted);
    }
    // Pods below the partition keep their revision on purpose.
    let partition = strategy
        .and_then(|strategy| strategy.rolling_update.as_ref()?.partition)
        .unwrap_or(0);
    let to_update = (wanted - partition).max(0);
    let old = (status.replicas - updated).max(0);
    Readiness::new(
        everything_available && updated >= to_update,
        if partition > 0 {
            available
        } else {
            available - old
        },
        wanted,
    )
}

pub(super) fn daemon_set(set: &DaemonSet) -> Readiness {
    let status = set.status.clone().unwrap_or_default();
    if !is_current(set.metadata.generation, status.observed_generation) {
        return Readiness::default();
    }
    let wanted = status.desired_number_scheduled;
    let available = status.number_available.unwrap_or(0);
    let updated = status.updated_number_scheduled.unwrap_or(0);
    let settled = updated == wanted && status.number_unavailable.unwrap_or(0) == 0;
    let on_delete = set
        .spec
        .as_ref()
        .and_then(|spec| spec.update_strategy.as_ref()?.type_.as_deref())
        == Some("OnDelete");
    let old = if on_delete {
        0
    } else {
        (wanted - updated).max(0)
    };
    Readiness::new(
        (settled || on_delete) && available == wanted,
        available - old,
        wanted,
    )
}

pub(super) fn job(job: &Job) -> Readiness {
    let spec = job.spec.as_ref();
    let wanted = spec.and_then(|spec| spec.completions).unwrap_or(1);
    // A suspended one is as its manifest wants it.
    let suspended = spec.and_then(|spec| spec.suspend) == Some(true);
    let succeeded = job
        .status
        .as_ref()
        .and_then(|status| status.succeeded)
        .unwrap_or(0);
    Readiness::new(
        suspended || has_condition(job, "Complete"),
        succeeded,
        wanted,
    )
}

/// A Job has no later revisions, so its conditions are its own.
pub(super) fn has_condition(job: &Job, type_: &str) -> bool {
    let conditions = job
        .status
        .as_ref()
        .and_then(|status| status.conditions.as_ref());
    let holds = |conditions: &Vec<_>| {
        conditions
            .iter()
            .any(|condition: &k8s_openapi::api::batch::v1::JobCondition| {
                condition.type_ == type_ && condition.status == "True"
            })
    };
    conditions.is_some_and(holds)
}

/// Until the controller has seen the newest change, its status is about an older one.
pub(super) fn is_current(generation: Option<i64>, observed: Option<i64>) -> bool {
    observed.unwrap_or(0) >= generation.unwrap_or(0)
}

#[cfg(test)]
mod tests;
