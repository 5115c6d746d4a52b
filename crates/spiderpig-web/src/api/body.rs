//! The body of a request: short, in time, and JSON of the form that is wanted.

use crate::refusal::Refusal;
use crate::site::Site;
use axum::body::to_bytes;
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use serde::de::DeserializeOwned;
use std::sync::Arc;
use tokio::time::timeout;

/// In bytes.
pub(crate) const LONGEST: usize = 64 * 1024;

pub(super) struct Posted<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest<Arc<Site>> for Posted<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, site: &Arc<Site>) -> Result<Self, Refusal> {
        let read = to_bytes(request.into_body(), LONGEST);
        let slow = |_| Refusal::of(StatusCode::REQUEST_TIMEOUT, "the request came too slowly");
        let long = |_| Refusal::of(StatusCode::PAYLOAD_TOO_LARGE, "the request is too long");
        let bytes = timeout(site.limits.body, read).await.map_err(slow)?;
        let bytes = bytes.map_err(long)?;
        serde_json::from_slice(&bytes)
            .map(Self)
            .map_err(|_| senseless())
    }
}

/// Of a page that is of another version, or of somebody who tries things out.
pub(super) fn senseless() -> Refusal {
    Refusal::invalid("what was sent makes no sense here").hint("reload the page")
}
