//! As much of an API server as the engine asks: helm's Secrets, a namespace, and a Deployment with its pods.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use tokio::sync::watch;

/// A server on a port of its own; it ends with its test.
pub(crate) struct Api {
    pub(crate) url: String,
    contents: Arc<Mutex<Contents>>,
}

#[derive(Default)]
struct Contents {
    namespace: bool,
    /// Whether release `main` is deployed, too.
    main: bool,
    /// Other objects, by their paths.
    objects: BTreeMap<&'static str, Value>,
    secrets: BTreeMap<String, Value>,
    /// What each list of Deployments shows, one after the other; the last one stays.
    scenes: Vec<Scene>,
    /// Grows with every change; each list says which one it shows.
    version: watch::Sender<u64>,
    /// Of all that there is; each list shows those of its kind.
    jobs: Vec<Value>,
    job_pods: Vec<Value>,
    /// What a container said beside what they all say.
    log: String,
    /// What the user has no right to: ends of paths.
    forbidden: Vec<&'static str>,
    /// Everything that was changed.
    changes: Vec<String>,
}

/// Deployed, its controller has seen it, all pods there.
pub(crate) const READY: Scene = Scene {
    observed: true,
    available: 3,
    pod_waits_for: None,
    tag: "2",
    ended: None,
    restarts: 4,
};

/// How a rollout of three pods is going.
#[derive(Clone, Copy)]
pub(crate) struct Scene {
    pub(crate) observed: bool,
    pub(crate) available: i32,
    pub(crate) pod_waits_for: Option<&'static str>,
    /// What the live deployment runs.
    pub(crate) tag: &'static str,
    /// When the pod's container ended last.
    pub(crate) ended: Option<&'static str>,
    /// How often it was started again.
    pub(crate) restarts: i32,
}

/// When helm began each revision.
const BEGUN: &str = "2026-03-01T00:00:00Z";

impl Api {
    pub(crate) async fn start() -> Self {
        let contents = Arc::new(Mutex::new(Contents {
            namespace: true,
            ..Contents::default()
        }));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new()
            .fallback(answer)
            .with_state(Arc::clone(&contents));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, contents }
    }

    fn set<T>(&self, change: impl FnOnce(&mut Contents) -> T) {
        let mut contents = self.contents.lock().unwrap();
        change(&mut contents);
        contents.version.send_modify(|version| *version += 1);
    }

    /// A Secret `store` with a `password`.
    pub(crate) fn keep_password(&self, password: &str) {
        let secret = json!({"apiVersion": "v1", "kind": "Secret", "type": "Opaque", "metadata": {"name": "store", "namespace": "shellbox"},
            "data": {"password": STANDARD.encode(password)}});
        self.set(|it| it.secrets.insert("store".to_owned(), secret));
    }

    pub(crate) fn say_in_log(&self, line: &str) {
        self.set(|it| it.log = format!("{line}\n"));
    }

    pub(crate) fn lose_namespace(&self) {
        self.set(|it| it.namespace = false);
    }

    pub(crate) fn install_main(&self) {
        self.set(|it| it.main = true);
    }

    pub(crate) fn have(&self, path: &'static str, object: Value) {
        self.set(|it| it.objects.insert(path, object));
    }

    pub(crate) fn forbid(&self, ends: &[&'static str]) {
        self.set(|it| it.forbidden = ends.to_vec());
    }

    /// A Job `canary-hook` whose only pod has failed.
    pub(crate) fn fail_hook(&self) {
        let job = json!({"metadata": {"name": "canary-hook", "namespace": "shellbox", "uid": "hook", "creationTimestamp": BEGUN}});
        let pod = json!({"metadata": {"name": "canary-hook-1", "namespace": "shellbox", "ownerReferences": [{"uid": "hook", "name": "canary-hook", "kind": "Job", "apiVersion": "batch/v1"}]},
            "status": {"phase": "Failed", "containerStatuses": [{"name": "main", "image": "i", "imageID": "", "ready": false, "restartCount": 0,
                "state": {"terminated": {"exitCode": 3, "reason": "Error"}}}]}});
        self.set(|it| (it.jobs, it.job_pods) = (vec![job], vec![pod]));
    }

    /// Revision `version` of the release `canary`, with a deployment of the image `tag` in the release's namespace.
    pub(crate) fn store(&self, version: u32, status: &str, tag: &str) {
        self.store_in(None, version, status, tag);
    }

    pub(crate) fn store_in(&self, namespace: Option<&str>, version: u32, status: &str, tag: &str) {
        let manifest = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": namespace},
            "spec": {"template": {"spec": {"containers": [{"name": "main", "image": format!("registry.example/repos/shop:{tag}")}]}}}});
        let release = json!({"name": "canary", "version": version, "namespace": "shellbox", "manifest": format!("---\n{manifest}\n"),
            "hooks": [{"name": "canary-hook", "kind": "Job"}],
            "info": {"status": status, "description": format!("helm said {status}")}, "chart": {"metadata": {"name": "shop", "version": "1.2.3"}}});
        let mut packed = GzEncoder::new(Vec::new(), Compression::default());
        packed.write_all(release.to_string().as_bytes()).unwrap();
        let packed = STANDARD.encode(STANDARD.encode(packed.finish().unwrap()));
        let name = format!("sh.helm.release.v1.canary.v{version}");
        let labels = json!({"owner": "helm", "name": "canary", "status": status, "version": version.to_string()});
        let secret = json!({"apiVersion": "v1", "kind": "Secret", "type": "helm.sh/release.v1", "data": {"release": packed},
            "metadata": {"name": name, "namespace": "shellbox", "labels": labels, "resourceVersion": version.to_string(), "creationTimestamp": BEGUN}});
        self.set(|it| it.secrets.insert(name, secret));
    }

    pub(crate) fn show(&self, scenes: &[Scene]) {
        self.set(|it| it.scenes = scenes.iter().rev().copied().collect());
    }

    pub(crate) fn changes(&self) -> Vec<String> {
        self.contents.lock().unwrap().changes.clone()
    }
}

