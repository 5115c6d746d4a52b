//! The hash of a row's values: what tells a row that was written from one that was damaged.

use crate::chain::Link;
use rusqlite::types::{Value, ValueRef};

/// Takes a value of a row in with its type and its length, so that no two rows look the same.
pub fn hash_value(hasher: &mut blake3::Hasher, value: ValueRef<'_>) {
    let (kind, bytes): (u8, &[u8]) = match value {
        ValueRef::Null => (0, &[]),
        ValueRef::Integer(number) => (1, &number.to_le_bytes()),
        ValueRef::Real(number) => (2, &number.to_le_bytes()),
        ValueRef::Text(text) => (3, text),
        ValueRef::Blob(bytes) => (4, bytes),
    };
    hasher.update(&[kind]);
    hasher.update(&(bytes.len() as u64).to_le_bytes());
    hasher.update(bytes);
}

/// The hash of values one after the other.
pub(crate) struct Digest(blake3::Hasher);

impl Digest {
    pub(crate) fn new() -> Self {
        Self(blake3::Hasher::new())
    }

    pub(crate) fn take(&mut self, value: ValueRef<'_>) {
        hash_value(&mut self.0, value);
    }

    pub(crate) fn finish(&self) -> Link {
        *self.0.finalize().as_bytes()
    }

    pub(crate) fn of(values: &[Value]) -> Link {
        let mut digest = Self::new();
        for value in values {
            digest.take(ValueRef::from(value));
        }
        digest.finish()
    }
}

/// The values of a row whose last column is their hash; nothing where they are not what was written.
pub(crate) fn checked(row: &rusqlite::Row<'_>) -> rusqlite::Result<Option<Vec<Value>>> {
    let columns = row.as_ref().column_count() - 1;
    let values = (0..columns)
        .map(|column| row.get(column))
        .collect::<rusqlite::Result<Vec<Value>>>()?;
    let checksum: Value = row.get(columns)?;
    let is_sound = checksum == Value::Blob(Digest::of(&values).to_vec());
    Ok(is_sound.then_some(values))
}

/// The column's value as what it is known to be.
pub(crate) fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::Integer(number) => Some(*number),
        _ => None,
    }
}

/// As [`integer`], for text.
pub(crate) fn text(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) => Some(text.clone()),
        _ => None,
    }
}
