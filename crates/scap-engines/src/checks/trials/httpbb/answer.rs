//! What comes back from one request, or why nothing does.

use std::error::Error;
use std::fmt;
use std::io;

use http::{HeaderMap, Response};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper_util::client::legacy;
use scap_plan::Period;

use crate::checks::http::root;

/// Longer ones are not compared.
pub(super) const LONGEST_BODY_BYTES: usize = 16 << 20;

/// What came back.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    /// None when it is too long.
    pub(super) body: Option<Vec<u8>>,
}

/// Why nothing came back.
#[derive(Debug)]
pub(super) enum NoAnswer {
    Unreachable(String),
    Late(Period),
    /// Broken TLS, no HTTP, or an end in the middle.
    Broken(String),
    /// It cannot be sent.
    Unsendable(String),
    GivenUp,
    NoTimeLeft,
}

/// The host accepts no connection.
#[derive(Debug, thiserror::Error)]
#[error("the host accepts no connection")]
pub(super) struct Unreachable(#[source] pub(super) io::Error);

impl Answer {
    pub(super) async fn read(response: Response<Incoming>) -> Result<Self, NoAnswer> {
        let (head, mut body) = response.into_parts();
        let answer = |body| Self {
            status: head.status.as_u16(),
            headers: head.headers,
            body,
        };
        let mut bytes = Vec::new();
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|error| NoAnswer::Broken(root(&error).to_string()))?;
            if let Some(data) = frame.data_ref() {
                bytes.extend_from_slice(data);
            }
            if bytes.len() > LONGEST_BODY_BYTES {
                return Ok(answer(None));
            }
        }
        Ok(answer(Some(bytes)))
    }
}

impl From<legacy::Error> for NoAnswer {
    fn from(error: legacy::Error) -> Self {
        let mut cause = error.source();
        while let Some(error) = cause {
            if let Some(Unreachable(why)) = error.downcast_ref() {
                return Self::Unreachable(why.to_string());
            }
            cause = error.source();
        }
        Self::Broken(root(&error).to_string())
    }
}

impl fmt::Display for NoAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable(why) => write!(f, "no connection: {why}"),
            Self::Late(patience) => write!(f, "none within {patience}"),
            Self::Broken(why) => write!(f, "none: {why}"),
            Self::Unsendable(why) => write!(f, "none: it cannot be sent: {why}"),
            Self::GivenUp => {
                let most = super::MOST_UNANSWERED;
                write!(f, "not asked: there was no answer {most} times in a row")
            }
            Self::NoTimeLeft => write!(f, "none: the time for all requests of the host was over"),
        }
    }
}
