//! To the identity provider and back, and the second factor. Whatever token a browser brings along is never kept.

use super::body::Posted;
use crate::back::path_of_ours;
use crate::client::Asker;
use crate::notice::notice;
use crate::refusal::{Refusal, SignedOut};
use crate::site::{Site, misunderstood};
use axum::Json;
use axum::extract::{RawQuery, State};
use axum::http::header::{LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{AppendHeaders, IntoResponse as _, Response};
use serde_json::{Value, json};
use spiderpig_protocol::{BegunSignIn, FinishedSignIn, ShownFactor, SignedIn, Verb};
use std::collections::BTreeMap;
use std::sync::Arc;
use url::{Url, form_urlencoded};

/// An identity provider sends a handful.
const MOST_PARAMETERS: usize = 20;

/// A browser goes here by itself, so what goes wrong is a page that it can show.
pub(super) async fn begin(
    State(site): State<Arc<Site>>,
    RawQuery(query): RawQuery,
    asker: Asker,
) -> Response {
    begun(&site, query, asker).await.unwrap_or_else(said)
}

/// As [`begin`]. The flow is over, however it ends.
pub(super) async fn finish(
    State(site): State<Arc<Site>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    asker: Asker,
) -> Response {
    let finished = finished(&site, query, &headers, asker).await;
    let mut response = finished.unwrap_or_else(said);
    let forget = site.cookies.forget_flow();
    response.headers_mut().append(SET_COOKIE, forget);
    response
}

pub(super) async fn show_factor(
    State(site): State<Arc<Site>>,
    asker: Asker,
    Posted(ShownFactor { proof }): Posted<ShownFactor>,
) -> Result<
    (
        AppendHeaders<[(axum::http::HeaderName, HeaderValue); 1]>,
        Json<Value>,
    ),
    Refusal,
> {
    let signed: SignedIn = site.ask_for(asker, Verb::ShowFactor { proof }).await?;
    let cookie = renewed(&site, &signed.token)?;
    Ok((AppendHeaders([(SET_COOKIE, cookie)]), Json(json!({}))))
}

fn renewed(site: &Site, token: &str) -> Result<HeaderValue, Refusal> {
    let cookie = site.cookies.set_session(token);
    cookie.ok_or_else(|| misunderstood().into())
}

async fn begun(site: &Site, query: Option<String>, asker: Asker) -> Result<Response, Refusal> {
    let query = parameters(query)?;
    let back = query.get("back").map_or("", String::as_str);
    let back = path_of_ours(back).to_owned();
    let verb = Verb::BeginSignIn { back };
    let begun: BegunSignIn = site.ask_for(asker.nobody(), verb).await?;
    let cookie = site.cookies.set_flow(&begun.flow);
    let url = Url::parse(&begun.url).ok();
    let url = url.filter(|it| matches!(it.scheme(), "https" | "http"));
    match (cookie, url) {
        (Some(cookie), Some(url)) => Ok(redirect(url.as_str(), cookie)),
        _ => Err(misunderstood().into()),
    }
}

async fn finished(
    site: &Site,
    query: Option<String>,
    headers: &HeaderMap,
    asker: Asker,
) -> Result<Response, Refusal> {
    let flow = site.cookies.flow(headers).ok().flatten();
    let flow = flow.ok_or_else(|| {
        Refusal::invalid("this browser began no sign-in within the last ten minutes")
            .hint("sign in again, and allow cookies of this site")
    })?;
    let query = parameters(query)?;
    let verb = Verb::FinishSignIn { flow, query };
    let finished: FinishedSignIn = site.ask_for(asker.nobody(), verb).await?;
    let cookie = renewed(site, &finished.token)?;
    Ok(redirect(path_of_ours(&finished.back), cookie))
}

fn redirect(to: &str, cookie: HeaderValue) -> Response {
    let headers = [
        (LOCATION, HeaderValue::from_str(to)),
        (SET_COOKIE, Ok(cookie)),
    ];
    let mut response = StatusCode::SEE_OTHER.into_response();
    for (name, value) in headers {
        let value = value.expect("addresses and paths are checked to be plain text");
        response.headers_mut().append(name, value);
    }
    response
}

/// What stands twice could be read in two ways.
fn parameters(query: Option<String>) -> Result<BTreeMap<String, String>, Refusal> {
    let mut parameters = BTreeMap::new();
    let query = query.unwrap_or_default();
    for (key, value) in form_urlencoded::parse(query.as_bytes()) {
        let before = parameters.insert(key.into_owned(), value.into_owned());
        if before.is_some() || parameters.len() > MOST_PARAMETERS {
            return Err(Refusal::invalid("the address is none that SpiderPig made"));
        }
    }
    Ok(parameters)
}

fn said(refusal: Refusal) -> Response {
    let is_signed_out = refusal.is_signed_out();
    let (status, problem) = (refusal.status(), refusal.problem);
    let sentences: Vec<String> = std::iter::once(problem.message)
        .chain(problem.causes)
        .chain(problem.hints)
        .collect();
    let mut response = notice(status, "Signing in did not work", &sentences);
    if is_signed_out {
        response.extensions_mut().insert(SignedOut);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_queries_are_read_or_refused() {
        let good = [
            "code=a&state=b",
            "back=%2Fruns%2F7",
            "error=x&error_description=%ff",
        ];
        scap_hostile::hostile_text("queries of a sign-in", &good, |query| {
            if let Ok(read) = parameters(Some(query.to_owned())) {
                assert!(read.len() <= MOST_PARAMETERS);
            }
        });
        assert!(parameters(Some("code=a&code=b".to_owned())).is_err());
    }
}
