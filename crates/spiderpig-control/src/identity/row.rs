//! Names as they come out of a row: checked again, since somebody else may have written them.

use crate::ControlError;
use rusqlite::types::Type;
use scap_plan::PersonName;

pub(super) fn person(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<PersonName> {
    let text: String = row.get(column)?;
    PersonName::new(text).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(error))
    })
}

/// What is kept as JSON.
pub(super) fn json<T: serde::de::DeserializeOwned>(
    text: &str,
    table: &'static str,
) -> Result<T, ControlError> {
    serde_json::from_str(text).map_err(|_| ControlError::Damaged(table))
}

pub(super) fn text(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("what is kept has string keys only")
}
