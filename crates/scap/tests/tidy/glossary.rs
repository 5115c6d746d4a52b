//! docs/glossary.md has the words of the code: what it names is there.

use std::collections::BTreeSet;

use regex::Regex;

use crate::checkout::{Place, TextFile, expect_none, file, files};
use crate::modules::is_product;
use crate::rust::Rust;

#[test]
fn the_glossary_names_what_the_code_has() {
    let product = files().iter().filter(|file| is_product(file));
    let names: BTreeSet<String> = product
        .flat_map(|file| Rust::read(&file.path, &file.text).names)
        .map(|name| name.text)
        .collect();
    expect_none(
        &unknown(file("docs/glossary.md"), &names),
        "Call both the same: rename the one that has the worse word.",
    );
}

#[test]
fn this_rule_can_fail() {
    let names = ["Plan", "digest", "Gate::Bake"].map(str::to_owned).into();
    for (row, expected) in [
        ("| digest | The hash of a plan. | `Plan::digest` |", 0),
        ("| bake | Time. | `Plan`, `Bake` |", 0),
        ("| plan | Steps in `order`. | `Plan` |", 0),
        ("| plan | Steps. | `Scheme`, `Plan::hash` |", 2),
    ] {
        let page = TextFile::new("docs/glossary.md", row);
        assert_eq!(unknown(&page, &names).len(), expected, "{row}");
    }
}

/// The names in the last cells of the glossary's rows of which the code does not know every part.
fn unknown(glossary: &TextFile, names: &BTreeSet<String>) -> Vec<Place> {
    let quoted = Regex::new("`([^`]+)`").expect("a valid expression");
    let known: BTreeSet<&str> = names.iter().flat_map(|name| name.split("::")).collect();
    let mut places = Vec::new();
    for (index, line) in glossary.text.lines().enumerate() {
        let Some((_, cell)) = line.trim_end_matches([' ', '|']).rsplit_once('|') else {
            continue;
        };
        for name in quoted.captures_iter(cell) {
            if !name[1].split("::").all(|part| known.contains(part)) {
                places.push(Place::new(glossary, index + 1, &name[0]));
            }
        }
    }
    places
}
