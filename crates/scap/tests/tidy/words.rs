//! Words that stand in no file: left-over work, this machine's paths, the registries that packages come from.

use regex::Regex;

use crate::checkout::{Place, TextFile, expect_none, has_extension, places};

/// Put together here so that this file keeps its own rules.
const LEFT_OVER: [&str; 3] = [
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("XX", "X"),
];

const REGISTRIES: [&str; 12] = [
    concat!("index.crates", ".io"),
    concat!("static.crates", ".io"),
    concat!("proxy.golang", ".org"),
    concat!("sum.golang", ".org"),
    concat!("registry.npmjs", ".org"),
    concat!("repo.maven", ".apache"),
    concat!("repo1.maven", ".org"),
    concat!("files.pythonhosted", ".org"),
    concat!("pypi", ".org"),
    concat!("deb.debian", ".org"),
    concat!("archive.ubuntu", ".com"),
    concat!("arti", "factory"),
];

const MACHINE_FOLDERS: [&str; 4] = [
    concat!("/wo", "rk"),
    concat!("/ro", "ot"),
    concat!("/ho", "me"),
    concat!("/tm", "p"),
];

#[test]
fn no_work_is_left_over() {
    expect_none(
        &found(&format!(r"\b({})\b", LEFT_OVER.join("|")), has_work),
        "Do it now, or open an issue: nobody reads such a note again.",
    );
}

#[test]
fn no_file_names_a_package_registry() {
    let names = REGISTRIES.map(regex::escape).join("|");
    expect_none(
        &found(&names, |_| true),
        "Clients know their registry; who needs another one says so in the environment.",
    );
}

#[test]
fn no_file_names_a_folder_of_one_machine() {
    expect_none(
        &found(&machine_folder(), |_| true),
        "Take the path from configuration or XDG; in tests, make a temporary folder.",
    );
}

#[test]
fn these_rules_can_fail() {
    let folder = Regex::new(&machine_folder()).expect("a valid expression");
    for start in MACHINE_FOLDERS {
        for text in [
            format!("\"{start}/x\""),
            format!("cd {start}/x"),
            format!("a={start}/x"),
        ] {
            assert!(folder.is_match(&text), "{text}");
        }
        for text in [
            format!("etc{start}/x"),
            format!("$x{start}/y"),
            format!("{start}s/x"),
        ] {
            assert!(!folder.is_match(&text), "{text}");
        }
    }
}

/// A folder of `MACHINE_FOLDERS` at the beginning of a path.
fn machine_folder() -> String {
    format!(r"(^|[^\w.}}~/-])({})/", MACHINE_FOLDERS.join("|"))
}

/// Files of ours: not what another project wrote.
fn has_work(file: &TextFile) -> bool {
    !file.path.starts_with("e2e/deployment-charts/") && !has_extension(&file.path, "lock")
}

fn found(expression: &str, applies: impl Fn(&TextFile) -> bool) -> Vec<Place> {
    let expression = Regex::new(expression).expect("a valid expression");
    places(applies, |file| {
        let lines = file.text.lines().enumerate();
        lines
            .filter(|(_, line)| expression.is_match(line))
            .map(|(index, line)| Place::new(file, index + 1, line.trim()))
            .collect::<Vec<_>>()
    })
}
