//! What a browser holds to be recognized by, and the name that a session has for all others.

use crate::{ControlError, key};
use serde::{Deserialize, Serialize};
use std::fmt;
use zeroize::Zeroizing;

const BYTES: usize = 32;

/// 32 random bytes. Only a hash of them is kept, and it has no `Display`.
pub struct Token(Zeroizing<[u8; BYTES]>);

/// The name of a session in lists and in the audit; it opens nothing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SessionId(pub(super) String);

impl Token {
    pub(super) fn new() -> Result<Self, ControlError> {
        Ok(Self(key::random()?))
    }

    /// As it stands in a cookie; none for what cannot be a token.
    pub fn parse(text: &str) -> Option<Self> {
        let mut bytes = Zeroizing::new([0; BYTES]);
        let is_hex = |digit: u8| digit.is_ascii_digit() || (b'a'..=b'f').contains(&digit);
        if text.len() != 2 * BYTES || !text.bytes().all(is_hex) {
            return None;
        }
        for (index, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&text[2 * index..2 * index + 2], 16).ok()?;
        }
        Some(Self(bytes))
    }

    /// For the cookie, and for nothing else.
    pub fn reveal(&self) -> Zeroizing<String> {
        Zeroizing::new(hex(self.0.as_slice()))
    }

    pub(super) fn hash(&self) -> [u8; 32] {
        *blake3::hash(self.0.as_slice()).as_bytes()
    }
}

impl SessionId {
    pub(super) fn new() -> Result<Self, ControlError> {
        Ok(Self(hex(key::random::<12>()?.as_slice())))
    }

    /// As a list showed it.
    pub fn of_text(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a string takes everything");
        text
    })
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}
