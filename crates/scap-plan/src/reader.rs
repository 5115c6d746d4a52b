//! Reads a located tree as a declaration of what is expected: each finding names the thing in its context.
//!
//! A reading function returns `None` after it has recorded why, so that one pass finds everything that is wrong.

mod json;
mod mapping;
mod scalar;

use crate::error::{ConfigError, Located, MOST_FINDINGS, Place, Source, list, quoted, sort};
use crate::located::{self, Node, Value};
pub(crate) use mapping::{Entry, Fields};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt::Display;

/// What was found to be wrong in one file.
struct Findings<'a> {
    file: &'a str,
    errors: RefCell<Vec<ConfigError>>,
}

/// A value, or its absence, in its context.
#[derive(Clone)]
pub(crate) struct Item<'a> {
    findings: &'a Findings<'a>,
    node: Option<&'a Node>,
    /// Where the value stands; for an absent one, where its owner's key does.
    place: Place,
    key_place: Place,
    /// `stage of release canary of environment codfw of …`.
    context: String,
    /// The context of the mapping that it belongs to.
    owner: String,
    /// What follows the names of its entries: ` of service mathoid`; nothing for what the file itself has.
    of_owner: String,
}

/// Reads a whole file with `read`, or says everything that is wrong with it, in the order of the file.
pub(crate) fn read_file<T>(
    source: &Source,
    title: &str,
    read: impl FnOnce(&Item<'_>) -> Option<T>,
) -> Result<T, Vec<ConfigError>> {
    let root = located::parse(source, title).map_err(|error| vec![error])?;
    let findings = Findings {
        file: &source.file,
        errors: RefCell::default(),
    };
    let item = Item {
        findings: &findings,
        node: Some(&root),
        place: root.place,
        key_place: root.place,
        context: title.to_owned(),
        owner: title.to_owned(),
        of_owner: String::new(),
    };
    let value = read(&item);
    let errors = findings.errors.take();
    match value {
        Some(value) if errors.is_empty() => Ok(value),
        _ => Err(sort(errors)),
    }
}

impl<'a> Item<'a> {
    /// Records that the value is wrong: `message` follows its context.
    pub(crate) fn refuse(&self, message: &str) {
        self.refuse_with_hint(message, None);
    }

    pub(crate) fn refuse_with_hint(&self, message: &str, hint: impl Into<Option<String>>) {
        self.record(self.place, format!("{} {message}", self.context), hint);
    }

    /// Records a finding about the key, in words of its own.
    pub(crate) fn report_at_key(&self, message: String) {
        self.record(self.key_place, message, None);
    }

    /// The line where the value begins, from 1.
    pub(crate) fn line(&self) -> usize {
        self.place.line
    }

    pub(crate) fn context(&self) -> &str {
        &self.context
    }

    fn record(&self, place: Place, message: String, hint: impl Into<Option<String>>) {
        let mut errors = self.findings.errors.borrow_mut();
        if errors.len() < MOST_FINDINGS {
            errors.push(place.error(self.findings.file, message).with_hint(hint));
        }
    }

    /// Records that the value is not `expected`, and what it is instead.
    fn refuse_type(&self, expected: &str) {
        let (found, hint) = match self.node.map(|node| &node.value) {
            None => {
                let key = self.context.split(' ').next().unwrap_or_default();
                (
                    ", but is missing".to_owned(),
                    Some(format!("add `{key}:` to {}", self.owner)),
                )
            }
            Some(Value::Null) if expected == A_MAPPING => (
                ", but is empty".to_owned(),
                Some("`{}` is a mapping with nothing in it".to_owned()),
            ),
            Some(Value::Null) => (", but is empty".to_owned(), None),
            Some(Value::Text(text)) if text.is_empty() => (", but is empty".to_owned(), None),
            Some(Value::Text(text)) => (format!(", not {}", quoted(text)), None),
            Some(Value::Bare(text)) if expected == A_STRING => (
                format!(", not {text}"),
                Some(format!(
                    "put it in quotes if it is meant as text: \"{text}\""
                )),
            ),
            Some(Value::Bare(text)) => (format!(", not {text}"), None),
            Some(Value::List(_)) => (", not a list".to_owned(), None),
            Some(Value::Mapping(_)) => (", not a mapping".to_owned(), None),
        };
        self.refuse_with_hint(&format!("must be {expected}{found}"), hint);
    }

    /// A list, each item by `read`.
    pub(crate) fn list<T>(&self, mut read: impl FnMut(&Item<'a>) -> Option<T>) -> Option<Vec<T>> {
        let Some(Value::List(nodes)) = self.node.map(|node| &node.value) else {
            self.refuse_type("a list");
            return None;
        };
        let mut values = Vec::new();
        for (index, node) in nodes.iter().enumerate() {
            let context = format!("entry {} of {}", index + 1, self.context);
            values.extend(read(&self.child(node, node.place, context)));
        }
        (values.len() == nodes.len()).then_some(values)
    }

    /// A list without duplicates.
    pub(crate) fn set<T: Ord + Display>(
        &self,
        read: impl FnMut(&Item<'a>) -> Option<T>,
    ) -> Option<Vec<T>> {
        self.without_duplicates(self.list(read)?)
    }

    /// The `values` that were read from it, if no two are the same.
    pub(crate) fn without_duplicates<T: Ord + Display>(&self, values: Vec<T>) -> Option<Vec<T>> {
        let mut seen = BTreeSet::new();
        let duplicates: BTreeSet<&T> = values.iter().filter(|value| !seen.insert(*value)).collect();
        if duplicates.is_empty() {
            return Some(values);
        }
        self.refuse(&format!("contains duplicate entries: {}", list(duplicates)));
        None
    }

    /// A list with at least one item.
    pub(crate) fn filled_list<T>(
        &self,
        read: impl FnMut(&Item<'a>) -> Option<T>,
    ) -> Option<Vec<T>> {
        let values = self.list(read)?;
        if values.is_empty() {
            self.refuse("must be a list with at least one entry");
            return None;
        }
        Some(values)
    }

    pub(crate) fn located<T>(&self, value: T) -> Located<T> {
        Located {
            value,
            place: self.place,
        }
    }

    pub(crate) fn located_at_key<T>(&self, value: T) -> Located<T> {
        Located {
            value,
            place: self.key_place,
        }
    }

    /// An item of this one.
    fn child(&self, node: &'a Node, key_place: Place, context: String) -> Item<'a> {
        Item {
            findings: self.findings,
            node: Some(node),
            place: node.place,
            key_place,
            owner: context.clone(),
            of_owner: format!(" of {context}"),
            context,
        }
    }
}

const A_STRING: &str = "a non-empty string";
const A_MAPPING: &str = "a mapping";
