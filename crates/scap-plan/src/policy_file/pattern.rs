//! Names with `*` in them.

use crate::error::Located;
use schemars::JsonSchema;
use std::fmt;

/// A name in which each `*` stands for any characters, or none.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, JsonSchema)]
pub struct NamePattern(String);

/// Why a text is no pattern of names.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternNameError {
    #[error("must not contain {0:?}: a pattern is a name, or has `*` for any characters of it")]
    BadCharacter(char),
    #[error("must be written as the word `all`, not in a list")]
    All,
}

/// Which names are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patterns(
    /// None for all.
    pub(super) Option<Vec<Located<NamePattern>>>,
);

impl NamePattern {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the whole of `name` is of this form. It takes no longer than the product of both lengths.
    pub fn matches(&self, name: &str) -> bool {
        let mut parts = self.0.split('*');
        let first = parts.next().unwrap_or_default();
        let Some(mut rest) = name.strip_prefix(first) else {
            return false;
        };
        let Some(last) = parts.next_back() else {
            return rest.is_empty();
        };
        for part in parts {
            // The first place is the best: it leaves the most for what follows.
            let Some(at) = rest.find(part) else {
                return false;
            };
            rest = &rest[at + part.len()..];
        }
        rest.ends_with(last)
    }
}

impl Patterns {
    pub(super) const ALL: Self = Self(None);

    pub fn is_all(&self) -> bool {
        self.0.is_none()
    }

    pub fn matches(&self, name: &str) -> bool {
        let any = |patterns: &Vec<Located<NamePattern>>| {
            patterns.iter().any(|pattern| pattern.value.matches(name))
        };
        self.0.as_ref().is_none_or(any)
    }
}

impl TryFrom<String> for NamePattern {
    type Error = PatternNameError;

    fn try_from(text: String) -> Result<Self, PatternNameError> {
        let is_good = |c: &char| c.is_alphanumeric() || "-_.*".contains(*c);
        match text.chars().find(|c| !is_good(c)) {
            Some(bad) => Err(PatternNameError::BadCharacter(bad)),
            None if text == "all" => Err(PatternNameError::All),
            None => Ok(Self(text)),
        }
    }
}

impl fmt::Display for NamePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
