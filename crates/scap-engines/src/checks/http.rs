//! Asks an instance over HTTP: at its own address, without proxy, redirect or more than a bounded body.

use std::error::Error;

use reqwest::Client;
use reqwest::header::{ACCEPT, HOST, HeaderValue};
use reqwest::redirect::Policy;
use scap_plan::Period;

const ANYTHING: &str = "*/*";
const EXPOSITION: &str = "text/plain;version=0.0.4, */*;q=0.1";
/// More is no answer that a test or a counter could be found in.
const LONGEST_BODY_BYTES: usize = 4 << 20;
/// What is shown of a body in which a text was not found.
const SHOWN_CHARACTERS: usize = 120;

/// One GET.
#[derive(Debug, Clone)]
pub(super) struct Target {
    pub(super) url: String,
    /// The Host header: the instance's own name.
    pub(super) host: String,
    /// For connection, answer and body together.
    pub(super) timeout: Period,
}

/// What must come back.
#[derive(Debug, Clone, Copy)]
pub(super) struct Expected<'a> {
    pub(super) status: u16,
    pub(super) text: Option<&'a str>,
}

pub(super) fn client() -> Client {
    Client::builder()
        .no_proxy()
        .redirect(Policy::none())
        // A restarted instance must not be tried over a connection to the process before.
        .pool_max_idle_per_host(0)
        .build()
        .expect("nothing in it can be wrong")
}

/// Passes when the answer is as `expected`.
pub(super) async fn test(
    client: &Client,
    target: &Target,
    expected: &Expected<'_>,
) -> Result<(), String> {
    let (status, body) = get(client, target, ANYTHING).await?;
    let url = &target.url;
    if status != expected.status {
        return Err(format!(
            "{url} answered with status {status}, not {}",
            expected.status
        ));
    }
    let body = String::from_utf8_lossy(&body);
    match expected.text {
        Some(text) if !body.contains(text) => {
            let begin: String = body.chars().take(SHOWN_CHARACTERS).collect();
            Err(format!(
                "{url} answered without the text {text:?}; it begins {begin:?}"
            ))
        }
        _ => Ok(()),
    }
}

/// What an instance exposes: the body of an answer with status 200, which must be UTF-8.
pub(super) async fn text(client: &Client, target: &Target) -> Result<String, String> {
    let (status, body) = get(client, target, EXPOSITION).await?;
    let url = &target.url;
    if status != 200 {
        return Err(format!("{url} answered with status {status}"));
    }
    String::from_utf8(body).map_err(|error| format!("{url} is not UTF-8: {}", error.utf8_error()))
}

async fn get(client: &Client, target: &Target, accept: &str) -> Result<(u16, Vec<u8>), String> {
    let url = &target.url;
    let failed = |error: reqwest::Error| {
        if error.is_timeout() {
            format!("{url} did not answer within {}", target.timeout)
        } else {
            format!("no answer from {url}: {}", root(&error))
        }
    };
    let mut request = client
        .get(url)
        .timeout(target.timeout.duration())
        .header(ACCEPT, accept);
    // A name that is no header, as of other letters than ASCII's, leaves the address in its place.
    if let Ok(host) = HeaderValue::from_str(&target.host)
        && target.host.is_ascii()
    {
        request = request.header(HOST, host);
    }
    let mut response = request.send().await.map_err(failed)?;
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(failed)? {
        body.extend_from_slice(&chunk);
        if body.len() > LONGEST_BODY_BYTES {
            let limit = LONGEST_BODY_BYTES >> 20;
            return Err(format!("{url} answered with more than {limit} MiB"));
        }
    }
    Ok((response.status().as_u16(), body))
}

/// What lies at the bottom: what reqwest and hyper say above it is the same for all failures.
fn root(error: &dyn Error) -> &dyn Error {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error
}
