//! Image tags, and which of them is the newest.

use crate::error::quoted;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A tag that an image registry takes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Tag(String);

/// Why a text is no tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "an image tag has letters, digits and `_.-` only, 128 at most, and begins with none of `.-`"
)]
pub struct TagError;

/// Why no tag can be called the newest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TagOrderError {
    #[error("{} does not begin with a date, so no tag is newer than it", quoted(.0))]
    Undated(String),
    #[error("{} and {} end differently, so no tag follows both", quoted(.0), quoted(.1))]
    Mixed(String, String),
    #[error("no tag looks like `{DATE}{0}`")]
    None(String),
}

const LONGEST: usize = 128;
const DATE: &str = "YYYY-MM-DD-HHMMSS";

impl TryFrom<String> for Tag {
    type Error = TagError;

    fn try_from(text: String) -> Result<Self, TagError> {
        let known = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
        let is_tag = !text.is_empty()
            && text.len() <= LONGEST
            && text.chars().all(known)
            && !text.starts_with(['.', '-']);
        is_tag.then_some(Self(text)).ok_or(TagError)
    }
}

impl From<Tag> for String {
    fn from(tag: Tag) -> String {
        tag.0
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl Tag {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The newest of `tags` by date, among those that end as the `current` versions do, for example in `-production`.
pub fn newest(
    tags: impl IntoIterator<Item = Tag>,
    current: &[String],
) -> Result<Tag, TagOrderError> {
    let mut suffix: Option<(&str, &String)> = None;
    for version in current {
        let (_, end) = dated(version).ok_or_else(|| TagOrderError::Undated(version.clone()))?;
        match suffix {
            Some((known, first)) if known != end => {
                return Err(TagOrderError::Mixed(first.clone(), version.clone()));
            }
            _ => suffix = Some((end, version)),
        }
    }
    let suffix = suffix.map_or("", |(end, _)| end);
    let alike = |tag: &Tag| dated(tag.as_str()).is_some_and(|(_, end)| end == suffix);
    // The same ending behind dates of the same length: their order is that of the texts.
    tags.into_iter()
        .filter(alike)
        .max()
        .ok_or_else(|| TagOrderError::None(suffix.to_owned()))
}

/// A date and what follows it.
fn dated(version: &str) -> Option<(&str, &str)> {
    let (date, suffix) = version.split_at_checked(DATE.len())?;
    let fits = |(c, pattern): (char, char)| match pattern {
        '-' => c == '-',
        _ => c.is_ascii_digit(),
    };
    date.chars()
        .zip(DATE.chars())
        .all(fits)
        .then_some((date, suffix))
}
