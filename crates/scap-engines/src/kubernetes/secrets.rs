//! Learns what nobody may see: what the Secrets of a release's namespace have, and those that are rendered for it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{MutexGuard, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use futures::future::join_all;
use k8s_openapi::api::core::v1 as api;
use kube::ResourceExt;
use kube::api::ListParams;
use scap_plan::{Manifest, Namespace, Plan, ReleaseName, ReleaseStep, Step, StepKind};
use scap_run::Finding;
use serde_json::Value;
use tokio::time::timeout;

use super::error::ServerError;
use super::history::Cluster;
use super::{KubernetesEngine, KubernetesError};
use crate::causes::with_causes;
use crate::secrets::{KnownSecrets, Secret};

/// A cluster that does not answer must not hold up what is to be masked for long.
const PATIENCE: Duration = Duration::from_secs(5);
/// What everybody is shown who connects.
const PUBLIC: [&str; 2] = ["ca.crt", "tls.crt"];
/// Files that log in to registries, and what of them is secret.
const REGISTRY_FILES: [&str; 2] = [".dockerconfigjson", ".dockercfg"];
const REGISTRY_SECRETS: [&str; 4] = ["auth", "identitytoken", "password", "registrytoken"];

/// Namespaces whose Secrets were read, by kubeconfig; each with why they could not be, if so.
pub(super) type Read = BTreeMap<(PathBuf, Namespace), Option<String>>;

impl KubernetesEngine {
    /// What is known of secrets, by whatever way.
    pub fn secrets(&self) -> &KnownSecrets {
        self.scratch.secrets()
    }

    /// Learns the secrets of the namespaces of `steps` as they are in their clusters, where that was not done before.
    /// What cannot be read is said by [`KubernetesEngine::unread_secrets`].
    pub async fn learn_of<'a>(&self, steps: impl IntoIterator<Item = &'a Step>) {
        self.learn_each(steps, |known| known != Some(&None)).await;
    }

    /// As [`KubernetesEngine::learn_of`], but only where it was never tried.
    pub async fn learn_once_of<'a>(&self, steps: impl IntoIterator<Item = &'a Step>) {
        self.learn_each(steps, |known| known.is_none()).await;
    }

    async fn learn_each<'a>(
        &self,
        steps: impl IntoIterator<Item = &'a Step>,
        is_due: impl Fn(Option<&Option<String>>) -> bool,
    ) {
        let releases = steps.into_iter().filter_map(|step| {
            let release = step.release()?;
            Some((self.place(release), release))
        });
        let mut due: BTreeMap<_, &ReleaseStep> = releases.collect();
        due.retain(|place, _| is_due(self.read().get(place)));
        join_all(due.into_values().map(|release| self.learn_again(release))).await;
    }

    /// Learns them before helmfile is run, where it was never tried.
    pub(super) async fn learn_once(&self, step: &ReleaseStep) {
        let is_tried = self.read().contains_key(&self.place(step));
        if !is_tried {
            self.learn_again(step).await;
        }
    }

    /// Learns them again: they may have changed.
    pub async fn learn_again(&self, step: &ReleaseStep) {
        let read = self.learn(step, step.namespace_of_objects()).await;
        let why = read.err().map(|error| match error {
            KubernetesError::Read { source, .. } => with_causes(&source),
            other => with_causes(&other),
        });
        self.read().insert(self.place(step), why);
    }

    /// Learns those of a namespace in the cluster of `step`.
    pub(super) async fn learn(
        &self,
        step: &ReleaseStep,
        namespace: &Namespace,
    ) -> Result<(), KubernetesError> {
        let cluster = Cluster {
            namespace: namespace.clone(),
            ..Cluster::of(&self.settings, step).await?
        };
        let secrets = cluster.secret_values().await.map_err(|source| {
            let what = format!("the secrets of namespace `{namespace}`");
            KubernetesError::Read { what, source }
        })?;
        self.secrets().learn(without_names(secrets, step));
        Ok(())
    }

    /// Learns those that `manifest` brings, which may not be in the cluster yet.
    pub(super) fn learn_rendered(&self, step: &ReleaseStep, manifest: &Manifest) {
        let secrets = manifest.objects.iter().map(scap_plan::Object::content);
        let secrets = secrets.flat_map(rendered_values).collect();
        self.secrets().learn(without_names(secrets, step));
    }

    /// A warning for each namespace of the plan whose secrets could not be read.
    pub async fn unread_secrets(&self, plan: &Plan) -> Vec<Finding> {
        self.learn_of(&plan.steps).await;
        let mut findings = Vec::new();
        for step in &plan.steps {
            let StepKind::Release(release) = &step.kind else {
                continue;
            };
            let why = self.read().get(&self.place(release)).cloned().flatten();
            let Some(why) = why else { continue };
            let (namespace, environment) = (release.namespace_of_objects(), &release.environment);
            let finding = Finding {
                hint: Some("let the kubeconfig's user list secrets in its namespace".to_owned()),
                ..Finding::warning(format!(
                    "secrets of namespace `{namespace}` in {environment} cannot be read ({why}): what programs print can only be masked for those in the manifests"
                ))
            };
            if !findings.contains(&finding) {
                findings.push(finding);
            }
        }
        findings
    }

    fn place(&self, step: &ReleaseStep) -> (PathBuf, Namespace) {
        let kubeconfig = self.settings.kubeconfig_of(step);
        (kubeconfig, step.namespace_of_objects().clone())
    }

    fn read(&self) -> MutexGuard<'_, Read> {
        self.read_secrets
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Cluster {
    /// Without helm's own records, which are packed releases.
    async fn secret_values(&self) -> Result<Vec<Secret>, ServerError> {
        let wanted = ListParams::default().fields("type!=helm.sh/release.v1");
        let secrets = self.secrets();
        let listed = timeout(PATIENCE, secrets.list(&wanted)).await;
        let listed = listed.map_err(|_| ServerError::Silent(PATIENCE.as_secs()))??;
        Ok(listed.into_iter().flat_map(live_values).collect())
    }
}

