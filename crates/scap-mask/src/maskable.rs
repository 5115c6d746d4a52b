//! Which values can be hidden wherever they occur without hiding what is no secret.

use crate::reading::is_blank;

/// Shorter values occur by chance; a real secret is longer.
pub(crate) const LEAST_BYTES: usize = 6;
/// A value may be wrapped and indented, but not by more than this many bytes between two of its own.
pub(crate) const MOST_BLANK_BYTES: usize = 256;
/// Shorter numbers are ports, sizes, counts and process ids.
const LEAST_DIGITS: usize = 8;

/// Lower case, and at least [`LEAST_BYTES`] long: shorter ones are left out anyway.
const WORDS: [&str; 24] = [
    "0.0.0.0",
    "127.0.0.1",
    "administrator",
    "cassandra",
    "changeme",
    "default",
    "disabled",
    "enabled",
    "localhost",
    "masked",
    "memcached",
    "mysqld",
    "nobody",
    "opaque",
    "password",
    "postgres",
    "postgresql",
    "production",
    "redacted",
    "secret",
    "service",
    "staging",
    "undefined",
    "username",
];

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Unmaskable {
    Empty,
    TooShort,
    Common,
}

/// What of `value` can be found as one: all of it, unless it has wider gaps than [`MOST_BLANK_BYTES`].
pub(crate) fn parts(value: &[u8]) -> Vec<&[u8]> {
    let (mut parts, mut start, mut blanks) = (Vec::new(), 0, 0);
    for (at, byte) in value.iter().enumerate() {
        if is_blank(*byte) {
            blanks += 1;
            continue;
        }
        if blanks > MOST_BLANK_BYTES {
            parts.push(&value[start..at - blanks]);
            start = at;
        }
        blanks = 0;
    }
    parts.push(&value[start..]);
    parts
}

/// Whether `value`, a whole one or a line of one, can be masked.
pub(crate) fn check(value: &[u8]) -> Result<(), Unmaskable> {
    let value = value.trim_ascii();
    let visible = value
        .iter()
        .filter(|byte| byte.is_ascii_graphic() || !byte.is_ascii());
    if value.is_empty() {
        Err(Unmaskable::Empty)
    } else if visible.count() < LEAST_BYTES {
        Err(Unmaskable::TooShort)
    } else if is_common(value) {
        Err(Unmaskable::Common)
    } else {
        Ok(())
    }
}

fn is_common(value: &[u8]) -> bool {
    value.iter().all(|byte| *byte == value[0])
        || value.iter().all(u8::is_ascii_digit) && value.len() < LEAST_DIGITS
        || WORDS.iter().any(|word| value.eq_ignore_ascii_case(word.as_bytes()))
        // The frame of a certificate or key, as a line of a longer value.
        || value.starts_with(b"-----BEGIN ") && !value.contains(&b'\n')
        || value.starts_with(b"-----END ")
}
