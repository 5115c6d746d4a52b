//! Every folder of `cases/` has a file of httpbb; its requests as they are sent, or all that is wrong with it, come out.
//!
//! `UPDATE_CORPUS=1` writes what comes out.

#![expect(clippy::unwrap_used, reason = "a test stops at what cannot happen")]

#[path = "../planner/expected.rs"]
mod expected;
mod patterns;

use expected::{expect, folders};
use scap_hostile::hostile;
use scap_plan::{ConfigError, Httpbb, HttpbbRequest, Source};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

fn cases() -> Vec<PathBuf> {
    folders("httpbb/cases")
}

fn bytes(case: &Path) -> Vec<u8> {
    fs::read(case.join("smoke.yaml")).unwrap()
}

fn read(bytes: Vec<u8>) -> Result<Httpbb, Vec<ConfigError>> {
    let source = Source::from_bytes("smoke.yaml", bytes).map_err(|error| vec![error])?;
    Httpbb::read(&source)
}

fn is_bad(case: &Path) -> bool {
    let name = case.file_name().unwrap().to_str().unwrap();
    name.starts_with("bad-")
}

#[test]
fn every_case_comes_out_as_expected() {
    let mut wrong = Vec::new();
    for case in cases() {
        let read = read(bytes(&case));
        assert_eq!(read.is_err(), is_bad(&case), "{}: {read:?}", case.display());
        let (file, found) = match read {
            Ok(read) => (
                "requests.txt",
                read.requests.iter().map(request).collect::<String>(),
            ),
            Err(errors) => ("error.txt", errors.iter().map(error).collect()),
        };
        expect(&case.join(file), &found, &mut wrong);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn request(request: &HttpbbRequest) -> String {
    let HttpbbRequest {
        line,
        site,
        path,
        method,
        headers,
        body,
        assertions,
    } = request;
    let mut text = format!("{line}: {method} {site}{path}\n");
    for (name, value) in headers {
        writeln!(text, "   {name}: {value}").unwrap();
    }
    if let Some(body) = body {
        writeln!(text, "   {body:?}").unwrap();
    }
    for assertion in assertions {
        writeln!(text, "   {}: {:?}", assertion.line, assertion.expected).unwrap();
    }
    text
}

fn error(error: &ConfigError) -> String {
    let ConfigError {
        file, line, column, ..
    } = error;
    let hint = error.hint.as_ref().map(|hint| format!("Hint: {hint}\n"));
    format!(
        "{error}   ——▶ {file}:{line}:{column}\n{}",
        hint.unwrap_or_default()
    )
}

#[test]
fn the_schema_takes_every_good_file() {
    let schemas = scap_plan::schemas();
    let (_, schema) = schemas.iter().find(|(name, _)| *name == "httpbb").unwrap();
    let validator = jsonschema::validator_for(schema.as_value()).unwrap();
    let mut tried = 0;
    for case in cases().iter().filter(|case| !is_bad(case)) {
        let file = String::from_utf8(bytes(case)).unwrap();
        let value: serde_json::Value = serde_saphyr::from_str(&file).unwrap();
        let wrong: Vec<String> = validator
            .iter_errors(&value)
            .map(|error| error.to_string())
            .collect();
        assert!(wrong.is_empty(), "{}: {wrong:?}", case.display());
        tried += 1;
    }
    assert!(tried >= 8, "only {tried} files were tried");
}

#[test]
fn the_schema_refuses_wrong_shapes() {
    let schemas = scap_plan::schemas();
    let (_, schema) = schemas.iter().find(|(name, _)| *name == "httpbb").unwrap();
    let validator = jsonschema::validator_for(schema.as_value()).unwrap();
    for text in [
        "{}",
        "https://x: []",
        "ftp://x: [{path: /}]",
        "https://x: [{}]",
        "https://x: [{path: x}]",
        "https://x: [{path: /, assert_stauts: 200}]",
        "https://x: [{path: /, assert_status: 99}]",
        "https://x: [{path: /, assert_status: []}]",
        "https://x: [{path: /, assert_headers: {}}]",
        "https://x: [{path: /, assert_headers_absent: X}]",
        "https://x: [{path: /, assert_body_contains: ''}]",
    ] {
        let value: serde_json::Value = serde_saphyr::from_str(text).unwrap();
        assert!(!validator.is_valid(&value), "{text}");
        assert!(read(text.as_bytes().to_vec()).is_err(), "{text}");
    }
}

#[test]
fn hostile_files_are_read_to_an_end() {
    let files: Vec<Vec<u8>> = cases().iter().map(|case| bytes(case)).collect();
    hostile("httpbb", &files, |bytes| match read(bytes.to_vec()) {
        Ok(read) => {
            for request in read.requests {
                assert!(request.path.starts_with('/') && request.path.is_ascii());
                assert!(request.line >= 1);
            }
        }
        Err(errors) => {
            assert!(!errors.is_empty());
            for error in errors {
                assert!(error.line >= 1 && error.column >= 1);
                assert!(!error.message.chars().any(char::is_control), "{error:?}");
            }
        }
    });
}
