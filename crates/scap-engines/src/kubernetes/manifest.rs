//! The objects of a release's manifest that become ready.

use scap_plan::{Manifest, Namespace, Object};

/// An object with pods, in the release's namespace.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Workload {
    pub(super) kind: WorkloadKind,
    pub(super) name: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum WorkloadKind {
    Deployment,
    StatefulSet,
    DaemonSet,
    Job,
}

/// The workloads of `manifest`. Those in another namespace than the release's are left out: its kubeconfig may not see them.
pub(super) fn workloads(manifest: &Manifest, namespace: &Namespace) -> Vec<Workload> {
    let is_ours = |object: &&Object| {
        object
            .namespace()
            .is_none_or(|own| own == namespace.as_str())
    };
    let ours = manifest.objects.iter().filter(is_ours);
    ours.filter_map(Workload::of).collect()
}

impl Workload {
    fn of(object: &Object) -> Option<Self> {
        let kind = match (object.api_version(), object.kind()) {
            ("apps/v1", "Deployment") => WorkloadKind::Deployment,
            ("apps/v1", "StatefulSet") => WorkloadKind::StatefulSet,
            ("apps/v1", "DaemonSet") => WorkloadKind::DaemonSet,
            ("batch/v1", "Job") => WorkloadKind::Job,
            _ => return None,
        };
        let name = object.name().to_owned();
        Some(Self { kind, name })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use WorkloadKind::{DaemonSet, Deployment, Job, StatefulSet};

    const MANIFEST: &str = r#"---
# Source: shop/templates/empty.yaml

---
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 1
  replicas: 2
  template:
    spec:
      initContainers: [{ name: migrate, image: "registry.example/migrate:1" }]
      containers:
        - { name: web, image: "registry.example/web:2026-03-01" }
        - { name: proxy, image: "registry.example/envoy:9" }
---
apiVersion: batch/v1
kind: CronJob
metadata: { name: nightly, namespace: shop }
spec:
  jobTemplate: { spec: { template: { spec: { containers: [{ image: "registry.example/web:2026-03-01" }] } } } }
---
apiVersion: batch/v1
kind: Job
metadata: { name: setup, namespace: shop }
---
apiVersion: apps/v1
kind: StatefulSet
metadata: { name: elsewhere, namespace: other }
---
apiVersion: apps/v1
kind: DaemonSet
metadata: { name: agent }
---
apiVersion: apps/v1
kind: StatefulSet
metadata: { name: store }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: settings }
data: { image: not-an-image, text: "{{ braces }} and: colons" }
---
apiVersion: flink.apache.org/v1beta1
kind: FlinkDeployment
metadata: { name: stream }
spec: { podTemplate: { spec: { containers: [{ name: main, image: "registry.example/flink:1" }, { name: unset }] } } }
"#;

    #[test]
    fn workloads_of_the_releases_namespace_are_found() {
        let namespace = Namespace::new("shop").unwrap();
        let found = workloads(&Manifest::read(MANIFEST).unwrap(), &namespace);
        let found: Vec<_> = found.iter().map(|w| (w.kind, w.name.as_str())).collect();
        assert_eq!(
            found,
            [
                (Deployment, "web"),
                (Job, "setup"),
                (DaemonSet, "agent"),
                (StatefulSet, "store")
            ]
        );
    }
}
