//! One question to a registry and its answer: no redirect, no proxy, a bounded body, a bounded time.

use std::error::Error;
use std::io;
use std::time::Duration;

use http::header::{ACCEPT, AUTHORIZATION};
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::{BodyExt, Empty, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde::de::DeserializeOwned;
use url::Url;

use super::RegistryError;

type Body = Empty<&'static [u8]>;

const LONGEST_BODY_BYTES: usize = 4 << 20;

/// Connections to registries, over TLS and without.
#[derive(Debug, Clone)]
pub(super) struct Client {
    connections: legacy::Client<HttpsConnector<HttpConnector>, Body>,
    /// For connection, answer and body together.
    pub(super) timeout: Duration,
}

pub(super) struct Question {
    method: Method,
    url: Url,
    /// Kinds of content.
    accept: &'static str,
}

pub(super) struct Answer {
    pub(super) url: Url,
    pub(super) status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Question {
    /// For data.
    pub(super) fn get(url: Url) -> Self {
        Self {
            method: Method::GET,
            url,
            accept: "application/json",
        }
    }

    /// Whether there is something of the kind `accept`.
    pub(super) fn head(url: Url, accept: &'static str) -> Self {
        Self {
            method: Method::HEAD,
            url,
            accept,
        }
    }
}

impl Client {
    pub(super) fn new(timeout: Duration) -> io::Result<Self> {
        let connector = HttpsConnectorBuilder::new()
            .with_provider_and_native_roots(rustls::crypto::ring::default_provider())?
            .https_or_http()
            .enable_http1()
            .build();
        let client = legacy::Client::builder(TokioExecutor::new()).build(connector);
        Ok(Self {
            connections: client,
            timeout,
        })
    }

    pub(super) async fn ask(
        &self,
        question: &Question,
        token: Option<&str>,
    ) -> Result<Answer, RegistryError> {
        let answer = tokio::time::timeout(self.timeout, self.answer(question, token)).await;
        answer.unwrap_or_else(|_| Err(RegistryError::TimedOut(question.url.to_string())))
    }

    async fn answer(
        &self,
        question: &Question,
        token: Option<&str>,
    ) -> Result<Answer, RegistryError> {
        let url = &question.url;
        let failed = |source: Box<dyn Error + Send + Sync>| RegistryError::Unanswered {
            url: url.to_string(),
            source,
        };
        let mut request = Request::builder()
            .method(&question.method)
            .uri(url.as_str())
            .header(ACCEPT, question.accept);
        if let Some(token) = token {
            request = request.header(AUTHORIZATION, format!("Bearer {token}"));
        }
        let request = request
            .body(Body::new())
            .map_err(|error| failed(error.into()))?;
        let response = self
            .connections
            .request(request)
            .await
            .map_err(|error| failed(error.into()))?;
        let (parts, body) = response.into_parts();
        let body = Limited::new(body, LONGEST_BODY_BYTES).collect().await;
        let body = body.map_err(|error| {
            if error.is::<http_body_util::LengthLimitError>() {
                RegistryError::TooLarge {
                    url: url.to_string(),
                    limit: LONGEST_BODY_BYTES,
                }
            } else {
                failed(error)
            }
        })?;
        Ok(Answer {
            url: url.clone(),
            status: parts.status,
            headers: parts.headers,
            body: body.to_bytes().into(),
        })
    }
}

impl Answer {
    #[cfg(test)]
    pub(super) fn new(url: Url, status: StatusCode, headers: HeaderMap, body: Vec<u8>) -> Self {
        Self {
            url,
            status,
            headers,
            body,
        }
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    pub(super) fn json<T: DeserializeOwned>(
        &self,
        expected: &'static str,
    ) -> Result<T, RegistryError> {
        serde_json::from_slice(&self.body).map_err(|_| self.malformed(expected))
    }

    pub(super) fn malformed(&self, expected: &'static str) -> RegistryError {
        RegistryError::Malformed {
            url: self.url.to_string(),
            expected,
        }
    }

    pub(super) fn unexpected(&self) -> RegistryError {
        RegistryError::Status {
            url: self.url.to_string(),
            status: self.status.as_u16(),
        }
    }
}
