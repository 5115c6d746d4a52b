//! Regular expressions with lookaround, made when a file is read, and bounded in what they may cost.

use fancy_regex::{CompileError, Regex, RegexBuilder};
use std::error::Error;
use std::fmt;

/// A regular expression that is looked for anywhere in a text.
#[derive(Clone)]
pub struct TextPattern(Regex);

/// Why an expression is none, or found neither yes nor no.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TextPatternError {
    #[error("must be a regular expression: {0}")]
    Invalid(String),
    #[error("was given up after {MOST_STEPS} steps")]
    GivenUp,
}

/// Only expressions with lookaround or back references take steps, one for each place of the text at least.
const MOST_STEPS: usize = 4_000_000;
/// What the automaton of an expression may take.
const LARGEST_BYTES: usize = 2 << 20;
const MOST_SAID_CHARACTERS: usize = 160;

impl TextPattern {
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Whether it is somewhere in `text`. As where these files come from, `$` stands before a last line break too.
    pub fn is_in(&self, text: &str) -> Result<bool, TextPatternError> {
        let is_in = |text: &str| {
            let found = self.0.is_match(text);
            found.map_err(|_| TextPatternError::GivenUp)
        };
        if is_in(text)? {
            return Ok(true);
        }
        text.strip_suffix('\n').map_or(Ok(false), is_in)
    }
}

impl TryFrom<String> for TextPattern {
    type Error = TextPatternError;

    fn try_from(text: String) -> Result<Self, TextPatternError> {
        let made = RegexBuilder::new(&text)
            .backtrack_limit(MOST_STEPS)
            .delegate_size_limit(LARGEST_BYTES)
            .delegate_dfa_size_limit(LARGEST_BYTES)
            .build();
        made.map(Self).map_err(|error| {
            let said = match &error {
                fancy_regex::Error::CompileError(why) => match why.as_ref() {
                    CompileError::InnerError(why) => said(why),
                    why => why.to_string(),
                },
                why => said(why),
            };
            TextPatternError::Invalid(said)
        })
    }
}

/// What lies at the bottom, in one line: some causes draw the expression on lines of its own, and say last what is wrong.
fn said(error: &dyn Error) -> String {
    let mut error = error;
    while let Some(cause) = error.source() {
        error = cause;
    }
    let text = error.to_string();
    let last = text.lines().rfind(|line| !line.trim().is_empty());
    let last = last.unwrap_or_default().trim();
    last.chars().take(MOST_SAID_CHARACTERS).collect()
}

impl fmt::Debug for TextPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "/{}/", self.as_str())
    }
}
