//! The ways in which programs write a value.

use crate::maskable::{LEAST_BYTES, check};
use crate::reading::Reading;

/// A matcher's size is that of all spellings. Of longer values base64 of base64 is not looked for,
const MOST_BYTES_IN_ALL_SPELLINGS: usize = 256;
/// and of those that are longer than any key, only the text itself and its base64.
const MOST_BYTES_OF_A_KEY: usize = 4 << 10;

/// A positional notation of bytes, most significant bit first.
struct Notation {
    bits: usize,
    alphabet: &'static [u8],
    /// How many bytes fill a group: a value may stand at as many offsets.
    bytes_in_group: usize,
    /// A short last group is filled up with `=` to so many digits.
    digits_in_group: usize,
}

const HEXADECIMAL: [Notation; 2] = [
    notation(4, b"0123456789abcdef", 1, 2),
    notation(4, b"0123456789ABCDEF", 1, 2),
];
const BASE32: Notation = notation(5, b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 5, 8);
const BASE64: Notation = notation(
    6,
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
    3,
    4,
);
const BASE64_URL: Notation = notation(
    6,
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
    3,
    4,
);

const fn notation(
    bits: usize,
    alphabet: &'static [u8],
    bytes_in_group: usize,
    digits_in_group: usize,
) -> Notation {
    Notation {
        bits,
        alphabet,
        bytes_in_group,
        digits_in_group,
    }
}

/// What to look for, in the readings of a text, to find `value` in any spelling.
pub(crate) fn spellings(value: &[u8]) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    for text in [value, value.trim_ascii()] {
        all.extend(texts(text));
        all.extend(texts(&with_letters(text)));
        all.extend(numbers(text));
        all.extend(utf_16(text).iter().flat_map(|text| texts(text)));
    }
    // Where each line has a mark or a date in front, the lines are all that is left of the value.
    for line in value.split(|byte| *byte == b'\n') {
        if check(line).is_ok() {
            all.extend(texts(line));
        }
    }
    all.retain(|spelling| spelling.len() >= LEAST_BYTES);
    all
}

/// The readings of `text`.
pub(crate) fn texts(text: &[u8]) -> [Vec<u8>; Reading::ALL.len()] {
    Reading::ALL.map(|reading| {
        let mut left = Vec::new();
        reading.read(text, |byte, _| left.push(byte));
        left
    })
}

/// What escapes like `\n` leave when the backslash is taken away.
fn with_letters(text: &[u8]) -> Vec<u8> {
    let letter = |byte: &u8| match byte {
        b'\n' => b'n',
        b'\r' => b'r',
        b'\t' => b't',
        other => *other,
    };
    text.iter().map(letter).collect()
}

/// With the little or the big end first; nothing where it reads like the text itself.
fn utf_16(text: &[u8]) -> Vec<Vec<u8>> {
    let text = std::str::from_utf8(text).ok().filter(|it| !it.is_ascii());
    let units = || text.unwrap_or_default().encode_utf16();
    let little = units().flat_map(u16::to_le_bytes).collect();
    vec![little, units().flat_map(u16::to_be_bytes).collect()]
}

fn numbers(text: &[u8]) -> Vec<Vec<u8>> {
    let mut all = anywhere(text, &BASE64);
    all.extend(anywhere(text, &BASE64_URL));
    if text.len() <= MOST_BYTES_IN_ALL_SPELLINGS {
        for once in anywhere(text, &BASE64) {
            all.extend(anywhere(&once, &BASE64));
        }
    }
    if text.len() <= MOST_BYTES_OF_A_KEY {
        all.extend(anywhere(text, &BASE32));
        for hexadecimal in &HEXADECIMAL {
            all.extend(anywhere(text, hexadecimal));
        }
    }
    all
}

/// `value` alone, and at each offset inside of something longer.
fn anywhere(value: &[u8], notation: &Notation) -> Vec<Vec<u8>> {
    let padded = alone(value, notation);
    let digits = padded.iter().filter(|digit| **digit != b'=').count();
    let mut all = vec![padded[..digits].to_vec(), padded];
    all.extend((0..notation.bytes_in_group).map(|lead| inside(value, notation, lead)));
    all
}

fn alone(value: &[u8], notation: &Notation) -> Vec<u8> {
    let digits = (value.len() * 8).div_ceil(notation.bits);
    let mut padded = value.to_vec();
    padded.push(0);
    let mut text = inside(&padded, notation, 0);
    text.truncate(digits);
    text.resize(digits.next_multiple_of(notation.digits_in_group), b'=');
    text
}

/// The digits that `value` alone decides where `lead` bytes stand before it.
fn inside(value: &[u8], notation: &Notation, lead: usize) -> Vec<u8> {
    let bits = notation.bits;
    let first = (lead * 8).div_ceil(bits);
    let end = (lead + value.len()) * 8 / bits;
    let digit = |number: usize| {
        let bit = number * bits - lead * 8;
        let next = value.get(bit / 8 + 1).copied().unwrap_or(0);
        let pair = u16::from_be_bytes([value[bit / 8], next]);
        let shifted = usize::from(pair >> (16 - bits - bit % 8));
        notation.alphabet[shifted % (1 << bits)]
    };
    (first..end).map(digit).collect()
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE};

    use super::*;

    #[test]
    fn notations_are_those_of_everybody() {
        for length in 0..40 {
            let value: Vec<u8> = (0..length)
                .map(|it: u8| it.wrapping_mul(91) ^ 0xA7)
                .collect();
            let hexadecimal: String = value
                .iter()
                .map(|it| format!("{it:02X}"))
                .collect::<Vec<_>>()
                .concat();
            for (ours, theirs) in [
                (&BASE64, BASE64_STANDARD.encode(&value)),
                (&BASE64_URL, BASE64_URL_SAFE.encode(&value)),
                (&HEXADECIMAL[1], hexadecimal),
            ] {
                assert_eq!(String::from_utf8(alone(&value, ours)).unwrap(), theirs);
            }
        }
        assert_eq!(alone(b"foobar!", &BASE32), b"MZXW6YTBOIQQ====");
    }

    #[test]
    fn at_each_offset_only_the_digits_at_the_borders_depend_on_what_is_around() {
        let value = b"S3cr\xe9t/pa+ss";
        for lead in 0..3 {
            for around in [0x00, 0xFF] {
                let mut text = vec![around; lead];
                text.extend(value);
                text.extend([around; 4]);
                let text = BASE64_STANDARD.encode(text);
                let inside = String::from_utf8(inside(value, &BASE64, lead)).unwrap();
                assert!(text.contains(&inside), "{inside} in {text}");
                assert!(inside.len() * 6 > value.len() * 8 - 12);
            }
        }
    }
}
