//! What is run, and the name that it is kept under.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A program to be run, complete: nothing is looked up, inherited or expanded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Program {
    /// What a person calls it, for example `helmfile apply production/eqiad`.
    pub label: String,
    /// Absolute; no shell is put before it.
    pub executable: PathBuf,
    pub arguments: Vec<String>,
    /// All of its environment, but for [`MARKER`] which the supervisor adds.
    pub environment: BTreeMap<String, String>,
    /// Absolute; where it is started.
    pub directory: PathBuf,
    /// How long it may take, by the monotonic clock; then it is stopped as by an abort.
    pub timeout: Option<Duration>,
    /// How long a stopped program has after INT and again after TERM before all of its tree is killed.
    pub grace: Duration,
    /// How much output is kept; the rest is counted and dropped.
    pub output_limit_bytes: u64,
    pub leftovers: Leftovers,
}

impl Program {
    pub const DEFAULT_GRACE: Duration = Duration::from_secs(10);
    pub const DEFAULT_OUTPUT_LIMIT_BYTES: u64 = 64 << 20;

    /// A program without arguments, environment and time-out, started in `/`.
    pub fn new(label: impl Into<String>, executable: impl Into<PathBuf>) -> Self {
        Self {
            label: label.into(),
            executable: executable.into(),
            arguments: Vec::new(),
            environment: BTreeMap::new(),
            directory: PathBuf::from("/"),
            timeout: None,
            grace: Self::DEFAULT_GRACE,
            output_limit_bytes: Self::DEFAULT_OUTPUT_LIMIT_BYTES,
            leftovers: Leftovers::Kill,
        }
    }
}

/// The environment variable that names a program's folder to all of its tree, so that the tree can be found
/// when its supervisor was killed.
pub const MARKER: &str = "SCAP_PROGRAM";

/// What happens to processes that a program leaves behind when it exits by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Leftovers {
    Kill,
    /// For programs that start daemons. What those write after the program's exit is not kept.
    Leave,
}

/// Names one execution of one program for ever: a relative path such as `41/3-act-1` (run, step, what, attempt).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProgramId(String);

/// A name that cannot be a program's folder.
#[derive(Debug, Error, PartialEq, Eq)]
#[error(
    "`{0}` is no program id: letters, digits, `.`, `_` and `-` are known, in parts between `/` that begin with a letter or digit"
)]
pub struct ProgramIdError(String);

impl FromStr for ProgramId {
    type Err = ProgramIdError;

    fn from_str(text: &str) -> Result<Self, ProgramIdError> {
        if text.split('/').all(is_safe_part) {
            Ok(Self(text.to_owned()))
        } else {
            Err(ProgramIdError(text.to_owned()))
        }
    }
}

fn is_safe_part(part: &str) -> bool {
    let known = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    part.starts_with(|c: char| c.is_ascii_alphanumeric())
        && part.chars().all(known)
        && part.len() <= 128
}

impl AsRef<Path> for ProgramId {
    fn as_ref(&self) -> &Path {
        Path::new(&self.0)
    }
}

impl fmt::Display for ProgramId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn safe_names_are_taken() {
        for name in ["41", "41/3-act-1", "a.b/C_d-e.f"] {
            assert_eq!(name.parse::<ProgramId>().unwrap().to_string(), name);
        }
    }

    #[test]
    fn names_that_could_leave_the_base_are_refused() {
        let long = "a".repeat(129);
        for name in [
            "", "/", "/41", "41/", "41//3", ".", "..", "../41", "41/..", "41/../42", "41/.git",
            "-41", "4 1", "4\n1", "4\\1", "é", &long,
        ] {
            let refused = name.parse::<ProgramId>();
            assert_eq!(refused, Err(ProgramIdError(name.to_owned())));
        }
    }

    #[test]
    fn hostile_names_and_programs_are_taken_as_written_or_refused() {
        let program = Program {
            timeout: Some(Duration::from_secs(3)),
            ..Program::new("helmfile apply", "/usr/bin/helmfile")
        };
        let good = [
            "41/3-act-1".to_owned(),
            serde_json::to_string(&program).unwrap(),
        ];
        let good = good.each_ref().map(String::as_str);
        scap_hostile::hostile_text("program", &good, |text| {
            if let Ok(id) = text.parse::<ProgramId>() {
                let parts = id.as_ref().components();
                assert!(
                    parts
                        .into_iter()
                        .all(|part| matches!(part, std::path::Component::Normal(_)))
                );
            }
            if let Ok(program) = serde_json::from_str::<Program>(text) {
                let again = serde_json::to_string(&program).unwrap();
                assert_eq!(serde_json::from_str::<Program>(&again).unwrap(), program);
            }
        });
    }
}
