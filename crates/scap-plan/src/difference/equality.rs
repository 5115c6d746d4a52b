//! When two values mean the same to Kubernetes.

use super::lists::keyed;
use super::path::{Path, Segment};
use super::quantity::nanos;
use serde_json::Value;

/// How a field's texts are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    Usual,
    /// Amounts of something.
    Quantity,
    /// Texts that a program gets as they are.
    Verbatim,
}

const QUANTITIES: &[&str] = &[
    "limits",
    "requests",
    "capacity",
    "hard",
    "sizeLimit",
    "divisor",
    "averageValue",
    "defaultRequest",
];
const VERBATIM: &[&str] = &[
    "data",
    "binaryData",
    "stringData",
    "env",
    "args",
    "command",
    "labels",
    "annotations",
];

impl Reading {
    pub(super) fn at(path: &Path) -> Self {
        path.0
            .iter()
            .fold(Self::Usual, |reading, segment| match segment {
                Segment::Key(key) => reading.below(key),
                Segment::Element(_) => reading,
            })
    }

    fn below(self, key: &str) -> Self {
        match self {
            Self::Usual if VERBATIM.contains(&key) => Self::Verbatim,
            Self::Usual if QUANTITIES.contains(&key) => Self::Quantity,
            reading => reading,
        }
    }
}

/// Whether both mean the same.
pub(super) fn same(reading: Reading, one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Object(ones), Value::Object(others)) => {
            let said = |value: Option<&Value>| value.is_some_and(|value| !value.is_null());
            let both = ones.iter().all(|(key, value)| match others.get(key) {
                Some(other) => same(reading.below(key), value, other),
                None => value.is_null(),
            });
            both && others
                .iter()
                .all(|(key, value)| value.is_null() || said(ones.get(key)))
        }
        (Value::Array(ones), Value::Array(others)) => {
            ones.len() == others.len() && ones.iter().zip(others).all(|(a, b)| same(reading, a, b))
        }
        _ => same_scalar(reading, one, other),
    }
}

fn same_scalar(reading: Reading, one: &Value, other: &Value) -> bool {
    if one == other {
        return true;
    }
    let (Some(one_text), Some(other_text)) = (text(one), text(other)) else {
        return false;
    };
    let is_number = |value: &Value| value.is_number();
    let same_number = is_number(one) && is_number(other) && one.as_f64() == other.as_f64();
    let same_text = reading != Reading::Verbatim && one_text == other_text;
    let same_amount = reading == Reading::Quantity
        && nanos(&one_text).is_some_and(|amount| nanos(&other_text) == Some(amount));
    same_number || same_text || same_amount
}

fn text(scalar: &Value) -> Option<String> {
    match scalar {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Whether what lives has all that is said of it, under the field's name; what the server adds is no difference.
pub(super) fn covers(reading: Reading, field: &str, live: &Value, said: &Value) -> bool {
    match (live, said) {
        (Value::Object(live), Value::Object(said)) => {
            said.iter().all(|(key, said)| match live.get(key) {
                Some(live) => covers(reading.below(key), key, live, said),
                None => is_left_out(said),
            })
        }
        (Value::Array(lives), Value::Array(saids)) => {
            if let (Some(lives), Some(saids)) = (keyed(field, lives), keyed(field, saids)) {
                let live = |key: &str| lives.iter().find(|(known, _)| known == key);
                return saids.iter().all(|(key, said)| {
                    live(key).is_some_and(|(_, live)| covers(reading, "", live, said))
                });
            }
            let mut pairs = lives.iter().zip(saids);
            lives.len() == saids.len() && pairs.all(|(live, said)| covers(reading, "", live, said))
        }
        (Value::Null, said) => is_left_out(said),
        _ => same_scalar(reading, live, said),
    }
}

/// The server does not keep what says nothing: `false`, `0`, an empty text, list or mapping.
pub(super) fn is_left_out(said: &Value) -> bool {
    match said {
        Value::Null => true,
        Value::Bool(is_set) => !is_set,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(elements) => elements.is_empty(),
        Value::Object(fields) => fields.values().all(is_left_out),
    }
}
