//! A helmfile's Go templates, taken out so that the rest is YAML.

/// A text whose templates are replaced by marks, and the templates.
pub(super) struct Untemplated {
    pub(super) text: String,
    templates: Vec<String>,
    /// Top-level keys in which templates stand on lines of their own: what is there depends on them.
    pub(super) decided: Vec<String>,
}

/// Around a template's number: characters that YAML takes and nobody writes.
const OPEN: char = '\u{e000}';
const CLOSE: char = '\u{e001}';

impl Untemplated {
    pub(super) fn new(text: &str) -> Self {
        let mut templates = Vec::new();
        let marked = mark(text, &mut templates);
        let mut section = String::new();
        let mut decided: Vec<String> = Vec::new();
        let mut lines = String::new();
        for line in marked.lines() {
            if let Some((key, _)) = line.split_once(':')
                && key.starts_with(|c: char| c.is_ascii_alphabetic())
            {
                key.clone_into(&mut section);
            }
            let rest = without_marks(line);
            if rest.trim().is_empty() && rest != line {
                let mut numbers = line
                    .split(OPEN)
                    .skip(1)
                    .map(|mark| template(mark, &templates));
                let is_comment = |text: &str| text.trim_start_matches('-').trim().starts_with("/*");
                if !numbers.all(is_comment) && !decided.contains(&section) {
                    decided.push(section.clone());
                }
            } else {
                lines.push_str(line);
            }
            lines.push('\n');
        }
        Self {
            text: lines,
            templates,
            decided,
        }
    }

    /// The text with its templates, which the YAML parser has gone through with marks.
    pub(super) fn restore(&self, value: &str) -> String {
        let mut parts = value.split(OPEN);
        let mut restored = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            restored.push_str(template(part, &self.templates));
            restored.push_str(part.split_once(CLOSE).map_or("", |(_, rest)| rest));
        }
        restored
    }
}

fn template<'a>(mark: &str, templates: &'a [String]) -> &'a str {
    let number = mark
        .split(CLOSE)
        .next()
        .and_then(|number| number.parse().ok());
    let found = number.and_then(|number: usize| templates.get(number));
    found.map_or("", String::as_str)
}

/// Puts a mark in place of each `{{ … }}`; one that does not end stays as it is.
fn mark(text: &str, templates: &mut Vec<String>) -> String {
    let mut marked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("{{") {
        let inside = &rest[start + 2..];
        let Some(length) = end(inside) else {
            break;
        };
        marked.push_str(&rest[..start]);
        marked.push(OPEN);
        marked.push_str(&templates.len().to_string());
        marked.push(CLOSE);
        templates.push(inside[..length].to_owned());
        rest = &inside[length + 2..];
    }
    marked.push_str(rest);
    marked
}

/// Where a template ends: at the braces that are in no text of it.
fn end(inside: &str) -> Option<usize> {
    let mut quote = None;
    let mut is_escaped = false;
    for (index, character) in inside.char_indices() {
        match (quote, character) {
            _ if is_escaped => is_escaped = false,
            // YAML's own quotes may be around it, and the template's are escaped then.
            (None | Some('"'), '\\') => is_escaped = true,
            (Some(open), close) if open == close => quote = None,
            (None, '"' | '`') => quote = Some(character),
            (None, '}') if inside[index..].starts_with("}}") => return Some(index),
            _ => {}
        }
    }
    None
}

fn without_marks(line: &str) -> String {
    let mut is_inside = false;
    let keep = |character: &char| {
        if *character == OPEN {
            is_inside = true;
        }
        let is_kept = !is_inside;
        if *character == CLOSE {
            is_inside = false;
        }
        is_kept
    };
    line.chars().filter(keep).collect()
}
