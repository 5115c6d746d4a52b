//! Finds the version in a YAML text, by its bytes.

use super::VersionKey;
use crate::error::{ConfigError, Place, Source, did_you_mean, quoted};
use saphyr_parser::{Event, Parser, ScalarStyle, Span};
use std::ops::Range;

/// What stands at a key.
pub(super) enum Found {
    Version(Scalar),
    Missing(Missing),
}

/// A value in one line.
pub(super) struct Scalar {
    /// Without quotes.
    pub(super) text: String,
    pub(super) style: ScalarStyle,
    pub(super) place: Place,
    /// In bytes, its quotes included.
    pub(super) range: Range<usize>,
}

/// How far the keys lead.
pub(super) struct Missing {
    /// How many of the keys are there.
    pub(super) depth: usize,
    /// Of the last one that is there.
    pub(super) place: Place,
    /// What stands beside the first one that is not there.
    pub(super) siblings: Vec<String>,
    /// Where the first of them begins.
    pub(super) first: Option<Place>,
    /// Whether they stand in braces.
    pub(super) is_flow: bool,
}

/// A list or mapping whose end has not been seen yet.
struct Open {
    is_mapping: bool,
    /// How many keys lead here, if it is on the way.
    depth: Option<usize>,
    /// The key that was read and whose value comes next.
    key: Option<Key>,
    /// Where the next key of the way stands.
    seen: Option<Place>,
}

enum Key {
    OnTheWay(Place),
    Other,
}

const TEMPLATE: &str = "is a template, in which a tag cannot be changed";

struct Walk<'a> {
    source: &'a Source,
    keys: &'a [String],
    open: Vec<Open>,
    documents: usize,
    version: Option<Scalar>,
    missing: Missing,
}

pub(super) fn find(source: &Source, key: &VersionKey) -> Result<Found, ConfigError> {
    let mut walk = Walk {
        source,
        keys: key.keys(),
        open: Vec::new(),
        documents: 0,
        version: None,
        missing: Missing::at(0, Place::START),
    };
    for event in Parser::new_from_str(&source.text) {
        let (event, span) = event.map_err(|error| not_yaml(source, &error))?;
        walk.take(event, span)?;
    }
    Ok(match walk.version {
        Some(scalar) => Found::Version(scalar),
        None => Found::Missing(walk.missing),
    })
}

fn not_yaml(source: &Source, error: &saphyr_parser::ScanError) -> ConfigError {
    let found = place(error.marker());
    let error = found.error(&source.file, format!("it is not YAML: {}", error.info()));
    error.with_hint("a tag is changed in plain YAML only, never in a template".to_owned())
}

fn place(marker: &saphyr_parser::Marker) -> Place {
    Place {
        line: marker.line().max(1),
        column: marker.col() + 1,
    }
}

