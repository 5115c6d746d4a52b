//! What runs of a release now: the revision that helm deployed last, its pods, and what somebody changed of it outside.

use std::collections::BTreeMap;

use k8s_openapi::api::apps::v1::{DaemonSet, Deployment, StatefulSet};
use scap_plan::{
    Manifest, Object, ObjectDifference, ObjectName, ObjectState, ReleaseName, ReleaseStatus,
    ReleaseStep, compare,
};
use scap_run::{Failure, UnixMillis};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::history::Cluster;
use super::readiness::{self, Readiness};
use super::{KubernetesEngine, KubernetesError};

/// A release as it is now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Running {
    /// Of the newest revision.
    pub status: ReleaseStatus,
    /// The newest revision; absent before the first install.
    pub revision: Option<u32>,
    /// The newest revision that was deployed completely.
    pub deployed: Option<RunningRevision>,
}

/// A revision that runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunningRevision {
    pub revision: u32,
    /// `webservice-0.1.0`.
    pub chart: String,
    pub images: Vec<String>,
    /// When helm began it, by the clock where helm ran.
    pub since: Option<UnixMillis>,
    /// See [`scap_plan::Manifest::digest`].
    pub manifest_digest: String,
    /// Absent for a release that has none.
    pub pods: Option<Pods>,
    /// The objects that somebody changed or deleted outside of helm; those that this user may not see are not among them.
    pub drift: Vec<ObjectDifference>,
}

/// The pods of all workloads together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pods {
    pub ready: usize,
    pub total: usize,
}

impl KubernetesEngine {
    /// What runs of the release of `step`, which names one.
    pub async fn running(
        &self,
        step: &ReleaseStep,
        release: &ReleaseName,
    ) -> Result<Running, Failure> {
        let running = self.running_in_cluster(step, release).await;
        let what = format!("{release} in {}", step.environment);
        running.map_err(|error| self.secrets().failure(error.failure(&what)))
    }

    async fn running_in_cluster(
        &self,
        step: &ReleaseStep,
        release: &ReleaseName,
    ) -> Result<Running, KubernetesError> {
        let cluster = Cluster::of(&self.settings, step).await?;
        let history = cluster.history(release).await?;
        let deployed = match history.deployed() {
            Some(revision) => {
                let record = cluster.record(release, revision).await?;
                let live = cluster.live(&[Some(&record.manifest)]).await?;
                Some(RunningRevision {
                    revision: revision.number,
                    chart: record.chart(),
                    images: record.manifest.images(),
                    since: record.since(),
                    manifest_digest: record.manifest.digest(),
                    pods: pods(live.values().flatten()),
                    drift: drift(&record.manifest, &live, &cluster),
                })
            }
            None => None,
        };
        Ok(Running {
            status: history.status(),
            revision: history.newest().map(|newest| newest.number),
            deployed,
        })
    }
}

/// What lives compared with what was applied.
fn drift(
    stored: &Manifest,
    live: &BTreeMap<ObjectName, Option<Object>>,
    cluster: &Cluster,
) -> Vec<ObjectDifference> {
    let difference = compare(stored, Some(stored), live, cluster.namespace.as_str());
    let is_drift = |object: &ObjectDifference| object.state != ObjectState::Unchanged;
    difference.objects.into_iter().filter(is_drift).collect()
}

/// Those of Jobs have ended when all is well, and do not count.
fn pods<'a>(objects: impl Iterator<Item = &'a Object>) -> Option<Pods> {
    let workloads = objects.filter_map(readiness_of);
    workloads.fold(None, |sum, workload| {
        let Pods { ready, total } = sum.unwrap_or_default();
        Some(Pods {
            ready: ready + workload.done,
            total: total + workload.total,
        })
    })
}

fn readiness_of(object: &Object) -> Option<Readiness> {
    let content = object.content();
    match (object.api_version(), object.kind()) {
        ("apps/v1", "Deployment") => typed::<Deployment>(content, readiness::deployment),
        ("apps/v1", "StatefulSet") => typed::<StatefulSet>(content, readiness::stateful_set),
        ("apps/v1", "DaemonSet") => typed::<DaemonSet>(content, readiness::daemon_set),
        _ => None,
    }
}

fn typed<T: DeserializeOwned>(
    content: &Value,
    readiness: fn(&T) -> Readiness,
) -> Option<Readiness> {
    let workload = serde_json::from_value(content.clone()).ok()?;
    Some(readiness(&workload))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn pods_of_all_workloads_count_together() {
        let workload = |kind: &str, status: Value| {
            let content = json!({"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": kind, "generation": 2},
                "spec": {"replicas": 3, "selector": {}, "serviceName": "x", "template": {}}, "status": status});
            Object::new(content).unwrap()
        };
        let replicas = |available: i32| json!({"observedGeneration": 2, "replicas": 3, "updatedReplicas": 3, "availableReplicas": available});
        let deployment = workload("Deployment", replicas(2));
        let set = workload("StatefulSet", replicas(3));
        let unseen = workload("Deployment", json!({}));
        let settings = workload("ConfigMap", json!({}));
        let all = [deployment, set, unseen, settings.clone()];
        assert_eq!(pods(all.iter()), Some(Pods { ready: 5, total: 9 }));
        assert_eq!(pods([settings].iter()), None);
    }
}
