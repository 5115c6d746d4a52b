//! ARCHITECTURE.md is true: its tables name the crates, what each may use, and who writes what is kept.

use std::collections::BTreeSet;

use regex::Regex;

use crate::checkout::{Place, TextFile, expect_none, file, files, has_extension};
use crate::dependencies;

/// Two printed pages.
const MOST_LINES: usize = 130;

/// Where tables are made.
const KEEPERS: [&str; 2] = [
    "crates/scap-journal/migrations/",
    "crates/spiderpig-control/migrations/",
];

const KEPT: &str = "file or table";

/// A row of a table in Markdown.
pub(crate) struct Row {
    pub(crate) line: usize,
    pub(crate) cells: Vec<String>,
}

#[test]
fn architecture_fits_two_pages() {
    let lines = page().text.lines().count();
    assert!(
        lines <= MOST_LINES,
        "ARCHITECTURE.md has {lines} lines, {MOST_LINES} are the most: say what is not there, leave out what the code says."
    );
}

#[test]
fn every_table_has_a_row_in_architecture() {
    let rows = rows(&page().text, KEPT);
    let listed: BTreeSet<&str> = rows
        .iter()
        .flat_map(|row| row.cells[0].split('`').skip(1).step_by(2))
        .collect();
    let mut missing = sql_tables();
    missing.retain(|table| !listed.contains(table.what.as_str()));
    expect_none(
        &missing,
        "Add a row to `| file or table | its only writer | its readers | secret? |` of ARCHITECTURE.md.",
    );
}

#[test]
fn everything_kept_has_one_writer_that_exists() {
    expect_none(
        &badly_kept(page(), &dependencies::crates()),
        "Name the one crate that writes it, who reads it, and whether it is secret: yes or no.",
    );
}

#[test]
fn these_rules_can_fail() {
    let crates = ["scap", "scap-journal", "scap-execute"].map(str::to_owned);
    for (row, expected) in [
        ("| `runs`, `events` | scap-journal | scap, people | no |", 0),
        (
            "| DIR/log | helm, started by scap-execute | all | yes: raw |",
            0,
        ),
        ("| `runs` | scap-journal, scap-execute | all | no |", 1),
        ("| `runs` | scap-nothing | all | no |", 1),
        ("| `runs` | somebody | all | no |", 1),
        ("| `runs` | scap-journal | scap-nothing | no |", 1),
        ("| `runs` | scap-journal | | no |", 1),
        ("| `runs` | scap-journal | all | perhaps |", 1),
        ("| `runs` | scap-journal | all |", 1),
    ] {
        let text = format!("| File or table | writer |\n|---|---|\n{row}\n\n| other | table |\n");
        let page = TextFile::new("ARCHITECTURE.md", &text);
        assert_eq!(badly_kept(&page, &crates).len(), expected, "{row}");
    }
}

pub(crate) fn page() -> &'static TextFile {
    file("ARCHITECTURE.md")
}

/// The rows of the first table whose first column has this title.
pub(crate) fn rows(text: &str, title: &str) -> Vec<Row> {
    let mut lines = text.lines().enumerate();
    assert!(
        lines.any(|(_, line)| cells(line)[0].eq_ignore_ascii_case(title)),
        "no table begins with `| {title} |`"
    );
    lines
        .skip(1)
        .take_while(|(_, line)| line.starts_with('|'))
        .map(|(index, line)| Row {
            line: index + 1,
            cells: cells(line),
        })
        .collect()
}

/// A line's cells; a line outside of tables has one, which is empty.
fn cells(line: &str) -> Vec<String> {
    let inner = line.trim().strip_prefix('|').unwrap_or_default();
    let inner = inner.strip_suffix('|').unwrap_or(inner);
    inner
        .split('|')
        .map(|cell| cell.trim().to_owned())
        .collect()
}

/// The tables that migrations make, each where it is made.
fn sql_tables() -> Vec<Place> {
    let creates =
        Regex::new(r"^CREATE TABLE (?:IF NOT EXISTS )?(\w+)").expect("a valid expression");
    let migrations = files().iter().filter(|file| {
        let is_ours = |folder| file.path.starts_with(folder);
        KEEPERS.into_iter().any(is_ours) && has_extension(&file.path, "sql")
    });
    let tables: Vec<Place> = migrations
        .flat_map(|file| {
            let lines = file.text.lines().enumerate();
            lines.filter_map(|(index, line)| {
                Some(Place::new(file, index + 1, &creates.captures(line)?[1]))
            })
        })
        .collect();
    assert!(!tables.is_empty(), "{KEEPERS:?} make no tables");
    tables
}

fn badly_kept(page: &TextFile, crates: &[String]) -> Vec<Place> {
    rows(&page.text, KEPT)
        .iter()
        .filter_map(|row| Some(Place::new(page, row.line, wrong(&row.cells, crates)?)))
        .collect()
}

fn wrong(cells: &[String], crates: &[String]) -> Option<&'static str> {
    let crate_name = Regex::new(r"\b(scap|spiderpig)(-[a-z0-9]+)*\b").expect("a valid expression");
    let named = |cell: &str| -> BTreeSet<String> {
        let names = crate_name.find_iter(cell);
        names.map(|name| name.as_str().to_owned()).collect()
    };
    let exist = |names: &BTreeSet<String>| names.iter().all(|name| crates.contains(name));
    let [_, writer, readers, secret] = cells else {
        return Some("has not four cells");
    };
    if named(writer).len() != 1 || !exist(&named(writer)) {
        Some("names not one crate of ours as its writer")
    } else if readers.is_empty() || !exist(&named(readers)) {
        Some("names no readers, or a crate that is not there")
    } else if !(secret.starts_with("yes") || secret.starts_with("no")) {
        Some("says not whether it is secret")
    } else {
        None
    }
}
