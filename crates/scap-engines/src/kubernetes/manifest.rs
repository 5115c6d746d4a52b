//! What a release's manifest contains: the objects that become ready, and the images that they run.

use scap_plan::Namespace;
use serde::Deserialize;
use serde_json::Value;
use serde_saphyr::{DuplicateKeyPolicy, Options};

/// A manifest that is no YAML.
#[derive(Debug, thiserror::Error)]
#[error("the release's manifest cannot be read")]
pub(super) struct ManifestError(#[source] serde_saphyr::Error);

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

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Object {
    #[serde(default)]
    api_version: String,
    #[serde(default)]
    kind: String,
    metadata: Metadata,
}

#[derive(Deserialize)]
struct Metadata {
    name: String,
    namespace: Option<String>,
}

/// The workloads of `manifest`. Those in another namespace than the release's are left out: its kubeconfig may not see them.
pub(super) fn workloads(
    manifest: &str,
    namespace: &Namespace,
) -> Result<Vec<Workload>, ManifestError> {
    let mut workloads = Vec::new();
    for document in documents(manifest).map_err(ManifestError)? {
        let Ok(object) = Object::deserialize(document) else {
            continue;
        };
        let kind = match (object.api_version.as_str(), object.kind.as_str()) {
            ("apps/v1", "Deployment") => WorkloadKind::Deployment,
            ("apps/v1", "StatefulSet") => WorkloadKind::StatefulSet,
            ("apps/v1", "DaemonSet") => WorkloadKind::DaemonSet,
            ("batch/v1", "Job") => WorkloadKind::Job,
            _ => continue,
        };
        let Metadata {
            name,
            namespace: own,
        } = object.metadata;
        if own.is_none_or(|own| own == namespace.as_str()) {
            workloads.push(Workload { kind, name });
        }
    }
    Ok(workloads)
}

/// The images of all containers, sorted, each once; none when the manifest cannot be read.
pub(super) fn images(manifest: &str) -> Vec<String> {
    let mut images = Vec::new();
    for document in documents(manifest).unwrap_or_default() {
        collect_images(&document, &mut images);
    }
    images.sort();
    images.dedup();
    images
}

/// Wherever a pod's template may stand: resources of operators have them in places of their own.
fn collect_images(value: &Value, images: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                if let ("containers" | "initContainers", Value::Array(containers)) =
                    (name.as_str(), value)
                {
                    let image =
                        |container: &Value| Some(container.get("image")?.as_str()?.to_owned());
                    images.extend(containers.iter().filter_map(image));
                }
                collect_images(value, images);
            }
        }
        Value::Array(values) => values
            .iter()
            .for_each(|value| collect_images(value, images)),
        _ => {}
    }
}

fn documents(manifest: &str) -> Result<Vec<Value>, serde_saphyr::Error> {
    serde_saphyr::from_multiple_with_options(manifest, options())
}

/// As helm reads it: a key given twice has its last value, and there is no limit but the Secret's size.
fn options() -> Options {
    serde_saphyr::options! {
        duplicate_keys: DuplicateKeyPolicy::LastWins,
        budget: None,
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
        let found = workloads(MANIFEST, &namespace).unwrap();
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

    #[test]
    fn images_are_found_wherever_containers_are() {
        let expected = ["envoy:9", "flink:1", "migrate:1", "web:2026-03-01"];
        assert_eq!(
            images(MANIFEST),
            expected.map(|image| format!("registry.example/{image}"))
        );
    }

    #[test]
    fn a_manifest_that_is_no_yaml_has_no_workloads() {
        let namespace = Namespace::new("shop").unwrap();
        assert!(workloads("{", &namespace).is_err());
        assert_eq!(workloads("", &namespace).unwrap(), []);
        assert_eq!(images("{"), Vec::<String>::new());
    }
}
