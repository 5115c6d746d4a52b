//! Errors as they were logged: what a person wants to see of a kind.

use crate::UnixMillis;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

const LONGEST_CHARACTERS: usize = 300;

/// One error of a kind. Whoever takes it in masks it first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ErrorExample {
    pub signature: String,
    pub instance: String,
    /// As the line says; counters know no times.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<UnixMillis>,
    /// The beginning of the message, or the labels of the counter.
    pub text: String,
}

/// Which examples are looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WantedExamples {
    /// One of each is enough.
    pub signatures: Vec<String>,
    pub from: UnixMillis,
    pub to: UnixMillis,
}

impl ErrorExample {
    /// Keeps the beginning of `text`, in one line: what would move a cursor stands there as text.
    pub fn new(
        signature: impl Into<String>,
        instance: impl Into<String>,
        at: Option<UnixMillis>,
        text: &str,
    ) -> Self {
        let mut kept = String::new();
        for c in text.trim().chars().take(LONGEST_CHARACTERS) {
            if c.is_control() {
                kept.extend(c.escape_default());
            } else {
                kept.push(c);
            }
        }
        let text = kept.chars().take(LONGEST_CHARACTERS).collect();
        let (signature, instance) = (signature.into(), instance.into());
        Self {
            signature,
            instance,
            at,
            text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_example_is_the_beginning_in_one_line() {
        let cases = [
            (" cart is null\n", "cart is null".to_owned()),
            (
                "a\n\tb \u{1b}[31mred\u{9b}2J",
                r"a\n\tb \u{1b}[31mred\u{9b}2J".to_owned(),
            ),
            (&"é".repeat(10_000), "é".repeat(300)),
            (&".\n".repeat(1_000), r".\n".repeat(100)),
        ];
        for (text, expected) in cases {
            let example = ErrorExample::new("Boom", "web1", None, text);
            assert_eq!(example.text, expected);
        }
    }
}