impl Walk<'_> {
    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), ConfigError> {
        match event {
            Event::DocumentStart(_) => {
                self.documents += 1;
                if self.documents > 1 {
                    return Err(self.refuse(&span, "must be one YAML document, not several"));
                }
            }
            Event::SequenceEnd | Event::MappingEnd => {
                self.open.pop();
            }
            Event::Scalar(text, style, anchor, _) => {
                if self.is_key() {
                    self.key(&text, &span)?;
                } else if let Some(depth) = self.arrive() {
                    self.value(depth, (text.into_owned(), style), anchor, &span)?;
                }
            }
            Event::SequenceStart(anchor, _) => self.begin(false, anchor, &span)?,
            Event::MappingStart(anchor, _) => self.begin(true, anchor, &span)?,
            Event::Alias(_) => {
                if self.is_key() {
                    self.set_key(Key::Other);
                } else if self.arrive().is_some() {
                    let message = "must not be an alias, which repeats what stands elsewhere";
                    return Err(self.refuse(&span, &self.about(message)));
                }
            }
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
        }
        Ok(())
    }

    /// Whether what comes is the key of a mapping.
    fn is_key(&self) -> bool {
        let open = self.open.last();
        open.is_some_and(|open| open.is_mapping && open.key.is_none())
    }

    fn set_key(&mut self, key: Key) {
        if let Some(open) = self.open.last_mut() {
            open.key = Some(key);
        }
    }

    fn key(&mut self, text: &str, span: &Span) -> Result<(), ConfigError> {
        let found = place(&span.start);
        let depth = self.open.last().and_then(|open| open.depth);
        let Some(depth) = depth else {
            self.set_key(Key::Other);
            return Ok(());
        };
        if depth == self.missing.depth {
            self.missing.first.get_or_insert(found);
            self.missing.siblings.push(text.to_owned());
        }
        if self.keys.get(depth).is_none_or(|key| key != text) {
            self.set_key(Key::Other);
            return Ok(());
        }
        self.set_key(Key::OnTheWay(found));
        let seen = self
            .open
            .last_mut()
            .and_then(|open| open.seen.replace(found));
        seen.map_or(Ok(()), |Place { line, column }| {
            let message = format!(
                "key {} is at line {line}, column {column} already",
                quoted(text)
            );
            let error = found.error(&self.source.file, message);
            Err(error.with_hint("keep one of the two".to_owned()))
        })
    }

    /// How many keys lead to the value that comes, if it is on the way.
    fn arrive(&mut self) -> Option<usize> {
        let Some(open) = self.open.last_mut() else {
            return Some(0);
        };
        match open.key.take() {
            Some(Key::OnTheWay(found)) => {
                let depth = open.depth? + 1;
                self.missing = Missing::at(depth, found);
                Some(depth)
            }
            _ => None,
        }
    }

    fn value(
        &mut self,
        depth: usize,
        (text, style): (String, ScalarStyle),
        anchor: usize,
        span: &Span,
    ) -> Result<(), ConfigError> {
        self.refuse_anchor(anchor, span)?;
        let is_empty = style == ScalarStyle::Plain && span.is_empty();
        if depth < self.keys.len() {
            // Nothing at all, as below a key without a value, is no mapping, but holds nothing else.
            self.missing.is_flow = true;
            let message = self.about("must be a mapping");
            return if is_empty || depth == 0 {
                Ok(())
            } else {
                Err(self.refuse(span, &message))
            };
        }
        let range = self.literal(&text, style, span);
        let problem = if is_empty {
            "has no value"
        } else if text.contains("{{") {
            TEMPLATE
        } else if let Some(range) = range {
            self.version = Some(Scalar {
                text,
                style,
                place: place(&span.start),
                range,
            });
            return Ok(());
        } else {
            "must stand in one line, without escapes and tags"
        };
        Err(self.refuse(span, &self.about(problem)))
    }

    /// Where a value stands with its quotes, if it is written as it is read.
    fn literal(&self, text: &str, style: ScalarStyle, span: &Span) -> Option<Range<usize>> {
        let quote = match style {
            ScalarStyle::Plain => "",
            ScalarStyle::SingleQuoted => "'",
            ScalarStyle::DoubleQuoted => "\"",
            ScalarStyle::Literal | ScalarStyle::Folded => return None,
        };
        // The parser counts characters, and what follows a quoted value as part of it.
        let start = byte(&self.source.text, span.start.index());
        let literal = format!("{quote}{text}{quote}");
        let is_there = self.source.text[start..].starts_with(&literal);
        is_there.then_some(start..start + literal.len())
    }

    fn begin(&mut self, is_mapping: bool, anchor: usize, span: &Span) -> Result<(), ConfigError> {
        let depth = if self.is_key() {
            self.set_key(Key::Other);
            None
        } else {
            self.arrive()
        };
        if let Some(depth) = depth {
            self.refuse_anchor(anchor, span)?;
            if depth == self.keys.len() {
                let start = byte(&self.source.text, span.start.index());
                let message = if self.source.text[start..].starts_with("{{") {
                    TEMPLATE
                } else {
                    "must be a tag, not a mapping or a list"
                };
                return Err(self.refuse(span, &self.about(message)));
            }
            if !is_mapping {
                return Err(self.refuse(span, &self.about("must be a mapping, not a list")));
            }
            let start = byte(&self.source.text, span.start.index());
            self.missing.is_flow = self.source.text[start..].starts_with('{');
        }
        self.open.push(Open {
            is_mapping,
            depth,
            key: None,
            seen: None,
        });
        Ok(())
    }

    fn refuse_anchor(&self, anchor: usize, span: &Span) -> Result<(), ConfigError> {
        if anchor == 0 {
            return Ok(());
        }
        let message = self.about("must have no anchor, by which other places repeat it");
        Err(self.refuse(span, &message))
    }

    /// A sentence about what the keys lead to so far.
    fn about(&self, predicate: &str) -> String {
        match &self.keys[..self.missing.depth] {
            [] => format!("the file {predicate}"),
            keys => format!("{} {predicate}", keys.join(".")),
        }
    }

    fn refuse(&self, span: &Span, message: &str) -> ConfigError {
        let error = place(&span.start).error(&self.source.file, message);
        error.with_hint("write the tag there by hand, as plain text in one line".to_owned())
    }
}

impl Missing {
    fn at(depth: usize, place: Place) -> Self {
        Self {
            depth,
            place,
            siblings: Vec::new(),
            first: None,
            is_flow: false,
        }
    }

    /// What may have been meant.
    pub(super) fn hint(&self, key: &VersionKey) -> Option<String> {
        let wanted = key.keys().get(self.depth)?;
        did_you_mean(wanted, &self.siblings)
    }
}

/// The byte at which the character `index` begins.
fn byte(text: &str, index: usize) -> usize {
    let found = text.char_indices().nth(index);
    found.map_or(text.len(), |(byte, _)| byte)
}
