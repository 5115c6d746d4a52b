//! Whether the runner can be reached, for those who watch over the service.

use crate::refusal::Refusal;
use crate::site::Site;
use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};
use std::sync::Arc;

pub(super) async fn tell(State(site): State<Arc<Site>>) -> Result<Json<Value>, Refusal> {
    site.runner.is_there().await?;
    Ok(Json(json!({})))
}
