//! Queries and addresses with placeholders, which a release's names fill in.

use crate::{ReleaseStep, ServiceName};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A query to a store, with placeholders in braces. Other braces are the query's own: `PromQL` has them too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
pub struct Query(String);

/// The address of a store, with placeholders in braces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UrlPattern(String);

/// Why a text is no query or no address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    #[error("has unknown placeholder `{{{0}}}` (known: {known})", known = placeholders(.1))]
    UnknownPlaceholder(String, &'static [&'static str]),
    #[error("has a `{{` or `}}` without its other half")]
    UnpairedBrace,
    #[error("must begin with https:// or http://, and name a host")]
    NoUrl,
    #[error("must have neither a user, nor a query, nor blanks")]
    UnsafeUrl,
    #[error("must have no blanks; they are written as `%20`")]
    Blanks,
}

const IN_QUERIES: &[&str] = &[
    "service",
    "namespace",
    "release",
    "environment",
    "datacenter",
];
const IN_URLS: &[&str] = &["environment", "datacenter"];

fn placeholders(known: &[&str]) -> String {
    let known: Vec<String> = known.iter().map(|name| format!("{{{name}}}")).collect();
    known.join(", ")
}

impl Query {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first of its placeholders.
    pub(crate) fn placeholder(&self) -> Option<&'static str> {
        let mut known = IN_QUERIES.iter().copied();
        known.find(|name| self.0.contains(&format!("{{{name}}}")))
    }

    /// The query for one release; none for a preview's step, which names none. Names have no braces and no quotes, so
    /// that one can neither stand for another nor end a text that it stands in.
    pub fn of(&self, service: &ServiceName, step: &ReleaseStep) -> Option<String> {
        let names = [
            ("service", service.as_str()),
            ("namespace", step.namespace.as_str()),
            ("release", step.release.as_ref()?.as_str()),
            ("environment", step.environment.as_str()),
            ("datacenter", step.datacenter.as_str()),
        ];
        Some(filled(&self.0, &names))
    }
}

impl UrlPattern {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is another one for each release.
    pub(crate) fn has_placeholders(&self) -> bool {
        self.0.contains('{')
    }

    /// The address for a release, without a slash at its end.
    pub fn of(&self, step: &ReleaseStep) -> String {
        let names = [
            ("environment", step.environment.as_str()),
            ("datacenter", step.datacenter.as_str()),
        ];
        filled(&self.0, &names)
    }
}

pub(crate) fn filled(text: &str, names: &[(&str, &str)]) -> String {
    names.iter().fold(text.to_owned(), |text, (name, value)| {
        text.replace(&format!("{{{name}}}"), value)
    })
}

impl TryFrom<String> for Query {
    type Error = QueryError;

    fn try_from(text: String) -> Result<Self, QueryError> {
        for part in text.split('{').skip(1) {
            // A selector such as `{job="x"}` or a range such as `{2}` is no lone word.
            let word = part.split('}').next().unwrap_or_default();
            let is_word = !word.is_empty() && word.chars().all(|c| c.is_alphabetic() || c == '_');
            if part.contains('}') && is_word && !IN_QUERIES.contains(&word) {
                return Err(QueryError::UnknownPlaceholder(word.to_owned(), IN_QUERIES));
            }
        }
        Ok(Self(text))
    }
}

impl From<Query> for String {
    fn from(query: Query) -> String {
        query.0
    }
}

impl TryFrom<String> for UrlPattern {
    type Error = QueryError;

    fn try_from(text: String) -> Result<Self, QueryError> {
        check_braces(&text, IN_URLS)?;
        let scheme = ["https://", "http://"];
        let rest = scheme
            .into_iter()
            .find_map(|scheme| text.strip_prefix(scheme));
        let rest = rest.filter(|rest| !rest.is_empty() && !rest.starts_with('/'));
        let rest = rest.ok_or(QueryError::NoUrl)?;
        if rest.contains(|c: char| "@?#\\".contains(c) || c.is_whitespace()) {
            return Err(QueryError::UnsafeUrl);
        }
        Ok(Self(text.trim_end_matches('/').to_owned()))
    }
}

/// Each brace belongs to a `known` placeholder.
pub(crate) fn check_braces(text: &str, known: &'static [&'static str]) -> Result<(), QueryError> {
    let mut rest = text;
    while let Some(start) = rest.find(['{', '}']) {
        let inner = rest[start..]
            .strip_prefix('{')
            .ok_or(QueryError::UnpairedBrace)?;
        let (name, after) = inner.split_once('}').ok_or(QueryError::UnpairedBrace)?;
        if !known.contains(&name) {
            return Err(QueryError::UnknownPlaceholder(name.to_owned(), known));
        }
        rest = after;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn release() -> ReleaseStep {
        let step = serde_json::json!({
            "environment_type": "PRODUCTION", "stage": "CANARY", "environment": "main-codfw", "canonical_environment": "codfw",
            "datacenter": "codfw", "namespace": "shop", "release": "canary", "directory": "services/shop",
        });
        serde_json::from_value(step).unwrap()
    }

    #[test]
    fn placeholders_of_queries_are_filled_and_other_braces_stay() {
        let service = ServiceName::new("shop").unwrap();
        let cases = [
            (
                r#"sum by (pod) (x_total{namespace="{namespace}", release="{release}"})"#,
                r#"sum by (pod) (x_total{namespace="shop", release="canary"})"#,
            ),
            (
                "{service}/{datacenter}/{environment}",
                "shop/codfw/main-codfw",
            ),
            (r#"x{pod=~"a{2}"}"#, r#"x{pod=~"a{2}"}"#),
            ("bytes:{1 TO 5}", "bytes:{1 TO 5}"),
        ];
        for (query, expected) in cases {
            let query = Query::try_from(query.to_owned()).unwrap();
            assert_eq!(query.of(&service, &release()).as_deref(), Some(expected));
        }
        let preview = ReleaseStep {
            release: None,
            ..release()
        };
        let query = Query::try_from("up".to_owned()).unwrap();
        assert_eq!(query.of(&service, &preview), None);
    }

    #[test]
    fn words_in_braces_that_are_no_placeholder_are_refused() {
        for wrong in ["x{pod}", "{Release}", r#"x{namespace="{name_space}"}"#] {
            assert!(Query::try_from(wrong.to_owned()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn addresses_are_those_of_a_store_and_nothing_else() {
        let url =
            UrlPattern::try_from("https://{environment}.{datacenter}.example/k8s/".to_owned());
        assert_eq!(
            url.unwrap().of(&release()),
            "https://main-codfw.codfw.example/k8s"
        );
        let wrong = [
            ("ftp://x", QueryError::NoUrl),
            ("http://", QueryError::NoUrl),
            ("http:///x", QueryError::NoUrl),
            ("http://user@x", QueryError::UnsafeUrl),
            ("http://x?y", QueryError::UnsafeUrl),
            ("http://{datacenter", QueryError::UnpairedBrace),
            ("http://x}", QueryError::UnpairedBrace),
            (
                "http://{service}",
                QueryError::UnknownPlaceholder("service".to_owned(), IN_URLS),
            ),
        ];
        for (text, error) in wrong {
            assert_eq!(UrlPattern::try_from(text.to_owned()), Err(error), "{text}");
        }
    }
}
