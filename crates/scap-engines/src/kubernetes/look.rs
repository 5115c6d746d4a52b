//! One look at all workloads of a release: how far they are, and what is wrong with their new revision.

use std::sync::Arc;

use k8s_openapi::api::apps::v1::{DaemonSet, Deployment, ReplicaSet, StatefulSet};
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{Event, Pod, PodTemplateSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use k8s_openapi::jiff::Timestamp;
use kube::{Resource, ResourceExt};

use super::events::Events;
use super::manifest::{Workload, WorkloadKind};
use super::readiness::{self, Readiness, is_current};
use super::trouble::pod::of_pod;
use super::trouble::workload::{of_deadline, of_events, of_job, of_replica_set};
use super::trouble::{Blamed, Trouble};
use super::waits::{self, Stage, slowest};
use scap_run::{InstanceReadiness, InstanceState};

/// What the API server shows of the release's namespaces at one moment.
#[derive(Default)]
pub(super) struct Objects {
    pub(super) deployments: Vec<Arc<Deployment>>,
    pub(super) replica_sets: Vec<Arc<ReplicaSet>>,
    pub(super) stateful_sets: Vec<Arc<StatefulSet>>,
    pub(super) daemon_sets: Vec<Arc<DaemonSet>>,
    pub(super) jobs: Vec<Arc<Job>>,
    pub(super) pods: Vec<Arc<Pod>>,
    pub(super) events: Vec<Arc<Event>>,
}

/// What is to be thought of it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Look {
    /// Pods that are ready, and that there should be.
    pub(super) done: usize,
    pub(super) total: usize,
    /// Each workload that is not ready, in words.
    pub(super) waiting_for: Vec<String>,
    /// What is the least far of all, in words.
    pub(super) slowest: String,
    pub(super) troubles: Vec<Trouble>,
    /// Pods of the new revisions, in the order of their names.
    pub(super) pods: Vec<InstanceReadiness>,
    /// What runs other images than the manifest says, in words: somebody else has changed it.
    pub(super) foreign: Option<String>,
}

/// A workload as it is seen.
pub(super) struct Found<'a> {
    pub(super) readiness: Readiness,
    template: Option<&'a PodTemplateSpec>,
    /// Those of the new revision.
    pub(super) pods: Vec<&'a Pod>,
    /// What makes them.
    makers: Vec<&'a ObjectMeta>,
    /// What its own status says.
    troubles: Vec<Trouble>,
}

const REVISION: &str = "deployment.kubernetes.io/revision";
const REVISION_HASH: &str = "controller-revision-hash";
/// Deprecated for others than the controller itself, which still sets both.
const DAEMON_GENERATION: &str = "deprecated.daemonset.template.generation";
const DAEMON_POD_GENERATION: &str = "pod-template-generation";

impl Objects {
    /// `since` is when the step began, by the cluster's clock.
    pub(super) fn look(&self, workloads: &[Workload], since: Option<Timestamp>) -> Look {
        let events = Events::since(&self.events, since);
        let mut look = Look::default();
        let mut waits: Vec<(Option<Stage>, String)> = Vec::new();
        for workload in workloads {
            let (kind, name) = (workload.kind.as_str(), &workload.name);
            let Some(found) = self.find(workload) else {
                let text = format!("{kind} `{name}` does not exist");
                waits.push((None, text.clone()));
                look.waiting_for.push(text);
                continue;
            };
            look.foreign = look.foreign.or_else(|| found.foreign(workload));
            let Readiness { ready, done, total } = found.readiness;
            look.done += done;
            look.total += total;
            look.pods.extend(found.pods(&events));
            if !ready {
                let text = format!("{kind} `{name}` has {done} of {total} pods ready");
                look.waiting_for.push(text);
                waits.push(found.wait(workload, &events));
                look.troubles.extend(found.troubles(workload, &events));
            }
        }
        let least = waits.into_iter().min();
        look.slowest = least.map(|(_, text)| text).unwrap_or_default();
        look.pods.sort_by(|one, other| one.name.cmp(&other.name));
        look
    }