async fn answer(
    State(contents): State<Arc<Mutex<Contents>>>,
    method: Method,
    uri: Uri,
    body: Bytes,
) -> Response {
    let query = uri.query().unwrap_or_default();
    if query.contains("watch=true") {
        outlive(&contents, query).await;
    }
    let mut contents = contents.lock().unwrap();
    if contents
        .forbidden
        .iter()
        .any(|end| uri.path().ends_with(end))
    {
        return refused(403, "Forbidden");
    }
    if query.contains("watch=true") {
        // As a server whose memory does not reach back far enough: the client has to list again.
        let gone = json!({"type": "ERROR", "object": {"kind": "Status", "status": "Failure", "code": 410, "message": "too old", "reason": "Expired"}});
        return format!("{gone}\n").into_response();
    }
    if method != Method::GET {
        return contents.change(&method, uri.path(), &body);
    }
    if uri.path().ends_with("/log") {
        // Only what a container said before it was started again is worth reading.
        let is_last = query.contains("previous=true") || uri.path().contains("hook");
        return if is_last {
            let log = "one\ncannot connect to \u{1b}[31mdatabase\u{1b}[0m\n";
            format!("{log}{}", contents.log).into_response()
        } else {
            "starting\n".into_response()
        };
    }
    match contents.get(uri.path(), query) {
        Some(value) => value.to_string().into_response(),
        None => refused(404, "NotFound"),
    }
}

/// Waits until something has changed since what the watch of `query` was told in a list.
async fn outlive(contents: &Mutex<Contents>, query: &str) {
    let listed = query
        .split('&')
        .find_map(|it| it.strip_prefix("resourceVersion="));
    let listed: u64 = listed.unwrap().parse().unwrap();
    let mut version = contents.lock().unwrap().version.subscribe();
    version.wait_for(|version| *version > listed).await.unwrap();
}

fn refused(code: u16, reason: &str) -> Response {
    let status = json!({"kind": "Status", "status": "Failure", "code": code, "message": format!("the server says {reason}"), "reason": reason});
    (StatusCode::from_u16(code).unwrap(), status.to_string()).into_response()
}

