//! The token that a registry wants even from those who only read, and gives to anybody.

use http::StatusCode;
use http::header::WWW_AUTHENTICATE;
use serde::Deserialize;
use url::Url;

use super::answer::Answer;
use super::{ImageReference, RegistryError};

/// Where a token is to be had, as the registry says it.
pub(super) struct Challenge {
    realm: Url,
    service: Option<String>,
}

#[derive(Deserialize)]
struct Granted {
    token: Option<String>,
    access_token: Option<String>,
}

impl Challenge {
    /// Of an answer that refuses.
    pub(super) fn of(answer: &Answer) -> Result<Self, RegistryError> {
        let log_in = || RegistryError::LogIn(answer.url.to_string());
        let header = answer
            .header(WWW_AUTHENTICATE.as_str())
            .ok_or_else(log_in)?;
        let (scheme, parameters) = header.split_once(' ').ok_or_else(log_in)?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(log_in());
        }
        let realm = parameter(parameters, "realm").and_then(|realm| Url::parse(&realm).ok());
        let realm = realm.filter(|realm| matches!(realm.scheme(), "http" | "https"));
        Ok(Self {
            realm: realm.ok_or_else(|| answer.malformed("where a token is to be had"))?,
            service: parameter(parameters, "service"),
        })
    }

    /// What to ask for the right to read `image`.
    pub(super) fn url(&self, image: &ImageReference) -> Url {
        let mut url = self.realm.clone();
        let mut query = url.query_pairs_mut();
        if let Some(service) = &self.service {
            query.append_pair("service", service);
        }
        query.append_pair("scope", &format!("repository:{}:pull", image.repository()));
        drop(query);
        url
    }
}

/// The token in the answer of a realm.
pub(super) fn granted(answer: &Answer) -> Result<String, RegistryError> {
    match answer.status {
        StatusCode::OK => {}
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            return Err(RegistryError::LogIn(answer.url.to_string()));
        }
        _ => return Err(answer.unexpected()),
    }
    let granted: Granted = answer.json("a token")?;
    let token = granted.token.or(granted.access_token);
    // It becomes a header.
    let token = token.filter(|token| token.bytes().all(|byte| byte.is_ascii_graphic()));
    token.ok_or_else(|| answer.malformed("a token"))
}

/// The value of `name="value"` in a list of them with commas between.
fn parameter(parameters: &str, name: &str) -> Option<String> {
    let mut rest = parameters;
    loop {
        let (key, after) = rest.split_once('=')?;
        let (value, after) = match after.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"')?,
            None => after.split_once(',').unwrap_or((after, "")),
        };
        if key.trim_matches([' ', ',']).eq_ignore_ascii_case(name) {
            return Some(value.to_owned());
        }
        rest = after;
    }
}
