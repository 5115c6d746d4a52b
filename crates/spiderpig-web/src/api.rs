//! Which request asks what.

mod acts;
mod body;
mod documents;
mod health;
mod log;
mod passkeys;
mod sign_in;

pub(crate) use body::LONGEST;

use crate::guard;
use crate::live::{events, socket};
use crate::page;
use crate::site::Site;
use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use std::sync::Arc;

pub(crate) fn router(site: Arc<Site>) -> Router {
    Router::new()
        .route("/api/health", get(health::tell))
        .route("/api/sign-in", get(sign_in::begin))
        .route("/api/sign-in/finish", get(sign_in::finish))
        .route("/api/sign-in/factor", post(sign_in::show_factor))
        .route("/api/challenges", post(acts::challenge))
        .route("/api/passkeys", post(passkeys::begin))
        .route("/api/passkeys/finish", post(passkeys::finish))
        .route("/api/plans", post(documents::plan))
        .route("/api/live", get(socket::open))
        .route("/api/live.events", get(events::open))
        .route("/api/runs/{run}/log.txt", get(log::download))
        .route("/api/{*path}", get(documents::read).post(acts::act))
        .fallback(page::show)
        .layer(from_fn_with_state(site.clone(), guard::keep))
        .with_state(site)
}
