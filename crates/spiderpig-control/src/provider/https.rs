//! Questions to the identity provider: over TLS or on this machine, to where we were told, short and soon.

use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};
use reqwest::redirect::Policy;
use reqwest::{Client, Response};
use std::pin::Pin;
use std::time::Duration;
use url::{Host, Url};

/// How long an answer may take as a whole.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long an answer may be, in bytes.
const LONGEST: usize = 1024 * 1024;

/// Asks, and follows nobody elsewhere.
pub(super) struct Https(Client);

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    #[error("`{0}` is neither https nor on this machine")]
    Exposed(String),
    #[error("`{host}` did not answer")]
    Silent {
        host: String,
        source: reqwest::Error,
    },
    #[error("the answer of `{0}` is longer than 1 MiB")]
    TooLong(String),
    #[error("no question can be asked")]
    Unaskable(#[source] reqwest::Error),
}

impl Https {
    pub(super) fn new() -> Result<Self, FetchError> {
        // It is there already where somebody else has set it.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder = Client::builder()
            .no_proxy()
            .redirect(Policy::none())
            .timeout(PATIENCE);
        builder.build().map(Self).map_err(FetchError::Unaskable)
    }

    pub(super) async fn ask(&self, request: HttpRequest) -> Result<HttpResponse, FetchError> {
        let request = reqwest::Request::try_from(request).map_err(FetchError::Unaskable)?;
        let host = request.url().host_str().unwrap_or_default().to_owned();
        if !is_safe(request.url()) {
            return Err(FetchError::Exposed(host));
        }
        // The address may have a ticket in it.
        let silent = |source: reqwest::Error| FetchError::Silent {
            host: host.clone(),
            source: source.without_url(),
        };
        let response = self.0.execute(request).await.map_err(silent)?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = body(response).await.map_err(silent)?;
        let mut answer = HttpResponse::new(body.ok_or(FetchError::TooLong(host))?);
        *answer.status_mut() = status;
        *answer.headers_mut() = headers;
        Ok(answer)
    }
}

/// None where it is too long.
async fn body(mut response: Response) -> Result<Option<Vec<u8>>, reqwest::Error> {
    let mut body = Vec::new();
    while let Some(part) = response.chunk().await? {
        if body.len() + part.len() > LONGEST {
            return Ok(None);
        }
        body.extend_from_slice(&part);
    }
    Ok(Some(body))
}

/// Whether nobody on the way reads along.
pub(super) fn is_safe(url: &Url) -> bool {
    let is_this_machine = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    url.scheme() == "https" || (url.scheme() == "http" && is_this_machine)
}

impl<'c> AsyncHttpClient<'c> for Https {
    type Error = FetchError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, FetchError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.ask(request))
    }
}
