//! The 26 encodings in which a registered value has been seen to pass other masks, by name.

use base64::Engine as _;
use base64::prelude::{
    BASE64_STANDARD, BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE, BASE64_URL_SAFE_NO_PAD,
};

use crate::writers::{go, hex, inside_quotes, json, percent, wrapped};

/// MIME and `base64` break lines here.
const COLUMNS: usize = 76;

type Encoder = fn(&str) -> Vec<u8>;

pub(crate) const ENCODINGS: [(&str, Encoder); 26] = [
    ("raw", |value| value.into()),
    ("JSON", |value| inside_quotes(&json(value)).into_bytes()),
    ("YAML, folded", |value| {
        value.replace(' ', "\n    ").into_bytes()
    }),
    ("YAML, indented", |value| {
        value.replace('\n', "\n      ").into_bytes()
    }),
    ("shell quotes", |value| {
        value.replace('\'', r"'\''").into_bytes()
    }),
    ("Go quotes", |value| go(value).into_bytes()),
    ("URL, upper case", |value| {
        percent(value, true, false).into_bytes()
    }),
    ("URL, lower case", |value| {
        percent(value, true, true).into_bytes()
    }),
    ("URL, with +", |value| {
        percent(value, false, false)
            .replace("%20", "+")
            .into_bytes()
    }),
    ("base64", |value| BASE64_STANDARD.encode(value).into_bytes()),
    ("base64, no padding", |value| {
        BASE64_STANDARD_NO_PAD.encode(value).into_bytes()
    }),
    ("base64, at offset 1", |value| {
        BASE64_STANDARD.encode(format!(":{value}")).into_bytes()
    }),
    ("base64, at offset 2", |value| {
        BASE64_STANDARD.encode(format!("u:{value}")).into_bytes()
    }),
    ("base64, in lines", |value| {
        wrapped(&BASE64_STANDARD.encode(value), COLUMNS).into_bytes()
    }),
    ("base64 for URLs", |value| {
        BASE64_URL_SAFE.encode(value).into_bytes()
    }),
    ("base64 for URLs, no padding", |value| {
        BASE64_URL_SAFE_NO_PAD.encode(value).into_bytes()
    }),
    ("base64 for URLs, at offset 1", |value| {
        BASE64_URL_SAFE_NO_PAD
            .encode(format!(":{value}"))
            .into_bytes()
    }),
    ("base64 for URLs, at offset 2", |value| {
        BASE64_URL_SAFE.encode(format!("u:{value}\n")).into_bytes()
    }),
    ("base64 for URLs, in lines", |value| {
        wrapped(&BASE64_URL_SAFE.encode(value), COLUMNS).into_bytes()
    }),
    ("hex", |value| hex(value).into_bytes()),
    ("HEX", |value| hex(value).to_uppercase().into_bytes()),
    ("base32", |value| base32(value).into_bytes()),
    ("UTF-16", |value| utf_16(value)),
    ("CRLF", |value| value.replace('\n', "\r\n").into_bytes()),
    ("each line of it", |value| {
        value.replace('\n', "\n(mark) ").into_bytes()
    }),
    ("colours inside", |value| {
        let letters: Vec<String> = value.chars().map(String::from).collect();
        letters.join("\x1b[1;38;2;200;100;50m").into_bytes()
    }),
];

fn base32(value: &str) -> String {
    const DIGITS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let bits: Vec<String> = value.bytes().map(|byte| format!("{byte:08b}")).collect();
    let bits = bits.concat();
    let digits = bits.as_bytes().chunks(5).map(|five| {
        let five = String::from_utf8_lossy(five);
        let number = usize::from_str_radix(&format!("{five:0<5}"), 2).unwrap();
        char::from(DIGITS[number])
    });
    let text: String = digits.collect();
    let length = text.len().next_multiple_of(8);
    format!("{text:=<length$}")
}

fn utf_16(value: &str) -> Vec<u8> {
    value.encode_utf16().flat_map(u16::to_le_bytes).collect()
}
