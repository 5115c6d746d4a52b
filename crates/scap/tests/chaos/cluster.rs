//! A cluster of one namespace as helm changes it: releases with their histories, and a Deployment for each.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Write;

/// Of the service, its namespace and its charts.
pub(crate) const NAMESPACE: &str = "page";
/// Pods of this tag fall over.
pub(crate) const BAD: &str = "bad";
const PODS: u64 = 2;

#[derive(Clone, Default)]
pub(crate) struct Cluster {
    pub(crate) releases: BTreeMap<String, Vec<Revision>>,
    pub(crate) deployments: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Revision {
    pub(crate) number: u32,
    /// In helm's word.
    pub(crate) status: String,
    pub(crate) tag: String,
}

/// What helm is told to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// An install, if there is no such release.
    Upgrade {
        release: String,
        tag: String,
    },
    Rollback {
        release: String,
        to: u32,
    },
    Uninstall {
        release: String,
    },
}

/// How a release's only object looks in its manifest.
pub(crate) fn manifest(release: &str, tag: &str) -> Value {
    json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": release, "namespace": NAMESPACE},
        "spec": {"replicas": PODS, "selector": {"matchLabels": {"release": release}},
            "template": {"metadata": {"labels": {"release": release}}, "spec": {"containers": [{"name": "main", "image": image(tag)}]}}}})
}

fn image(tag: &str) -> String {
    format!("registry.example/repos/page:{tag}")
}

impl Cluster {
    fn newest(&self, release: &str) -> Option<&Revision> {
        self.releases.get(release)?.last()
    }

    /// The tag of a release whose newest revision was deployed completely.
    pub(crate) fn deployed(&self, release: &str) -> Option<&str> {
        let newest = self.newest(release)?;
        (newest.status == "deployed").then_some(newest.tag.as_str())
    }

    /// The tag that a release's pods run, if they are there and serve.
    pub(crate) fn serving(&self, release: &str) -> Option<&str> {
        let deployment = self.deployments.get(release)?;
        let image = deployment.pointer("/spec/template/spec/containers/0/image")?;
        let tag = image.as_str()?.rsplit(':').next()?;
        (replicas(deployment) > 0 && tag != BAD).then_some(tag)
    }

    fn tag_of(&self, release: &str, number: u32) -> Option<&str> {
        let revisions = self.releases.get(release)?;
        let revision = revisions
            .iter()
            .find(|revision| revision.number == number)?;
        Some(&revision.tag)
    }

    /// Whether what the change is to bring about is there already, for all that helm's history says.
    pub(crate) fn has(&self, change: &Change) -> bool {
        match change {
            Change::Upgrade { release, tag } => self.deployed(release) == Some(tag),
            Change::Rollback { release, to } => {
                let tag = self.tag_of(release, *to);
                tag.is_some() && self.deployed(release) == tag
            }
            Change::Uninstall { release } => self.newest(release).is_none(),
        }
    }

