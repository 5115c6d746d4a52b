//! What the program of a test may write about its parts: JSON with a report for each.

use std::io::{self, Read};
use std::path::Path;

use serde::Deserialize;

/// A file of thousands of reports has less.
const LARGEST_BYTES: u64 = 1 << 20;
const MOST_REPORTS: usize = 1_000;

/// One part of a test.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Part {
    #[serde(alias = "name")]
    pub(super) test: String,
    /// Where it was tried, if not on what the program was started for.
    pub(super) instance: Option<String>,
    /// Absent when it passed.
    pub(super) failure: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ResultFile {
    reports: Vec<Part>,
}

/// Why a file cannot be taken.
#[derive(Debug, thiserror::Error)]
pub(super) enum ResultFileError {
    #[error("cannot be read")]
    Unreadable(#[source] io::Error),
    #[error("is no file")]
    NoFile,
    #[error("has more than {} KiB", LARGEST_BYTES >> 10)]
    TooLarge,
    #[error("is not understood")]
    NotUnderstood(#[source] serde_json::Error),
    #[error("reports nothing")]
    Empty,
    #[error("has more than {MOST_REPORTS} reports")]
    TooMany,
    #[error("has a report without the name of its test")]
    Nameless,
}

/// The parts; none where there is no such file.
pub(super) fn read(path: &Path) -> Result<Vec<Part>, ResultFileError> {
    let metadata = match path.symlink_metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        metadata => metadata.map_err(ResultFileError::Unreadable)?,
    };
    // A pipe would never end, and a link shows what is not the test's.
    if !metadata.is_file() {
        return Err(ResultFileError::NoFile);
    }
    let file = std::fs::File::open(path).map_err(ResultFileError::Unreadable)?;
    let mut bytes = Vec::new();
    file.take(LARGEST_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(ResultFileError::Unreadable)?;
    parts(&bytes)
}

fn parts(bytes: &[u8]) -> Result<Vec<Part>, ResultFileError> {
    if bytes.len() as u64 > LARGEST_BYTES {
        return Err(ResultFileError::TooLarge);
    }
    let file: ResultFile = serde_json::from_slice(bytes).map_err(ResultFileError::NotUnderstood)?;
    match file.reports.as_slice() {
        [] => Err(ResultFileError::Empty),
        reports if reports.len() > MOST_REPORTS => Err(ResultFileError::TooMany),
        reports if reports.iter().any(|part| part.test.trim().is_empty()) => {
            Err(ResultFileError::Nameless)
        }
        _ => Ok(file.reports),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::causes::with_causes;

    #[test]
    fn files_are_understood_or_refused_with_the_reason() {
        let part = |test: &str, instance: Option<&str>, failure: Option<&str>| Part {
            test: test.to_owned(),
            instance: instance.map(str::to_owned),
            failure: failure.map(str::to_owned),
        };
        let text = r#"{"reports": [
            {"test": "login", "instance": "web-1", "failure": null},
            {"name": "buy", "failure": "no cart"}
        ]}"#;
        let expected = [
            part("login", Some("web-1"), None),
            part("buy", None, Some("no cart")),
        ];
        assert_eq!(parts(text.as_bytes()).unwrap(), expected);
        let many = r#"{"test": "a", "failure": null},"#.repeat(MOST_REPORTS);
        let many = format!(r#"{{"reports": [{many} {{"test": "b", "failure": null}}]}}"#);
        let wrong = [
            ("", "is not understood: EOF while parsing"),
            ("7", "is not understood: invalid type: integer"),
            ("{}", "is not understood: missing field `reports`"),
            (r#"{"reports": []}"#, "reports nothing"),
            (
                r#"{"reports": [{"failure": null}]}"#,
                "is not understood: missing field `test`",
            ),
            (
                r#"{"reports": [{"test": "a", "passed": true}]}"#,
                "is not understood: unknown field `passed`",
            ),
            (
                r#"{"reports": [{"test": " ", "failure": null}]}"#,
                "has a report without the name of its test",
            ),
            (&many, "has more than 1000 reports"),
            (&" ".repeat(2 << 20), "has more than 1024 KiB"),
        ];
        for (text, expected) in wrong {
            let error = with_causes(&parts(text.as_bytes()).unwrap_err());
            assert!(error.starts_with(expected), "{error}");
        }
    }

    #[test]
    fn what_is_no_file_is_not_opened() {
        let folder = tempfile::TempDir::new().unwrap();
        assert!(read(&folder.path().join("none")).unwrap().is_empty());
        let link = folder.path().join("link");
        std::os::unix::fs::symlink("/etc/hostname", &link).unwrap();
        for path in [folder.path(), &link] {
            assert_eq!(read(path).unwrap_err().to_string(), "is no file");
        }
    }

    #[test]
    fn hostile_files_are_understood_or_refused() {
        let good = [
            br#"{"reports": [{"test": "a", "instance": "b", "failure": "c"}, {"name": "d", "failure": null}]}"#.to_vec(),
        ];
        scap_hostile::hostile("result files", &good, |bytes| {
            if let Ok(parts) = parts(bytes) {
                assert!(!parts.is_empty());
            }
        });
    }
}
