//! docs/security.md is true: it has every attack and every item of ASVS, each with tests that exist or a reason.

use std::collections::BTreeSet;

use regex::Regex;

use crate::architecture::{Row, rows};
use crate::checkout::{Place, TextFile, expect_none, file, files};

const ATTACKS: usize = 40;

/// The items of OWASP ASVS 5.0 that our list of attacks names.
const ITEMS: [&str; 45] = [
    "2.3.5", "3.2.2", "3.4.1", "3.4.2", "3.4.3", "3.4.4", "3.4.5", "3.4.6", "3.4.7", "3.4.8",
    "3.5.1", "3.5.2", "3.5.3", "3.7.2", "4.1.3", "4.1.5", "4.4.2", "4.4.3", "4.4.4", "6.5.1",
    "6.5.5", "6.5.6", "7.2.4", "7.5.3", "8.3.2", "8.3.3", "10.1.2", "10.2.1", "10.2.2", "10.5.1",
    "10.5.2", "10.5.3", "10.5.4", "14.3.2", "15.1.2", "15.2.4", "15.2.5", "15.3.4", "15.4.2",
    "16.4.2", "16.4.3", "16.5.1", "16.5.2", "16.5.3", "16.5.4",
];

/// How a reason begins; something stands behind it.
const REASONS: [&str; 3] = ["open: ", "no test ", "does not apply: "];

#[test]
fn every_attack_has_a_row() {
    let expected: Vec<String> = (1..=ATTACKS).map(|it| format!("A{it}")).collect();
    let mut found = names(&attacks(page()));
    found.retain(|name| name.starts_with('A'));
    found.dedup();
    assert_eq!(
        found, expected,
        "docs/security.md (left) has not A1 to A{ATTACKS} in order: each attack has a row, or several one after the other"
    );
}

#[test]
fn every_item_of_asvs_has_a_row() {
    assert_eq!(
        names(&items(page())),
        ITEMS,
        "docs/security.md (left) and the items that we chose differ: one row for each"
    );
}

#[test]
fn what_shows_security_exists() {
    expect_none(
        &missing(page(), &tests(files()), is_there),
        "Name the test as it is called now, or say what is open.",
    );
}

#[test]
fn every_row_is_shown_or_has_a_reason() {
    expect_none(
        &unshown(page()),
        "Name a test in backticks, a file of tests, or a row of the first table that has one; else say `open: …`, `no test …` or `does not apply: …`.",
    );
}

#[test]
fn these_rules_can_fail() {
    let known = TextFile::new(
        "a.rs",
        "#[tokio::test]\n#[ignore = \"x\"]\nasync fn a_cat_is_out() {}\nfn no_test_at_all() {}",
    );
    let known = tests(&[known]);
    for (shown, missed, unproved) in [
        ("`a_cat_is_out`, as it should be", 0, 0),
        ("e2e/cats/run", 0, 0),
        // The item would stand on a row that shows nothing.
        ("does not apply: there is no cat", 0, 1),
        ("`a_dog_is_out`", 1, 0),
        ("`no_test_at_all`", 1, 0),
        ("e2e/dogs/run", 1, 0),
        ("`cats` are out", 0, 2),
        ("open: ", 0, 2),
        ("A2", 0, 2),
        ("", 0, 2),
    ] {
        let page = page_of(shown, "A1");
        let found = missing(&page, &known, |path| path == "e2e/cats/run");
        assert_eq!(found.len(), missed, "{shown}");
        assert_eq!(unshown(&page).len(), unproved, "{shown}");
        assert_eq!(names(&attacks(&page)), ["A1"]);
    }
    for (shown, unproved) in [("A1", 0), ("A2", 1), ("", 1), ("open: cats", 0)] {
        let page = page_of("e2e/cats/run", shown);
        assert_eq!(unshown(&page).len(), unproved, "{shown}");
    }
}

