//! What a manifest needs: each reference of its objects to something with a name.

use super::pods::{self, elements};
use super::provided::in_namespace;
use super::{Requirement, Wanted};
use crate::{Manifest, Object, ObjectName};
use serde_json::Value;
use std::collections::BTreeSet;

/// All that a release refers to when it is installed in `namespace`; what it brings along itself is among it.
pub fn required(manifest: &Manifest, namespace: &str) -> Vec<Requirement> {
    let mut own_variables = BTreeSet::new();
    for object in &manifest.objects {
        collect_variables(object.content(), &mut own_variables);
    }
    let mut found: Vec<Requirement> = Vec::new();
    for object in &manifest.objects {
        let mut finder = Finder {
            name: object.object_name(),
            namespace: object.namespace().unwrap_or(namespace),
            own_variables: &own_variables,
            found: Vec::new(),
        };
        finder.find(object);
        found.extend(finder.found);
    }
    found
}

/// Collects what one object needs.
pub(super) struct Finder<'a> {
    name: ObjectName,
    namespace: &'a str,
    /// Names of variables that the manifest sets itself.
    own_variables: &'a BTreeSet<&'a str>,
    found: Vec<Requirement>,
}

const GATEWAY: &str = "gateway.networking.k8s.io";

impl Finder<'_> {
    fn find(&mut self, object: &Object) {
        let content = object.content();
        if !self.name.is_built_in() {
            let (group, kind) = (self.name.group.clone(), self.name.kind.clone());
            self.want(Wanted::Kind { group, kind }, true, "");
        }
        let spec = &content["spec"];
        match object.kind() {
            // Its schema has fields with the names of a pod's.
            "CustomResourceDefinition" => return,
            "Ingress" => self.ingress(spec),
            "Gateway" => self.gateway(spec),
            "HTTPRoute" | "GRPCRoute" | "TCPRoute" | "TLSRoute" | "UDPRoute" => self.route(spec),
            "RoleBinding" | "ClusterRoleBinding" => self.binding(content),
            "HorizontalPodAutoscaler" => {
                self.reference(&spec["scaleTargetRef"], "spec.scaleTargetRef");
            }
            "PersistentVolumeClaim" => self.storage_class(spec, "spec"),
            "StatefulSet" => self.stateful_set(spec),
            "Certificate" => self.issuer(&spec["issuerRef"]),
            "ConfigMap" => self.texts(&content["data"]),
            "ValidatingWebhookConfiguration" | "MutatingWebhookConfiguration" => {
                self.webhooks(content);
            }
            _ => {}
        }
        pods::find(self, content, "");
    }

    fn want(&mut self, wanted: Wanted, is_certain: bool, path: &str) {
        let requirement = Requirement {
            wanted,
            object: Some(self.name.clone()),
            path: path.to_owned(),
            is_certain,
        };
        if !self.found.contains(&requirement) {
            self.found.push(requirement);
        }
    }

    fn wanted(&self, (group, kind): (&str, &str), name: &str, namespace: Option<&str>) -> Wanted {
        let object = ObjectName {
            group: group.to_owned(),
            kind: kind.to_owned(),
            namespace: namespace.map(str::to_owned),
            name: name.to_owned(),
        };
        Wanted::object(in_namespace(object, self.namespace))
    }

    /// An object, by group and kind.
    pub(super) fn object(&mut self, kind: (&str, &str), name: &str, path: &str) {
        let wanted = self.wanted(kind, name, None);
        self.want(wanted, true, path);
    }

    /// An object of the core group.
    pub(super) fn core(&mut self, kind: &str, name: &str, path: &str) {
        self.object(("", kind), name, path);
    }

    /// An object of the core group that may be missing.
    pub(super) fn perhaps(&mut self, kind: &str, name: &str, path: &str) {
        let wanted = self.wanted(("", kind), name, None);
        self.want(wanted, false, path);
    }

    /// A `ConfigMap` or Secret, and a key of it.
    pub(super) fn values(
        &mut self,
        (kind, name, key): (&str, &str, Option<&str>),
        is_optional: bool,
        path: &str,
    ) {
        if !is_optional && let Wanted::Object { object, .. } = self.wanted(("", kind), name, None) {
            let key = key.map(str::to_owned);
            self.want(Wanted::Object { object, key }, true, path);
        }
    }

    /// Variables that Kubernetes sets for a Service, in a text of a container.
    pub(super) fn variables(&mut self, text: &str, path: &str) {
        for (prefix, variable) in service_variables(text) {
            if !self.own_variables.contains(variable) && prefix != "KUBERNETES" {
                let is_certain = text.contains(&format!("$({variable})"));
                let wanted = Wanted::ServiceVariable {
                    namespace: self.namespace.to_owned(),
                    prefix: prefix.to_owned(),
                };
                self.want(wanted, is_certain, path);
            }
        }
    }

    fn texts(&mut self, data: &Value) {
        for (key, text) in data.as_object().into_iter().flatten() {
            self.variables(text.as_str().unwrap_or_default(), &format!("data[{key}]"));
        }
    }

    fn ingress(&mut self, spec: &Value) {
        let backend = |finder: &mut Self, backend: &Value, path: &str| {
            if let Some(name) = backend["service"]["name"].as_str() {
                finder.core("Service", name, path);
            }
        };
        backend(self, &spec["defaultBackend"], "spec.defaultBackend");
        for (rule, path) in elements(spec, "rules", "spec") {
            for (entry, path) in elements(&rule["http"], "paths", &format!("{path}.http")) {
                backend(self, &entry["backend"], &format!("{path}.backend"));
            }
        }
        for (tls, path) in elements(spec, "tls", "spec") {
            if let Some(name) = tls["secretName"].as_str() {
                self.perhaps("Secret", name, &path);
            }
        }
        if let Some(class) = spec["ingressClassName"].as_str() {
            let kind = ("networking.k8s.io", "IngressClass");
            self.object(kind, class, "spec.ingressClassName");
        }
    }

    fn gateway(&mut self, spec: &Value) {
        if let Some(class) = spec["gatewayClassName"].as_str() {
            self.object((GATEWAY, "GatewayClass"), class, "spec.gatewayClassName");
        }
        for (listener, path) in elements(spec, "listeners", "spec") {
            for (secret, path) in
                elements(&listener["tls"], "certificateRefs", &format!("{path}.tls"))
            {
                self.named(secret, ("", "Secret"), &path);
            }
        }
    }

    fn route(&mut self, spec: &Value) {
        for (parent, path) in elements(spec, "parentRefs", "spec") {
            self.named(parent, (GATEWAY, "Gateway"), &path);
        }
        for (rule, path) in elements(spec, "rules", "spec") {
            for (backend, path) in elements(rule, "backendRefs", &path) {
                self.named(backend, ("", "Service"), &path);
            }
        }
    }

    /// A reference with group, kind and namespace of its own, or else the usual ones.
    fn named(&mut self, reference: &Value, usual: (&str, &str), path: &str) {
        let text = |field: &str| reference[field].as_str();
        if let Some(name) = text("name") {
            let kind = (
                text("group").unwrap_or(usual.0),
                text("kind").unwrap_or(usual.1),
            );
            let wanted = self.wanted(kind, name, text("namespace"));
            self.want(wanted, true, path);
        }
    }

    /// A reference with an API version.
    fn reference(&mut self, reference: &Value, path: &str) {
        if let (Some(kind), Some(name)) = (reference["kind"].as_str(), reference["name"].as_str()) {
            let version = reference["apiVersion"].as_str().unwrap_or_default();
            let group = version.split_once('/').map_or("", |(group, _)| group);
            self.object((group, kind), name, path);
        }
    }

    fn binding(&mut self, content: &Value) {
        const OF_EVERY_CLUSTER: &[&str] = &["admin", "cluster-admin", "edit", "view"];
        let role = &content["roleRef"];
        let name = role["name"].as_str().unwrap_or_default();
        if !OF_EVERY_CLUSTER.contains(&name) && !name.starts_with("system:") {
            let usual = ("rbac.authorization.k8s.io", "ClusterRole");
            self.named(role, usual, "roleRef");
        }
        for (subject, path) in elements(content, "subjects", "") {
            let is_own = subject["name"] != "default";
            if subject["kind"] == "ServiceAccount" && is_own {
                let path = path.trim_start_matches('.');
                self.named(subject, ("", "ServiceAccount"), path);
            }
        }
    }

    fn storage_class(&mut self, spec: &Value, path: &str) {
        if let Some(class) = spec["storageClassName"]
            .as_str()
            .filter(|it| !it.is_empty())
        {
            let path = format!("{path}.storageClassName");
            self.object(("storage.k8s.io", "StorageClass"), class, &path);
        }
    }

    fn stateful_set(&mut self, spec: &Value) {
        if let Some(service) = spec["serviceName"].as_str().filter(|it| !it.is_empty()) {
            // The pods start without; they only have no names of their own.
            self.perhaps("Service", service, "spec.serviceName");
        }
        for (claim, path) in elements(spec, "volumeClaimTemplates", "spec") {
            self.storage_class(&claim["spec"], &format!("{path}.spec"));
        }
    }

    fn issuer(&mut self, issuer: &Value) {
        self.named(issuer, ("cert-manager.io", "Issuer"), "spec.issuerRef");
    }

    fn webhooks(&mut self, content: &Value) {
        for (webhook, path) in elements(content, "webhooks", "") {
            let path = format!("{}.clientConfig.service", path.trim_start_matches('.'));
            let service = &webhook["clientConfig"]["service"];
            self.named(service, ("", "Service"), &path);
        }
    }
}

/// `SEARCH` and `SEARCH_SERVICE_HOST` of `http://$(SEARCH_SERVICE_HOST):80`.
fn service_variables(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let words = text.split(|c: char| !(c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_'));
    words.filter_map(|word| {
        let host = word.strip_suffix("_SERVICE_HOST");
        let port = || {
            word.split_once("_SERVICE_PORT")
                .filter(|(_, name)| name.is_empty() || name.starts_with('_'))
        };
        let prefix = host.or_else(|| port().map(|(prefix, _)| prefix))?;
        prefix
            .starts_with(|c: char| c.is_ascii_uppercase())
            .then_some((prefix, word))
    })
}

/// Names of variables that containers are given by the manifest.
fn collect_variables<'a>(value: &'a Value, names: &mut BTreeSet<&'a str>) {
    match value {
        Value::Object(fields) => {
            let variables = fields.get("env").and_then(Value::as_array);
            let variables = variables.into_iter().flatten();
            names.extend(variables.filter_map(|variable| variable["name"].as_str()));
            fields
                .values()
                .for_each(|value| collect_variables(value, names));
        }
        Value::Array(elements) => elements
            .iter()
            .for_each(|value| collect_variables(value, names)),
        _ => {}
    }
}
