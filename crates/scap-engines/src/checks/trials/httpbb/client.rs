//! Connects to one host whatever a URL says; TLS asks for the URL's name, and the Host header is the URL's.

use std::io::Cursor;
use std::task::{Context, Poll};

use futures::FutureExt;
use futures::future::BoxFuture;
use http::header::{ACCEPT, CONTENT_TYPE, HeaderName, HeaderValue, USER_AGENT};
use http::{HeaderMap, Request, Uri};
use http_body_util::Full;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::ClientConfig;
use scap_plan::{HttpbbBody, HttpbbRequest, Scheme};
use tokio::net::TcpStream;
use tower::Service;
use url::form_urlencoded;

use super::HttpbbTarget;
use super::answer::{Answer, NoAnswer, Unreachable};

const OUR_NAME: &str = concat!("scap/", env!("CARGO_PKG_VERSION"));
const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

type Body = Full<Cursor<Vec<u8>>>;

/// All connections to one host; HTTP/1.1, without proxy or redirects.
pub(super) struct Client(legacy::Client<HttpsConnector<Connector>, Body>);

impl Client {
    pub(super) fn new(target: &HttpbbTarget, tls: &ClientConfig) -> Self {
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls.clone())
            .https_or_http()
            .enable_http1()
            .wrap_connector(Connector(target.clone()));
        let client = legacy::Client::builder(TokioExecutor::new()).build(connector);
        Self(client)
    }

    pub(super) async fn ask(&self, request: &HttpbbRequest) -> Result<Answer, NoAnswer> {
        let request = made(request).map_err(|error| NoAnswer::Unsendable(error.to_string()))?;
        Answer::read(self.0.request(request).await?).await
    }
}

/// A body with the type that it has where none is said.
pub(in crate::checks) fn content(body: Option<&HttpbbBody>) -> (Option<&'static str>, Vec<u8>) {
    match body {
        None => (None, Vec::new()),
        Some(HttpbbBody::Json(text)) => (Some(JSON), text.clone().into_bytes()),
        Some(HttpbbBody::Text(text)) => (None, text.clone().into_bytes()),
        Some(HttpbbBody::Form(pairs)) => {
            let mut form = form_urlencoded::Serializer::new(String::new());
            (Some(FORM), form.extend_pairs(pairs).finish().into_bytes())
        }
    }
}

fn made(wanted: &HttpbbRequest) -> Result<Request<Body>, http::Error> {
    let (content_type, body) = content(wanted.body.as_ref());
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, HeaderValue::from_static("*/*"));
    headers.insert(USER_AGENT, HeaderValue::from_static(OUR_NAME));
    if let Some(content_type) = content_type {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    }
    for (name, value) in &wanted.headers {
        let name = HeaderName::from_bytes(name.as_bytes())?;
        headers.insert(name, HeaderValue::from_bytes(value.as_bytes())?);
    }
    let uri: Uri = format!("{}{}", wanted.site, wanted.path).parse()?;
    let mut request = Request::builder()
        .method(wanted.method.as_str())
        .uri(uri)
        .body(Full::new(Cursor::new(body)))?;
    *request.headers_mut() = headers;
    Ok(request)
}

/// Connects to the target at the port that the URL's scheme has there.
#[derive(Clone)]
struct Connector(HttpbbTarget);

impl Service<Uri> for Connector {
    type Response = TokioIo<TcpStream>;
    type Error = Unreachable;
    type Future = BoxFuture<'static, Result<Self::Response, Unreachable>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Unreachable>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let Self(target) = self.clone();
        let (wanted, default) = match uri.scheme_str() {
            Some("http") => (target.http_port, Scheme::Http.default_port()),
            _ => (target.https_port, Scheme::Https.default_port()),
        };
        let port = wanted.or(uri.port_u16()).unwrap_or(default);
        async move {
            let stream = TcpStream::connect((target.address.as_str(), port)).await;
            let stream = stream.map_err(Unreachable)?;
            // A request is small, and nothing follows it: waiting for more would only be slow.
            let _ = stream.set_nodelay(true);
            Ok(TokioIo::new(stream))
        }
        .boxed()
    }
}
