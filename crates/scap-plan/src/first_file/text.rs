//! The text of a first file: entries with comments on their lines, those that nothing was found for commented out.

use crate::error::{short, visible};
use std::fmt::Write as _;

/// An entry of a section, such as one check.
pub(super) struct Entry {
    name: String,
    /// From what it comes.
    because: String,
    is_example: bool,
    lines: Vec<Line>,
}

struct Line {
    key: String,
    /// As it stands in YAML.
    value: String,
    read: Option<String>,
}

impl Entry {
    /// `because` is from what it comes.
    pub(super) fn found(name: &str, because: impl Into<String>) -> Self {
        Self {
            name: name.to_owned(),
            because: because.into(),
            is_example: false,
            lines: Vec::new(),
        }
    }

    /// `because` is why it is only an example.
    pub(super) fn example(name: &str, because: impl Into<String>) -> Self {
        Self {
            is_example: true,
            ..Self::found(name, because)
        }
    }

    /// A text as a value.
    pub(super) fn with(self, key: &str, value: &str) -> Self {
        self.with_yaml(key, scalar(value))
    }

    /// A value that is no text, as it stands in YAML.
    pub(super) fn with_yaml(mut self, key: &str, value: impl Into<String>) -> Self {
        self.lines.push(Line {
            key: key.to_owned(),
            value: value.into(),
            read: None,
        });
        self
    }

    /// What was read, of the last line.
    pub(super) fn read(mut self, what: impl Into<String>) -> Self {
        if let Some(line) = self.lines.last_mut() {
            line.read = Some(what.into());
        }
        self
    }

    fn write(&self, text: &mut String) {
        let mark = if self.is_example { "# " } else { "" };
        comment(text, "  ", &self.because);
        let _ = writeln!(text, "  {mark}{}:", scalar(&self.name));
        for Line { key, value, read } in &self.lines {
            let read = read
                .as_ref()
                .map(|read| format!("  # {}", in_one_line(read)));
            let _ = writeln!(text, "  {mark}  {key}: {value}{}", read.unwrap_or_default());
        }
    }
}

/// A key of the file with its entries; commented out if all of them are.
pub(super) fn section(text: &mut String, key: &str, entries: &[Entry]) {
    let is_example = entries.iter().all(|entry| entry.is_example);
    let mark = if is_example { "# " } else { "" };
    let _ = writeln!(text, "\n{mark}{key}:");
    for entry in entries {
        entry.write(text);
    }
}

pub(super) fn comment(text: &mut String, indent: &str, what: &str) {
    let _ = writeln!(text, "{indent}# {}", in_one_line(what));
}

fn in_one_line(text: &str) -> String {
    visible(text.trim())
}

/// A text as YAML, in quotes wherever it might be taken for something else.
pub(super) fn scalar(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-./".contains(c);
    let begins_well = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '_');
    let is_word = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"]
        .contains(&text.to_ascii_lowercase().as_str());
    if begins_well && text.chars().all(is_plain) && !is_word {
        return text.to_owned();
    }
    let is_printable = text.chars().all(|c| c == ' ' || c.is_ascii_graphic());
    if is_printable {
        return format!("'{}'", text.replace('\'', "''"));
    }
    serde_json::to_string(text).expect("a text is JSON")
}

/// `a, b and 3 more`
pub(super) fn some<'a>(values: impl IntoIterator<Item = &'a String>) -> String {
    const MOST: usize = 6;
    let mut values = values.into_iter().map(|value| short(value));
    let shown: Vec<String> = values.by_ref().take(MOST).collect();
    match values.count() {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
