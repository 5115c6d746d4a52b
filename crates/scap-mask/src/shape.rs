//! Secrets that are known by their form alone. The list is short, so that what is no secret stays:
//!
//! - private keys as PEM (`-----BEGIN … PRIVATE KEY-----` to its end, also with `\n` written out);
//! - the token after `Bearer`, of 16 bytes or more, and the credentials after `Authorization:` and a scheme;
//! - JSON web tokens (`eyJ….eyJ….…`);
//! - the password of a URL (`scheme://user:PASSWORD@host`).
//!
//! They are looked for in one line as it stands, but for keys, which have many.

use std::sync::LazyLock;

use regex::bytes::{Captures, Regex};

use crate::matcher::Label;
use crate::region::Region;

/// What is said in their places; the positions are the labels below.
pub(crate) const NAMES: [&str; 3] = ["private key", "token", "password"];
const PRIVATE_KEY: Label = 0;
const TOKEN: Label = 1;
const PASSWORD: Label = 2;

/// A key whose end is missing is over after so many lines with nothing like a key in them.
const MOST_BARE_LINES: usize = 4;
/// So many digits of base64 in a row are the line of a key.
const LEAST_DIGITS: usize = 16;

static SHAPE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"(?x-u)
        (?<key> -----BEGIN\ [A-Z0-9\ ]*PRIVATE\ KEY(?:\ BLOCK)?----- )
        | (?i:\bbearer) [\ :=]+ [\\"']* (?<bearer> [A-Za-z0-9._~+/=-]{16,} )
        | (?i:\bauthorization) [\\"']*\ *[:=]\ *[\\"'\[]* (?i:basic|bearer|token|negotiate|apikey) \ +
          (?<credentials> [^\s\\"',\]]{8,} )
        | \b(?<web_token> eyJ[A-Za-z0-9_-]{8,} \.eyJ[A-Za-z0-9_-]{8,} \.[A-Za-z0-9_-]* )
        | ://[^\s/?\#@:"'<>]* : (?<password> [^\s/?\#@"'<>]+ ) @
        "#,
    )
    .expect("a valid expression")
});

static KEY_END: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?-u)-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----").expect("a valid expression")
});

/// Where the first of them begins in `lines`, if any does.
pub(crate) fn first(lines: &[u8]) -> Option<usize> {
    SHAPE.find(lines).map(|found| found.start())
}

/// Looks at one line after the other.
#[derive(Default)]
pub(crate) struct Shapes {
    /// Inside of a key: the lines in a row that were none of a key's.
    bare_lines: Option<usize>,
}

impl Shapes {
    /// Nothing goes on from the line before.
    pub(crate) fn is_idle(&self) -> bool {
        self.bare_lines.is_none()
    }

    /// Adds what is secret in `line`, which begins at `base` and has its end with it.
    pub(crate) fn look(&mut self, line: &[u8], base: usize, regions: &mut Vec<Region>) {
        let mut push = |start, end, label| {
            regions.push(Region::new(base + start..base + end, label));
        };
        let mut at = 0;
        if let Some(bare_lines) = self.bare_lines {
            at = self.key_goes_on(line, bare_lines);
            push(0, at, PRIVATE_KEY);
        }
        while let Some(found) = SHAPE.captures_at(line, at) {
            let (start, mut end, label) = shape(&found);
            if label == PRIVATE_KEY {
                let last = KEY_END.find_at(line, end);
                self.bare_lines = last.is_none().then_some(0);
                end = last.map_or(line.len(), |last| last.end());
            }
            push(start, end, label);
            at = end;
        }
    }

    /// How much of `line` is the key's.
    fn key_goes_on(&mut self, line: &[u8], bare_lines: usize) -> usize {
        if let Some(last) = KEY_END.find(line) {
            self.bare_lines = None;
            return last.end();
        }
        let is_digit = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
        let mut runs = line.split(|byte| !is_digit(byte));
        if runs.any(|run| run.len() >= LEAST_DIGITS) {
            self.bare_lines = Some(0);
        } else if bare_lines + 1 < MOST_BARE_LINES {
            self.bare_lines = Some(bare_lines + 1);
        } else {
            self.bare_lines = None;
            return line.strip_suffix(b"\n").unwrap_or(line).len();
        }
        line.len()
    }
}

fn shape(found: &Captures<'_>) -> (usize, usize, Label) {
    let labels = [
        ("key", PRIVATE_KEY),
        ("bearer", TOKEN),
        ("credentials", TOKEN),
        ("web_token", TOKEN),
        ("password", PASSWORD),
    ];
    labels
        .into_iter()
        .find_map(|(name, label)| Some((found.name(name)?, label)))
        .map(|(part, label)| (part.start(), part.end(), label))
        .expect("each alternative has a named part")
}
