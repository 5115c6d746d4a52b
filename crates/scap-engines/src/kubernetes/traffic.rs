//! Takes a release's pods out of the traffic at once, and lets them return once it runs again what it should.
//!
//! helm's rollback takes its time with hooks, many objects and rolling updates. Until it is done the harm goes on, unless
//! another release serves beside this one.

use futures::future::join_all;
use kube::Api;
use kube::api::{ApiResource, DynamicObject, GroupVersionKind, Patch, PatchParams};
use scap_plan::Manifest;
use scap_run::Failure;
use serde_json::{Value, json};

use super::history::answer;
use super::manifest::{Workload, WorkloadKind, workloads};
use super::release::Release;
use crate::causes::with_causes;

/// How many replicas a workload had when it was scaled to none.
const REPLICAS: &str = "scap/replicas";

impl Release<'_> {
    /// Scales the workloads of `manifest` to none. What does not work is told and left to what comes next.
    pub(super) async fn leave_traffic(&self, manifest: &Manifest) -> Result<(), Failure> {
        let _held = self.hold().await?;
        let workloads = workloads(manifest, self.step.namespace_of_objects());
        let leave = |workload: Workload| async move {
            let left = self.scale(&workload, away).await;
            self.tell(&workload, "cannot be scaled to none", left);
        };
        join_all(workloads.into_iter().map(leave)).await;
        Ok(())
    }

    /// Undoes [`Self::leave_traffic`] where helm has not done so: a manifest may leave the number of replicas open.
    pub(super) async fn return_to_traffic(&self, manifest: &Manifest) -> Result<(), Failure> {
        let _held = self.hold().await?;
        let workloads = workloads(manifest, self.step.namespace_of_objects());
        let back = |workload: Workload| async move {
            let returned = self.scale(&workload, returned).await;
            self.tell(&workload, "cannot be scaled back", returned);
        };
        join_all(workloads.into_iter().map(back)).await;
        Ok(())
    }

    /// Whether the release beside it has pods that serve; no when that cannot be seen.
    pub(super) async fn has_relief(&self) -> bool {
        let Some(relief) = &self.step.relief else {
            return false;
        };
        let Ok(history) = self.cluster.history(relief).await else {
            return false;
        };
        let Some(deployed) = history.deployed() else {
            return false;
        };
        let Ok(record) = self.cluster.record(relief, deployed).await else {
            return false;
        };
        let workloads = workloads(&record.manifest, self.step.namespace_of_objects());
        let serves = |workload: Workload| async move { self.available(&workload).await > 0 };
        join_all(workloads.into_iter().map(serves))
            .await
            .contains(&true)
    }

    async fn available(&self, workload: &Workload) -> u64 {
        let Some(api) = self.api(workload) else {
            return 0;
        };
        let Ok(Some(object)) = answer(|| api.get_opt(&workload.name)).await else {
            return 0;
        };
        let available = object.data.pointer("/status/availableReplicas");
        available.and_then(Value::as_u64).unwrap_or_default()
    }

    /// Applies what `change` makes of the live object; nothing for workloads that cannot be scaled.
    async fn scale(
        &self,
        workload: &Workload,
        change: impl Fn(&DynamicObject) -> Option<Value>,
    ) -> Result<bool, super::ServerError> {
        let Some(api) = self.api(workload) else {
            return Ok(false);
        };
        let Some(object) = answer(|| api.get_opt(&workload.name)).await? else {
            return Ok(false);
        };
        let Some(change) = change(&object) else {
            return Ok(false);
        };
        let (params, change) = (PatchParams::default(), Patch::Merge(change));
        answer(|| api.patch(&workload.name, &params, &change)).await?;
        Ok(true)
    }

    fn tell(&self, workload: &Workload, what: &str, result: Result<bool, super::ServerError>) {
        if let Err(error) = result {
            self.line(&format!(
                "`{}` {what}: {}",
                workload.name,
                with_causes(&error)
            ));
        }
    }

    fn api(&self, workload: &Workload) -> Option<Api<DynamicObject>> {
        let kind = match workload.kind {
            WorkloadKind::Deployment => "Deployment",
            WorkloadKind::StatefulSet => "StatefulSet",
            WorkloadKind::DaemonSet | WorkloadKind::Job => return None,
        };
        let resource = ApiResource::from_gvk(&GroupVersionKind::gvk("apps", "v1", kind));
        let namespace = workload.namespace.as_str();
        Some(Api::namespaced_with(
            self.cluster.client.clone(),
            namespace,
            &resource,
        ))
    }
}

fn replicas(object: &DynamicObject) -> u64 {
    let replicas = object.data.pointer("/spec/replicas");
    replicas.and_then(Value::as_u64).unwrap_or(1)
}

/// To none, noting how many there were.
fn away(object: &DynamicObject) -> Option<Value> {
    let replicas = replicas(object);
    let noted = json!({REPLICAS: replicas.to_string()});
    (replicas > 0).then(|| json!({"metadata": {"annotations": noted}, "spec": {"replicas": 0}}))
}

/// To as many as were noted, unless somebody has scaled it since.
fn returned(object: &DynamicObject) -> Option<Value> {
    let noted = object.metadata.annotations.as_ref()?.get(REPLICAS)?;
    let noted: u64 = noted.parse().unwrap_or(1);
    let forgotten = json!({"annotations": {REPLICAS: null}});
    Some(if replicas(object) == 0 {
        json!({"metadata": forgotten, "spec": {"replicas": noted}})
    } else {
        json!({"metadata": forgotten})
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(replicas: u64, noted: Option<&str>) -> DynamicObject {
        let annotations = noted.map(|noted| json!({REPLICAS: noted}));
        let object = json!({"metadata": {"name": "web", "annotations": annotations}, "spec": {"replicas": replicas}});
        serde_json::from_value(object).unwrap()
    }

    #[test]
    fn a_workload_that_left_the_traffic_comes_back_with_as_many_replicas() {
        let leave = |noted: &str| json!({"metadata": {"annotations": {REPLICAS: noted}}, "spec": {"replicas": 0}});
        assert_eq!(away(&object(3, None)), Some(leave("3")));
        assert_eq!(away(&object(0, Some("3"))), None, "it has left already");
        let forgotten = json!({"annotations": {REPLICAS: null}});
        let back = json!({"metadata": forgotten, "spec": {"replicas": 3}});
        assert_eq!(returned(&object(0, Some("3"))), Some(back));
        let scaled_meanwhile = json!({"metadata": forgotten});
        assert_eq!(returned(&object(5, Some("3"))), Some(scaled_meanwhile));
        assert_eq!(returned(&object(0, None)), None, "it was none of ours");
    }
}
