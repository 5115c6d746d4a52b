//! The paths that a helmfile names in its text.

use super::outline::{Content, outline};

/// A path as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reference<'a> {
    /// Line of the file, counted from 0.
    pub(super) index: usize,
    pub(super) written: &'a str,
    /// With `*` for what a template fills in.
    pub(super) pattern: String,
    /// Whether it is another helmfile or a part of one.
    pub(super) is_state: bool,
}

/// What might be a path in `text`: all of `bases:` and `helmfiles:`, elsewhere what has a `/`.
pub(super) fn references(text: &str) -> Vec<Reference<'_>> {
    let mut found = Vec::new();
    for line in outline(text) {
        let Content::Yaml {
            path, key, value, ..
        } = &line.content
        else {
            continue;
        };
        let keys: Vec<&str> = path.iter().copied().chain(*key).collect();
        let is_state = matches!(
            keys.as_slice(),
            ["bases" | "helmfiles"] | ["helmfiles", "path"]
        );
        for written in tokens(value) {
            let pattern = pattern(written);
            if (is_state && !written.ends_with(':')) || pattern.contains('/') {
                found.push(Reference {
                    index: line.index,
                    written,
                    pattern,
                    is_state,
                });
            }
        }
    }
    found
}

/// The parts between spaces, quotes and brackets; an action belongs to the part around it.
fn tokens(value: &str) -> Vec<&str> {
    let (mut tokens, mut start, mut at) = (Vec::new(), 0, 0);
    while let Some(c) = value[at..].chars().next() {
        if let Some(action) = value[at..].strip_prefix("{{") {
            at += 2 + action.find("}}").map_or(action.len(), |end| end + 2);
        } else {
            let next = at + c.len_utf8();
            if c.is_whitespace() || "\"'[]{},`".contains(c) {
                tokens.push(&value[start..at]);
                start = next;
            }
            at = next;
        }
    }
    tokens.push(&value[start..]);
    tokens.retain(|token| !token.is_empty());
    tokens
}

fn pattern(token: &str) -> String {
    let mut parts = token.split("{{");
    let mut pattern = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        pattern.push('*');
        pattern.push_str(part.split_once("}}").map_or("", |(_, after)| after));
    }
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_found_in_templated_text() {
        let text = "bases:\n- \"../a/{{ .Environment.Name }}.yaml\"\nhelmfiles: [b.yaml]\nreleases:\n- name: x\n  chart: ../../charts/x # y\n  values: [values.yaml, \"/etc/{{ .Environment.Name }}/z.yaml\"]\n";
        let found: Vec<_> = references(text)
            .into_iter()
            .map(|reference| (reference.pattern, reference.is_state))
            .collect();
        let expected = [
            ("../a/*.yaml", true),
            ("b.yaml", true),
            ("../../charts/x", false),
            ("/etc/*/z.yaml", false),
        ];
        assert_eq!(
            found,
            expected.map(|(pattern, is_state)| (pattern.to_owned(), is_state))
        );
    }
}
