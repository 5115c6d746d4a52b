//! Changes a text at one place, and makes sure that nothing else has changed.

use super::find::{Found, Missing, Scalar, find};
use super::{Bumped, Tag, VersionKey};
use crate::error::{ConfigError, Place, Source};
use crate::located::is_text;
use saphyr_parser::{Event, Parser, ScalarStyle};

/// `tag` in place of `scalar`, in the same quotes.
pub(super) fn replace(
    source: &Source,
    scalar: &Scalar,
    key: &VersionKey,
    tag: &Tag,
) -> Result<Bumped, ConfigError> {
    let written = match scalar.style {
        ScalarStyle::SingleQuoted => format!("'{tag}'"),
        ScalarStyle::DoubleQuoted => format!("\"{tag}\""),
        _ => plain(tag),
    };
    let mut text = source.text.clone();
    text.replace_range(scalar.range.clone(), &written);
    let bumped = Bumped {
        text,
        previous: Some(scalar.text.clone()),
        line: scalar.place.line,
    };
    checked(source, scalar.place, (key, tag), bumped)
}

/// The keys that are missing, with `tag` at their end.
pub(super) fn add(
    source: &Source,
    missing: &Missing,
    key: &VersionKey,
    tag: &Tag,
) -> Result<Bumped, ConfigError> {
    let text = &source.text;
    let line_end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    // Below the key that is there, above all that it has; what has no such key comes last.
    let (at, indentation) = match missing.first {
        _ if missing.is_flow => return Err(impossible(source, missing.place)),
        Some(first) if missing.depth > 0 => {
            (line_start(text, missing.place.line + 1), first.column - 1)
        }
        _ => (text.len(), 0),
    };
    let keys = &key.keys()[missing.depth..];
    let mut added = String::new();
    if !text[..at].is_empty() && !text[..at].ends_with('\n') {
        added.push_str(line_end);
    }
    for (level, key) in keys.iter().enumerate() {
        added.push_str(&" ".repeat(indentation + 2 * level));
        added.push_str(key);
        added.push(':');
        if level + 1 == keys.len() {
            added.push(' ');
            added.push_str(&plain(tag));
        }
        added.push_str(line_end);
    }
    let text = [&text[..at], &added, &text[at..]].concat();
    let line = text[..at + added.len()].matches('\n').count();
    let bumped = Bumped {
        text,
        previous: None,
        line,
    };
    checked(source, missing.place, (key, tag), bumped)
}

/// `tag` without quotes, unless something else than text would be read then.
fn plain(tag: &Tag) -> String {
    if is_text(tag.as_str()) {
        tag.to_string()
    } else {
        format!("\"{tag}\"")
    }
}

/// `bumped`, if a reader of the file finds the tag at the key, and all else as it was.
fn checked(
    source: &Source,
    place: Place,
    (key, tag): (&VersionKey, &Tag),
    bumped: Bumped,
) -> Result<Bumped, ConfigError> {
    let new = Source::new(&source.file, &bumped.text);
    let is_there = matches!(find(&new, key), Ok(Found::Version(it)) if it.text == tag.as_str());
    let most = usize::from(bumped.previous.is_some());
    if is_there && changed(&source.text, &bumped.text).is_some_and(|changed| changed <= most) {
        Ok(bumped)
    } else {
        Err(impossible(source, place))
    }
}

/// How much of what a reader of `old` sees is no longer there in `new`.
fn changed(old: &str, new: &str) -> Option<usize> {
    let (old, new) = (events(old)?, events(new)?);
    let before = alike(old.iter().zip(&new));
    let after = alike(old[before..].iter().rev().zip(new[before..].iter().rev()));
    Some(old.len() - before - after)
}

/// What a reader sees; nothing where the text is not YAML.
fn events(text: &str) -> Option<Vec<Event<'_>>> {
    let events = Parser::new_from_str(text).map(|event| Some(event.ok()?.0));
    events.collect()
}

/// How many pairs are alike, from the first on.
fn alike<'a, T: PartialEq + 'a>(pairs: impl Iterator<Item = (&'a T, &'a T)>) -> usize {
    pairs.take_while(|(old, new)| old == new).count()
}

fn impossible(source: &Source, place: Place) -> ConfigError {
    let message = "the tag cannot be written without changing what stands beside it";
    let error = place.error(&source.file, message);
    error.with_hint("write it there by hand".to_owned())
}

/// The byte at which a line, from 1, begins.
fn line_start(text: &str, line: usize) -> usize {
    text.split_inclusive('\n')
        .take(line - 1)
        .map(str::len)
        .sum()
}
