//! A person makes a passkey: the runner says by what, and keeps what the browser made until it is confirmed.

use super::body::Posted;
use crate::client::Asker;
use crate::refusal::Refusal;
use crate::site::Site;
use axum::Json;
use axum::extract::State;
use serde_json::Value;
use spiderpig_protocol::{BeginPasskey, FinishPasskey, MadePasskey, Verb};
use std::sync::Arc;

pub(super) async fn begin(
    State(site): State<Arc<Site>>,
    asker: Asker,
    Posted(BeginPasskey {}): Posted<BeginPasskey>,
) -> Result<Json<Value>, Refusal> {
    Ok(Json(site.ask(asker, Verb::BeginPasskey).await?))
}

pub(super) async fn finish(
    State(site): State<Arc<Site>>,
    asker: Asker,
    Posted(FinishPasskey { name, credential }): Posted<FinishPasskey>,
) -> Result<Json<MadePasskey>, Refusal> {
    let verb = Verb::FinishPasskey { name, credential };
    Ok(Json(site.ask_for(asker, verb).await?))
}
