//! The names that a Go template uses, read without running it.

/// A function, a variable or a field of a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct Word<'a> {
    /// Counted from 1.
    pub(in super::super) line: usize,
    /// `now`, `$name` or `.Values.now`.
    pub(in super::super) text: &'a str,
}

/// All names inside of `{{ … }}`, in order; comments and quoted texts are left out, escaped actions are not.
pub(in super::super) fn words(text: &str) -> Vec<Word<'_>> {
    let (mut words, mut rest, mut line) = (Vec::new(), text, 1);
    while let Some((before, action)) = rest.split_once("{{") {
        line += lines(before);
        let action_end = action.find("}}").unwrap_or(action.len());
        let (action, after) = action.split_at(action_end);
        if !action
            .trim_start_matches('-')
            .trim_start()
            .starts_with("/*")
        {
            collect(action, line, &mut words);
        }
        line += lines(action);
        rest = after.strip_prefix("}}").unwrap_or(after);
    }
    words
}

fn collect<'a>(action: &'a str, mut line: usize, words: &mut Vec<Word<'a>>) {
    let mut rest = action;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '"' => quoted(rest),
            _ if is_of_word(first) => {
                let length = rest.find(|c| !is_of_word(c)).unwrap_or(rest.len());
                let text = &rest[..length];
                words.push(Word { line, text });
                length
            }
            _ => first.len_utf8(),
        };
        line += lines(&rest[..length]);
        rest = &rest[length..];
    }
}

fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || "_.$".contains(c)
}

/// The length of the quoted text that `text` begins with.
fn quoted(text: &str) -> usize {
    let mut is_escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            '"' if !is_escaped => return at + 1,
            _ => is_escaped = c == '\\' && !is_escaped,
        }
    }
    text.len()
}

fn lines(text: &str) -> usize {
    text.matches('\n').count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_actions_are_found() {
        let text = "now: {{ .Values.now | default (now) }}\n{{- /* exec */ -}}\n{{`{{ uuidv4 }}`}}\n{{ printf \"exec \\\" exec\"\n  $x }} genCA";
        let found: Vec<_> = words(text)
            .iter()
            .map(|word| (word.line, word.text))
            .collect();
        assert_eq!(
            found,
            [
                (1, ".Values.now"),
                (1, "default"),
                (1, "now"),
                (3, "uuidv4"),
                (4, "printf"),
                (5, "$x")
            ]
        );
    }
}
