//! Modules that stand in files of their own: which ones there are, and which only tests have.

use std::sync::LazyLock;

use regex::Regex;

use crate::checkout::{Place, TextFile, expect_none, files, places};
use crate::dependencies;

/// A `mod name;`.
struct Module {
    /// Its file without `.rs`, relative to the checkout.
    path: String,
    of_tests: bool,
}

/// Rust that goes into a binary or library: in `src`, and in no module that only tests have.
pub(crate) fn is_product(file: &TextFile) -> bool {
    static MODULES: LazyLock<Vec<Module>> = LazyLock::new(all);
    let is_inside = |module: &Module| {
        let rest = file.path.strip_prefix(&module.path);
        rest.is_some_and(|rest| rest.starts_with(['.', '/']))
    };
    file.is_rust()
        && file.path.split('/').nth(2) == Some("src")
        && !MODULES
            .iter()
            .any(|module| module.of_tests && is_inside(module))
}

#[test]
fn no_rust_file_is_forgotten() {
    let mut compiled: Vec<String> = all().into_iter().map(|it| it.path + ".rs").collect();
    compiled.extend(dependencies::target_files());
    let forgotten = |file: &TextFile| {
        let place = Place::new(file, 1, "no `mod` declares it, so nobody compiles it");
        (!compiled.contains(&file.path)).then_some(place)
    };
    expect_none(
        &places(TextFile::is_rust, forgotten),
        "Declare it in its parent, or delete it.",
    );
}

#[test]
fn declarations_lead_to_files() {
    for (path, text, expected, of_tests) in [
        ("c/src/lib.rs", "mod a;", "c/src/a", false),
        ("c/src/a.rs", "pub(crate) mod b;", "c/src/a/b", false),
        ("c/src/a.rs", "pub(in crate::a) mod b;", "c/src/a/b", false),
        (
            "c/src/a.rs",
            "#[cfg(test)]\nmod tests;",
            "c/src/a/tests",
            true,
        ),
        (
            "c/tests/a.rs",
            "#[path = \"a/b.rs\"]\nmod b;",
            "c/tests/a/b",
            false,
        ),
        (
            "c/examples/a.rs",
            "#[path = \"../tests/b.rs\"]\nmod b;",
            "c/tests/b",
            false,
        ),
    ] {
        let found = declared(&TextFile::new(path, text));
        assert_eq!(found.len(), 1, "{text}");
        assert_eq!(found[0].path, expected, "{text}");
        assert_eq!(found[0].of_tests, of_tests, "{text}");
    }
    assert!(declared(&TextFile::new("c/src/a.rs", "// mod b;\nmod c {}")).is_empty());
}

fn all() -> Vec<Module> {
    let rust = files().iter().filter(|file| file.is_rust());
    rust.flat_map(declared).collect()
}

fn declared(file: &TextFile) -> Vec<Module> {
    static DECLARATION: LazyLock<Regex> = LazyLock::new(|| {
        let attributes = r#"(#\[cfg\(test\)\]\s+)?(?:#\[path = "([^"]+)\.rs"\]\s+)?"#;
        let declaration = format!(r"(?m)^[ \t]*{attributes}(?:pub(?:\([\w: ]+\))? )?mod (\w+);");
        Regex::new(&declaration).expect("a valid expression")
    });
    let (folder, name) = file.path.rsplit_once('/').unwrap_or(("", &file.path));
    let is_root = matches!(name, "lib.rs" | "main.rs")
        || folder.ends_with("/tests")
        || folder.ends_with("/examples");
    let children = if is_root {
        folder
    } else {
        file.path.trim_end_matches(".rs")
    };
    DECLARATION
        .captures_iter(&file.text)
        .map(|found| Module {
            path: found.get(2).map_or_else(
                || format!("{children}/{}", &found[3]),
                |path| join(folder, path.as_str()),
            ),
            of_tests: found.get(1).is_some(),
        })
        .collect()
}

/// `path` as seen from `folder`.
fn join(folder: &str, path: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').collect();
    for part in path.split('/') {
        if part == ".." {
            parts.pop();
        } else {
            parts.push(part);
        }
    }
    parts.join("/")
}
