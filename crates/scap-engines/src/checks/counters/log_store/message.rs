//! The text of a line.

use serde_json::Value;

/// Where it usually is.
pub(super) const FIELDS: [&str; 4] = ["message", "normalized_message", "log", "msg"];

/// What a line's writer meant to say.
pub(in crate::checks) fn message(line: &Value) -> Option<&str> {
    FIELDS.iter().find_map(|field| line[*field].as_str())
}
