//! Image registries, asked by the API of the Open Container Initiative: which tags there are, and whether an image is there.

mod answer;
mod images;
mod reference;
mod token;

use std::io;
use std::time::Duration;

use http::StatusCode;
use http::header::LINK;
use scap_plan::RegistryMirrors;
use serde::Deserialize;
use url::Url;

use answer::{Answer, Client, Question};
pub use images::Images;
pub use reference::ImageReference;

/// Every kind of manifest that may stand for an image: of one platform and of several, of both standards.
const MANIFESTS: &str = "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, \
     application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.docker.distribution.manifest.v2+json";
const TAGS_A_PAGE: usize = 1000;
/// A registry that goes on longer leads in a circle, or has more than anybody looks through.
const MOST_PAGES: usize = 200;

#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    #[error("the certificates of this machine cannot be read")]
    NoRoots(#[source] io::Error),
    #[error("`{0}` is no image with a registry, such as `registry.example.org/team/service:tag`")]
    NotAnImage(String),
    #[error("no answer from `{url}`")]
    Unanswered {
        url: String,
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    #[error("`{0}` did not answer in time")]
    TimedOut(String),
    #[error("`{url}` answered with more than {limit} bytes")]
    TooLarge { url: String, limit: usize },
    #[error("`{url}` answered with status {status}")]
    Status { url: String, status: u16 },
    #[error("`{0}` asks for a log-in")]
    LogIn(String),
    #[error("`{url}` answered with something else than {expected}")]
    Malformed { url: String, expected: &'static str },
    #[error("`{from}` leads to `{to}`, which is not asked")]
    Elsewhere { from: String, to: String },
    #[error("`{0}` has more than {MOST_PAGES} pages of tags")]
    Endless(String),
}

/// Whether an image can be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Presence {
    Present {
        /// `sha256:…` of its manifest, where the registry says it.
        digest: Option<String>,
    },
    Absent,
}

/// Asks registries, without a log-in.
#[derive(Debug, Clone)]
pub struct Registry {
    client: Client,
    mirrors: RegistryMirrors,
}

/// For connection, answer and body together.
const TIMEOUT: Duration = Duration::from_secs(20);

impl Registry {
    /// Those that `mirrors` does not know are asked under their own names, over TLS.
    pub fn new(mirrors: RegistryMirrors) -> Result<Self, RegistryError> {
        Ok(Self {
            client: Client::new(TIMEOUT).map_err(RegistryError::NoRoots)?,
            mirrors,
        })
    }

    /// The same, with this much time for an answer.
    #[must_use]
    pub fn within(mut self, timeout: Duration) -> Self {
        self.client.timeout = timeout;
        self
    }

    /// Whether `reference`, an image with its registry and a tag or digest, can be pulled.
    pub async fn image_exists(&self, reference: &str) -> Result<Presence, RegistryError> {
        let image: ImageReference = reference.parse()?;
        let url = self.url(&image, &format!("manifests/{}", image.version()))?;
        let question = Question::head(url, MANIFESTS);
        let answer = self.ask(&image, question, &mut None).await?;
        match answer.status {
            StatusCode::OK => Ok(Presence::Present {
                digest: answer.header("docker-content-digest").map(str::to_owned),
            }),
            StatusCode::NOT_FOUND => Ok(Presence::Absent),
            _ => Err(answer.unexpected()),
        }
    }

    /// All tags of `repository`, which has its registry and no tag; none where there is no such repository.
    pub async fn tags(&self, repository: &str) -> Result<Vec<String>, RegistryError> {
        let image: ImageReference = repository.parse()?;
        let mut next = Some(self.url(&image, &format!("tags/list?n={TAGS_A_PAGE}"))?);
        let (mut tags, mut token) = (Vec::new(), None);
        for _ in 0..MOST_PAGES {
            let Some(url) = next else {
                return Ok(tags);
            };
            let answer = self.ask(&image, Question::get(url), &mut token).await?;
            match answer.status {
                StatusCode::OK => tags.extend(
                    answer
                        .json::<TagList>("a list of tags")?
                        .tags
                        .unwrap_or_default(),
                ),
                StatusCode::NOT_FOUND => return Ok(tags),
                _ => return Err(answer.unexpected()),
            }
            next = following(&answer)?;
        }
        Err(RegistryError::Endless(repository.to_owned()))
    }

    /// Asks with the token that is there, and once more with a new one where the registry wants it.
    async fn ask(
        &self,
        image: &ImageReference,
        question: Question,
        token: &mut Option<String>,
    ) -> Result<Answer, RegistryError> {
        let answer = self.client.ask(&question, token.as_deref()).await?;
        if answer.status != StatusCode::UNAUTHORIZED {
            return Ok(answer);
        }
        let challenge = token::Challenge::of(&answer)?;
        let realm = challenge.url(image);
        if realm.scheme() == "http" && answer.url.scheme() != "http" {
            return Err(RegistryError::Elsewhere {
                from: answer.url.to_string(),
                to: realm.to_string(),
            });
        }
        let granted = self.client.ask(&Question::get(realm), None).await?;
        *token = Some(token::granted(&granted)?);
        let answer = self.client.ask(&question, token.as_deref()).await?;
        if answer.status == StatusCode::UNAUTHORIZED {
            return Err(RegistryError::LogIn(answer.url.to_string()));
        }
        Ok(answer)
    }

    fn url(&self, image: &ImageReference, rest: &str) -> Result<Url, RegistryError> {
        let (registry, repository) = (image.registry(), image.repository());
        let base = match self.mirrors.get(registry) {
            Some(mirror) => mirror.clone(),
            None => format!("https://{registry}"),
        };
        let url = format!("{base}/v2/{repository}/{rest}");
        Url::parse(&url).map_err(|_| RegistryError::NotAnImage(image.to_string()))
    }
}

#[derive(Deserialize)]
struct TagList {
    /// Some registries write null for none.
    tags: Option<Vec<String>>,
}

/// The next page, which must be the same registry's.
fn following(answer: &Answer) -> Result<Option<Url>, RegistryError> {
    let Some(link) = answer.header(LINK.as_str()) else {
        return Ok(None);
    };
    let target = link
        .split_once('<')
        .and_then(|(_, rest)| rest.split_once('>'))
        .filter(|(_, parameters)| parameters.contains("next"));
    let next = target.and_then(|(target, _)| answer.url.join(target).ok());
    let next = next.ok_or_else(|| answer.malformed("a link to the next page"))?;
    if next.origin() == answer.url.origin() {
        Ok(Some(next))
    } else {
        Err(RegistryError::Elsewhere {
            from: answer.url.to_string(),
            to: next.to_string(),
        })
    }
}

#[cfg(test)]
mod hostile;
