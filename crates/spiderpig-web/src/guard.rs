//! What a request must be like before anything looks at it: for us, and from our page.

use crate::Origin;
use crate::headers::dress;
use crate::refusal::{Refusal, SignedOut};
use crate::site::Site;
use axum::extract::{Request, State};
use axum::http::header::{self, HeaderName};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use futures::FutureExt as _;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
/// The identity provider sends browsers here, from its own site.
const FROM_ELSEWHERE: &str = "/api/sign-in/finish";
const LIVE: [&str; 2] = ["/api/live", "/api/live.events"];

/// Stands around all routes: checks, catches panics, and adds headers to every answer.
pub(crate) async fn keep(State(site): State<Arc<Site>>, request: Request, next: Next) -> Response {
    let is_api = is_api(request.uri().path());
    let checked = check(
        &site.origin,
        request.method(),
        request.uri(),
        request.headers(),
    );
    let mut response = match checked {
        Ok(()) => answer(request, next).await,
        Err(refusal) => refusal.into_response(),
    };
    if response.extensions().get::<SignedOut>().is_some() {
        let forget = site.cookies.forget_session();
        response.headers_mut().append(header::SET_COOKIE, forget);
    }
    dress(&site, is_api, response.headers_mut());
    response
}

pub(crate) fn is_api(path: &str) -> bool {
    path == "/api" || path.starts_with("/api/")
}

/// A panic is one answer lost, and nothing else.
async fn answer(request: Request, next: Next) -> Response {
    let answer = AssertUnwindSafe(next.run(request)).catch_unwind().await;
    answer.unwrap_or_else(|_| {
        let message = "the web process could not answer: this is a defect";
        Refusal::of(StatusCode::INTERNAL_SERVER_ERROR, message)
            .hint("`journalctl -u scap-spiderpig-web` on the deploy host")
            .into_response()
    })
}

fn check(origin: &Origin, method: &Method, uri: &Uri, headers: &HeaderMap) -> Result<(), Refusal> {
    is_for_us(origin, uri, headers)?;
    let path = uri.path();
    if !is_api(path) || path == FROM_ELSEWHERE {
        return Ok(());
    }
    let is_post = !matches!(*method, Method::GET | Method::HEAD);
    let is_socket = headers.contains_key(header::UPGRADE);
    // A browser says the origin of all that could do harm, and of an upgrade; a plain GET may go without.
    match one(headers, &header::ORIGIN)? {
        Some(from) if !origin.is(from) => return Err(elsewhere()),
        None if is_post || is_socket => return Err(elsewhere()),
        _ => {}
    }
    match one(headers, &FETCH_SITE)? {
        None | Some("same-origin") => {}
        // Typed into the address line.
        Some("none") if !is_post && !LIVE.contains(&path) => {}
        _ => return Err(elsewhere()),
    }
    if is_post && !is_json(headers)? {
        return Err(forbidden("only JSON is taken"));
    }
    Ok(())
}

/// Whatever name led here, the browser must mean ours: else another site's name could lead to this address.
fn is_for_us(origin: &Origin, uri: &Uri, headers: &HeaderMap) -> Result<(), Refusal> {
    let Some(host) = one(headers, &header::HOST)? else {
        return Err(Refusal::invalid("the request names no host"));
    };
    let in_uri = uri
        .authority()
        .is_none_or(|it| origin.has_authority(it.as_str()));
    if in_uri && origin.has_authority(host) {
        return Ok(());
    }
    let message = "this server is not for that host";
    Err(Refusal::of(StatusCode::MISDIRECTED_REQUEST, message))
}

fn is_json(headers: &HeaderMap) -> Result<bool, Refusal> {
    let kind = one(headers, &header::CONTENT_TYPE)?.unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default();
    Ok(essence.trim().eq_ignore_ascii_case("application/json"))
}

/// The value of a header that stands there once, or not at all.
fn one<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a str>, Refusal> {
    let refused = || Refusal::invalid("a header of the request cannot be understood");
    let mut values = headers.get_all(name).iter();
    let value = values.next().map(HeaderValue::to_str);
    match values.next() {
        Some(_) => Err(refused()),
        None => value.transpose().map_err(|_| refused()),
    }
}

fn elsewhere() -> Refusal {
    forbidden("the request does not come from SpiderPig's page")
        .hint("a proxy must pass on `Host`, `Origin` and `Sec-Fetch-Site` as they are")
}

fn forbidden(message: &str) -> Refusal {
    Refusal::of(StatusCode::FORBIDDEN, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Limits, Settings};
    use axum::Router;
    use axum::body::{Body, to_bytes};
    use axum::middleware::from_fn_with_state;
    use axum::routing::get;
    use tokio_util::sync::CancellationToken;
    use tower::ServiceExt as _;

    async fn fails() -> String {
        panic!("a key, a path and a token")
    }

    #[tokio::test]
    async fn a_panic_is_one_answer_lost() {
        let settings = Settings {
            url: "https://a.example".parse().unwrap(),
            socket: "web.sock".into(),
            trusted_proxies: Vec::new(),
            page: None,
        };
        let site = Site::new(settings, Limits::default(), CancellationToken::new());
        let router: Router = Router::new()
            .route("/api/me", get(fails))
            .layer(from_fn_with_state(Arc::new(site), keep));
        for _ in 0..2 {
            let request = Request::builder()
                .uri("/api/me")
                .header("host", "a.example");
            let request = request.body(Body::empty()).unwrap();
            let answer = router.clone().oneshot(request).await.unwrap();
            assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
            assert!(answer.headers().contains_key("content-security-policy"));
            let body = to_bytes(answer.into_body(), 10_000).await.unwrap();
            let text = String::from_utf8(body.to_vec()).unwrap();
            assert!(text.contains("defect") && !text.contains("key"), "{text}");
        }
    }
}
