//! What the pods of an object need, wherever their template stands.

use super::required::Finder;
use serde_json::Value;

/// Looks for pods in a value and says what each needs.
pub(super) fn find(finder: &mut Finder<'_>, value: &Value, path: &str) {
    match value {
        Value::Object(fields) => {
            if value["containers"].is_array() {
                pod(finder, value, path);
            }
            for (key, value) in fields {
                let path = if path.is_empty() {
                    key.clone()
                } else {
                    format!("{path}.{key}")
                };
                find(finder, value, &path);
            }
        }
        Value::Array(elements) => {
            for (index, element) in elements.iter().enumerate() {
                find(
                    finder,
                    element,
                    &format!("{path}[{}]", label(element, index)),
                );
            }
        }
        _ => {}
    }
}

fn pod(finder: &mut Finder<'_>, pod: &Value, path: &str) {
    let at = |field: &str| format!("{path}.{field}");
    if let Some(account) = pod["serviceAccountName"]
        .as_str()
        .filter(|it| *it != "default")
    {
        finder.core("ServiceAccount", account, &at("serviceAccountName"));
    }
    if let Some(class) = pod["priorityClassName"]
        .as_str()
        .filter(|it| !it.starts_with("system-"))
    {
        let path = at("priorityClassName");
        finder.object(("scheduling.k8s.io", "PriorityClass"), class, &path);
    }
    if let Some(class) = pod["runtimeClassName"].as_str() {
        let path = at("runtimeClassName");
        finder.object(("node.k8s.io", "RuntimeClass"), class, &path);
    }
    for (secret, path) in elements(pod, "imagePullSecrets", path) {
        if let Some(name) = secret["name"].as_str() {
            // Missing ones are passed over: the image may be had without.
            finder.perhaps("Secret", name, &path);
        }
    }
    for (volume, path) in elements(pod, "volumes", path) {
        self::volume(finder, volume, &path);
    }
    for list in ["initContainers", "containers", "ephemeralContainers"] {
        for (container, path) in elements(pod, list, path) {
            self::container(finder, container, &path);
        }
    }
}

fn volume(finder: &mut Finder<'_>, volume: &Value, path: &str) {
    source(finder, volume, path);
    if let Some(claim) = volume["persistentVolumeClaim"]["claimName"].as_str() {
        let path = format!("{path}.persistentVolumeClaim");
        finder.core("PersistentVolumeClaim", claim, &path);
    }
    for (projected, path) in elements(
        &volume["projected"],
        "sources",
        &format!("{path}.projected"),
    ) {
        source(finder, projected, &path);
    }
}

fn source(finder: &mut Finder<'_>, source: &Value, path: &str) {
    for (field, kind) in [("configMap", "ConfigMap"), ("secret", "Secret")] {
        let reference = &source[field];
        // A volume's Secret has a name of its own.
        let name = reference["secretName"]
            .as_str()
            .or(reference["name"].as_str());
        let path = format!("{path}.{field}");
        if let Some(name) = name {
            let items = reference["items"].as_array().map_or(&[][..], Vec::as_slice);
            let keys: Vec<&str> = items
                .iter()
                .filter_map(|item| item["key"].as_str())
                .collect();
            if keys.is_empty() {
                finder.values((kind, name, None), is_optional(reference), &path);
            }
            for key in keys {
                finder.values((kind, name, Some(key)), is_optional(reference), &path);
            }
        }
    }
}

fn container(finder: &mut Finder<'_>, container: &Value, path: &str) {
    for (from, path) in elements(container, "envFrom", path) {
        for (field, kind) in [("configMapRef", "ConfigMap"), ("secretRef", "Secret")] {
            if let Some(name) = from[field]["name"].as_str() {
                let path = format!("{path}.{field}");
                finder.values((kind, name, None), is_optional(&from[field]), &path);
            }
        }
    }
    for (variable, path) in elements(container, "env", path) {
        for (field, kind) in [("configMapKeyRef", "ConfigMap"), ("secretKeyRef", "Secret")] {
            let reference = &variable["valueFrom"][field];
            if let Some(name) = reference["name"].as_str() {
                let key = reference["key"].as_str();
                finder.values((kind, name, key), is_optional(reference), &path);
            }
        }
        if let Some(text) = variable["value"].as_str() {
            finder.variables(text, &path);
        }
    }
    for field in ["command", "args"] {
        for (text, path) in elements(container, field, path) {
            finder.variables(text.as_str().unwrap_or_default(), &path);
        }
    }
}

fn is_optional(reference: &Value) -> bool {
    reference["optional"] == true
}

/// The elements of a list and the path of each.
pub(super) fn elements<'a>(
    value: &'a Value,
    field: &'a str,
    path: &'a str,
) -> impl Iterator<Item = (&'a Value, String)> {
    let list = value[field].as_array().into_iter().flatten();
    list.enumerate().map(move |(index, element)| {
        let label = label(element, index);
        (element, format!("{path}.{field}[{label}]"))
    })
}

fn label(element: &Value, index: usize) -> String {
    let name = element["name"].as_str().map(str::to_owned);
    name.unwrap_or_else(|| index.to_string())
}
