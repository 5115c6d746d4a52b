//! What a release brings along for others.

use super::Wanted;
use crate::{Manifest, Object, ObjectName};
use serde::Serialize;
use serde_json::Value;

/// Something that is there once the release is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Provided {
    /// Without a key.
    pub what: Wanted,
    /// Of a `ConfigMap` or Secret; absent where the manifest does not show them.
    pub keys: Option<Vec<String>>,
}

/// All that a release brings along when it is installed in `namespace`.
pub fn provided(manifest: &Manifest, namespace: &str) -> Vec<Provided> {
    let of = |object| of_object(object, namespace);
    manifest.objects.iter().flat_map(of).collect()
}

fn of_object(object: &Object, namespace: &str) -> Vec<Provided> {
    let own = in_namespace(object.object_name(), namespace);
    let content = object.content();
    let text = |pointer: &str| content.pointer(pointer).and_then(Value::as_str);
    let plain = |what: Wanted| Provided { what, keys: None };
    let mut found = Vec::new();
    let secret = match (own.group.as_str(), own.kind.as_str()) {
        ("cert-manager.io", "Certificate") => text("/spec/secretName"),
        ("external-secrets.io", "ExternalSecret") => {
            text("/spec/target/name").or(Some(object.name()))
        }
        ("bitnami.com", "SealedSecret") => Some(object.name()),
        _ => None,
    };
    if let Some(secret) = secret {
        let secret = ObjectName {
            group: String::new(),
            kind: "Secret".to_owned(),
            namespace: own.namespace.clone(),
            name: secret.to_owned(),
        };
        found.push(plain(Wanted::object(secret)));
    }
    if let ("CustomResourceDefinition", Some(group), Some(kind)) = (
        own.kind.as_str(),
        text("/spec/group"),
        text("/spec/names/kind"),
    ) {
        let (group, kind) = (group.to_owned(), kind.to_owned());
        found.push(plain(Wanted::Kind { group, kind }));
    }
    // It sets none for one without an address.
    let has_address = text("/spec/clusterIP") != Some("None");
    if let ("Service", Some(namespace), true) = (own.kind.as_str(), &own.namespace, has_address) {
        found.push(plain(Wanted::ServiceVariable {
            namespace: namespace.clone(),
            prefix: variable_prefix(&own.name),
        }));
    }
    found.push(Provided {
        keys: matches!(own.kind.as_str(), "ConfigMap" | "Secret").then(|| keys(content)),
        what: Wanted::object(own),
    });
    found
}

fn keys(content: &Value) -> Vec<String> {
    let fields = ["data", "binaryData", "stringData"];
    let maps = fields
        .iter()
        .filter_map(|field| content[*field].as_object());
    maps.flat_map(|map| map.keys().cloned()).collect()
}

/// As it is called in the cluster.
pub(super) fn in_namespace(mut object: ObjectName, namespace: &str) -> ObjectName {
    if object.is_of_cluster() {
        object.namespace = None;
    } else {
        object.namespace.get_or_insert_with(|| namespace.to_owned());
    }
    object
}

/// As Kubernetes begins the names of variables that it sets for a Service.
pub fn variable_prefix(service: &str) -> String {
    service.to_uppercase().replace('-', "_")
}
