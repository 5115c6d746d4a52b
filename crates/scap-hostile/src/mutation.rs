//! What is done to a good file to make it a hostile one.

use proptest::prelude::*;
use proptest::sample::{Index, select};

/// No input is longer, so that reading it is a matter of microseconds for whoever reads in linear time.
const LONGEST_BYTES: usize = 256 << 10;

/// What stands for something in one of the formats, or in a terminal.
const WORDS: &[&[u8]] = &[
    b"\0",
    b"\n",
    b"\r\n",
    b"\r",
    b"\t",
    b" ",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"\xc3",
    b"\xed\xa0\x80",
    "\u{85}".as_bytes(),
    "\u{2028}".as_bytes(),
    "\u{202e}".as_bytes(),
    "\u{e000}0\u{e001}".as_bytes(),
    "é".as_bytes(),
    b": ",
    b":",
    b"- ",
    b"-",
    b"? ",
    b"| ",
    b">-\n",
    b"&a ",
    b"*a",
    b"<<: *a",
    b"!!binary ",
    b"!x ",
    b"!!str ",
    b"%YAML 1.2\n",
    b"---\n",
    b"...\n",
    b"#",
    b"'",
    b"\"",
    b"\\",
    b"`",
    b"~",
    b"null",
    b"true",
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b"=",
    b"/",
    b"../",
    b"..",
    b"@",
    b"$",
    b"*",
    b"{{",
    b"}}",
    b"{{`",
    b"{{- end }}",
    b"{{/*",
    b"\\u0000",
    b"\\ud800",
    b"\\x",
    b"0",
    b"-1",
    b"1e999",
    b"1e-999",
    b"9223372036854775808",
    b"18446744073709551616",
    b"340282366920938463463374607431768211456",
    b"0x7fffffffffffffff",
    b"NaN",
    b"inf",
    b"1.7976931348623157e309",
    b"999999999999999999999999h",
    b"\x1b[2J",
    b"\x1b]0;x\x07",
    b"\x1b]8;;http://x\x1b\\",
    b"\x9b",
    b"\x7f",
    b"\x08",
    b"%00",
    b"%2e%2e",
    b"hooks:",
    b"version:",
    b"[global]",
    b"[[",
    b"ref+",
];

/// What stands around something, over and over.
const NESTS: &[(&[u8], &[u8])] = &[
    (b"[", b"]"),
    (b"{a: ", b"}"),
    (b"{\"a\":", b"}"),
    (b"[[{", b"}]]"),
    (b"- ", b""),
    (b"? ", b""),
    (b"(", b")"),
    (b"{{", b"}}"),
    (b"&x ", b""),
    (b"!a ", b""),
    (b"\"", b"\""),
    (b"\\", b""),
    (b"a.", b""),
    (b"\n ", b""),
];

#[derive(Debug, Clone)]
pub(crate) enum Mutation {
    Flip {
        at: Index,
        bit: u8,
    },
    Insert {
        at: Index,
        word: &'static [u8],
    },
    Replace {
        from: Index,
        length: u8,
        word: &'static [u8],
    },
    Cut {
        from: Index,
        to: Index,
    },
    Truncate {
        at: Index,
    },
    Repeat {
        from: Index,
        length: u16,
        times: u16,
    },
    /// A part of another good file in the middle of this one.
    Splice {
        at: Index,
        file: Index,
        from: Index,
        to: Index,
    },
    Nest {
        from: Index,
        to: Index,
        around: (&'static [u8], &'static [u8]),
        depth: u16,
    },
    /// Aliases of aliases of aliases: a few bytes that stand for as many as one likes.
    Laugh {
        at: Index,
        levels: u8,
        width: u8,
        is_flow: bool,
    },
    /// A number with another number of digits, in place of the digits at a place.
    Number {
        at: Index,
        digits: u16,
    },
    CarriageReturns,
    Noise {
        bytes: Vec<u8>,
    },
}

pub(crate) fn mutation() -> impl Strategy<Value = Mutation> {
    let place = any::<Index>;
    let places = || (any::<Index>(), any::<Index>());
    let word = || select(WORDS);
    prop_oneof![
        6 => (place(), 0..8_u8).prop_map(|(at, bit)| Mutation::Flip { at, bit }),
        8 => (place(), word()).prop_map(|(at, word)| Mutation::Insert { at, word }),
        6 => (place(), 0..12_u8, word())
            .prop_map(|(from, length, word)| Mutation::Replace { from, length, word }),
        4 => places().prop_map(|(from, to)| Mutation::Cut { from, to }),
        2 => place().prop_map(|at| Mutation::Truncate { at }),
        2 => (place(), 1..200_u16, 1..20_u16)
            .prop_map(|(from, length, times)| Mutation::Repeat { from, length, times }),
        4 => (place(), place(), places())
            .prop_map(|(at, file, (from, to))| Mutation::Splice { at, file, from, to }),
        2 => (places(), select(NESTS), 1..60_u16)
            .prop_map(|((from, to), around, depth)| Mutation::Nest { from, to, around, depth }),
        1 => (place(), 1..12_u8, 2..12_u8, any::<bool>())
            .prop_map(|(at, levels, width, is_flow)| Mutation::Laugh { at, levels, width, is_flow }),
        2 => (place(), 1..400_u16).prop_map(|(at, digits)| Mutation::Number { at, digits }),
        1 => Just(Mutation::CarriageReturns),
        1 => proptest::collection::vec(any::<u8>(), 0..64).prop_map(|bytes| Mutation::Noise { bytes }),
    ]
}

