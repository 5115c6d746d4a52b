//! What is hidden, compiled once and used by many streams.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use aho_corasick::BuildError;
use thiserror::Error;

use crate::matcher::{Label, Matcher};
use crate::secrets::{Class, Secrets};
use crate::shape;
use crate::spelling::{spellings, texts};
use crate::stream::Stream;

#[derive(Debug, Error)]
pub enum MaskError {
    #[error("cannot look for {values} values at once, they are too long")]
    TooLarge {
        values: usize,
        source: Box<BuildError>,
    },
}

/// Hides known values in every usual spelling, and secrets that are known by their form; cheap to clone.
///
/// Where a value stood is `[masked: LABEL]`, whatever its length; colours that were switched on or off inside of it
/// are kept. All else is kept byte by byte.
#[derive(Clone)]
pub struct Mask {
    tables: Arc<Tables>,
}

struct Tables {
    matcher: Matcher,
    replacements: Vec<String>,
}

impl Mask {
    /// Hides what `secrets` has of these `classes`.
    pub fn new(secrets: &Secrets, classes: &[Class]) -> Result<Self, MaskError> {
        let known = || {
            secrets
                .known()
                .iter()
                .filter(|it| classes.contains(&it.class))
        };
        let mut names: Vec<&str> = shape::NAMES.to_vec();
        let mut labels: HashMap<&str, Label> = HashMap::new();
        let mut label_of = |name| {
            *labels.entry(name).or_insert_with(|| {
                names.push(name);
                Label::try_from(names.len() - 1).expect("there is memory for fewer labels")
            })
        };
        let spelled = known().flat_map(|it| {
            let label = label_of(it.label.as_str());
            spellings(&it.value)
                .into_iter()
                .map(move |text| (text, label))
        });
        let matcher = Matcher::new(spelled).map_err(|source| MaskError::TooLarge {
            values: known().count(),
            source: Box::new(source),
        })?;
        let replacements = names.iter().map(|name| replacement(name, &matcher));
        let replacements = replacements.collect();
        let tables = Arc::new(Tables {
            matcher,
            replacements,
        });
        Ok(Self { tables })
    }

    /// The text that a viewer may see of a whole `text`.
    pub fn mask<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let mut stream = Stream::new(self.clone());
        let mut seen = stream.push(text.as_bytes());
        seen.extend(stream.finish());
        if seen == text.as_bytes() {
            return Cow::Borrowed(text);
        }
        // A value that is no text may end inside of a character.
        let seen = String::from_utf8(seen);
        Cow::Owned(
            seen.unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()),
        )
    }

    pub(crate) fn matcher(&self) -> &Matcher {
        &self.tables.matcher
    }

    pub(crate) fn replacement(&self, label: Label) -> &str {
        let position = usize::try_from(label).expect("labels are positions");
        &self.tables.replacements[position]
    }
}

/// What is shown for a label; one that says a value itself is not.
fn replacement(name: &str, matcher: &Matcher) -> String {
    let text = format!("[masked: {name}]");
    let spelled = texts(text.as_bytes());
    let is_secret = spelled.iter().any(|text| {
        let mut beginnings = matcher.look(text);
        beginnings.any(|(_, beginning)| beginning.found.is_some())
    });
    if is_secret {
        "[masked]".to_owned()
    } else {
        text
    }
}