    pub(super) fn find(&self, workload: &Workload) -> Option<Found<'_>> {
        match workload.kind {
            WorkloadKind::Deployment => {
                let found = named(&self.deployments, workload)?;
                Some(self.find_deployment(found))
            }
            WorkloadKind::StatefulSet => {
                let set = named(&self.stateful_sets, workload)?;
                Some(Found {
                    readiness: readiness::stateful_set(set),
                    template: set.spec.as_ref().map(|spec| &spec.template),
                    pods: self.pods(|pod| is_new_of_stateful_set(set, pod)),
                    makers: vec![&set.metadata],
                    troubles: Vec::new(),
                })
            }
            WorkloadKind::DaemonSet => {
                let set = named(&self.daemon_sets, workload)?;
                Some(Found {
                    readiness: readiness::daemon_set(set),
                    template: set.spec.as_ref().map(|spec| &spec.template),
                    pods: self.pods(|pod| is_new_of_daemon_set(set, pod)),
                    makers: vec![&set.metadata],
                    troubles: Vec::new(),
                })
            }
            WorkloadKind::Job => {
                let job = named(&self.jobs, workload)?;
                Some(Found {
                    readiness: readiness::job(job),
                    template: job.spec.as_ref().map(|spec| &spec.template),
                    pods: self.pods(|pod| is_owned(pod, job.as_ref())),
                    makers: vec![&job.metadata],
                    troubles: of_job(job).into_iter().collect(),
                })
            }
        }
    }

    /// Its new revision is the `ReplicaSet` that has its own number; none while the controller has not seen the change.
    fn find_deployment<'a>(&'a self, found: &'a Deployment) -> Found<'a> {
        let status = found.status.as_ref();
        let observed = status.and_then(|status| status.observed_generation);
        let is_current = is_current(found.metadata.generation, observed);
        let revision = found.annotations().get(REVISION);
        let is_new = |set: &&Arc<ReplicaSet>| {
            is_current
                && revision.is_some()
                && is_owned(set.as_ref(), found)
                && set.annotations().get(REVISION) == revision
        };
        let sets: Vec<_> = self.replica_sets.iter().filter(is_new).collect();
        let blamed = Blamed::new("deployment", found);
        let refused = sets.iter().filter_map(|set| of_replica_set(set, &blamed));
        let late = of_deadline(found).filter(|_| is_current);
        Found {
            readiness: readiness::deployment(found),
            template: found.spec.as_ref().map(|spec| &spec.template),
            pods: self.pods(|pod| sets.iter().any(|set| is_owned(pod, set.as_ref()))),
            makers: sets.iter().map(|set| &set.metadata).collect(),
            troubles: refused.chain(late).collect(),
        }
    }

    fn pods(&self, is_new: impl Fn(&Pod) -> bool) -> Vec<&Pod> {
        let pods = self.pods.iter().map(AsRef::as_ref);
        pods.filter(|pod| is_new(pod)).collect()
    }
}

impl Found<'_> {
    /// Those of pods say the most, and come first.
    fn troubles(&self, workload: &Workload, events: &Events) -> Vec<Trouble> {
        let pods = self.pods.iter().filter_map(|pod| of_pod(pod, events));
        let mut troubles: Vec<Trouble> = pods.collect();
        let made = self.pods.iter().filter_map(|pod| pod.creation_timestamp());
        let newest_pod = made.map(|time| time.0).max();
        let blamed = Blamed {
            kind: workload.kind.as_str(),
            namespace: workload.namespace.to_string(),
            name: workload.name.clone(),
        };
        let makers = self.makers.iter();
        let refused =
            makers.filter_map(|maker| of_events(&blamed, maker.uid.as_deref(), newest_pod, events));
        troubles.extend(refused);
        troubles.extend(self.troubles.iter().cloned());
        // A controller may say the same in its status and in an event.
        let mut told = Vec::new();
        troubles.retain(|trouble| {
            let key = (trouble.blamed.clone(), trouble.kind);
            let is_new = !told.contains(&key);
            told.push(key);
            is_new
        });
        troubles
    }

    fn pods(&self, events: &Events) -> impl Iterator<Item = InstanceReadiness> {
        let pods = self.pods.iter();
        let pods = pods.filter(|pod| pod.metadata.deletion_timestamp.is_none());
        pods.map(|pod| {
            let trouble = of_pod(pod, events);
            let state = match &trouble {
                Some(trouble) if trouble.kind.is_of_the_version() => InstanceState::Failing,
                None if waits::is_ready(pod) => InstanceState::New,
                _ => InstanceState::Starting,
            };
            InstanceReadiness {
                name: pod.name_any(),
                state,
                why: trouble.map(|trouble| format!("{}: {}", trouble.reason, trouble.about())),
            }
        })
    }

    fn wait(&self, workload: &Workload, events: &Events) -> (Option<Stage>, String) {
        let what = format!("{} `{}`", workload.kind.as_str(), workload.name);
        match slowest(&self.pods, events) {
            Some((Stage::Ready, _)) if workload.kind == WorkloadKind::Job => {
                (Some(Stage::Ready), format!("{what}: it is to end"))
            }
            Some((Stage::Ready, _)) if self.readiness.done == self.readiness.total => {
                (Some(Stage::Ready), format!("{what}: old pods are to end"))
            }
            Some((stage, pod)) => (Some(stage), format!("{what}: {pod}")),
            None => (None, format!("{what}: its new pods are to be made")),
        }
    }

    /// Containers that the manifest does not have may be put in by the cluster itself.
    fn foreign(&self, workload: &Workload) -> Option<String> {
        let spec = self.template?.spec.as_ref()?;
        let containers = spec.containers.iter();
        let mut containers = containers.chain(spec.init_containers.iter().flatten());
        containers.find_map(|container| {
            let (wanted, image) = (
                workload.images.get(&container.name)?,
                container.image.as_ref()?,
            );
            (wanted != image).then(|| {
                format!(
                    "container `{}` of {} `{}` is to run `{image}`, not `{wanted}`",
                    container.name,
                    workload.kind.as_str(),
                    workload.name
                )
            })
        })
    }
}

fn named<'a, K: ResourceExt>(objects: &'a [Arc<K>], workload: &Workload) -> Option<&'a Arc<K>> {
    objects.iter().find(|object| {
        let meta = object.meta();
        meta.name.as_deref() == Some(&workload.name)
            && meta.namespace.as_deref() == Some(workload.namespace.as_str())
    })
}

pub(super) fn is_owned(object: &impl Resource, owner: &impl Resource) -> bool {
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

#[cfg(test)]
mod tests;
