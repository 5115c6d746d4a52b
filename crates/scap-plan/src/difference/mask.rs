//! Hides what Secrets hold, wherever it stands.

use crate::Object;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// What stands in place of a secret part.
const HIDDEN: &str = "(hidden)";
/// Shorter secrets are hidden where they are a whole value; as part of a text they would hide half of everything.
const SHORTEST_PART: usize = 6;
/// A line of a long secret that tells something by itself.
const SHORTEST_LINE: usize = 16;

/// The texts that nobody may see.
#[derive(Debug, Default)]
pub(super) struct Mask {
    whole: BTreeSet<String>,
    /// The longest first, so that none is hidden by half.
    parts: Vec<String>,
}

/// What a Secret holds, by key, decoded; `stringData` goes before `data`, as the server has it.
pub(super) fn secret_values(object: &Value) -> BTreeMap<String, Vec<u8>> {
    let texts = |field: &str| {
        let fields = object.get(field).and_then(Value::as_object);
        let texts = fields.into_iter().flatten();
        texts.filter_map(|(key, value)| Some((key.clone(), plain(value)?)))
    };
    let decoded = texts("data").map(|(key, text)| {
        let bytes = STANDARD.decode(text.trim());
        (key, bytes.unwrap_or_else(|_| text.into_bytes()))
    });
    let mut values: BTreeMap<String, Vec<u8>> = decoded.collect();
    values.extend(texts("stringData").map(|(key, text)| (key, text.into_bytes())));
    values
}

fn plain(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

impl Mask {
    /// Hides what the Secrets among the objects hold. A secret that is also a name in them is no part of a text.
    pub(super) fn of<'a>(objects: impl Iterator<Item = &'a Object> + Clone) -> Self {
        let secrets = objects.clone().filter(|object| is_secret(object));
        let mut whole = BTreeSet::new();
        let mut lines = BTreeSet::new();
        for secret in secrets {
            for bytes in secret_values(secret.content()).into_values() {
                whole.insert(STANDARD.encode(&bytes));
                if let Ok(text) = String::from_utf8(bytes) {
                    let long = |line: &&str| line.len() >= SHORTEST_LINE;
                    lines.extend(text.lines().map(str::trim).filter(long).map(str::to_owned));
                    whole.insert(text.trim().to_owned());
                    whole.insert(text);
                }
            }
        }
        whole.remove("");
        let mut names = BTreeSet::new();
        objects.for_each(|object| collect_names(object.content(), &mut names));
        let long = |text: &&String| text.len() >= SHORTEST_PART && !names.contains(text.as_str());
        lines.extend(whole.iter().filter(long).cloned());
        let mut parts: Vec<String> = lines.into_iter().collect();
        parts.sort_by_key(|part| std::cmp::Reverse(part.len()));
        Self { whole, parts }
    }

    /// The value as everybody may see it.
    pub(super) fn value(&self, value: &Value) -> Value {
        match value {
            Value::String(text) if self.whole.contains(text) => Value::from(HIDDEN),
            Value::String(text) => Value::from(self.text(text)),
            Value::Number(number) if self.text(&number.to_string()) != number.to_string() => {
                Value::from(HIDDEN)
            }
            Value::Array(elements) => elements.iter().map(|value| self.value(value)).collect(),
            Value::Object(fields) => {
                let fields = fields.iter();
                let shown = fields.map(|(key, value)| (self.text(key), self.field(key, value)));
                Value::Object(shown.collect::<Map<String, Value>>())
            }
            other => other.clone(),
        }
    }

    /// The text without its secret parts.
    pub(super) fn text(&self, text: &str) -> String {
        let hide = |text: String, part: &String| text.replace(part, HIDDEN);
        self.parts.iter().fold(text.to_owned(), hide)
    }

    fn field(&self, key: &str, value: &Value) -> Value {
        if is_copy_of_object(key) {
            Value::from(HIDDEN)
        } else {
            self.value(value)
        }
    }
}

pub(super) fn is_secret(object: &Object) -> bool {
    object.kind() == "Secret" && object.api_version() == "v1"
}

/// An annotation that repeats the whole object, and a Secret's values with it.
pub(super) fn is_copy_of_object(key: &str) -> bool {
    key == "kubectl.kubernetes.io/last-applied-configuration"
}

fn collect_names<'a>(value: &'a Value, names: &mut BTreeSet<&'a str>) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                match value {
                    Value::String(name) if matches!(key.as_str(), "name" | "namespace") => {
                        names.insert(name);
                    }
                    value => collect_names(value, names),
                }
            }
        }
        Value::Array(elements) => elements
            .iter()
            .for_each(|element| collect_names(element, names)),
        _ => {}
    }
}
