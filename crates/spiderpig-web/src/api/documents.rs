//! Documents, and plans that nobody has approved yet.

use super::body::{Posted, senseless};
use crate::client::Asker;
use crate::refusal::Refusal;
use crate::site::Site;
use axum::Json;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use serde_json::Value;
use spiderpig_protocol::{Document, DocumentError, Verb, Wanted};
use std::sync::Arc;

pub(super) async fn read(
    State(site): State<Arc<Site>>,
    Path(path): Path<String>,
    RawQuery(query): RawQuery,
    asker: Asker,
) -> Result<Json<Value>, Refusal> {
    let document = document(&path, query.as_deref())?;
    Ok(Json(site.ask(asker, Verb::Read { document }).await?))
}

pub(super) async fn plan(
    State(site): State<Arc<Site>>,
    asker: Asker,
    Posted(wanted): Posted<Value>,
) -> Result<Json<Value>, Refusal> {
    let wanted: Wanted = serde_json::from_value(wanted).map_err(|_| senseless())?;
    Ok(Json(site.ask(asker, Verb::Plan { wanted }).await?))
}

/// `path` is decoded already, `query` is not.
fn document(path: &str, query: Option<&str>) -> Result<Document, Refusal> {
    let whole = match query {
        _ if path.contains('?') => return Err(unknown()),
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    };
    whole.parse().map_err(|error| match error {
        DocumentError::Unknown => unknown(),
        DocumentError::Query(_) | DocumentError::LongSearch => Refusal::invalid(&error.to_string()),
    })
}

fn unknown() -> Refusal {
    Refusal::of(StatusCode::NOT_FOUND, "there is no such document")
        .hint("the history finds runs by service, person and version")
}
