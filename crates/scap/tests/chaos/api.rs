//! As much of an API server as scap asks, over a cluster that fake helm changes.

use crate::cluster::NAMESPACE;
use crate::world::World;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use std::sync::Arc;

pub(crate) fn router(world: Arc<World>) -> Router {
    Router::new().fallback(answer).with_state(world)
}

async fn answer(
    State(world): State<Arc<World>>,
    method: Method,
    uri: Uri,
    body: Bytes,
) -> Response {
    let query = uri.query().unwrap_or_default();
    if query.contains("watch=true") {
        outlive(&world, query).await;
        // As a server whose memory does not reach back far enough: the client has to list again.
        let gone = json!({"type": "ERROR", "object": {"kind": "Status", "status": "Failure", "code": 410, "message": "too old", "reason": "Expired"}});
        return format!("{gone}\n").into_response();
    }
    let found = match method {
        Method::GET | Method::HEAD => get(&world, uri.path(), query),
        _ => change(&world, uri.path(), &body),
    };
    let Some(found) = found else {
        let status = json!({"kind": "Status", "status": "Failure", "code": 404, "message": "not there", "reason": "NotFound"});
        return (StatusCode::NOT_FOUND, status.to_string()).into_response();
    };
    found.to_string().into_response()
}

/// Waits until something has changed since what the watch of `query` was told in a list.
async fn outlive(world: &World, query: &str) {
    let mut words = query.split('&');
    let listed = words.find_map(|word| word.strip_prefix("resourceVersion="));
    let listed: u64 = listed.unwrap().parse().unwrap();
    let mut version = world.version.subscribe();
    // The world ends with its test.
    let _ = version.wait_for(|version| *version > listed).await;
}

fn get(world: &World, path: &str, query: &str) -> Option<Value> {
    if path.starts_with("/v2/") {
        // A registry that has every image.
        return Some(json!({"schemaVersion": 2}));
    }
    if path == "/version" {
        return Some(
            json!({"major": "1", "minor": "35", "gitVersion": "v1.35.4", "gitCommit": "", "gitTreeState": "",
            "buildDate": "", "goVersion": "", "compiler": "", "platform": ""}),
        );
    }
    if path == format!("/api/v1/namespaces/{NAMESPACE}") {
        return Some(
            json!({"kind": "Namespace", "apiVersion": "v1", "metadata": {"name": NAMESPACE}}),
        );
    }
    let below = path
        .split_once(&format!("/namespaces/{NAMESPACE}/"))
        .map(|it| it.1)?;
    // Before what it shows is looked at: a change in between is one that a watch will tell.
    let version = world.version.borrow().to_string();
    let state = world.state();
    let cluster = &state.cluster;
    let list = |kind: &str, items: Vec<Value>| json!({"kind": kind, "apiVersion": "v1", "metadata": {"resourceVersion": version}, "items": items});
    Some(match below.split_once('/') {
        None => match below {
            "secrets" => {
                let release = query.split("name%3D").nth(1).unwrap_or_default();
                let release = release.split('&').next().unwrap_or_default();
                list("SecretList", cluster.secrets(release))
            }
            "deployments" => {
                let names = cluster.deployments.keys();
                list(
                    "DeploymentList",
                    names.filter_map(|name| cluster.deployment(name)).collect(),
                )
            }
            "replicasets" => list("ReplicaSetList", cluster.replica_sets().collect()),
            "pods" => list("PodList", cluster.pods().collect()),
            "jobs" => list("JobList", Vec::new()),
            "events" => list("EventList", Vec::new()),
            _ => return None,
        },
        Some(("deployments", name)) => cluster.deployment(name)?,
        Some(("secrets", name)) => {
            let mut releases = cluster.releases.keys();
            releases.find_map(|release| {
                let mut secrets = cluster.secrets(release).into_iter();
                secrets.find(|secret| secret["metadata"]["name"] == name)
            })?
        }
        _ => return None,
    })
}

fn change(world: &World, path: &str, body: &[u8]) -> Option<Value> {
    let value: Value = serde_json::from_slice(body).unwrap();
    let mut parts = path.rsplit('/');
    let (name, kind) = (parts.next()?, parts.next()?);
    let changed = match kind {
        "deployments" => world.state().cluster.patch(name, &value),
        "secrets" => {
            world.state().cluster.replace_secret(&value);
            Some(value)
        }
        _ => None,
    };
    world.has_changed();
    changed
}
