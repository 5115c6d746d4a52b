//! Mappings: those with keys that are known beforehand, and those whose keys are names.

use super::{A_MAPPING, A_STRING, Item};
use crate::error::{Place, did_you_mean, list, quoted, short};
use crate::located::{Node, Value};
use std::collections::BTreeMap;
use std::fmt::Display;

/// A mapping with keys that are known beforehand.
pub(crate) struct Fields<'a> {
    item: Item<'a>,
    values: Vec<Key<'a>>,
}

pub(super) struct Key<'a> {
    pub(super) text: &'a str,
    pub(super) place: Place,
    pub(super) node: &'a Node,
}

/// An entry of a mapping whose keys are names.
pub(crate) struct Entry<'a, T> {
    pub(crate) name: T,
    pub(crate) item: Item<'a>,
}

impl<'a> Item<'a> {
    /// A mapping that may have the `expected` keys and no others.
    pub(crate) fn fields(&self, expected: &[&'static str]) -> Option<Fields<'a>> {
        let fields = self.open_fields()?;
        fields.expect(expected);
        Some(fields)
    }

    /// A mapping that may have any keys.
    pub(crate) fn open_fields(&self) -> Option<Fields<'a>> {
        Some(Fields {
            item: self.clone(),
            values: self.keys()?,
        })
    }

    /// A mapping with at least one entry, whose keys are the names of `kind` (in the plural: `kinds`), in order.
    pub(crate) fn each<T, U>(
        &self,
        (kind, kinds): (&str, &str),
        mut read: impl FnMut(Entry<'a, T>) -> Option<U>,
    ) -> Option<Vec<U>>
    where
        T: TryFrom<String>,
        T::Error: Display,
    {
        if self.node.is_none_or(|node| node.value == Value::Null) || self.is_empty_mapping() {
            self.record(
                self.place,
                format!("{} defines no {kinds}", self.owner),
                None,
            );
            return None;
        }
        let mut values = Vec::new();
        let keys = self.keys()?;
        let wanted = keys.len();
        for Key { text, place, node } in keys {
            let item = self.child(
                node,
                place,
                format!("{kind} {}{}", short(text), self.of_owner),
            );
            match T::try_from(text.to_owned()) {
                Ok(name) => values.extend(read(Entry { name, item })),
                Err(error) => self.record(place, format!("{} {error}", item.context), None),
            }
        }
        (values.len() == wanted).then_some(values)
    }

    pub(crate) fn is_empty_mapping(&self) -> bool {
        matches!(self.node.map(|node| &node.value), Some(Value::Mapping(pairs)) if pairs.is_empty())
    }

    /// Its keys in order; of a key that stands twice, the first.
    pub(super) fn keys(&self) -> Option<Vec<Key<'a>>> {
        let Some(Value::Mapping(pairs)) = self.node.map(|node| &node.value) else {
            self.refuse_type(A_MAPPING);
            return None;
        };
        let mut keys: BTreeMap<&str, Place> = BTreeMap::new();
        let mut first = Vec::new();
        for (key, node) in pairs {
            match &key.value {
                Value::Text(text) if !text.is_empty() => match keys.insert(text, key.place) {
                    Some(place) => self.refuse_duplicate(key.place, text, place),
                    None => first.push(Key {
                        text,
                        place: key.place,
                        node,
                    }),
                },
                _ => self
                    .child(key, key.place, format!("key of {}", self.context))
                    .refuse_type(A_STRING),
            }
        }
        Some(first)
    }

    fn refuse_duplicate(&self, place: Place, text: &str, earlier: Place) {
        let Place { line, column } = earlier;
        let message = format!(
            "{} contains duplicate entries: {} is at line {line}, column {column} already",
            self.context,
            quoted(text)
        );
        self.record(place, message, "keep one of the two".to_owned());
    }
}

impl<'a> Fields<'a> {
    /// Refuses all keys but the `expected` ones.
    pub(crate) fn expect(&self, expected: &[&'static str]) {
        let unexpected: Vec<_> = self
            .values
            .iter()
            .filter(|key| !expected.contains(&key.text))
            .collect();
        if let Some(first) = unexpected.first() {
            let keys = list(unexpected.iter().map(|key| short(key.text)));
            let expected_keys = list(expected);
            self.item.record(
                first.place,
                format!(
                    "{} has unexpected key(s): {keys} (expected: {expected_keys})",
                    self.item.context
                ),
                did_you_mean(first.text, expected),
            );
        }
    }

    fn key(&self, key: &str) -> Option<&Key<'a>> {
        self.values.iter().find(|known| known.text == key)
    }

    pub(crate) fn has(&self, key: &str) -> bool {
        self.key(key).is_some()
    }

    /// The value of `key`, there or not: what reads it says that it is missing.
    pub(crate) fn required(&self, key: &str) -> Item<'a> {
        let found = self.key(key);
        let owner = &self.item;
        Item {
            findings: owner.findings,
            node: found.map(|key| key.node),
            place: found.map_or(owner.key_place, |key| key.node.place),
            key_place: found.map_or(owner.key_place, |key| key.place),
            context: format!("{key} of {}", owner.context),
            owner: owner.context.clone(),
            of_owner: owner.of_owner.clone(),
        }
    }

    /// The value of `key` if it is there. The outer `None` is a refusal, the inner one absence.
    #[expect(
        clippy::option_option,
        reason = "a refusal and an absence are two things"
    )]
    pub(crate) fn optional<T>(
        &self,
        key: &str,
        read: impl FnOnce(&Item<'a>) -> Option<T>,
    ) -> Option<Option<T>> {
        if self.has(key) {
            read(&self.required(key)).map(Some)
        } else {
            Some(None)
        }
    }

    /// The value of `key`, or `default` if it is not there.
    pub(crate) fn or<T>(
        &self,
        key: &str,
        default: T,
        read: impl FnOnce(&Item<'a>) -> Option<T>,
    ) -> Option<T> {
        self.optional(key, read)
            .map(|value| value.unwrap_or(default))
    }
}
