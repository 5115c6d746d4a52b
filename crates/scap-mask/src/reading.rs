//! Readings of a text: what is written, what the eye sees of it, that without quotes, and what is left when escapes are
//! undone.
//!
//! A value and the text that it is looked for in are read in the same ways, so that it is found however it was wrapped,
//! coloured, indented, quoted or escaped.

mod decoder;

use std::ops::Range;

use memchr::memrchr;

pub(crate) use decoder::Decoder;

/// A longer sequence is no colour.
pub(crate) const MOST_SEQUENCE_BYTES: usize = 64;

#[derive(Clone, Copy, Debug)]
pub(crate) enum Reading {
    /// Without white space and control bytes: what looks like a colour may end in the first letter of a value.
    Written,
    /// Also without colours, which are all that a viewer does not see.
    Coloured,
    /// Also without escape sequences of the same form for other things.
    Plain,
    /// Also without quotes, backslashes and `+`, which form-encoding writes for a space.
    Unquoted,
    /// Also with percent-encoding, entities of HTML, and `\x`, `\u`, `\U` and octal escapes undone, as often as nested.
    Decoded,
}

impl Reading {
    /// Each is the one before it and something more.
    pub(crate) const ALL: [Self; 5] = [
        Self::Written,
        Self::Coloured,
        Self::Plain,
        Self::Unquoted,
        Self::Decoded,
    ];

    /// Whether the reading of a text that has bytes of these `kinds` can be another one than that before it.
    pub(crate) fn matters(self, kinds: u8) -> bool {
        match self {
            Self::Written => true,
            Self::Coloured | Self::Plain => kinds & COLOUR != 0,
            Self::Unquoted => kinds & QUOTE != 0,
            Self::Decoded => kinds & ESCAPE != 0,
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
            Self::Coloured => without(text, colours, each),
            Self::Plain => without(text, sequence, each),
            Self::Unquoted => without(text, sequence, |byte, span| {
                if !is_quote(byte) {
                    each(byte, span);
                }
            }),
            Self::Decoded => {
                let mut decoder = Decoder::default();
                decoder.read(text, 0, &mut each);
                decoder.finish(&mut each);
            }
        }
    }

    /// As [`Self::Written`] reads a line, added to `left`; returns the kinds of its bytes.
    pub(crate) fn write_first(line: &[u8], left: &mut Vec<u8>) -> u8 {
        write_without(line, BLANK, left)
    }

    /// As this one reads a line that has bytes of these `kinds`, added to `left`.
    pub(crate) fn write(self, line: &[u8], kinds: u8, decoder: &mut Decoder, left: &mut Vec<u8>) {
        if matches!(self, Self::Unquoted) && kinds & COLOUR == 0 {
            write_without(line, BLANK | QUOTE, left);
        } else {
            self.go_on(line, 0, decoder, &mut |byte, _| left.push(byte));
        }
    }

    /// The same of a text that stands at `base` and goes on after it; `decoder` knows what came before.
    #[inline]
    pub(crate) fn go_on(
        self,
        text: &[u8],
        base: usize,
        decoder: &mut Decoder,
        each: &mut impl FnMut(u8, Range<usize>),
    ) {
        if matches!(self, Self::Decoded) {
            decoder.read(text, base, each);
        } else {
            self.read(text, |byte, span| {
                each(byte, base + span.start..base + span.end);
            });
        }
    }
}

const BLANK: u8 = 1;
const COLOUR: u8 = 2;
const QUOTE: u8 = 4;
const ESCAPE: u8 = 8;

/// Which readings a byte is not the same in.
static KINDS: [u8; 256] = {
    let mut kinds = [0; 256];
    let mut byte = 0_u8;
    loop {
        let kind = &mut kinds[byte as usize];
        if is_blank(byte) {
            *kind |= BLANK;
        }
        if is_quote(byte) {
            *kind |= QUOTE;
        }
        match byte {
            b'\x1b' => *kind |= COLOUR,
            b'%' | b'&' | b'\\' => *kind |= ESCAPE,
            u8::MAX => break kinds,
            _ => {}
        }
        byte += 1;
    }
};

/// The kinds of all bytes of `text`.
pub(crate) fn kinds(text: &[u8]) -> u8 {
    text.iter()
        .fold(0, |kinds, byte| kinds | KINDS[usize::from(*byte)])
}

/// Adds to `left` what of `text` is of none of these kinds, and returns all kinds of its bytes.
fn write_without(text: &[u8], without: u8, left: &mut Vec<u8>) -> u8 {
    let (mut kinds, mut end) = (0, left.len());
    left.resize(end + text.len(), 0);
    // Without a branch: blanks come at no place that could be foreseen.
    for byte in text {
        let kind = KINDS[usize::from(*byte)];
        kinds |= kind;
        left[end] = *byte;
        end += usize::from(kind & without == 0);
    }
    left.truncate(end);
    kinds
}

#[inline]
fn without(text: &[u8], unseen: impl Fn(&[u8]) -> usize, mut each: impl FnMut(u8, Range<usize>)) {
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        if is_blank(*byte) {
            at += blank(&text[at..], &unseen);
        } else {
            each(*byte, at..at + 1);
            at += 1;
        }
    }
}

/// The length of the one byte or the escape sequence that is not seen.
#[inline]
fn blank(text: &[u8], unseen: impl Fn(&[u8]) -> usize) -> usize {
    if text[0] == b'\x1b' {
        unseen(text).max(1)
    } else {
        1
    }
}

/// The length of the escape sequence that `text` begins with: `ESC [`, numbers of up to three digits, one letter.
/// Longer numbers are none of a terminal's, and could be the secret. Or it switches the characters, as `tput sgr0` does.
pub(crate) fn sequence(text: &[u8]) -> usize {
    if let [b'\x1b', b'('..=b'+', b'0'..=b'9' | b'A'..=b'Z', ..] = text {
        return 3;
    }
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

/// The length of the sequence that `text` ends in the middle of.
pub(crate) fn open_sequence(text: &[u8]) -> usize {
    let last = &text[text.len().saturating_sub(MOST_SEQUENCE_BYTES - 1)..];
    let begun = memrchr(b'\x1b', last).map(|at| &last[at..]);
    begun.map_or(0, |begun| {
        let is_open = [&b"[m"[..], b"m"].iter().any(|end| {
            let whole = [begun, end].concat();
            sequence(&whole) == whole.len()
        });
        if is_open { begun.len() } else { 0 }
    })
}

/// The length of the sequence that `text` begins with, if it is for colours.
pub(crate) fn colours(text: &[u8]) -> usize {
    let length = sequence(text);
    if text[..length].ends_with(b"m") {
        length
    } else {
        0
    }
}

pub(crate) const fn is_blank(byte: u8) -> bool {
    byte <= b' ' || byte == 0x7F
}

const fn is_quote(byte: u8) -> bool {
    matches!(byte, b'"' | b'\'' | b'\\' | b'+')
}

#[cfg(test)]
mod tests;
