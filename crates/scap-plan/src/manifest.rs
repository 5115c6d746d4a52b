//! The objects of a release: as they were rendered, as helm keeps them, or as they live.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_saphyr::{DuplicateKeyPolicy, Options};

/// A manifest that is no YAML.
#[derive(Debug, thiserror::Error)]
#[error("the release's manifest cannot be read")]
pub struct ManifestError(#[source] Box<serde_saphyr::Error>);

/// The objects of a release, in the order in which they were written.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Manifest {
    pub objects: Vec<Object>,
}

/// A Kubernetes object.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Object(Value);

/// What tells objects of one cluster apart.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub struct ObjectName {
    /// `apps` of `apps/v1`; empty for the core group. Versions of one group name the same object.
    pub group: String,
    pub kind: String,
    /// Absent where the object does not say it: the release's own, or none.
    pub namespace: Option<String>,
    pub name: String,
}

/// Groups of the API server itself with a domain; those without one are its own too.
const BUILT_IN_GROUPS: &[&str] = &[
    "admissionregistration.k8s.io",
    "apiextensions.k8s.io",
    "apiregistration.k8s.io",
    "certificates.k8s.io",
    "coordination.k8s.io",
    "discovery.k8s.io",
    "events.k8s.io",
    "flowcontrol.apiserver.k8s.io",
    "networking.k8s.io",
    "node.k8s.io",
    "rbac.authorization.k8s.io",
    "resource.k8s.io",
    "scheduling.k8s.io",
    "storage.k8s.io",
];

/// Kinds that are in no namespace.
const OF_CLUSTER: &[&str] = &[
    "APIService",
    "CSIDriver",
    "ClusterIssuer",
    "ClusterRole",
    "ClusterRoleBinding",
    "CustomResourceDefinition",
    "GatewayClass",
    "IngressClass",
    "MutatingWebhookConfiguration",
    "Namespace",
    "PersistentVolume",
    "PriorityClass",
    "RuntimeClass",
    "StorageClass",
    "ValidatingAdmissionPolicy",
    "ValidatingWebhookConfiguration",
];

impl ObjectName {
    /// Whether it is in no namespace, as far as its kind tells.
    pub fn is_of_cluster(&self) -> bool {
        OF_CLUSTER.contains(&self.kind.as_str())
    }

    /// Whether the API server knows the kind by itself; all others are custom kinds.
    pub fn is_built_in(&self) -> bool {
        !self.group.contains('.') || BUILT_IN_GROUPS.contains(&self.group.as_str())
    }
}

impl Manifest {
    /// Reads YAML documents as helm does: a key given twice has its last value, and documents without an object are skipped.
    pub fn read(text: &str) -> Result<Self, ManifestError> {
        let documents: Vec<Value> = serde_saphyr::from_multiple_with_options(text, as_helm_reads())
            .map_err(|error| ManifestError(Box::new(error)))?;
        let objects = documents.into_iter().filter_map(Object::new).collect();
        Ok(Self { objects })
    }

    /// BLAKE3 over the objects, in hexadecimal digits; neither their order nor how the YAML was written changes it.
    pub fn digest(&self) -> String {
        let mut objects: Vec<String> = self
            .objects
            .iter()
            .map(|object| object.0.to_string())
            .collect();
        objects.sort_unstable();
        blake3::hash(objects.join("\n").as_bytes())
            .to_hex()
            .to_string()
    }

    /// The images of all containers, sorted, each once.
    pub fn images(&self) -> Vec<String> {
        let mut images = Vec::new();
        for object in &self.objects {
            collect_images(&object.0, &mut images);
        }
        images.sort();
        images.dedup();
        images
    }
}

impl Object {
    /// None unless it has a kind and a name.
    pub fn new(content: Value) -> Option<Self> {
        let object = Self(content);
        let is_named = object.text("/kind").is_some() && object.text("/metadata/name").is_some();
        is_named.then_some(object)
    }

    pub fn content(&self) -> &Value {
        &self.0
    }

    pub fn api_version(&self) -> &str {
        self.text("/apiVersion").unwrap_or_default()
    }

    pub fn kind(&self) -> &str {
        self.text("/kind").unwrap_or_default()
    }

    pub fn name(&self) -> &str {
        self.text("/metadata/name").unwrap_or_default()
    }

    /// As the object says it.
    pub fn namespace(&self) -> Option<&str> {
        self.text("/metadata/namespace")
    }

    pub fn object_name(&self) -> ObjectName {
        let group = self
            .api_version()
            .split_once('/')
            .map_or("", |(group, _)| group);
        ObjectName {
            group: group.to_owned(),
            kind: self.kind().to_owned(),
            namespace: self.namespace().map(str::to_owned),
            name: self.name().to_owned(),
        }
    }