impl Mutation {
    /// The damaged file.
    pub(crate) fn of(&self, bytes: Vec<u8>, good: &[Vec<u8>]) -> Vec<u8> {
        let at = |index: &Index| index.index(bytes.len() + 1);
        let range = |from: &Index, to: &Index| {
            let (from, to) = (at(from), at(to));
            (from.min(to), from.max(to))
        };
        let mut damaged = match self {
            Self::Flip { at, bit } if !bytes.is_empty() => {
                let mut flipped = bytes;
                *at.get_mut(&mut flipped) ^= 1 << bit;
                flipped
            }
            Self::Flip { .. } => bytes,
            Self::Insert { at: place, word } => {
                let (before, after) = bytes.split_at(at(place));
                [before, word, after].concat()
            }
            Self::Replace { from, length, word } => {
                let from = at(from);
                let to = (from + usize::from(*length)).min(bytes.len());
                [&bytes[..from], word, &bytes[to..]].concat()
            }
            Self::Cut { from, to } => {
                let (from, to) = range(from, to);
                [&bytes[..from], &bytes[to..]].concat()
            }
            Self::Truncate { at: place } => bytes[..at(place)].to_vec(),
            Self::Repeat {
                from,
                length,
                times,
            } => {
                let from = at(from);
                let to = (from + usize::from(*length)).min(bytes.len());
                let again = bytes[from..to].repeat(usize::from(*times));
                [&bytes[..to], &again, &bytes[to..]].concat()
            }
            Self::Splice {
                at: place,
                file,
                from,
                to,
            } => {
                let other = file.get(good);
                let (from, to) = (from.index(other.len() + 1), to.index(other.len() + 1));
                let (before, after) = bytes.split_at(at(place));
                [before, &other[from.min(to)..from.max(to)], after].concat()
            }
            Self::Nest {
                from,
                to,
                around,
                depth,
            } => {
                let (from, to) = range(from, to);
                // Mostly few, sometimes far more than anybody's stack holds.
                let depth = usize::from(*depth);
                let depth = if depth > 50 { depth * 400 } else { depth };
                let (open, close) = (around.0.repeat(depth), around.1.repeat(depth));
                [
                    &bytes[..from],
                    &open,
                    &bytes[from..to],
                    &close,
                    &bytes[to..],
                ]
                .concat()
            }
            Self::Laugh {
                at: place,
                levels,
                width,
                is_flow,
            } => {
                let (before, after) = bytes.split_at(at(place));
                [before, laugh(*levels, *width, *is_flow).as_bytes(), after].concat()
            }
            Self::Number { at: place, digits } => {
                let from = at(place);
                let digit = bytes[from..].iter().position(u8::is_ascii_digit);
                let from = digit.map_or(from, |digit| from + digit);
                let length = bytes[from..]
                    .iter()
                    .take_while(|byte| byte.is_ascii_digit())
                    .count();
                let number = b"9".repeat(usize::from(*digits));
                [&bytes[..from], &number, &bytes[from + length..]].concat()
            }
            Self::CarriageReturns => bytes
                .iter()
                .flat_map(|byte| {
                    if *byte == b'\n' {
                        b"\r\n".to_vec()
                    } else {
                        vec![*byte]
                    }
                })
                .collect(),
            Self::Noise { bytes: noise } => noise.clone(),
        };
        damaged.truncate(LONGEST_BYTES);
        damaged
    }
}

/// `width` to the power of `levels` values.
fn laugh(levels: u8, width: u8, is_flow: bool) -> String {
    let level = |level: u8| {
        let below = format!("*l{}", level - 1);
        let separator = if is_flow { " , " } else { "\n- " };
        let values = vec![below; usize::from(width)].join(separator);
        if is_flow {
            format!("l{level}: &l{level} [ {values} ]\n")
        } else {
            format!("l{level}: &l{level}\n- {values}\n")
        }
    };
    let levels: String = (1..=levels).map(level).collect();
    format!("\nl0: &l0 ha\n{levels}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aliases_of_aliases_are_written_as_yaml_has_them() {
        assert_eq!(
            laugh(2, 2, true),
            "\nl0: &l0 ha\nl1: &l1 [ *l0 , *l0 ]\nl2: &l2 [ *l1 , *l1 ]\n"
        );
        assert_eq!(laugh(1, 2, false), "\nl0: &l0 ha\nl1: &l1\n- *l0\n- *l0\n");
    }
}