impl Contents {
    fn get(&mut self, path: &str, query: &str) -> Option<Value> {
        let version = self.version.borrow().to_string();
        let list = |kind: &str, items: Vec<Value>| {
            Some(
                json!({"kind": kind, "apiVersion": "v1", "metadata": {"resourceVersion": version}, "items": items}),
            )
        };
        match path {
            "/version" => Some(
                json!({"major": "1", "minor": "35", "gitVersion": "v1.35.4", "gitCommit": "", "gitTreeState": "",
                "buildDate": "", "goVersion": "", "compiler": "", "platform": ""}),
            ),
            "/api/v1/namespaces/shellbox" if self.namespace => Some(
                json!({"kind": "Namespace", "apiVersion": "v1", "metadata": {"name": "shellbox"}}),
            ),
            "/api/v1/namespaces/shellbox/secrets" if query.contains("name%3Dmain") => {
                let labels =
                    json!({"owner": "helm", "name": "main", "status": "deployed", "version": "1"});
                let secret =
                    json!({"metadata": {"name": "sh.helm.release.v1.main.v1", "labels": labels}});
                list(
                    "SecretList",
                    [secret].into_iter().filter(|_| self.main).collect(),
                )
            }
            "/api/v1/namespaces/shellbox/secrets" => {
                if query.contains("type%21%3Dhelm.sh%2Frelease.v1") {
                    let secrets = self.secrets.values();
                    let others = secrets.filter(|secret| secret["type"] == "Opaque").cloned();
                    return list("SecretList", others.collect());
                }
                let ours = query.contains("labelSelector=owner%3Dhelm%2Cname%3Dcanary")
                    && query.contains("type%3Dhelm.sh%2Frelease.v1");
                list(
                    "SecretList",
                    self.secrets.values().filter(|_| ours).cloned().collect(),
                )
            }
            "/apis/apps/v1/namespaces/shellbox/deployments" => {
                let scene = self.scenes.pop()?;
                if self.scenes.is_empty() {
                    self.scenes.push(scene);
                } else {
                    self.version.send_modify(|version| *version += 1);
                }
                list("DeploymentList", vec![scene.deployment()])
            }
            "/apis/apps/v1/namespaces/shellbox/deployments/web" => Some(READY.deployment()),
            "/apis/apps/v1/namespaces/shellbox/replicasets" => {
                list("ReplicaSetList", vec![replica_set()])
            }
            "/api/v1/namespaces/shellbox/pods" => {
                let of_scene = self.scenes.last().map(|scene| scene.pod());
                let pods = of_scene.into_iter().chain(self.job_pods.clone());
                list("PodList", pods.collect())
            }
            "/apis/batch/v1/namespaces/shellbox/jobs" => list("JobList", self.jobs.clone()),
            "/api/v1/namespaces/shellbox/events" => list("EventList", Vec::new()),
            _ => {
                let object = self.objects.get(path);
                object
                    .or_else(|| self.secrets.get(path.rsplit('/').next()?))
                    .cloned()
            }
        }
    }

    fn change(&mut self, method: &Method, path: &str, body: &[u8]) -> Response {
        let name = path
            .rsplit("/shellbox/")
            .next()
            .unwrap_or_default()
            .to_owned();
        let value: Value = serde_json::from_slice(body).unwrap();
        let what = match value.pointer("/metadata/labels/status") {
            Some(status) => format!("status {status}"),
            None => value.to_string(),
        };
        self.changes.push(format!("{method} {name}: {what}"));
        if let Some(secret) = name.strip_prefix("secrets/") {
            self.secrets.insert(secret.to_owned(), value.clone());
        }
        value.to_string().into_response()
    }
}

impl Scene {
    fn deployment(self) -> Value {
        let image = format!("registry.example/repos/shop:{}", self.tag);
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "shellbox", "uid": "web", "generation": 2, "annotations": {"deployment.kubernetes.io/revision": "2"}},
            "spec": {"replicas": 3, "selector": {}, "template": {"spec": {"containers": [{"name": "main", "image": image}]}}},
            "status": {"observedGeneration": if self.observed { 2 } else { 1 }, "replicas": 3, "updatedReplicas": 3,
                "availableReplicas": self.available, "unavailableReplicas": 3 - self.available}})
    }

    fn pod(self) -> Value {
        let state = match self.pod_waits_for {
            Some(reason) => json!({"waiting": {"reason": reason, "message": "it said so"}}),
            None => json!({"running": {}}),
        };
        let ready = self.available > 0;
        let last = match self.ended {
            Some(at) => json!({"terminated": {"exitCode": 3, "reason": "Error", "finishedAt": at}}),
            None => json!({}),
        };
        json!({"metadata": {"name": "web-1", "namespace": "shellbox", "ownerReferences": [{"uid": "new", "name": "new", "kind": "ReplicaSet", "apiVersion": "apps/v1"}]},
            "status": {"containerStatuses": [{"name": "main", "image": "i", "imageID": "", "ready": ready, "restartCount": self.restarts, "state": state, "lastState": last}]}})
    }
}

fn replica_set() -> Value {
    json!({"metadata": {"name": "new", "uid": "new", "annotations": {"deployment.kubernetes.io/revision": "2"},
        "ownerReferences": [{"uid": "web", "name": "web", "kind": "Deployment", "apiVersion": "apps/v1"}]}})
}
