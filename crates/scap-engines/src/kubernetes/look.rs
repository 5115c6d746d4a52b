//! One look at all workloads of a release: how far they are, and what is wrong with pods of the new revision.

use std::sync::Arc;

use k8s_openapi::api::apps::v1::{DaemonSet, Deployment, ReplicaSet, StatefulSet};
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::Pod;
use kube::{Resource, ResourceExt};

use super::manifest::{Workload, WorkloadKind};
use super::readiness::{self, Readiness, is_current};
use super::trouble::{Trouble, TroubleKind, of_pod};

/// What the API server shows of a namespace at one moment.
#[derive(Default)]
pub(super) struct Objects {
    pub(super) deployments: Vec<Arc<Deployment>>,
    pub(super) replica_sets: Vec<Arc<ReplicaSet>>,
    pub(super) stateful_sets: Vec<Arc<StatefulSet>>,
    pub(super) daemon_sets: Vec<Arc<DaemonSet>>,
    pub(super) jobs: Vec<Arc<Job>>,
    pub(super) pods: Vec<Arc<Pod>>,
}

/// What is to be thought of it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Look {
    /// Pods that are ready, and that there should be.
    pub(super) done: usize,
    pub(super) total: usize,
    /// Each workload that is not ready, in words.
    pub(super) waiting_for: Vec<String>,
    pub(super) troubles: Vec<Trouble>,
}

const REVISION: &str = "deployment.kubernetes.io/revision";
const REVISION_HASH: &str = "controller-revision-hash";
/// Deprecated for others than the controller itself, which still sets both.
const DAEMON_GENERATION: &str = "deprecated.daemonset.template.generation";
const DAEMON_POD_GENERATION: &str = "pod-template-generation";

impl Objects {
    pub(super) fn look(&self, workloads: &[Workload]) -> Look {
        let mut look = Look::default();
        for workload in workloads {
            let seen = self.look_at(workload);
            let (kind, name) = (workload.kind.as_str(), &workload.name);
            let Some((readiness, troubles)) = seen else {
                look.waiting_for
                    .push(format!("{kind} `{name}` does not exist"));
                continue;
            };
            look.done += readiness.done;
            look.total += readiness.total;
            if !readiness.ready {
                let Readiness { done, total, .. } = readiness;
                look.waiting_for
                    .push(format!("{kind} `{name}` has {done} of {total} pods ready"));
                look.troubles.extend(troubles);
            }
        }
        look
    }

    fn look_at(&self, workload: &Workload) -> Option<(Readiness, Vec<Trouble>)> {
        let name = &workload.name;
        Some(match workload.kind {
            WorkloadKind::Deployment => {
                let found = named(&self.deployments, name)?;
                (
                    readiness::deployment(found),
                    self.troubles(|pod| self.is_new_of_deployment(found, pod)),
                )
            }
            WorkloadKind::StatefulSet => {
                let found = named(&self.stateful_sets, name)?;
                (
                    readiness::stateful_set(found),
                    self.troubles(|pod| is_new_of_stateful_set(found, pod)),
                )
            }
            WorkloadKind::DaemonSet => {
                let found = named(&self.daemon_sets, name)?;
                (
                    readiness::daemon_set(found),
                    self.troubles(|pod| is_new_of_daemon_set(found, pod)),
                )
            }
            WorkloadKind::Job => {
                let found = named(&self.jobs, name)?;
                let mut troubles = self.troubles(|pod| is_owned(pod, found.as_ref()));
                troubles.extend(given_up(found));
                (readiness::job(found), troubles)
            }
        })
    }

    fn troubles(&self, is_new: impl Fn(&Pod) -> bool) -> Vec<Trouble> {
        let new = self.pods.iter().filter(|pod| is_new(pod));
        new.filter_map(|pod| of_pod(pod)).collect()
    }

    /// Through the `ReplicaSet` that has the deployment's own revision; none while the controller has not seen the change.
    fn is_new_of_deployment(&self, deployment: &Deployment, pod: &Pod) -> bool {
        let observed = deployment
            .status
            .as_ref()
            .and_then(|status| status.observed_generation);
        let revision = deployment.annotations().get(REVISION);
        is_current(deployment.metadata.generation, observed)
            && revision.is_some()
            && self.replica_sets.iter().any(|set| {
                is_owned(set.as_ref(), deployment)
                    && set.annotations().get(REVISION) == revision
                    && is_owned(pod, set.as_ref())
            })
    }
}

fn named<'a, K: ResourceExt>(objects: &'a [Arc<K>], name: &str) -> Option<&'a Arc<K>> {
    objects
        .iter()
        .find(|object| object.meta().name.as_deref() == Some(name))
}

fn is_owned(object: &impl Resource, owner: &impl Resource) -> bool {
    let uid = owner.meta().uid.as_deref();
    let owners = object.meta().owner_references.iter().flatten();
    uid.is_some()
        && owners
            .into_iter()
            .any(|reference| Some(reference.uid.as_str()) == uid)
}

fn is_new_of_stateful_set(set: &StatefulSet, pod: &Pod) -> bool {
    let status = set.status.as_ref();
    let revision = status.and_then(|status| status.update_revision.as_ref());
    is_current(
        set.metadata.generation,
        status.and_then(|status| status.observed_generation),
    ) && revision.is_some()
        && pod.labels().get(REVISION_HASH) == revision
        && is_owned(pod, set)
}

fn is_new_of_daemon_set(set: &DaemonSet, pod: &Pod) -> bool {
    let generation = set.annotations().get(DAEMON_GENERATION);
    generation.is_some()
        && pod.labels().get(DAEMON_POD_GENERATION) == generation
        && is_owned(pod, set)
}

fn given_up(job: &Job) -> Option<Trouble> {
    if !readiness::has_condition(job, "Failed") {
        return None;
    }
    let conditions = job.status.as_ref()?.conditions.as_ref()?;
    let failed = conditions
        .iter()
        .find(|condition| condition.type_ == "Failed")?;
    Some(Trouble {
        pod: format!("job/{}", job.name_any()),
        container: None,
        reason: failed.reason.clone().unwrap_or_default(),
        message: failed.message.clone().unwrap_or_default(),
        kind: TroubleKind::GivenUp,
    })
}

impl WorkloadKind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Deployment => "deployment",
            Self::StatefulSet => "statefulset",
            Self::DaemonSet => "daemonset",
            Self::Job => "job",
        }
    }
}

#[cfg(test)]
mod tests;
