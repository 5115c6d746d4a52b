//! Undoes escapes, also where a terminal has broken a line within one.

use std::ops::Range;

use super::{blank, is_blank, is_quote, sequence};

/// Escapes of one length, for what has come of one: `?` stands for a hexadecimal digit, `*` for an octal one.
const FORMS: [&[u8]; 11] = [
    b"%??",
    br"\x??",
    br"\***",
    br"\u????",
    br"\U????????",
    br"\u????\u????",
    b"&amp;",
    b"&lt;",
    b"&gt;",
    b"&quot;",
    b"&apos;",
];
/// `&#x10FFFF;` without the `&`.
const MOST_ENTITY_BYTES: usize = 9;

/// Reads one text after the other as one.
#[derive(Default)]
pub(crate) struct Decoder {
    /// What may become an escape, and where it stands; the first byte may have been one already.
    open: Vec<(u8, Range<usize>)>,
}

impl Decoder {
    pub(crate) fn is_idle(&self) -> bool {
        self.open.is_empty()
    }

    /// Reads `text`, which stands at `base`.
    #[inline]
    pub(crate) fn read(
        &mut self,
        text: &[u8],
        base: usize,
        each: &mut impl FnMut(u8, Range<usize>),
    ) {
        let mut at = 0;
        while let Some(byte) = text.get(at) {
            let mut length = 1;
            if is_blank(*byte) {
                length = blank(&text[at..], sequence);
                if !matches!(byte, b'\x1b' | b'\r' | b'\n') {
                    self.finish(each);
                }
            } else if self.open.is_empty() && !matches!(byte, b'%' | b'&' | b'\\') {
                if !is_quote(*byte) {
                    each(*byte, base + at..base + at + 1);
                }
            } else {
                self.open.push((*byte, base + at..base + at + 1));
                self.undo(false, each);
            }
            at += length;
        }
    }

    /// Nothing comes that could end an escape.
    pub(crate) fn finish(&mut self, each: &mut impl FnMut(u8, Range<usize>)) {
        self.undo(true, each);
    }

    fn undo(&mut self, is_last: bool, each: &mut impl FnMut(u8, Range<usize>)) {
        while let Some((first, span)) = self.open.first().cloned() {
            if !matches!(first, b'%' | b'&' | b'\\') {
                self.open.remove(0);
                if !is_blank(first) && !is_quote(first) {
                    each(first, span);
                }
                continue;
            }
            let text: Vec<u8> = self.open.iter().map(|(byte, _)| *byte).collect();
            let Some((character, length)) = undone(&text) else {
                if !is_last && is_open(&text) {
                    return;
                }
                self.open.remove(0);
                if !is_quote(first) {
                    each(first, span);
                }
                continue;
            };
            let span = span.start..self.open[length - 1].1.end;
            self.open.drain(..length);
            match character {
                // It may be the beginning of the next one.
                Character::Byte(byte) => self.open.insert(0, (byte, span)),
                Character::Unicode(character) => {
                    let mut bytes = [0; 4];
                    let bytes = character.encode_utf8(&mut bytes).bytes();
                    bytes.for_each(|byte| each(byte, span.clone()));
                }
            }
        }
    }
}

enum Character {
    Byte(u8),
    /// Not one of ASCII.
    Unicode(char),
}

impl Character {
    fn of(character: char) -> Self {
        let byte = u8::try_from(character).ok().filter(u8::is_ascii);
        byte.map_or(Self::Unicode(character), Self::Byte)
    }
}

/// Whether `text`, which is no escape, may be one with more behind it.
fn is_open(text: &[u8]) -> bool {
    let fits = |(byte, form): (&u8, &u8)| match form {
        b'?' => byte.is_ascii_hexdigit(),
        b'*' => (b'0'..b'8').contains(byte),
        _ => byte == form,
    };
    let number = text.strip_prefix(b"&#");
    let may_be_number = number.is_some_and(|digits| {
        let is_digit = |byte: &u8| byte.is_ascii_hexdigit() || byte.eq_ignore_ascii_case(&b'x');
        text.len() <= MOST_ENTITY_BYTES && digits.iter().all(is_digit)
    });
    let mut forms = FORMS.iter();
    may_be_number || forms.any(|form| text.len() < form.len() && text.iter().zip(*form).all(fits))
}

/// What the escape that `text` begins with stands for, and its length.
fn undone(text: &[u8]) -> Option<(Character, usize)> {
    let (first, rest) = text.split_first()?;
    let (character, length) = match first {
        b'%' => octet(rest, 2, 16),
        b'&' => entity(rest),
        b'\\' => escape(rest),
        _ => None,
    }?;
    Some((character, length + 1))
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
    let end = rest
        .iter()
        .take(MOST_ENTITY_BYTES)
        .position(|byte| *byte == b';')?;
    let digits = rest[..end].strip_prefix(b"#")?;
    let (digits, radix) = match digits {
        [b'x' | b'X', digits @ ..] => (digits, 16),
        _ => (digits, 10),
    };
    let code = number(digits, digits.len(), radix)?;
    Some((Character::of(char::from_u32(code)?), end + 1))
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
        return Some((Character::of(character), length));
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
