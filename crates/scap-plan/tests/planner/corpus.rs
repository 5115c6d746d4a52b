//! Every folder of `tests/corpus/` is a case: files and arguments in, a plan or an error out, compared to the letter.
//!
//! `UPDATE_CORPUS=1` writes what comes out; a case has a `plan.json` where it has that file already.
//! A file that a case does not have is taken from `tests/corpus/_shared`.

use crate::case::{Case, Outcome, all};
use crate::expected::{expect, is_update};
use std::fs;

/// What a case may expect, one of them each.
const EXPECTATIONS: &[&str] = &["plan.txt", "configuration.txt", "error.txt"];

fn check(case: &Case, wrong: &mut Vec<String>) {
    let (name, text) = match case.outcome() {
        Outcome::Plan { text, json } => {
            let file = case.folder.join("plan.json");
            if file.exists() {
                expect(&file, &json, wrong);
            }
            ("plan.txt", text)
        }
        Outcome::Configuration(text) => ("configuration.txt", text),
        Outcome::Error(text) => ("error.txt", text),
    };
    for other in EXPECTATIONS.iter().filter(|other| **other != name) {
        let file = case.folder.join(other);
        if is_update() && file.exists() {
            fs::remove_file(&file).unwrap();
        }
        if file.exists() {
            wrong.push(format!(
                "{} is expected, but found:\n{text}",
                file.display()
            ));
        }
    }
    expect(&case.folder.join(name), &text, wrong);
}

#[test]
fn every_case_of_the_corpus_comes_out_as_expected() {
    let cases = all();
    let mut wrong = Vec::new();
    for case in &cases {
        check(case, &mut wrong);
    }
    assert!(
        wrong.is_empty(),
        "{} differences:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn the_corpus_has_at_least_seventy_cases_and_half_of_them_are_wrong_inputs() {
    let cases = all();
    let bad = cases
        .iter()
        .filter(|case| case.folder.join("error.txt").exists())
        .count();
    assert!(cases.len() >= 70, "{} cases", cases.len());
    assert!(
        bad * 2 >= cases.len(),
        "{bad} of {} cases are wrong inputs",
        cases.len()
    );
}

#[test]
fn a_case_is_called_bad_if_it_is() {
    for case in all() {
        assert_eq!(
            case.name.starts_with("bad-"),
            case.folder.join("error.txt").exists(),
            "{}",
            case.name
        );
    }
}

#[test]
fn every_finding_in_a_file_has_a_place_in_it() {
    for case in all() {
        for error in case.findings() {
            let text = String::from_utf8_lossy(&case.bytes(&error.file).unwrap()).into_owned();
            let line = text.lines().nth(error.line - 1).unwrap_or_default();
            assert!(
                error.line <= text.lines().count().max(1) + 1,
                "{}: {error:?}",
                case.name
            );
            assert!(
                error.column <= line.chars().count() + 1,
                "{}: {error:?}",
                case.name
            );
        }
    }
}