    fn text(&self, pointer: &str) -> Option<&str> {
        self.0.pointer(pointer)?.as_str()
    }
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

/// Nested deeper than any object that the API server would take; what is deeper would overflow a stack.
pub(crate) const DEEPEST: usize = 60;
/// Far more than the Secret has room for in which helm keeps a release, unless aliases repeat it.
const LARGEST: usize = 256 << 20;
const MOST_NODES: usize = 10_000_000;
/// No template of a chart repeats so much by aliases, mostly none at all.
const MOST_REPEATED: usize = 100_000;

fn as_helm_reads() -> Options {
    serde_saphyr::options! {
        duplicate_keys: DuplicateKeyPolicy::LastWins,
        budget: serde_saphyr::budget! {
            max_depth: DEEPEST,
            max_events: 4 * MOST_NODES,
            max_nodes: MOST_NODES,
            max_documents: MOST_NODES,
            max_aliases: MOST_NODES,
            max_anchors: MOST_NODES,
            max_recorded_anchor_events: MOST_NODES,
            max_recorded_anchor_bytes: LARGEST,
            max_total_scalar_bytes: LARGEST,
            max_merge_keys: MOST_NODES,
            max_buffered_comment_events: MOST_NODES,
            max_total_comment_bytes: LARGEST,
            enforce_alias_anchor_ratio: false,
        },
        alias_limits: serde_saphyr::alias_limits! {
            max_total_replayed_events: MOST_REPEATED,
        },
        // What is shown of it might be a secret.
        with_snippet: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
---
apiVersion: batch/v1
kind: CronJob
metadata: { name: nightly, namespace: shop }
spec:
  jobTemplate: { spec: { template: { spec: { containers: [{ image: "registry.example/web:2026-03-01" }] } } } }
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
    fn objects_are_read_as_helm_reads_them() {
        let manifest = Manifest::read(MANIFEST).unwrap();
        let names: Vec<ObjectName> = manifest.objects.iter().map(Object::object_name).collect();
        let name = |group: &str, kind: &str, namespace: Option<&str>, name: &str| ObjectName {
            group: group.to_owned(),
            kind: kind.to_owned(),
            namespace: namespace.map(str::to_owned),
            name: name.to_owned(),
        };
        let expected = [
            name("apps", "Deployment", None, "web"),
            name("batch", "CronJob", Some("shop"), "nightly"),
            name("", "ConfigMap", None, "settings"),
            name("flink.apache.org", "FlinkDeployment", None, "stream"),
        ];
        assert_eq!(names, expected);
        assert_eq!(manifest.objects[0].content()["spec"]["replicas"], 2);
        assert_eq!(
            manifest.images(),
            ["flink:1", "migrate:1", "web:2026-03-01"]
                .map(|image| format!("registry.example/{image}"))
        );
        assert!(Manifest::read("kind: [").is_err());
    }

    #[test]
    fn what_would_fill_stack_or_memory_is_refused() {
        let long = "x".repeat(100_000);
        for text in [
            "- ".repeat(5_000),
            "[".repeat(5_000),
            "{a: ".repeat(5_000),
            "? ".repeat(5_000),
            format!("a: &a {long}\nb: [{}]\n", "*a, ".repeat(20_000)),
            (1..20).fold("a: &a0 [x, x, x, x]\n".to_owned(), |text, level| {
                let below = format!("*a{}", level - 1);
                format!("{text}a{level}: &a{level} [{below}, {below}, {below}, {below}]\n")
            }),
        ] {
            assert!(Manifest::read(&text).is_err(), "{text:.40}");
        }
        let deep = format!(
            "kind: A\nmetadata: {{name: a}}\nspec: {}{}\n",
            "{a: ".repeat(50),
            "}".repeat(50)
        );
        assert_eq!(Manifest::read(&deep).unwrap().objects.len(), 1);
    }

    #[test]
    fn a_digest_is_of_the_objects_and_not_of_their_writing() {
        let digest = |text: &str| Manifest::read(text).unwrap().digest();
        let one =
            "{kind: A, metadata: {name: a}}\n---\n# Source: b\nkind: B\nmetadata: {name: b}\n";
        let same = "---\nmetadata:\n  name: \"b\"\nkind: B\n---\nmetadata: {name: a}\nkind: A\n";
        let other = "{kind: A, metadata: {name: a}}\n---\nkind: B\nmetadata: {name: c}\n";
        assert_eq!(digest(one), digest(same));
        assert_ne!(digest(one), digest(other));
    }
}