fn live_values(secret: api::Secret) -> Vec<Secret> {
    let name = secret.name_any();
    let data = secret.data.into_iter().flatten();
    data.flat_map(|(key, value)| values(&name, &key, value.0))
        .collect()
}

fn rendered_values(object: &Value) -> Vec<Secret> {
    if object["kind"] != "Secret" {
        return Vec::new();
    }
    let name = object["metadata"]["name"].as_str().unwrap_or_default();
    let fields = |field: &str| object[field].as_object().into_iter().flatten();
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        // The server refuses it; helm says so, and what it is.
        other => other.to_string(),
    };
    let data = fields("data").map(|(key, value)| {
        let text = text(value);
        let decoded = BASE64_STANDARD.decode(text.trim());
        (key, decoded.unwrap_or_else(|_| text.into_bytes()))
    });
    let string_data = fields("stringData").map(|(key, value)| (key, text(value).into_bytes()));
    data.chain(string_data)
        .flat_map(|(key, value)| values(name, key, value))
        .collect()
}

/// What of a value of a Secret is secret.
fn values(name: &str, key: &str, value: Vec<u8>) -> Vec<Secret> {
    if PUBLIC.contains(&key) {
        return Vec::new();
    }
    let label = format!("secret {name}/{key}");
    let mut found = Vec::new();
    if REGISTRY_FILES.contains(&key)
        && let Ok(file) = serde_json::from_slice(&value)
    {
        registry_secrets(&file, &mut found);
    }
    let parts = found.into_iter().map(String::into_bytes);
    std::iter::once(value)
        .chain(parts)
        .map(|value| Secret {
            label: label.clone(),
            value,
        })
        .collect()
}

fn registry_secrets(file: &Value, found: &mut Vec<String>) {
    for (key, value) in file.as_object().into_iter().flatten() {
        match value {
            Value::String(text) if REGISTRY_SECRETS.contains(&key.as_str()) => {
                found.push(text.clone());
            }
            other => registry_secrets(other, found),
        }
    }
}

/// Without values that everybody knows from the step itself, as the namespace that a service account's token comes with.
fn without_names(mut secrets: Vec<Secret>, step: &ReleaseStep) -> Vec<Secret> {
    let release = step.release.as_ref().map(ReleaseName::as_str);
    let names = [
        step.namespace.as_str(),
        step.namespace_of_objects().as_str(),
        step.environment.as_str(),
        step.datacenter.as_str(),
        release.unwrap_or_default(),
    ];
    secrets.retain(|secret| !names.iter().any(|name| secret.value == name.as_bytes()));
    secrets
}

#[cfg(test)]
mod tests;
