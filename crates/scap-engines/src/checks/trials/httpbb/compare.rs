//! Everything in an answer that is not as its request expects.

use std::thread;

use http::HeaderMap;
use scap_plan::{Assertion, Expected, HttpbbRequest, Period, TextPattern};
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::answer::Answer;
use super::{Deviation, encoding};
use crate::secrets::KnownSecrets;

/// What is shown of a value or a body.
const SHOWN_CHARACTERS: usize = 160;

/// Nothing is known yet after `patience`: an expression that looks around may take minutes for a long body, on a thread of
/// its own, which no host waits for.
pub(super) async fn mismatches(
    request: &HttpbbRequest,
    answer: Answer,
    (secrets, patience): (&KnownSecrets, Period),
) -> Vec<Deviation> {
    let assertions = &request.assertions;
    let is_search = |it: &Assertion| matches!(it.expected, Expected::BodyMatches(_));
    if !assertions.iter().any(is_search) {
        return compare(assertions, &answer, secrets);
    }
    let (send, compared) = oneshot::channel();
    let (assertions, secrets) = (assertions.clone(), secrets.clone());
    thread::spawn(move || send.send(compare(&assertions, &answer, &secrets)));
    match timeout(patience.duration(), compared).await {
        Ok(deviations) => deviations.expect("comparing does not panic"),
        Err(_) => vec![Deviation {
            line: request.line,
            expected: "expressions that are found, or are not".to_owned(),
            found: format!("no end of looking for them within {patience}"),
        }],
    }
}

fn compare(assertions: &[Assertion], answer: &Answer, secrets: &KnownSecrets) -> Vec<Deviation> {
    let is_about_body = |it: &Assertion| {
        matches!(
            it.expected,
            Expected::BodyContains(_) | Expected::BodyMatches(_)
        )
    };
    let body = if assertions.iter().any(is_about_body) {
        encoding::text(answer)
    } else {
        Ok(String::new())
    };
    let shown = Shown(secrets);
    let found = assertions.iter().filter_map(|assertion| {
        let found = found(&assertion.expected, answer, body.as_deref(), &shown)?;
        Some(Deviation {
            line: assertion.line,
            expected: shown.expected(&assertion.expected),
            found,
        })
    });
    found.collect()
}

/// What came instead; none when it is as expected.
fn found(
    expected: &Expected,
    answer: &Answer,
    body: Result<&str, &String>,
    shown: &Shown<'_>,
) -> Option<String> {
    let header = |name: &str| value(&answer.headers, name);
    let is_right = match expected {
        Expected::Status(status) => Ok(status.contains(&answer.status)),
        Expected::Header { name, value } => Ok(header(name).as_ref() == Some(value)),
        Expected::HeaderMatches { name, pattern } => {
            header(name).map_or(Ok(false), |value| pattern.is_in(&value))
        }
        Expected::HeaderAbsent { name } => Ok(header(name).is_none()),
        Expected::BodyContains(text) => Ok(body.is_ok_and(|body| body.contains(text.as_str()))),
        Expected::BodyMatches(pattern) => body.map_or(Ok(false), |body| pattern.is_in(body)),
    };
    match is_right {
        Ok(true) => None,
        Ok(false) => Some(shown.found(expected, answer, body)),
        Err(error) => Some(format!("no end of looking for it: it {error}")),
    }
}

/// All values of a header, as one.
fn value(headers: &HeaderMap, name: &str) -> Option<String> {
    let values = headers.get_all(name).into_iter();
    let values: Vec<_> = values
        .map(|value| String::from_utf8_lossy(value.as_bytes()))
        .collect();
    (!values.is_empty()).then(|| values.join(", "))
}

/// How things are said to people, who see no secrets.
struct Shown<'a>(&'a KnownSecrets);

impl Shown<'_> {
    fn expected(&self, expected: &Expected) -> String {
        let pattern = |pattern: &TextPattern| self.beginning(&format!("/{}/", pattern.as_str()));
        match expected {
            Expected::Status(status) => {
                let status: Vec<String> = status.iter().map(u16::to_string).collect();
                format!("status {}", status.join(" or "))
            }
            Expected::Header { name, value } => {
                format!("header {name}: {}", self.quoted(value))
            }
            Expected::HeaderMatches { name, pattern: it } => {
                format!("header {name} that matches {}", pattern(it))
            }
            Expected::HeaderAbsent { name } => format!("no header {name}"),
            Expected::BodyContains(text) => format!("a body with {}", self.quoted(text)),
            Expected::BodyMatches(it) => format!("a body that matches {}", pattern(it)),
        }
    }

    fn found(&self, expected: &Expected, answer: &Answer, body: Result<&str, &String>) -> String {
        match expected {
            Expected::Status(_) => format!("status {}", answer.status),
            Expected::Header { name, .. }
            | Expected::HeaderMatches { name, .. }
            | Expected::HeaderAbsent { name } => match value(&answer.headers, name) {
                Some(value) => format!("header {name}: {}", self.quoted(&value)),
                None => format!("no header {name}"),
            },
            Expected::BodyContains(_) | Expected::BodyMatches(_) => match body {
                Ok("") => "an empty body".to_owned(),
                Ok(body) => format!("{} bytes that begin {}", body.len(), self.quoted(body)),
                Err(why) => why.clone(),
            },
        }
    }

    fn quoted(&self, text: &str) -> String {
        format!("{:?}", self.beginning(text))
    }

    /// Masked before it is cut: a part of a secret would not be known again.
    fn beginning(&self, text: &str) -> String {
        let text = self.0.mask(text);
        match text.char_indices().nth(SHOWN_CHARACTERS) {
            Some((end, _)) => format!("{}…", &text[..end]),
            None => text.into_owned(),
        }
    }
}
