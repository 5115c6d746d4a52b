//! Readings of a text: what is written, what the eye sees of it, that without quotes, and what is left when escapes are
//! undone.
//!
//! A value and the text that it is looked for in are read in the same ways, so that it is found however it was wrapped,
//! coloured, indented, quoted or escaped.

use std::ops::Range;

use memchr::{memchr, memchr3};

/// A longer sequence is no colour.
const MOST_SEQUENCE_BYTES: usize = 32;

#[derive(Clone, Copy, Debug)]
pub(crate) enum Reading {
    /// Without white space and control bytes: what looks like a colour may end in the first letter of a value.
    Written,
    /// Also without escape sequences for colours.
    Plain,
    /// Also without quotes, backslashes and `+`, which form-encoding writes for a space.
    Unquoted,
    /// Also with percent-encoding, entities of HTML, and `\x`, `\u`, `\U` and octal escapes undone, as often as nested.
    Decoded,
}

impl Reading {
    /// Each is the one before it and something more.
    pub(crate) const ALL: [Self; 4] = [Self::Written, Self::Plain, Self::Unquoted, Self::Decoded];

    /// Whether the reading of `text` can be another one than that before it.
    pub(crate) fn matters(self, text: &[u8]) -> bool {
        match self {
            Self::Written => true,
            Self::Plain => memchr(b'\x1b', text).is_some(),
            Self::Unquoted => {
                memchr3(b'"', b'\'', b'+', text).is_some() || memchr(b'\\', text).is_some()
            }
            Self::Decoded => memchr3(b'%', b'&', b'\\', text).is_some(),
        }
    }

    /// Hands out each byte that is left, and where what stands for it is.
    #[inline]
    pub(crate) fn read(self, text: &[u8], mut each: impl FnMut(u8, Range<usize>)) {
        match self {
            Self::Written => {
                let bytes = text.iter().enumerate();
                let seen = bytes.filter(|(_, byte)| !is_blank(**byte));
                seen.for_each(|(at, byte)| each(*byte, at..at + 1));
            }
            Self::Plain => plain(text, each),
            Self::Unquoted => plain(text, |byte, span| {
                if !is_quote(byte) {
                    each(byte, span);
                }
            }),
            Self::Decoded => decoded(text, each),
        }
    }
}

#[inline]
fn plain(text: &[u8], mut each: impl FnMut(u8, Range<usize>)) {
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        if is_blank(*byte) {
            at += blank(&text[at..]);
        } else {
            each(*byte, at..at + 1);
            at += 1;
        }
    }
}

fn decoded(text: &[u8], mut each: impl FnMut(u8, Range<usize>)) {
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        if is_blank(*byte) {
            at += blank(&text[at..]);
            continue;
        }
        let (character, length) = character(&text[at..]);
        let span = at..at + length;
        match character {
            Character::Byte(byte) if is_blank(byte) || is_quote(byte) => {}
            Character::Byte(byte) => each(byte, span),
            Character::Unicode(character) => {
                let mut bytes = [0; 4];
                let bytes = character.encode_utf8(&mut bytes).bytes();
                bytes.for_each(|byte| each(byte, span.clone()));
            }
        }
        at += length;
    }
}

/// The length of the one byte or the escape sequence that is not seen.
#[inline]
fn blank(text: &[u8]) -> usize {
    if text[0] == b'\x1b' {
        sequence(text).max(1)
    } else {
        1
    }
}

/// The length of the escape sequence that `text` begins with: `ESC [`, numbers of up to three digits, one letter.
/// Longer numbers are none of a terminal's, and could be the secret.
pub(crate) fn sequence(text: &[u8]) -> usize {
    if !text.starts_with(b"\x1b[") {
        return 0;
    }
    let mut digits = 0;
    for (at, byte) in text.iter().enumerate().take(MOST_SEQUENCE_BYTES).skip(2) {
        match byte {
            b'0'..=b'9' if digits < 3 => digits += 1,
            b';' | b':' | b'?' => digits = 0,
            b'A'..=b'Z' | b'a'..=b'z' => return at + 1,
            _ => return 0,
        }
    }
    0
}

pub(crate) const fn is_blank(byte: u8) -> bool {
    byte <= b' ' || byte == 0x7F
}

const fn is_quote(byte: u8) -> bool {
    matches!(byte, b'"' | b'\'' | b'\\' | b'+')
}

enum Character {
    Byte(u8),
    Unicode(char),
}

/// What `text`, which is not empty, begins with, and how many bytes stand for it.
fn character(text: &[u8]) -> (Character, usize) {
    let (mut byte, mut length) = (text[0], 1);
    loop {
        let rest = &text[length..];
        let undone = match byte {
            b'%' => octet(rest, 2, 16),
            b'&' => entity(rest),
            b'\\' => escape(rest),
            _ => None,
        };
        let Some((character, more)) = undone else {
            return (Character::Byte(byte), length);
        };
        length += more;
        match character {
            Character::Byte(undone) => byte = undone,
            Character::Unicode(undone) => match u8::try_from(undone) {
                Ok(undone) if undone.is_ascii() => byte = undone,
                _ => return (character, length),
            },
        }
    }
}

fn entity(rest: &[u8]) -> Option<(Character, usize)> {
    const NAMED: [(&[u8], u8); 5] = [
        (b"amp;", b'&'),
        (b"lt;", b'<'),
        (b"gt;", b'>'),
        (b"quot;", b'"'),
        (b"apos;", b'\''),
    ];
    let named = NAMED.iter().find(|(name, _)| rest.starts_with(name));
    if let Some((name, byte)) = named {
        return Some((Character::Byte(*byte), name.len()));
    }
    let end = rest.iter().take(9).position(|byte| *byte == b';')?;
    let digits = rest[..end].strip_prefix(b"#")?;
    let (digits, radix) = match digits {
        [b'x' | b'X', digits @ ..] => (digits, 16),
        _ => (digits, 10),
    };
    let code = number(digits, digits.len(), radix)?;
    Some((Character::Unicode(char::from_u32(code)?), end + 1))
}

fn escape(rest: &[u8]) -> Option<(Character, usize)> {
    let (code, length) = match rest.first()? {
        b'x' => return octet(&rest[1..], 2, 16).map(|(byte, length)| (byte, length + 1)),
        b'0'..=b'3' => return octet(rest, 3, 8),
        b'u' => (number(&rest[1..], 4, 16)?, 5),
        b'U' => (number(&rest[1..], 8, 16)?, 9),
        _ => return None,
    };
    if let Some(character) = char::from_u32(code) {
        return Some((Character::Unicode(character), length));
    }
    // JSON writes what is beyond U+FFFF as two halves.
    let low = number(rest[length..].strip_prefix(b"\\u")?, 4, 16)?;
    let halves = [u16::try_from(code).ok()?, u16::try_from(low).ok()?];
    let character = char::decode_utf16(halves).next()?.ok()?;
    Some((Character::Unicode(character), length + 6))
}

fn octet(text: &[u8], length: usize, radix: u32) -> Option<(Character, usize)> {
    let code = number(text, length, radix)?;
    Some((Character::Byte(u8::try_from(code).ok()?), length))
}

/// The number that the first `length` bytes write.
fn number(text: &[u8], length: usize, radix: u32) -> Option<u32> {
    let digits = text.get(..length).filter(|digits| !digits.is_empty())?;
    digits.iter().try_fold(0_u32, |number, digit| {
        number
            .checked_mul(radix)?
            .checked_add(char::from(*digit).to_digit(radix)?)
    })
}

#[cfg(test)]
mod tests;
