//! Compares what a helmfile makes of a release with what helm applied last and what lives.

use std::collections::{BTreeMap, BTreeSet};

use futures::stream::iter;
use futures::{FutureExt, StreamExt};
use kube::api::{ApiResource, GroupVersionKind};
use kube::discovery::{Scope, pinned_kind};
use scap_plan::{Difference, Manifest, Object, ObjectName, ReleaseStatus, ReleaseStep, compare};
use scap_run::Failure;
use serde::{Deserialize, Serialize};

use super::error::ServerError;
use super::history::{Cluster, answer};
use super::{KubernetesEngine, KubernetesError};

/// Objects that are looked at side by side.
const AT_ONCE: usize = 16;

/// A release compared with its cluster.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    pub difference: Difference,
    /// Whether applying it would change nothing: no difference, and its last change was finished.
    pub is_unchanged: bool,
}

impl KubernetesEngine {
    /// Compares `desired`, which the helmfile of `step` makes of its release, with the cluster.
    pub async fn compare(
        &self,
        step: &ReleaseStep,
        desired: &Manifest,
    ) -> Result<Comparison, Failure> {
        let compared = self.compare_in_cluster(step, desired).await;
        compared.map_err(|error| {
            let failure = error.failure(&format!("releases in {}", step.environment));
            self.secrets().failure(failure)
        })
    }

    async fn compare_in_cluster(
        &self,
        step: &ReleaseStep,
        desired: &Manifest,
    ) -> Result<Comparison, KubernetesError> {
        let cluster = Cluster::of(&self.settings, step).await?;
        let Some(release) = &step.release else {
            return Ok(Comparison {
                difference: compare(desired, None, &BTreeMap::new(), cluster.namespace.as_str()),
                is_unchanged: false,
            });
        };
        let history = cluster.history(release).await?;
        let stored = match history.newest() {
            Some(newest) => Some(cluster.record(release, newest).await?.manifest),
            None => None,
        };
        let live = cluster.live(&[Some(desired), stored.as_ref()]).await?;
        let difference = compare(desired, stored.as_ref(), &live, cluster.namespace.as_str());
        let is_unchanged = difference.is_empty() && history.status() == ReleaseStatus::Deployed;
        Ok(Comparison {
            difference,
            is_unchanged,
        })
    }
}

impl Cluster {
    /// The objects of the manifests as they live. Those that this user may not see are not among them.
    pub(super) async fn live(
        &self,
        manifests: &[Option<&Manifest>],
    ) -> Result<BTreeMap<ObjectName, Option<Object>>, KubernetesError> {
        let objects = manifests
            .iter()
            .flatten()
            .flat_map(|manifest| &manifest.objects);
        let mut seen = BTreeSet::new();
        let wanted: Vec<&Object> = objects
            .filter(|object| seen.insert(object.object_name()))
            .collect();
        let look = |object| self.live_object(object).map(move |found| (object, found));
        // A vector, as the compiler cannot tell that one which is made on the way may go to another thread.
        let looks: Vec<_> = wanted.into_iter().map(look).collect();
        let mut live = BTreeMap::new();
        let mut looks = iter(looks).buffer_unordered(AT_ONCE);
        while let Some((object, found)) = looks.next().await {
            match found {
                Ok(found) => _ = live.insert(object.object_name(), found),
                Err(ServerError::Refused(_)) => {}
                Err(source) => {
                    let what = format!("{} `{}`", object.kind(), object.name());
                    return Err(KubernetesError::Read { what, source });
                }
            }
        }
        Ok(live)
    }

    async fn live_object(&self, object: &Object) -> Result<Option<Object>, ServerError> {
        let Some((resource, is_in_namespace)) = self.resource(object).await? else {
            return Ok(None);
        };
        let namespace = object.namespace().unwrap_or(self.namespace.as_str());
        let namespace = is_in_namespace.then_some(namespace);
        let Some(found) = self.get(&resource, namespace, object.name()).await? else {
            return Ok(None);
        };
        let content = serde_json::to_value(found).expect("an object has string keys only");
        Ok(Object::new(content))
    }

    /// Where the API has objects of this kind; nothing when it does not know the kind.
    async fn resource(&self, object: &Object) -> Result<Option<(ApiResource, bool)>, ServerError> {
        let name = object.object_name();
        let version = object.api_version().rsplit('/').next().unwrap_or_default();
        let kind = GroupVersionKind::gvk(&name.group, version, &name.kind);
        if name.is_built_in() {
            return Ok(Some((ApiResource::from_gvk(&kind), !name.is_of_cluster())));
        }
        match answer(|| pinned_kind(&self.client, &kind)).await {
            Ok((resource, capabilities)) => {
                Ok(Some((resource, capabilities.scope == Scope::Namespaced)))
            }
            Err(ServerError::Refused(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
