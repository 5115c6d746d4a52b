//! A person makes a passkey: the runner says by what, and keeps what the browser made until it is confirmed.

use super::body::Posted;
use crate::client::Asker;
use crate::refusal::Refusal;
use crate::site::Site;
use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use serde_json::Value;
use spiderpig_protocol::{MadePasskey, Verb};
use std::sync::Arc;

/// Nothing is to be said of a passkey that is not made yet.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Begin {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Finish {
    name: String,
    credential: Value,
}

pub(super) async fn begin(
    State(site): State<Arc<Site>>,
    asker: Asker,
    Posted(Begin {}): Posted<Begin>,
) -> Result<Json<Value>, Refusal> {
    Ok(Json(site.ask(asker, Verb::BeginPasskey).await?))
}

pub(super) async fn finish(
    State(site): State<Arc<Site>>,
    asker: Asker,
    Posted(Finish { name, credential }): Posted<Finish>,
) -> Result<Json<MadePasskey>, Refusal> {
    let verb = Verb::FinishPasskey { name, credential };
    Ok(Json(site.ask_for(asker, verb).await?))
}
