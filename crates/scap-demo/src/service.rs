//! The shop: a small HTTP service whose pages are the files of a deployed revision.

mod metrics;
mod shop;
#[cfg(test)]
mod tests;

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Path as UrlPath, Query, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use serde::Deserialize;
use tokio::net::TcpListener;

use self::metrics::Metrics;
use self::shop::{PageError, RevisionError, Shop};
use crate::parent;

/// How long requests in flight may take once the service is asked to end.
const GRACE: Duration = Duration::from_millis(700);

/// Why the shop does not serve.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    #[error("the revision cannot be served")]
    Revision(#[from] RevisionError),
    #[error("cannot listen on `{address}`")]
    Listen {
        address: SocketAddr,
        source: io::Error,
    },
}

#[derive(Deserialize)]
struct Basket {
    #[serde(default)]
    items: String,
}

struct Service {
    shop: Shop,
    metrics: Metrics,
}

/// Serves the revision in `directory` on `address` until standard input closes.
///
/// Says `listening` on standard output once requests are taken.
pub async fn serve(directory: &Path, address: SocketAddr) -> Result<(), ServiceError> {
    let service = Service::read(directory)?;
    let listen = |source| ServiceError::Listen { address, source };
    let listener = TcpListener::bind(address).await.map_err(listen)?;
    let parent = parent::watch();
    parent::say("listening");
    let stop = parent.clone();
    let serving = axum::serve(listener, router(service))
        .with_graceful_shutdown(async move { stop.gone().await });
    let out_of_patience = async {
        parent.gone().await;
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        end = serving => end.map_err(listen),
        () = out_of_patience => Ok(()),
    }
}

impl Service {
    fn read(directory: &Path) -> Result<Arc<Self>, RevisionError> {
        Ok(Arc::new(Self {
            shop: Shop::read(directory)?,
            metrics: Metrics::new(),
        }))
    }

    fn answer(&self, page: Result<String, PageError>) -> Response {
        let (status, text) = match page {
            Ok(text) => (StatusCode::OK, text),
            Err(PageError::NotFound) => (StatusCode::NOT_FOUND, "No such item.".to_owned()),
            Err(PageError::WrongItems) => (StatusCode::BAD_REQUEST, "No such items.".to_owned()),
            Err(PageError::Broken { signature, cause }) => {
                parent::log(&format!("{signature}: {cause}"));
                self.metrics.count(500, Some(&signature));
                let text = "Sorry, this page is broken.";
                return (StatusCode::INTERNAL_SERVER_ERROR, text).into_response();
            }
        };
        self.metrics.count(status.as_u16(), None);
        (status, Html(text)).into_response()
    }
}

fn router(service: Arc<Service>) -> Router {
    Router::new()
        .route("/", get(home))
        .route("/item/{number}", get(item))
        .route("/basket", get(basket))
        .route("/healthz", get(health))
        .route("/version", get(version))
        .route("/metrics", get(metrics))
        .with_state(service)
}

async fn home(State(service): State<Arc<Service>>) -> Response {
    service.answer(service.shop.home())
}

async fn item(State(service): State<Arc<Service>>, UrlPath(number): UrlPath<String>) -> Response {
    let page = match number.parse() {
        Ok(number) => service.shop.item(number),
        Err(_) => Err(PageError::NotFound),
    };
    service.answer(page)
}

async fn basket(State(service): State<Arc<Service>>, Query(basket): Query<Basket>) -> Response {
    service.answer(service.shop.basket(&basket.items))
}

async fn health(State(service): State<Arc<Service>>) -> String {
    format!("ok {}\n", service.shop.version)
}

async fn version(State(service): State<Arc<Service>>) -> String {
    format!("{}\n", service.shop.version)
}

async fn metrics(State(service): State<Arc<Service>>) -> Response {
    let kind = [("content-type", "text/plain; version=0.0.4; charset=utf-8")];
    (kind, service.metrics.text(&service.shop.version)).into_response()
}
