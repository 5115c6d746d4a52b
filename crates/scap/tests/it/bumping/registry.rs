//! A registry of this process that has the tags of one image.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::get;
use serde_json::json;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::runtime::Runtime;

/// Gone with the test.
pub(super) struct Registry {
    address: SocketAddr,
    tags: Arc<Mutex<Vec<String>>>,
    _runtime: Runtime,
}

type Tags = State<Arc<Mutex<Vec<String>>>>;

impl Registry {
    pub(super) fn with(tags: &[&str]) -> Self {
        let tags = tags.iter().map(ToString::to_string).collect();
        let tags = Arc::new(Mutex::new(tags));
        let runtime = Runtime::new().unwrap();
        let router = Router::new()
            .route("/v2/team/shop/tags/list", get(list))
            .route("/v2/team/shop/manifests/{tag}", get(manifest))
            .with_state(tags.clone());
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.2.10:0"));
        let listener = listener.unwrap();
        let address = listener.local_addr().unwrap();
        runtime.spawn(async move { axum::serve(listener, router).await });
        Self {
            address,
            tags,
            _runtime: runtime,
        }
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// An image is built and pushed.
    pub(super) fn add(&self, tag: &str) {
        self.tags.lock().unwrap().push(tag.to_owned());
    }
}

async fn list(State(tags): Tags) -> String {
    json!({ "name": "team/shop", "tags": *tags.lock().unwrap() }).to_string()
}

async fn manifest(State(tags): Tags, Path(tag): Path<String>) -> StatusCode {
    if tags.lock().unwrap().contains(&tag) {
        StatusCode::OK
    } else {
        StatusCode::NOT_FOUND
    }
}