/// A page of one attack and one item.
fn page_of(attack: &str, item: &str) -> TextFile {
    let attacks = format!("| row | x | y | z |\n|---|---|---|---|\n| A1 | x | y | {attack} |\n");
    let items = format!("| ASVS | x | y |\n|---|---|---|\n| 1.2.3 | x | {item} |\n");
    TextFile::new("docs/security.md", &format!("{attacks}\n{items}"))
}

fn page() -> &'static TextFile {
    file("docs/security.md")
}

fn attacks(page: &TextFile) -> Vec<Row> {
    rows(&page.text, "row")
}

fn items(page: &TextFile) -> Vec<Row> {
    rows(&page.text, "ASVS")
}

fn names(rows: &[Row]) -> Vec<String> {
    rows.iter().map(|row| row.cells[0].clone()).collect()
}

/// The functions that are tests.
fn tests(files: &[TextFile]) -> BTreeSet<String> {
    let attributes = r"#\[(?:tokio::)?test\b[^\]]*\]\s*(?:#\[[^\]]*\]\s*)*";
    let test =
        Regex::new(&format!(r"{attributes}(?:async )?fn (\w+)")).expect("a valid expression");
    let rust = files.iter().filter(|file| file.is_rust());
    rust.flat_map(|file| test.captures_iter(&file.text))
        .map(|found| found[1].to_owned())
        .collect()
}

/// What a text names as a test: three words or more in backticks.
fn named_tests(text: &str) -> Vec<&str> {
    let name = Regex::new(r"`([a-z0-9]+(?:_[a-z0-9]+){2,})`").expect("a valid expression");
    let found = name.captures_iter(text);
    found.map(|it| it.extract::<1>().1[0]).collect()
}

/// What a text names of the tests that are not Rust.
fn named_files(text: &str) -> Vec<&str> {
    let path = Regex::new(r"\b(?:bench|dev|e2e|web)/[\w./-]*\w").expect("a valid expression");
    path.find_iter(text).map(|it| it.as_str()).collect()
}

/// Whether it is a file, or a folder of files.
fn is_there(path: &str) -> bool {
    files().iter().any(|file| {
        let rest = file.path.strip_prefix(path);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}

/// The names on the page that nothing has.
fn missing(page: &TextFile, tests: &BTreeSet<String>, is_there: fn(&str) -> bool) -> Vec<Place> {
    let mut places = Vec::new();
    for (index, line) in page.text.lines().enumerate() {
        let tests = named_tests(line)
            .into_iter()
            .filter(|it| !tests.contains(*it));
        let files = named_files(line).into_iter().filter(|it| !is_there(it));
        places.extend(tests.chain(files).map(|it| Place::new(page, index + 1, it)));
    }
    places
}

/// The rows that nothing stands behind, and items that stand on a row without a test.
fn unshown(page: &TextFile) -> Vec<Place> {
    let (attacks, items) = (attacks(page), items(page));
    let shown: BTreeSet<&str> = attacks
        .iter()
        .filter(|row| is_shown(last(row)))
        .map(|row| row.cells[0].as_str())
        .collect();
    let reference = Regex::new(r"\b[AW][0-9]+\b").expect("a valid expression");
    let stands = |row: &Row| {
        let rows: Vec<&str> = reference
            .find_iter(last(row))
            .map(|it| it.as_str())
            .collect();
        let is_enough = is_shown(last(row)) || has_reason(last(row)) || !rows.is_empty();
        is_enough && rows.iter().all(|name| shown.contains(name))
    };
    let attacks = attacks
        .iter()
        .filter(|row| !is_shown(last(row)) && !has_reason(last(row)));
    attacks
        .chain(items.iter().filter(|row| !stands(row)))
        .map(|row| Place::new(page, row.line, row.cells[0].as_str()))
        .collect()
}

fn last(row: &Row) -> &str {
    row.cells.last().map_or("", String::as_str)
}

fn is_shown(cell: &str) -> bool {
    !named_tests(cell).is_empty() || !named_files(cell).is_empty()
}

fn has_reason(cell: &str) -> bool {
    let mut reasons = REASONS.iter().filter_map(|start| cell.split_once(start));
    reasons.any(|(_, reason)| !reason.trim().is_empty())
}
