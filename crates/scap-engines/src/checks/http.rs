//! Asks over HTTP: at an instance's own address or at a store's, without proxy, redirect or more than a bounded body.

use std::error::Error;
use std::time::Duration;

use jiff::fmt::rfc2822;
use jiff::{SignedDuration, Timestamp};
use reqwest::header::{ACCEPT, CONTENT_TYPE, DATE, HOST, HeaderMap, HeaderValue, RETRY_AFTER};
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
#[derive(Debug, Clone, Default)]
pub(super) struct Answer {
    /// Who was asked, for people.
    pub(super) place: String,
    pub(super) status: u16,
    pub(super) body: Vec<u8>,
    pub(super) said: Said,
}

/// What came back beside the body.
#[derive(Debug, Clone, Default)]
pub(super) struct Said {
    pub(super) content_type: Option<String>,
    /// After which time it wants to be asked again.
    pub(super) retry_after: Option<Duration>,
    /// How far its clock is ahead of this machine's.
    pub(super) ahead: Option<SignedDuration>,
}

/// Why nothing came back that could be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum NoAnswer {
    #[error("{place} did not answer within {patience}")]
    Late { place: String, patience: Period },
    #[error("no answer from {place}: {why}")]
    Failed { place: String, why: String },
    #[error("{place} answered with more than {limit} MiB", limit = LONGEST_BODY_BYTES >> 20)]
    TooLong { place: String },
    #[error("{place} had no turn for it within {patience}")]
    NoTurn { place: String, patience: Period },
    #[error("{place} is not asked for {seconds}s: {why}")]
    Resting {
        place: String,
        seconds: u64,
        why: String,
    },
}

impl From<NoAnswer> for String {
    fn from(error: NoAnswer) -> Self {
        error.to_string()
    }
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
    Ok(send(request, target.url.clone(), target.timeout).await?)
}

/// Sends a request, which people know by its `place`.
pub(super) async fn send(
    request: RequestBuilder,
    place: String,
    patience: Period,
) -> Result<Answer, NoAnswer> {
    let sent = send_for_headers(request, place, patience).await;
    sent.map(|(answer, _)| answer)
}

/// The same, with the headers of what came back.
pub(super) async fn send_for_headers(
    request: RequestBuilder,
    place: String,
    patience: Period,
) -> Result<(Answer, HeaderMap), NoAnswer> {
    let failed = |error: reqwest::Error| {
        let place = place.clone();
        if error.is_timeout() {
            NoAnswer::Late { place, patience }
        } else {
            let why = root(&error).to_string();
            NoAnswer::Failed { place, why }
        }
    };
    let request = request.timeout(patience.duration());
    let mut response = request.send().await.map_err(failed)?;
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(failed)? {
        body.extend_from_slice(&chunk);
        if body.len() > LONGEST_BODY_BYTES {
            return Err(NoAnswer::TooLong { place });
        }
    }
    let answer = Answer {
        status: response.status().as_u16(),
        said: Said::of(response.headers()),
        place,
        body,
    };
    Ok((answer, std::mem::take(response.headers_mut())))
}

impl Said {
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        // GMT is a name of the zone that HTTP has, and that of mail too.
        let time = |text: &str| rfc2822::parse(text).ok().map(|time| time.timestamp());
        let date = text(DATE).and_then(time);
        let retry_after = text(RETRY_AFTER).and_then(|text| match text.trim().parse() {
            Ok(seconds) => Some(Duration::from_secs(seconds)),
            Err(_) => Duration::try_from(time(text)?.duration_since(date?)).ok(),
        });
        Self {
            content_type: text(CONTENT_TYPE).map(str::to_owned),
            retry_after,
            ahead: date.map(|date| date.duration_since(Timestamp::now())),
        }
    }
}

/// What lies at the bottom: what reqwest and hyper say above it is the same for all failures.
pub(super) fn root(error: &dyn Error) -> &dyn Error {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_is_told_in_seconds_or_as_a_time_by_the_same_clock() {
        let date = "Sun, 01 Mar 2026 10:00:00 GMT";
        let cases = [
            ("7", Some(7)),
            ("Sun, 01 Mar 2026 10:00:30 GMT", Some(30)),
            ("Sun, 01 Mar 2026 09:00:00 GMT", None),
            ("soon", None),
            ("-1", None),
        ];
        for (text, expected) in cases {
            let mut headers = HeaderMap::new();
            headers.insert(DATE, HeaderValue::from_static(date));
            headers.insert(RETRY_AFTER, HeaderValue::from_static(text));
            let said = Said::of(&headers);
            let expected = expected.map(Duration::from_secs);
            assert_eq!(said.retry_after, expected, "{text}");
            assert!(said.ahead.is_some());
        }
    }
}
