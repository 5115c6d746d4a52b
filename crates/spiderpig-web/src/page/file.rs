//! One file of the page, compressed beforehand.

use axum::body::{Body, Bytes};
use axum::http::header::{self, HeaderMap};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write as _;

/// Vite puts a hash into the names of these, so they never change.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
const ASK_AGAIN: &str = "no-cache";

pub(crate) struct File {
    kind: &'static str,
    cache: &'static str,
    plain: Form,
    gzip: Option<Form>,
}

/// The same content as it is sent.
struct Form {
    bytes: Bytes,
    tag: HeaderValue,
}

impl File {
    pub(crate) fn new(path: &str, bytes: Vec<u8>) -> Self {
        let gzip = gzip(&bytes).filter(|it| it.len() < bytes.len());
        Self {
            kind: kind(path),
            cache: if path.starts_with("/assets/") {
                FOR_EVER
            } else {
                ASK_AGAIN
            },
            plain: Form::new(bytes),
            gzip: gzip.map(Form::new),
        }
    }

    /// The file, or that the browser has it already.
    pub(crate) fn answer(&self, asked: &HeaderMap) -> Response {
        let gzip = self.gzip.as_ref().filter(|_| takes_gzip(asked));
        let form = gzip.unwrap_or(&self.plain);
        let mut response = if has(asked, &form.tag) {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            Body::from(form.bytes.clone()).into_response()
        };
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(self.kind));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(self.cache));
        headers.insert(header::ETAG, form.tag.clone());
        headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        if gzip.is_some() {
            let gzip = HeaderValue::from_static("gzip");
            headers.insert(header::CONTENT_ENCODING, gzip);
        }
        response
    }
}

impl Form {
    fn new(bytes: Vec<u8>) -> Self {
        let tag = format!("\"{}\"", &blake3::hash(&bytes).to_hex()[..32]);
        Self {
            bytes: bytes.into(),
            tag: HeaderValue::from_str(&tag).expect("hexadecimal digits are plain text"),
        }
    }
}

fn gzip(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).ok()?;
    encoder.finish().ok()
}

fn takes_gzip(asked: &HeaderMap) -> bool {
    listed(asked, &header::ACCEPT_ENCODING).any(|it| {
        let (name, weight) = it.split_once(';').unwrap_or((it, ""));
        let weight = weight.trim().strip_prefix("q=").unwrap_or("1");
        name.trim().eq_ignore_ascii_case("gzip") && weight.parse().is_ok_and(|it: f32| it > 0.0)
    })
}

fn has(asked: &HeaderMap, tag: &HeaderValue) -> bool {
    listed(asked, &header::IF_NONE_MATCH).any(|it| {
        let it = it.trim();
        it == "*" || it.strip_prefix("W/").unwrap_or(it).as_bytes() == tag.as_bytes()
    })
}

fn listed<'a>(headers: &'a HeaderMap, name: &header::HeaderName) -> impl Iterator<Item = &'a str> {
    let values = headers
        .get_all(name)
        .iter()
        .filter_map(|it| it.to_str().ok());
    values.flat_map(|it| it.split(','))
}

fn kind(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        "wasm" => "application/wasm",
        _ => "application/octet-stream",
    }
}
