//! What scap said and how it ended.

use regex::Regex;
use serde_json::Value;
use std::fmt;

#[derive(Clone)]
pub(crate) struct Said {
    /// Absent when a signal ended it.
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Said {
    /// Fails unless scap ended with this code.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self}");
        self
    }

    /// Fails unless all of `parts` stand on stdout.
    #[track_caller]
    pub(crate) fn says(self, parts: &[&str]) -> Self {
        let all = in_one_line(&self.stdout);
        for part in parts {
            assert!(all.contains(part), "`{part}` is not on stdout: {self}");
        }
        self
    }

    /// Fails unless all of `parts` stand on stderr.
    #[track_caller]
    pub(crate) fn complains(self, parts: &[&str]) -> Self {
        let all = in_one_line(&self.stderr);
        for part in parts {
            assert!(all.contains(part), "`{part}` is not on stderr: {self}");
        }
        self
    }

    /// Each line of stdout as the JSON that it must be.
    #[track_caller]
    pub(crate) fn lines_of_data(&self) -> Vec<Value> {
        let read = |line: &str| {
            serde_json::from_str(line).unwrap_or_else(|error| panic!("{error} in `{line}`: {self}"))
        };
        self.stdout.lines().map(read).collect()
    }

    /// What a person saw on stdout, with everything that differs from run to run hidden.
    pub(crate) fn seen(&self) -> String {
        hidden(&self.stdout)
    }

    /// What a person saw on stderr, with everything that differs from run to run hidden.
    pub(crate) fn complaint(&self) -> String {
        hidden(&self.stderr)
    }
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            code,
            stdout,
            stderr,
        } = self;
        write!(
            f,
            "exit code {code:?}\n--- stdout\n{stdout}\n--- stderr\n{stderr}\n---"
        )
    }
}

/// A paragraph is broken where the line is full: one space for each break.
fn in_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Commits, digests, times, and what is this machine's: its folders, ports and people.
fn hidden(text: &str) -> String {
    let mut text = text.to_owned();
    for (what, shown) in [
        (r"\b[0-9a-f]{40}\b", "<commit>"),
        (r"\b[0-9a-f]{12}\b", "<commit>"),
        (r"\b\d\d:\d\d:\d\d\b", "<time>"),
        (r"\b\d+:\d\d\b", "<m:ss>"),
        (r"\b(\d+ (s|min) ago|just now)\b", "<ago>"),
        (r"\b(127\.0\.2\.\d):\d+", "$1:<port>"),
        (r"\bby \S+(, plan|, ●|\)| \(run)", "by <person>$1"),
        (
            r"\blocked by run (\d+) of [^\s;]+",
            "locked by run $1 of <person>",
        ),
        (r"/[\w./-]*\.tmp\w+", "<folder>"),
    ] {
        text = Regex::new(&format!("(?m){what}"))
            .unwrap()
            .replace_all(&text, shown)
            .into_owned();
    }
    text
}
