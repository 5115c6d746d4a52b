//! The keys of a helmfile and where they stand, read without filling in its templates.

/// A line of a templated YAML file that is no comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line<'a> {
    /// Counted from 0.
    pub(super) index: usize,
    pub(super) text: &'a str,
    pub(super) content: Content<'a>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Content<'a> {
    /// Template actions and nothing beside them.
    Template,
    /// `---`.
    Separator,
    Yaml {
        /// Spaces before the text, or before the first dash.
        indentation: usize,
        /// Column of the last dash before the text.
        dash: Option<usize>,
        /// Where the text begins, behind all dashes.
        column: usize,
        /// The keys that it stands under, outermost first, without its own.
        path: Vec<&'a str>,
        key: Option<&'a str>,
        /// What stands behind the key, or all of the text.
        value: &'a str,
    },
}

/// The lines of `text` with what they say; blank lines and comments are left out.
pub(super) fn outline(text: &str) -> Vec<Line<'_>> {
    let mut lines = Vec::new();
    let mut above: Vec<(usize, &str)> = Vec::new();
    for (index, text) in text.lines().enumerate() {
        let trimmed = text.trim();
        if trimmed.is_empty() || trimmed.starts_with('#') {
            continue;
        }
        let content = if text.trim_end() == "---" {
            above.clear();
            Content::Separator
        } else if is_template_only(trimmed) {
            Content::Template
        } else {
            yaml(text, &mut above)
        };
        lines.push(Line {
            index,
            text,
            content,
        });
    }
    lines
}

fn yaml<'a>(text: &'a str, above: &mut Vec<(usize, &'a str)>) -> Content<'a> {
    let indentation = text.len() - text.trim_start_matches(' ').len();
    let (mut column, mut dash) = (indentation, None);
    let mut rest = &text[indentation..];
    while let Some(after) = rest.strip_prefix('-')
        && (after.is_empty() || after.starts_with(' '))
    {
        // A list may stand in the same column as the key that it belongs to.
        above.retain(|(of_key, _)| *of_key <= column);
        dash = Some(column);
        let spaces = after.len() - after.trim_start_matches(' ').len();
        column += 1 + spaces;
        rest = &after[spaces..];
    }
    above.retain(|(of_key, _)| *of_key < column);
    let path = above.iter().map(|(_, key)| *key).collect();
    let (key, value) = split_key(rest);
    if let Some(key) = key {
        above.push((column, key));
    }
    Content::Yaml {
        indentation,
        dash,
        column,
        path,
        key,
        value: value.trim(),
    }
}

/// `key: value`, where the key may be quoted.
fn split_key(text: &str) -> (Option<&str>, &str) {
    let (key, rest) = if let Some(quote @ ('"' | '\'')) = text.chars().next() {
        let Some(parts) = text[1..].split_once(quote) else {
            return (None, text);
        };
        parts
    } else {
        let is_of_key = |c: char| c.is_alphanumeric() || "_.-/".contains(c);
        text.split_at(text.find(|c| !is_of_key(c)).unwrap_or(text.len()))
    };
    match rest.trim_start_matches(' ').strip_prefix(':') {
        Some(value) if !key.is_empty() && (value.is_empty() || value.starts_with([' ', '\t'])) => {
            (Some(key), value)
        }
        _ => (None, text),
    }
}

/// Such as `{{- if .Values.a }}`, also when one ends and another begins.
fn is_template_only(trimmed: &str) -> bool {
    let mut rest = trimmed;
    while let Some(inner) = rest.strip_prefix("{{") {
        // Escaped actions, as in {{`{{ .Release.Name }}`}}, are text.
        if inner.trim_start_matches('-').trim_start().starts_with('`') {
            return false;
        }
        let Some((_, after)) = inner.split_once("}}") else {
            return true;
        };
        rest = after.trim_start();
    }
    rest.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_found_with_what_they_stand_under() {
        let text = "\
# hooks:
helmDefaults: {wait: true}
releases:
{{- range .Values.names }}
- name: main
  values:
    - a:
        \"hooks\": 1
    -   - deep: 2
  hooks:
  - command: x
- namespace: shop
---
{{`{{ text }}`}}
'values': [ ]
plain
";
        let shown = |line: &Line| match &line.content {
            Content::Template => "template".to_owned(),
            Content::Separator => "separator".to_owned(),
            Content::Yaml {
                path, key, column, ..
            } => format!("{} > {} at {column}", path.join("."), key.unwrap_or("-")),
        };
        let shown: Vec<String> = outline(text).iter().map(shown).collect();
        let expected = [
            " > helmDefaults at 0",
            " > releases at 0",
            "template",
            "releases > name at 2",
            "releases > values at 2",
            "releases.values > a at 6",
            "releases.values.a > hooks at 8",
            "releases.values > deep at 10",
            "releases > hooks at 2",
            "releases.hooks > command at 4",
            "releases > namespace at 2",
            "separator",
            " > - at 0",
            " > values at 0",
            " > - at 0",
        ];
        assert_eq!(shown, expected);
    }
}
