//! How programs write a value: written down once more, so that the crate is not compared with itself.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE};

/// A name, and what it makes of a value.
pub(crate) type Writer = (&'static str, fn(&str) -> String);

/// They write nothing but the value.
pub(crate) const EXACT: &[Writer] = &[
    ("raw", |value| value.to_owned()),
    ("JSON", |value| inside_quotes(&json(value))),
    ("JSON in JSON", |value| {
        inside_quotes(&json(&inside_quotes(&json(value))))
    }),
    ("JSON of Go, in ASCII", |value| ascii_json(value)),
    ("Go, as %q", |value| go(value)),
    ("shell", |value| value.replace('\'', r"'\''")),
    ("shell, with backslashes", |value| shell_backslashes(value)),
    ("YAML in single quotes", |value| value.replace('\'', "''")),
    ("YAML block", |value| value.replace('\n', "\n      ")),
    ("YAML folded at spaces", |value| {
        value.replace(' ', "\n    ")
    }),
    ("CRLF", |value| value.replace('\n', "\r\n")),
    ("percent, only reserved", |value| {
        percent(value, false, false)
    }),
    ("percent, all", |value| percent(value, true, false)),
    ("percent, all, lower case", |value| {
        percent(value, true, true)
    }),
    ("percent, twice", |value| {
        percent(&percent(value, false, false), false, false)
    }),
    ("form", |value| {
        percent(value, false, false).replace("%20", "+")
    }),
    ("HTML", |value| html(value)),
    ("hex", |value| hex(value)),
    ("HEX", |value| hex(value).to_uppercase()),
    ("base64", |value| BASE64_STANDARD.encode(value)),
    ("base64 for URLs", |value| BASE64_URL_SAFE.encode(value)),
    ("base64 without padding", |value| {
        BASE64_STANDARD_NO_PAD.encode(value)
    }),
    ("base64 in lines", |value| {
        wrapped(&BASE64_STANDARD.encode(value), 20)
    }),
    ("base64 of base64", |value| {
        BASE64_STANDARD.encode(BASE64_STANDARD.encode(value))
    }),
    ("wrapped by a terminal", |value| wrapped(value, 7)),
];

/// Colours inside: they stay, behind what stands for the value.
pub(crate) fn coloured(value: &str) -> String {
    let (first, last) = value.split_at(value.char_indices().nth(3).unwrap().0);
    format!("{first}\x1b[0;31m{last}")
}

pub(crate) fn json(value: &str) -> String {
    serde_json::to_string(value).unwrap()
}

pub(crate) fn inside_quotes(text: &str) -> String {
    text[1..text.len() - 1].to_owned()
}

fn ascii_json(value: &str) -> String {
    let mut text = String::new();
    for character in inside_quotes(&json(value)).chars() {
        if character.is_ascii() && !"<>&".contains(character) {
            text.push(character);
        } else {
            for unit in character.encode_utf16(&mut [0; 2]) {
                write!(text, "\\u{unit:04x}").unwrap();
            }
        }
    }
    text
}

pub(crate) fn go(value: &str) -> String {
    value
        .replace('\\', r"\\")
        .replace('"', "\\\"")
        .replace('\n', r"\n")
        .replace('\t', r"\t")
}

fn shell_backslashes(value: &str) -> String {
    let is_safe = |it: char| it.is_alphanumeric() || "-_./\n".contains(it);
    let mut text = String::new();
    for character in value.chars() {
        if !is_safe(character) {
            text.push('\\');
        }
        text.push(character);
    }
    text
}

pub(crate) fn percent(value: &str, all: bool, lower_case: bool) -> String {
    let mut text = String::new();
    for byte in value.bytes() {
        if !all && (byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte)) {
            text.push(char::from(byte));
        } else if lower_case {
            write!(text, "%{byte:02x}").unwrap();
        } else {
            write!(text, "%{byte:02X}").unwrap();
        }
    }
    text
}

fn html(value: &str) -> String {
    value
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&#34;")
        .replace('\'', "&#39;")
}

pub(crate) fn hex(value: &str) -> String {
    percent(value, true, true).replace('%', "")
}

pub(crate) fn wrapped(text: &str, columns: usize) -> String {
    let characters: Vec<char> = text.chars().collect();
    let lines = characters.chunks(columns);
    let lines: Vec<String> = lines.map(|line| line.iter().collect()).collect();
    lines.join("\n")
}
