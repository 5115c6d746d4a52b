//! Addresses of pages where a person sees more, with placeholders for what is meant and for when.

use crate::ReleaseStep;
use crate::query::{QueryError, check_braces, filled};

/// The address of a page that shows what a query finds. A brace of its own is written as `%7B` or `%7D`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkPattern(String);

/// From when to when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkTimes {
    pub from: LinkTime,
    pub to: LinkTime,
}

/// A moment in both forms that such addresses have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkTime {
    /// Since 1970.
    pub milliseconds: i64,
    /// `2026-03-01T10:02:00.000Z`
    pub text: String,
}

const PLACEHOLDERS: &[&str] = &[
    "query",
    "query_json",
    "query_rison",
    "from",
    "to",
    "from_milliseconds",
    "to_milliseconds",
    "environment",
    "datacenter",
];

impl LinkPattern {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The page for a query of a release.
    pub fn of(&self, query: &str, times: &LinkTimes, step: &ReleaseStep) -> String {
        // As texts of JSON and of Rison have them, in which such addresses keep what a page shows.
        let json = serde_json::Value::from(query).to_string();
        let rison = query.replace('!', "!!").replace('\'', "!'");
        let text = times.filled_in(&self.0);
        let names = [
            ("query", encoded(query)),
            ("query_json", encoded(&json[1..json.len() - 1])),
            ("query_rison", encoded(&rison)),
            ("environment", encoded(step.environment.as_str())),
            ("datacenter", encoded(step.datacenter.as_str())),
        ];
        // What is filled in has no braces, so that one cannot stand for another.
        filled(
            &text,
            &names
                .each_ref()
                .map(|(name, value)| (*name, value.as_str())),
        )
    }
}

impl LinkTimes {
    /// The address with these times in it, if it has places for them.
    pub fn filled_in(&self, address: &str) -> String {
        let ends = [&self.from, &self.to];
        let texts = ends.map(|at| encoded(&at.text));
        let numbers = ends.map(|at| at.milliseconds.to_string());
        let names = [
            ("from", texts[0].as_str()),
            ("to", &texts[1]),
            ("from_milliseconds", &numbers[0]),
            ("to_milliseconds", &numbers[1]),
        ];
        filled(address, &names)
    }
}

/// Every byte that means something in an address, or is none of ASCII's, as `%XX`.
fn encoded(text: &str) -> String {
    let encoded = |byte: u8| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            char::from(byte).to_string()
        } else {
            format!("%{byte:02X}")
        }
    };
    text.bytes().map(encoded).collect()
}

impl TryFrom<String> for LinkPattern {
    type Error = QueryError;

    fn try_from(text: String) -> Result<Self, QueryError> {
        check_braces(&text, PLACEHOLDERS)?;
        let scheme = ["https://", "http://"];
        let rest = scheme.into_iter().find_map(|it| text.strip_prefix(it));
        if rest.is_none_or(|rest| rest.is_empty() || rest.starts_with('/')) {
            return Err(QueryError::NoUrl);
        }
        if text.contains(|c: char| c.is_whitespace() || c.is_control()) {
            return Err(QueryError::Blanks);
        }
        Ok(Self(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times() -> LinkTimes {
        let at = |milliseconds, text: &str| LinkTime {
            milliseconds,
            text: text.to_owned(),
        };
        LinkTimes {
            from: at(1_772_359_320_000, "2026-03-01T10:02:00.000Z"),
            to: at(1_772_359_380_500, "2026-03-01T10:03:00.500Z"),
        }
    }

    fn page(pattern: &str, query: &str) -> String {
        let step = serde_json::json!({
            "environment_type": "PRODUCTION", "stage": "CANARY", "environment": "main-codfw", "canonical_environment": "codfw",
            "datacenter": "codfw", "namespace": "shop", "release": "canary", "directory": "services/shop",
        });
        let step: ReleaseStep = serde_json::from_value(step).unwrap();
        let pattern = LinkPattern::try_from(pattern.to_owned()).unwrap();
        pattern.of(query, &times(), &step)
    }

    #[test]
    fn a_page_shows_the_query_as_its_address_wants_it() {
        let cases = [
            (
                "https://prometheus.{datacenter}.example/graph?g0.expr={query}&g0.end_input={to}",
                r#"sum(x{a="b"})"#,
                "https://prometheus.codfw.example/graph?g0.expr=sum%28x%7Ba%3D%22b%22%7D%29\
                 &g0.end_input=2026-03-01T10%3A03%3A00.500Z",
            ),
            (
                "https://grafana.example/explore?panes=%7B%22expr%22:%22{query_json}%22,%22from%22:%22{from_milliseconds}%22%7D",
                r#"x{a="b"} or "c""#,
                "https://grafana.example/explore?panes=%7B%22expr%22:%22x%7Ba%3D%5C%22b%5C%22%7D%20or%20%5C%22c%5C%22%22,%22from%22:%221772359320000%22%7D",
            ),
            (
                "http://logs.example/app/discover#/?_a=(query:'{query_rison}')&_g=(from:'{from}')",
                "level:'ERROR' AND !x {to}",
                "http://logs.example/app/discover#/?_a=(query:'level%3A%21%27ERROR%21%27%20AND%20%21%21x%20%7Bto%7D')\
                 &_g=(from:'2026-03-01T10%3A02%3A00.000Z')",
            ),
        ];
        for (pattern, query, expected) in cases {
            assert_eq!(page(pattern, query), expected);
        }
    }

    #[test]
    fn other_braces_and_what_is_no_address_are_refused() {
        let unknown = QueryError::UnknownPlaceholder("release".to_owned(), PLACEHOLDERS);
        for (text, error) in [
            ("https://x/{release}", unknown),
            ("https://x/{query", QueryError::UnpairedBrace),
            ("javascript:alert({query})", QueryError::NoUrl),
            ("https:///{query}", QueryError::NoUrl),
            ("https://x/ {query}", QueryError::Blanks),
        ] {
            assert_eq!(LinkPattern::try_from(text.to_owned()), Err(error), "{text}");
        }
    }

    #[test]
    fn any_query_makes_one_address() {
        let good = [r#"sum by (pod) (x{a="é"})"#, "level:ERROR AND NOT 'x'"];
        scap_hostile::hostile_text("queries in links", &good, |query| {
            for pattern in ["https://x/?{query}", "https://x/?{query_json}{query_rison}"] {
                let page = page(pattern, query);
                let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._~%:/?".contains(c);
                assert!(page.chars().all(is_plain), "{page}");
            }
        });
    }
}
