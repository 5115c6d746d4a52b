//! One request, and everything that its answer must be.

use super::assertion::{self, Assertion};
use super::body::{self, HttpbbBody};
use super::{Site, header};
use crate::reader::{Entry, Fields, Item};

/// A request as it is sent.
#[derive(Debug, Clone)]
pub struct HttpbbRequest {
    /// Where it stands in its file, from 1.
    pub line: usize,
    pub site: Site,
    /// Path and query, with escapes where a request needs them.
    pub path: String,
    pub method: String,
    /// In order.
    pub headers: Vec<(String, String)>,
    pub body: Option<HttpbbBody>,
    /// Without any, an answer is all that is asked for.
    pub assertions: Vec<Assertion>,
}

pub(crate) const KEYS: &[&str] = &[
    "path",
    "method",
    "request_headers",
    "json_body",
    "form_body",
    "body",
    "assert_status",
    "assert_headers",
    "assert_headers_regex",
    "assert_headers_absent",
    "assert_body_contains",
    "assert_body_regex",
];

/// They say how long the request is, and HTTP/1.1 goes wrong when they do not.
const OURS: [&str; 2] = ["content-length", "transfer-encoding"];

/// All requests below one base URL.
pub(super) fn of_site(entry: &Entry<'_, Site>) -> Option<Vec<HttpbbRequest>> {
    entry.item.filled_list(|item| request(item, &entry.name))
}

fn request(item: &Item<'_>, site: &Site) -> Option<HttpbbRequest> {
    let fields = item.fields(KEYS)?;
    let path = path(&fields.required("path"));
    let method = fields.or("method", "GET".to_owned(), method);
    let headers = fields.or("request_headers", Vec::new(), |item| {
        header::each(item, header::value)
    });
    let body = body::read(&fields);
    let assertions = assertion::read(&fields);
    let headers = headers.and_then(|headers| without_ours(&fields, headers));
    Some(HttpbbRequest {
        line: item.line(),
        site: site.clone(),
        path: path?,
        method: method?,
        headers: headers?,
        body: body?,
        assertions: assertions?,
    })
}

fn without_ours(
    fields: &Fields<'_>,
    headers: Vec<(String, String)>,
) -> Option<Vec<(String, String)>> {
    let is_ours = |name: &String| OURS.contains(&name.to_ascii_lowercase().as_str());
    let Some((name, _)) = headers.iter().find(|(name, _)| is_ours(name)) else {
        return Some(headers);
    };
    let message = format!("must not have {name}, which follows from the body");
    fields.required("request_headers").refuse(&message);
    None
}

/// Path and query as they are sent: what is no part of any address is escaped, escapes stay as they are.
fn path(item: &Item<'_>) -> Option<String> {
    let text = item.text()?;
    if !text.starts_with('/') {
        item.refuse("must begin with `/`");
        return None;
    }
    if text.contains('#') {
        let hint = "a `#` that is part of it is written `%23`".to_owned();
        item.refuse_with_hint("must not have a `#`: what is behind it is never sent", hint);
        return None;
    }
    let escaped = text.bytes().map(|byte| {
        if byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&byte) {
            char::from(byte).to_string()
        } else {
            format!("%{byte:02X}")
        }
    });
    Some(escaped.collect())
}

/// In any case: it is sent in capital letters.
fn method(item: &Item<'_>) -> Option<String> {
    let text = item.text()?;
    let is_method = text.bytes().all(|byte| byte.is_ascii_alphabetic()) && text.len() <= 20;
    if is_method && !text.eq_ignore_ascii_case("connect") {
        return Some(text.to_ascii_uppercase());
    }
    item.refuse("must be a method such as GET or POST");
    None
}
