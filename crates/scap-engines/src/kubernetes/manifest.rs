//! The objects of a release's manifest that become ready.

use std::collections::BTreeMap;

use scap_plan::{Manifest, Namespace, Object};
use serde_json::Value;

/// An object with pods.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Workload {
    pub(super) kind: WorkloadKind,
    pub(super) namespace: Namespace,
    pub(super) name: String,
    /// By container, as the manifest has them.
    pub(super) images: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum WorkloadKind {
    Deployment,
    StatefulSet,
    DaemonSet,
    Job,
}

/// The workloads of `manifest`; `namespace` is the release's own.
pub(super) fn workloads(manifest: &Manifest, namespace: &Namespace) -> Vec<Workload> {
    let objects = manifest.objects.iter();
    objects
        .filter_map(|object| Workload::of(object, namespace))
        .collect()
}

impl Workload {
    fn of(object: &Object, namespace: &Namespace) -> Option<Self> {
        let kind = match (object.api_version(), object.kind()) {
            ("apps/v1", "Deployment") => WorkloadKind::Deployment,
            ("apps/v1", "StatefulSet") => WorkloadKind::StatefulSet,
            ("apps/v1", "DaemonSet") => WorkloadKind::DaemonSet,
            ("batch/v1", "Job") => WorkloadKind::Job,
            _ => return None,
        };
        Some(Self {
            kind,
            namespace: match object.namespace() {
                // The server takes no object whose namespace is no name.
                Some(own) => Namespace::new(own).ok()?,
                None => namespace.clone(),
            },
            name: object.name().to_owned(),
            images: images(object.content()),
        })
    }
}

impl WorkloadKind {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Deployment => "deployment",
            Self::StatefulSet => "statefulset",
            Self::DaemonSet => "daemonset",
            Self::Job => "job",
        }
    }
}

fn images(object: &Value) -> BTreeMap<String, String> {
    let lists = ["initContainers", "containers"];
    let containers = lists.into_iter().filter_map(|list| {
        let containers = object.pointer(&format!("/spec/template/spec/{list}"))?;
        containers.as_array()
    });
    let image = |container: &Value| {
        let text = |field: &str| Some(container.get(field)?.as_str()?.to_owned());
        Some((text("name")?, text("image")?))
    };
    containers.flatten().filter_map(image).collect()
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
    fn workloads_are_found_in_every_namespace() {
        let namespace = Namespace::new("shop").unwrap();
        let found = workloads(&Manifest::read(MANIFEST).unwrap(), &namespace);
        let told: Vec<_> = found
            .iter()
            .map(|w| (w.kind, w.namespace.as_str(), w.name.as_str()))
            .collect();
        assert_eq!(
            told,
            [
                (Deployment, "shop", "web"),
                (Job, "shop", "setup"),
                (StatefulSet, "other", "elsewhere"),
                (DaemonSet, "shop", "agent"),
                (StatefulSet, "shop", "store")
            ]
        );
        let images = &found[0].images;
        let images: Vec<_> = images.iter().map(|(c, i)| format!("{c} {i}")).collect();
        assert_eq!(
            images,
            [
                "migrate registry.example/migrate:1",
                "proxy registry.example/envoy:9",
                "web registry.example/web:2026-03-01"
            ]
        );
    }
}
