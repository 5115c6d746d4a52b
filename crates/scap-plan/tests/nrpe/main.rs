//! Every folder of `cases/` has files of NRPE; what is run for the command `check_wanted`, or why nothing is, comes out.
//!
//! `UPDATE_CORPUS=1` writes what comes out.

#![expect(clippy::unwrap_used, reason = "a test stops at what cannot happen")]

#[path = "../planner/expected.rs"]
mod expected;

use expected::{expect, folders};
use scap_plan::{NrpeCommand, Source};
use std::fs;
use std::path::Path;

const WANTED: &str = "check_wanted";

fn files(case: &Path) -> Vec<Source> {
    let names = ["a.cfg", "b.cfg"].iter();
    let read = names.filter_map(|name| {
        Some(Source::new(
            *name,
            fs::read_to_string(case.join(name)).ok()?,
        ))
    });
    read.collect()
}

#[test]
fn every_case_comes_out_as_expected() {
    let mut wrong = Vec::new();
    for case in folders("nrpe/cases") {
        let found = NrpeCommand::find(WANTED, &files(&case));
        let name = case.file_name().unwrap().to_str().unwrap();
        assert_eq!(
            found.is_err(),
            name.starts_with("bad-"),
            "{name}: {found:?}"
        );
        let (file, text) = match found {
            Ok(command) => ("words.txt", command.words.join("\n") + "\n"),
            Err(error) => ("error.txt", format!("{error}\n")),
        };
        expect(&case.join(file), &text, &mut wrong);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn hostile_files_are_read_to_an_end() {
    let texts = folders("nrpe/cases")
        .into_iter()
        .flat_map(|case| files(&case));
    let texts: Vec<String> = texts.map(|file| file.text).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    scap_hostile::hostile_text("nrpe", &texts, |text| {
        let source = Source::new("a.cfg", text);
        if let Ok(command) = NrpeCommand::find(WANTED, &[source]) {
            assert!(!command.words.is_empty());
        }
    });
}
