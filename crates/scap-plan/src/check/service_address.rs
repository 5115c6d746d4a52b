//! The address under which a service answers, with placeholders.

use crate::{ReleaseStep, ServiceName};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An address with placeholders in braces, which the names of a release or of a host fill in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct BaseUrl(String);

/// Why a text is no such address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BaseUrlError {
    #[error("must begin with https:// or http://, and name a host")]
    NoUrl,
    #[error("must have neither a user nor blanks")]
    Unsafe,
    #[error("has a `{{` or `}}` without its other half")]
    UnpairedBrace,
    #[error("has unknown placeholder `{{{0}}}` (known: {known})", known = known())]
    UnknownPlaceholder(String),
}

const OF_RELEASES: &[&str] = &[
    "service",
    "environment",
    "namespace",
    "release",
    "stage",
    "datacenter",
];
const OF_HOSTS: &[&str] = &["service", "host"];

fn known() -> String {
    format!(
        "{} in Kubernetes, {} on hosts",
        in_braces(OF_RELEASES),
        in_braces(OF_HOSTS)
    )
}

fn in_braces(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("{{{name}}}")).collect();
    names.join(", ")
}

impl BaseUrl {
    /// The address for a release; none for a preview's step, which names none.
    pub fn of_release(&self, service: &ServiceName, step: &ReleaseStep) -> Option<String> {
        let names = [
            ("service", service.as_str()),
            ("environment", step.environment.as_str()),
            ("namespace", step.namespace.as_str()),
            ("release", step.release.as_ref()?.as_str()),
            ("stage", step.stage.as_str()),
            ("datacenter", step.datacenter.as_str()),
        ];
        Some(self.filled(&names))
    }

    pub fn of_host(&self, service: &str, host: &str) -> String {
        self.filled(&[("service", service), ("host", host)])
    }

    /// Names have no braces, so that one cannot stand for another.
    fn filled(&self, names: &[(&str, &str)]) -> String {
        names.iter().fold(self.0.clone(), |text, (name, value)| {
            text.replace(&format!("{{{name}}}"), value)
        })
    }

    /// A placeholder that has no value on hosts, or that only hosts have.
    pub(crate) fn stranger(&self, on_hosts: bool) -> Option<String> {
        let known = if on_hosts { OF_HOSTS } else { OF_RELEASES };
        let names = self.0.split('{').skip(1);
        let mut names = names.filter_map(|part| part.split('}').next());
        names.find(|name| !known.contains(name)).map(str::to_owned)
    }
}

impl TryFrom<String> for BaseUrl {
    type Error = BaseUrlError;

    fn try_from(text: String) -> Result<Self, BaseUrlError> {
        let scheme = ["https://", "http://"];
        let rest = scheme
            .into_iter()
            .find_map(|scheme| text.strip_prefix(scheme));
        let rest = rest.filter(|rest| !rest.is_empty() && !rest.starts_with(['/', ':', '?', '#']));
        let mut rest = rest.ok_or(BaseUrlError::NoUrl)?;
        if rest.contains(|c: char| c == '@' || c == '\\' || c.is_whitespace() || c.is_control()) {
            return Err(BaseUrlError::Unsafe);
        }
        while let Some(start) = rest.find(['{', '}']) {
            let inner = rest[start..].strip_prefix('{');
            let inner = inner.and_then(|inner| inner.split_once('}'));
            let (name, after) = inner.ok_or(BaseUrlError::UnpairedBrace)?;
            if !OF_RELEASES.contains(&name) && !OF_HOSTS.contains(&name) {
                return Err(BaseUrlError::UnknownPlaceholder(name.to_owned()));
            }
            rest = after;
        }
        Ok(Self(text))
    }
}

impl From<BaseUrl> for String {
    fn from(url: BaseUrl) -> Self {
        url.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Result<BaseUrl, BaseUrlError> {
        BaseUrl::try_from(text.to_owned())
    }

    #[test]
    fn addresses_are_filled_in_or_refused() {
        let of_host = |text| url(text).map(|url| url.of_host("shop", "web1"));
        let filled = [
            ("http://{host}:8080/{service}", "http://web1:8080/shop"),
            ("https://shop.example.org", "https://shop.example.org"),
        ];
        for (text, expected) in filled {
            assert_eq!(of_host(text).as_deref(), Ok(expected));
        }
        let unknown = |name: &str| BaseUrlError::UnknownPlaceholder(name.to_owned());
        let refused = [
            ("shop.example.org", BaseUrlError::NoUrl),
            ("http://", BaseUrlError::NoUrl),
            ("http:///x", BaseUrlError::NoUrl),
            ("http://me@shop", BaseUrlError::Unsafe),
            ("http://shop x", BaseUrlError::Unsafe),
            ("http://{host", BaseUrlError::UnpairedBrace),
            ("http://host}", BaseUrlError::UnpairedBrace),
            ("http://{hosts}", unknown("hosts")),
            ("http://{}", unknown("")),
        ];
        for (text, error) in refused {
            assert_eq!(url(text), Err(error), "{text}");
        }
    }

    #[test]
    fn hosts_have_no_release_and_releases_no_host() {
        let cases = [
            ("http://{host}", [None, Some("host")]),
            ("http://{service}.{release}", [Some("release"), None]),
        ];
        for (text, expected) in cases {
            let url = url(text).unwrap();
            let strangers = [true, false].map(|on_hosts| url.stranger(on_hosts));
            let expected = expected.map(|name| name.map(str::to_owned));
            assert_eq!(strangers, expected, "{text}");
        }
    }

    #[test]
    fn hostile_texts_leave_no_placeholder_behind() {
        let good = ["https://{service}.{host}/{service}?a={host}"];
        scap_hostile::hostile_text("base url", &good, |text| {
            if let Ok(url) = url(text)
                && url.stranger(true).is_none()
            {
                assert!(!url.of_host("shop", "web1").contains(['{', '}']));
            }
        });
    }
}
