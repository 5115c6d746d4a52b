//! What must come back.

use super::TextPattern;
use super::header::{self, HeaderName};
use crate::reader::{Fields, Item};

/// One thing that an answer must be.
#[derive(Debug, Clone)]
pub struct Assertion {
    /// Where it stands in its file, from 1.
    pub line: usize,
    pub expected: Expected,
}

/// What must come back.
#[derive(Debug, Clone)]
pub enum Expected {
    /// One of them.
    Status(Vec<u16>),
    /// The whole value; of a header that comes more than once, all values with `, ` between them.
    Header {
        name: String,
        value: String,
    },
    HeaderMatches {
        name: String,
        pattern: TextPattern,
    },
    HeaderAbsent {
        name: String,
    },
    BodyContains(String),
    BodyMatches(TextPattern),
}

pub(super) fn read(fields: &Fields<'_>) -> Option<Vec<Assertion>> {
    let kinds: [(&str, Read); 6] = [
        ("assert_status", status),
        ("assert_headers", headers),
        ("assert_headers_regex", headers_regex),
        ("assert_headers_absent", headers_absent),
        ("assert_body_contains", body_contains),
        ("assert_body_regex", body_regex),
    ];
    let read = kinds.map(|(key, read)| fields.or(key, Vec::new(), |item| read(item)));
    let read: Option<Vec<Vec<Assertion>>> = read.into_iter().collect();
    Some(read?.concat())
}

type Read = fn(&Item<'_>) -> Option<Vec<Assertion>>;

fn status(item: &Item<'_>) -> Option<Vec<Assertion>> {
    let status = item.one_or_more(|item| item.whole(100..=599))?;
    Some(vec![here(item, Expected::Status(status))])
}

fn headers(item: &Item<'_>) -> Option<Vec<Assertion>> {
    let headers = header::each(item, |item| Some((item.line(), header::value(item)?)))?;
    let assertion = |(name, (line, value))| Assertion {
        line,
        expected: Expected::Header { name, value },
    };
    Some(headers.into_iter().map(assertion).collect())
}

fn headers_regex(item: &Item<'_>) -> Option<Vec<Assertion>> {
    let headers = header::each(item, |item| Some((item.line(), pattern(item)?)))?;
    let assertion = |(name, (line, pattern))| Assertion {
        line,
        expected: Expected::HeaderMatches { name, pattern },
    };
    Some(headers.into_iter().map(assertion).collect())
}

fn headers_absent(item: &Item<'_>) -> Option<Vec<Assertion>> {
    item.filled_list(|item| {
        let HeaderName(name) = item.parsed()?;
        Some(here(item, Expected::HeaderAbsent { name }))
    })
}

fn body_contains(item: &Item<'_>) -> Option<Vec<Assertion>> {
    item.one_or_more(|item| Some(here(item, Expected::BodyContains(something(item)?))))
}

fn body_regex(item: &Item<'_>) -> Option<Vec<Assertion>> {
    item.one_or_more(|item| Some(here(item, Expected::BodyMatches(pattern(item)?))))
}

fn here(item: &Item<'_>, expected: Expected) -> Assertion {
    Assertion {
        line: item.line(),
        expected,
    }
}

/// A text that is not found everywhere.
fn something(item: &Item<'_>) -> Option<String> {
    let text = item.written()?;
    if text.is_empty() {
        item.refuse("must not be empty: that is found everywhere");
    }
    (!text.is_empty()).then(|| text.to_owned())
}

fn pattern(item: &Item<'_>) -> Option<TextPattern> {
    let pattern = TextPattern::try_from(something(item)?);
    pattern
        .map_err(|error| item.refuse(&error.to_string()))
        .ok()
}
