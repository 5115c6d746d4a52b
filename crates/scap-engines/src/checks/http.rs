//! Asks over HTTP: at an instance's own address or at a store's, without proxy, redirect or more than a bounded body.

use std::error::Error;

use reqwest::header::{ACCEPT, HOST, HeaderMap, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder};
use scap_plan::Period;

use crate::secrets::KnownSecrets;

/// More is no answer that a test or a counter could be found in.
pub(super) const LONGEST_BODY_BYTES: usize = 4 << 20;
/// What is shown of a body in which a text was not found.
const SHOWN_CHARACTERS: usize = 120;

/// What the asker wants to have.
pub(super) const ANYTHING: &str = "*/*";
pub(super) const EXPOSITION: &str = "text/plain;version=0.0.4, */*;q=0.1";

/// One GET.
#[derive(Debug, Clone)]
pub(super) struct Target {
    pub(super) url: String,
    /// The Host header: the instance's own name.
    pub(super) host: String,
    /// For connection, answer and body together.
    pub(super) timeout: Period,
}

/// What came back.
#[derive(Debug)]
pub(super) struct Answer {
    /// Who was asked, for people.
    pub(super) place: String,
    pub(super) status: u16,
    pub(super) body: Vec<u8>,
}

/// What must come back.
#[derive(Debug, Clone, Copy)]
pub(super) struct Expected<'a> {
    pub(super) status: u16,
    pub(super) text: Option<&'a str>,
    /// What is not shown of what came instead.
    pub(super) secrets: &'a KnownSecrets,
}

pub(super) fn client() -> Client {
    // It is there already where somebody else has set it.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .no_proxy()
        .redirect(Policy::none())
        // A restarted instance must not be tried over a connection to the process before.
        .pool_max_idle_per_host(0)
        .build()
        .expect("nothing in it can be wrong")
}

impl Answer {
    /// Nothing when it is as `expected`.
    pub(super) fn compare(&self, expected: &Expected<'_>) -> Result<(), String> {
        let (place, status) = (&self.place, self.status);
        if status != expected.status {
            let wanted = expected.status;
            return Err(format!(
                "{place} answered with status {status}, not {wanted}"
            ));
        }
        let body = String::from_utf8_lossy(&self.body);
        match expected.text {
            Some(text) if !body.contains(text) => {
                let body = expected.secrets.mask(&body);
                let begin: String = body.chars().take(SHOWN_CHARACTERS).collect();
                Err(format!(
                    "{place} answered without the text {text:?}; it begins {begin:?}"
                ))
            }
            _ => Ok(()),
        }
    }

    /// The body of an answer with status 200, which must be UTF-8.
    pub(super) fn text(self) -> Result<String, String> {
        let (place, status) = (self.place, self.status);
        if status != 200 {
            return Err(format!("{place} answered with status {status}"));
        }
        String::from_utf8(self.body)
            .map_err(|error| format!("{place} is not UTF-8: {}", error.utf8_error()))
    }
}

/// One GET of an instance.
pub(super) async fn get(client: &Client, target: &Target, accept: &str) -> Result<Answer, String> {
    let mut request = client.get(&target.url).header(ACCEPT, accept);
    // A name that is no header, as of other letters than ASCII's, leaves the address in its place.
    if let Ok(host) = HeaderValue::from_str(&target.host)
        && target.host.is_ascii()
    {
        request = request.header(HOST, host);
    }
    send(request, target.url.clone(), target.timeout).await
}

/// Sends a request, which people know by its `place`.
pub(super) async fn send(
    request: RequestBuilder,
    place: String,
    timeout: Period,
) -> Result<Answer, String> {
    let sent = send_for_headers(request, place, timeout).await;
    sent.map(|(answer, _)| answer)
}

/// The same, with the headers of what came back.
pub(super) async fn send_for_headers(
    request: RequestBuilder,
    place: String,
    timeout: Period,
) -> Result<(Answer, HeaderMap), String> {
    let failed = |error: reqwest::Error| {
        if error.is_timeout() {
            format!("{place} did not answer within {timeout}")
        } else {
            format!("no answer from {place}: {}", root(&error))
        }
    };
    let request = request.timeout(timeout.duration());
    let mut response = request.send().await.map_err(failed)?;
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(failed)? {
        body.extend_from_slice(&chunk);
        if body.len() > LONGEST_BODY_BYTES {
            return Err(too_long(&place));
        }
    }
    let status = response.status().as_u16();
    let answer = Answer {
        place,
        status,
        body,
    };
    Ok((answer, std::mem::take(response.headers_mut())))
}

pub(super) fn too_long(place: &str) -> String {
    let limit = LONGEST_BODY_BYTES >> 20;
    format!("{place} answered with more than {limit} MiB")
}

/// What lies at the bottom: what reqwest and hyper say above it is the same for all failures.
pub(super) fn root(error: &dyn Error) -> &dyn Error {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error
}
