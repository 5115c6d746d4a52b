//! How files are named, how they begin, and how long they are.

use regex::Regex;

use crate::checkout::{Place, TextFile, expect_none, file, files, places, stems};

/// Words that name no thing: a file is called after its main type.
const EMPTY_WORDS: [&str; 12] = [
    "util", "utils", "helper", "helpers", "common", "misc", "imp", "base", "manager", "handler",
    "data", "info",
];

/// A file above this is worth another look; the test names it and passes.
const LOOK_AGAIN_LINES: usize = 400;
const MOST_LINES: usize = 700;

/// Files that may be longer than `MOST_LINES`, and why.
const LONG_FILES: &[(&str, &str)] = &[];

#[test]
fn modules_are_named_after_what_they_hold() {
    let named_badly = |file: &TextFile| -> Vec<Place> {
        stems(&file.path)
            .filter(|stem| is_empty_name(stem))
            .map(|stem| Place::new(file, 1, format!("`{stem}` says nothing")))
            .collect()
    };
    expect_none(
        &places(TextFile::is_rust, named_badly),
        "Name the file after its main type; `name/mod.rs` becomes `name.rs`.",
    );
}

#[test]
fn every_rust_file_opens_with_a_sentence() {
    expect_none(
        &places(TextFile::is_rust, |file| opening(file).err()),
        "Begin with one `//!` sentence that says what the file is for, with a full stop.",
    );
}

#[test]
fn every_library_says_in_out_and_never() {
    let is_library = |file: &TextFile| file.path.ends_with("/src/lib.rs");
    let incomplete = |file: &TextFile| {
        let opening = opening(file).unwrap_or_default();
        let says = Regex::new(r"^In: .+ Out: .+ Never: ").expect("a valid expression");
        let place = Place::new(file, 1, format!("says only: {opening}"));
        (!says.is_match(&opening)).then_some(place)
    };
    expect_none(
        &places(is_library, incomplete),
        "Open with `//! In: … Out: … Never: …`, as ARCHITECTURE.md has it for this crate.",
    );
}

#[test]
fn no_file_is_too_long_to_read() {
    let length = |file: &TextFile| file.text.lines().count();
    for file in files().iter().filter(|file| file.is_rust()) {
        if length(file) > LOOK_AGAIN_LINES {
            println!("look again: {} has {} lines", file.path, length(file));
        }
    }
    let too_long = |file: &TextFile| {
        let allowed = LONG_FILES.iter().any(|(path, _)| *path == file.path);
        let what = match (length(file) > MOST_LINES, allowed) {
            (true, false) => format!("has {} lines, {MOST_LINES} are the most", length(file)),
            (false, true) => "is short again: take it from LONG_FILES".to_owned(),
            _ => return None,
        };
        Some(Place::new(file, 1, what))
    };
    expect_none(
        &places(TextFile::is_rust, too_long),
        "Move a part that has a name of its own into `name/part.rs`, tests into `name/tests.rs`.",
    );
    for (path, _) in LONG_FILES {
        file(path);
    }
}

#[test]
fn the_schemas_are_checked_in() {
    let schemas: Vec<&TextFile> = files()
        .iter()
        .filter(|file| file.path.starts_with("schemas/"))
        .collect();
    assert!(
        !schemas.is_empty(),
        "schemas/ is missing: the tests of scap-plan write it"
    );
    for schema in schemas {
        serde_json::from_str::<serde_json::Value>(&schema.text)
            .unwrap_or_else(|error| panic!("{} is no JSON: {error}", schema.path));
    }
}

#[test]
fn these_rules_can_fail() {
    for name in ["utils", "lock_manager", "host-info", "mod"] {
        assert!(is_empty_name(name), "{name}");
    }
    for name in ["database", "improve", "handlers_of"] {
        assert!(!is_empty_name(name), "{name}");
    }
    for text in [
        "",
        "use a;",
        "//! word.",
        "//! No full stop",
        "/// Not the file's.",
    ] {
        assert!(
            opening(&TextFile::new("snippet.rs", text)).is_err(),
            "{text}"
        );
    }
    let two_lines = opening(&TextFile::new(
        "snippet.rs",
        "//! In: a.\n//! Out: b.\n//!\n//! More\n\nuse a;",
    ));
    assert_eq!(two_lines.ok().as_deref(), Some("In: a. Out: b."));
}

fn is_empty_name(stem: &str) -> bool {
    stem == "mod"
        || stem
            .split(['_', '-'])
            .any(|word| EMPTY_WORDS.contains(&word))
}

/// The first paragraph of a file's `//!` text, as one line; a command may stand for itself.
fn opening(file: &TextFile) -> Result<String, Place> {
    let lines: Vec<&str> = file
        .text
        .lines()
        .map_while(|line| line.strip_prefix("//!"))
        .map(str::trim)
        .take_while(|line| !line.is_empty())
        .collect();
    let text = lines.join(" ");
    if text.contains(' ') && text.ends_with(['.', ':', '`']) {
        return Ok(text);
    }
    let first = file.text.lines().next().unwrap_or("(empty)");
    Err(Place::new(file, 1, format!("begins with {first}")))
}
