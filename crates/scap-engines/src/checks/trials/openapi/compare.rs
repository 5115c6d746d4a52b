//! What an answer has otherwise than an example expects.

use std::str::from_utf8;

use http::HeaderMap;
use regex::Regex;
use serde_json::Value;

use super::spec::{Body, Expected, Wanted};
use crate::checks::http::Answer;
use crate::secrets::KnownSecrets;

const SHOWN_CHARACTERS: usize = 120;

/// What was found so far.
struct Comparison<'a> {
    /// What is not shown of what came.
    secrets: &'a KnownSecrets,
    differences: Vec<String>,
}

/// Nothing where the answer is as it should be.
pub(super) fn differences(
    expected: &Expected,
    (answer, headers): &(Answer, HeaderMap),
    secrets: &KnownSecrets,
) -> Vec<String> {
    let mut comparison = Comparison {
        secrets,
        differences: Vec::new(),
    };
    if answer.status != expected.status {
        let (came, wanted) = (answer.status, expected.status);
        comparison.say(format!("status {came}, not {wanted}"));
    }
    comparison.headers(expected, headers);
    match &expected.body {
        None => {}
        Some(Body::Text(wanted)) => {
            let came = String::from_utf8_lossy(&answer.body);
            if !wanted.is_met_by(&came) {
                let came = comparison.shown(&came);
                comparison.say(format!("body is {came:?}, not {wanted}"));
            }
        }
        Some(Body::Json(wanted)) => comparison.json(wanted, &answer.body),
    }
    comparison.differences
}

impl Comparison<'_> {
    fn say(&mut self, difference: String) {
        self.differences.push(difference);
    }

    /// How it begins; a secret that was cut would not be known again.
    fn shown(&self, came: &str) -> String {
        beginning(&self.secrets.mask(came))
    }

    fn headers(&mut self, expected: &Expected, headers: &HeaderMap) {
        for (name, wanted) in &expected.headers {
            let values = headers.get_all(name).iter();
            let values: Vec<&str> = values.filter_map(|value| value.to_str().ok()).collect();
            let came = values.join(", ");
            if values.is_empty() {
                self.say(format!("no header {name}"));
            } else if !wanted.is_met_by_header(&came) {
                let came = self.shown(&came);
                self.say(format!("header {name} is {came:?}, not {wanted}"));
            }
        }
    }

    fn json(&mut self, wanted: &Value, body: &[u8]) {
        let came = from_utf8(body).ok();
        let came = came.and_then(|text| serde_json::from_str::<Value>(text).ok());
        if let Some(came) = came {
            self.contained("body", wanted, &came);
        } else {
            let came = self.shown(&String::from_utf8_lossy(body));
            self.say(format!("body is no JSON: {came:?}"));
        }
    }

    /// Each key that is wanted must be there, and each place of a list; the answer may have more of either.
    fn contained(&mut self, at: &str, wanted: &Value, came: &Value) {
        match (wanted, came) {
            (Value::Object(wanted), Value::Object(came)) => {
                for (key, wanted) in wanted {
                    self.part(&format!("{at}.{key}"), wanted, came.get(key));
                }
            }
            (Value::Array(wanted), Value::Array(came)) => {
                for (index, wanted) in wanted.iter().enumerate() {
                    self.part(&format!("{at}[{index}]"), wanted, came.get(index));
                }
            }
            (Value::String(text), came) if is_met(text, came) => {}
            (Value::Number(wanted), Value::Number(came)) if wanted.as_f64() == came.as_f64() => {}
            (wanted, came) if wanted == came => {}
            (wanted, came) => {
                let wanted = match wanted {
                    Value::String(text) if text.starts_with('/') => beginning(text),
                    wanted => beginning(&wanted.to_string()),
                };
                let came = self.shown(&came.to_string());
                self.say(format!("{at} is {came}, not {wanted}"));
            }
        }
    }

    fn part(&mut self, at: &str, wanted: &Value, came: Option<&Value>) {
        match came {
            Some(came) => self.contained(at, wanted, came),
            None => self.say(format!("{at} is missing")),
        }
    }
}

fn is_met(text: &str, came: &Value) -> bool {
    match (Wanted::new(text), came) {
        (Ok(wanted), Value::String(came)) => wanted.is_met_by(came),
        // A pattern may say of a number what it looks like.
        (Ok(Wanted::Pattern(pattern)), Value::Number(came)) => pattern.is_match(&came.to_string()),
        _ => false,
    }
}

fn beginning(text: &str) -> String {
    let mut shown: String = text.chars().take(SHOWN_CHARACTERS).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}

impl Wanted {
    /// Text, or a regular expression between slashes that must be found.
    pub(super) fn new(text: &str) -> Result<Self, regex::Error> {
        let inner = text
            .strip_prefix('/')
            .and_then(|text| text.strip_suffix('/'));
        match inner.filter(|inner| !inner.is_empty()) {
            Some(pattern) => Ok(Self::Pattern(Regex::new(pattern)?)),
            None => Ok(Self::Text(text.to_owned())),
        }
    }

    fn is_met_by(&self, came: &str) -> bool {
        match self {
            Self::Text(text) => came == text,
            Self::Pattern(pattern) => pattern.is_match(came),
        }
    }

    /// A value without parameters says nothing of those that come.
    fn is_met_by_header(&self, came: &str) -> bool {
        let bare = came.split(';').next().unwrap_or_default().trim();
        self.is_met_by(came)
            || matches!(self, Self::Text(text) if !text.contains(';') && text == bare)
    }
}

impl std::fmt::Display for Wanted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text(text) => write!(f, "{:?}", beginning(text)),
            Self::Pattern(pattern) => write!(f, "/{}/", beginning(pattern.as_str())),
        }
    }
}
