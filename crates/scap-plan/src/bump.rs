//! A new image tag in a values file or in Hiera: one value changes, every other byte stays.

mod edit;
mod find;
mod key;
mod tag;

#[cfg(test)]
mod tests;

use crate::error::{ConfigError, Source, quoted};
use find::Found;
pub use key::VersionKey;
pub use tag::{Tag, TagError, TagOrderError, newest};

/// A version as it stands in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Mostly a tag; whatever a person wrote.
    pub version: String,
    /// From 1.
    pub line: usize,
}

/// A file's new text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bumped {
    pub text: String,
    /// What stood there before; nothing where the key was added.
    pub previous: Option<String>,
    /// From 1: where the tag stands in the new text.
    pub line: usize,
}

impl VersionKey {
    /// What stands at this key; nothing where the key is not there.
    pub fn standing(&self, source: &Source) -> Result<Option<Standing>, ConfigError> {
        Ok(match find::find(source, self)? {
            Found::Version(scalar) => Some(Standing {
                line: scalar.place.line,
                version: scalar.text,
            }),
            Found::Missing(_) => None,
        })
    }

    /// The text with `tag` at this key, which must be there.
    pub fn bump(&self, source: &Source, tag: &Tag) -> Result<Bumped, ConfigError> {
        match find::find(source, self)? {
            Found::Version(scalar) => edit::replace(source, &scalar, self, tag),
            Found::Missing(missing) => Err(missing
                .place
                .error(
                    &source.file,
                    format!("there is no {}", quoted(&self.to_string())),
                )
                .with_hint(missing.hint(self))),
        }
    }

    /// As [`Self::bump`]; a key that is not there is added.
    pub fn bump_or_add(&self, source: &Source, tag: &Tag) -> Result<Bumped, ConfigError> {
        match find::find(source, self)? {
            Found::Version(scalar) => edit::replace(source, &scalar, self, tag),
            Found::Missing(missing) => edit::add(source, &missing, self, tag),
        }
    }
}
