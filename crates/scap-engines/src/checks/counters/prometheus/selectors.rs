//! The series that a query of Prometheus is about, found in its text: a query that finds nothing cannot say why.

/// What stands before a list of labels.
const BEFORE_LABELS: &[&str] = &[
    "by",
    "without",
    "on",
    "ignoring",
    "group_left",
    "group_right",
];
/// Words that are no metric, where no parenthesis follows them.
const WORDS: &[&str] = &[
    "and",
    "or",
    "unless",
    "atan2",
    "offset",
    "bool",
    "inf",
    "nan",
    "start",
    "end",
    "sum",
    "min",
    "max",
    "avg",
    "group",
    "stddev",
    "stdvar",
    "count",
    "count_values",
    "bottomk",
    "topk",
    "quantile",
    "limitk",
    "limit_ratio",
];

/// One metric with the labels that are wanted of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::checks) struct Selector {
    pub(in crate::checks) metric: String,
    /// As it stands in the query, with its braces.
    pub(in crate::checks) text: String,
}

/// Each selector of `query` that names a metric, once.
pub(in crate::checks) fn selectors(query: &str) -> Vec<Selector> {
    let mut found: Vec<Selector> = Vec::new();
    let mut rest = query;
    while let Some(first) = rest.chars().next() {
        let end = match first {
            '"' | '\'' | '`' => text_end(rest),
            '{' => closing(rest, '}'),
            '[' => closing(rest, ']'),
            '#' => rest.find('\n').unwrap_or(rest.len()),
            '0'..='9' => word_end(rest),
            first if is_in_word(first) => {
                let name = &rest[..word_end(rest)];
                let after = &rest[name.len()..];
                let (selector, skipped) = of_word(name, after);
                found.extend(selector.filter(|selector| !found.contains(selector)));
                name.len() + skipped
            }
            other => other.len_utf8(),
        };
        rest = &rest[end..];
    }
    found
}

/// The selector that a word begins, and how much after the word belongs to it.
fn of_word(name: &str, after: &str) -> (Option<Selector>, usize) {
    let blanks = after.len() - after.trim_start().len();
    let next = after.trim_start();
    let word = name.to_ascii_lowercase();
    if BEFORE_LABELS.contains(&word.as_str()) && next.starts_with('(') {
        return (None, blanks + closing(next, ')'));
    }
    if next.starts_with('(') || WORDS.contains(&word.as_str()) {
        return (None, 0);
    }
    let labels = if next.starts_with('{') {
        &next[..closing(next, '}')]
    } else {
        ""
    };
    let skipped = if labels.is_empty() {
        0
    } else {
        blanks + labels.len()
    };
    let selector = Selector {
        metric: name.to_owned(),
        text: format!("{name}{labels}"),
    };
    (Some(selector), skipped)
}

fn is_in_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == ':'
}

fn word_end(text: &str) -> usize {
    text.find(|c| !is_in_word(c)).unwrap_or(text.len())
}

/// The end of a text in quotes, which it begins with.
fn text_end(text: &str) -> usize {
    let quote = text.chars().next().unwrap_or('"');
    let mut is_escaped = false;
    for (index, c) in text.char_indices().skip(1) {
        if c == quote && !is_escaped {
            return index + 1;
        }
        is_escaped = c == '\\' && !is_escaped && quote != '`';
    }
    text.len()
}

/// Where what begins here ends with `close`, texts in quotes left out of account.
fn closing(text: &str, close: char) -> usize {
    let mut at = 1;
    while let Some(c) = text[at..].chars().next() {
        at += match c {
            '"' | '\'' | '`' => text_end(&text[at..]),
            c if c == close => return at + c.len_utf8(),
            c => c.len_utf8(),
        };
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_are_found_among_functions_labels_and_texts() {
        let cases: [(&str, &[&str]); 8] = [
            ("requests_total", &["requests_total"]),
            (
                r#"sum by (pod, le) (rate(http_seconds_bucket{code=~"5..", a="}x{"}[5m] offset 1h)) # why"#,
                &[r#"http_seconds_bucket{code=~"5..", a="}x{"}"#],
            ),
            (
                "a {x='1'} or on(pod) group_left(zone) b:c / ignoring (le) a{x='1'} > bool 5e3",
                &["a{x='1'}", "b:c"],
            ),
            (r#"label_replace(up, "pod", "$1", "x", "(.*)")"#, &["up"]),
            (r#"{__name__="x"}"#, &[]),
            ("sum without (le) (x_total) and nan", &["x_total"]),
            ("1 + 2", &[]),
            ("x{a=\"\\\"}", &["x{a=\"\\\"}"]),
        ];
        for (query, expected) in cases {
            let found = selectors(query);
            let found: Vec<&str> = found.iter().map(|found| found.text.as_str()).collect();
            assert_eq!(found, expected, "{query}");
        }
    }

    #[test]
    fn hostile_queries_have_selectors_or_none() {
        let good = [
            r#"sum by (pod) (x_total{namespace="{namespace}", a='\''})"#,
            "a`b`[5m:1m]",
        ];
        scap_hostile::hostile_text("queries of Prometheus", &good, |text| {
            for selector in selectors(text) {
                assert!(selector.text.starts_with(&selector.metric));
            }
        });
    }
}