    /// Up to where helm has changed all objects and has not said so yet; helm's words when it refuses.
    pub(crate) fn begin(&mut self, change: &Change) -> Result<(), &'static str> {
        match change {
            Change::Upgrade { release, tag } => {
                let newest = self.newest(release);
                if newest.is_some_and(|it| it.status.starts_with("pending-")) {
                    return Err(
                        "UPGRADE FAILED: another operation (install/upgrade/rollback) is in progress",
                    );
                }
                let status = newest.map_or("pending-install", |_| "pending-upgrade");
                self.push(release, status, tag);
                self.apply(release, tag);
            }
            Change::Rollback { release, to } => {
                let tag = self.tag_of(release, *to).map(str::to_owned);
                let tag = tag.ok_or("release: not found")?;
                self.push(release, "pending-rollback", &tag);
                self.apply(release, &tag);
            }
            Change::Uninstall { release } => {
                let revisions = self.releases.get_mut(release);
                let newest = revisions.and_then(|revisions| revisions.last_mut());
                "uninstalling".clone_into(&mut newest.ok_or("release: not found")?.status);
                self.deployments.remove(release);
            }
        }
        Ok(())
    }

    pub(crate) fn finish(&mut self, change: &Change) {
        match change {
            Change::Upgrade { release, .. } | Change::Rollback { release, .. } => {
                let revisions = self.releases.get_mut(release).unwrap();
                for revision in revisions.iter_mut().filter(|it| it.status == "deployed") {
                    "superseded".clone_into(&mut revision.status);
                }
                "deployed".clone_into(&mut revisions.last_mut().unwrap().status);
            }
            Change::Uninstall { release } => _ = self.releases.remove(release),
        }
    }

    /// As helm writes it down when it fails or is interrupted.
    pub(crate) fn fail(&mut self, change: &Change) {
        let (Change::Upgrade { release, .. }
        | Change::Rollback { release, .. }
        | Change::Uninstall { release }) = change;
        let revisions = self.releases.get_mut(release).unwrap();
        "failed".clone_into(&mut revisions.last_mut().unwrap().status);
    }

    fn push(&mut self, release: &str, status: &str, tag: &str) {
        let revisions = self.releases.entry(release.to_owned()).or_default();
        let number = revisions.last().map_or(0, |newest| newest.number) + 1;
        revisions.push(Revision {
            number,
            status: status.to_owned(),
            tag: tag.to_owned(),
        });
    }

    fn apply(&mut self, release: &str, tag: &str) {
        let generation = self.deployments.get(release).map_or(0, generation) + 1;
        let annotations = self
            .deployments
            .get(release)
            .map(|it| it["metadata"]["annotations"].clone());
        let mut deployment = manifest(release, tag);
        deployment["metadata"]["uid"] = json!(release);
        deployment["metadata"]["generation"] = json!(generation);
        deployment["metadata"]["annotations"] = annotations.unwrap_or_else(|| json!({}));
        self.deployments.insert(release.to_owned(), deployment);
    }

    /// A merge patch of a release's Deployment; what it is then.
    pub(crate) fn patch(&mut self, release: &str, patch: &Value) -> Option<Value> {
        let deployment = self.deployments.get_mut(release)?;
        merge(deployment, patch);
        deployment["metadata"]["generation"] = json!(generation(deployment) + 1);
        Some(shown(deployment))
    }

    /// As its controller has brought it about: at once, but for pods that fall over.
    pub(crate) fn deployment(&self, release: &str) -> Option<Value> {
        self.deployments.get(release).map(shown)
    }

    pub(crate) fn replica_sets(&self) -> impl Iterator<Item = Value> {
        self.deployments.iter().map(|(release, deployment)| {
            let revision = generation(deployment).to_string();
            json!({"metadata": {"name": format!("{release}-{revision}"), "namespace": NAMESPACE, "uid": format!("{release}-{revision}"),
                "annotations": {"deployment.kubernetes.io/revision": revision},
                "ownerReferences": [{"uid": release, "name": release, "kind": "Deployment", "apiVersion": "apps/v1"}]}})
        })
    }

    pub(crate) fn pods(&self) -> impl Iterator<Item = Value> {
        let pods = |(release, deployment): (&String, &Value)| {
            let set = format!("{release}-{}", generation(deployment));
            let is_bad = is_bad(deployment);
            let pod = move |number: u64| {
                let state = if is_bad {
                    json!({"waiting": {"reason": "CrashLoopBackOff", "message": "back-off"}})
                } else {
                    json!({"running": {}})
                };
                json!({"metadata": {"name": format!("{set}-{number}"), "namespace": NAMESPACE,
                        "ownerReferences": [{"uid": set, "name": set, "kind": "ReplicaSet", "apiVersion": "apps/v1"}]},
                    "status": {"containerStatuses": [{"name": "main", "image": "i", "imageID": "", "ready": !is_bad,
                        "restartCount": if is_bad { 3 } else { 0 }, "state": state}]}})
            };
            (0..replicas(deployment)).map(pod).collect::<Vec<_>>()
        };
        self.deployments
            .iter()
            .flat_map(pods)
            .collect::<Vec<_>>()
            .into_iter()
    }

    /// helm's own records of a release.
    pub(crate) fn secrets(&self, release: &str) -> Vec<Value> {
        let revisions = self.releases.get(release).into_iter().flatten();
        revisions
            .map(|revision| secret(release, revision))
            .collect()
    }

    /// What is stored in place of helm's record: scap marks a revision as failed.
    pub(crate) fn replace_secret(&mut self, secret: &Value) {
        let labels = &secret["metadata"]["labels"];
        let text = |label: &str| labels[label].as_str().unwrap().to_owned();
        let number: u32 = text("version").parse().unwrap();
        let revisions = self.releases.get_mut(&text("name")).unwrap();
        let revision = revisions
            .iter_mut()
            .find(|revision| revision.number == number);
        revision.unwrap().status = text("status");
    }
}

fn secret(release: &str, revision: &Revision) -> Value {
    let Revision {
        number,
        status,
        tag,
    } = revision;
    let record = json!({"name": release, "version": number, "namespace": NAMESPACE, "manifest": format!("---\n{}\n", manifest(release, tag)),
        "info": {"status": status, "description": format!("helm said {status}")}, "chart": {"metadata": {"name": NAMESPACE, "version": "1.2.3"}}});
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(record.to_string().as_bytes()).unwrap();
    let packed = STANDARD.encode(STANDARD.encode(packed.finish().unwrap()));
    let labels =
        json!({"owner": "helm", "name": release, "status": status, "version": number.to_string()});
    json!({"apiVersion": "v1", "kind": "Secret", "type": "helm.sh/release.v1", "data": {"release": packed},
        "metadata": {"name": format!("sh.helm.release.v1.{release}.v{number}"), "namespace": NAMESPACE, "labels": labels,
            "resourceVersion": format!("{number}"), "creationTimestamp": "2026-03-01T00:00:00Z"}})
}

fn shown(deployment: &Value) -> Value {
    let (replicas, generation) = (replicas(deployment), generation(deployment));
    let available = if is_bad(deployment) { 0 } else { replicas };
    let mut shown = deployment.clone();
    shown["metadata"]["annotations"]["deployment.kubernetes.io/revision"] =
        json!(generation.to_string());
    shown["status"] = json!({"observedGeneration": generation, "replicas": replicas, "updatedReplicas": replicas,
        "availableReplicas": available, "unavailableReplicas": replicas - available});
    shown
}

fn is_bad(deployment: &Value) -> bool {
    let image = deployment.pointer("/spec/template/spec/containers/0/image");
    image.is_some_and(|it| *it == image_of_bad())
}

fn image_of_bad() -> String {
    image(BAD)
}

fn generation(deployment: &Value) -> u64 {
    deployment["metadata"]["generation"].as_u64().unwrap_or(0)
}

pub(crate) fn replicas(deployment: &Value) -> u64 {
    deployment["spec"]["replicas"].as_u64().unwrap_or(0)
}

/// RFC 7386.
fn merge(target: &mut Value, patch: &Value) {
    let Some(changes) = patch.as_object() else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = json!({});
    }
    for (key, change) in changes {
        if change.is_null() {
            target.as_object_mut().unwrap().remove(key);
        } else {
            merge(&mut target[key], change);
        }
    }
}
