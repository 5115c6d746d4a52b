//! What may be named where: who reads files and clocks, starts programs, speaks SQL, prints.

use crate::checkout::{Place, TextFile, expect_none, places};
use crate::modules::is_product;
use crate::rust::Rust;

/// Names that stand nowhere but in `except`, of all places `within`. Both hold beginnings of paths.
struct Ban {
    names: &'static [&'static str],
    within: &'static [&'static str],
    except: &'static [&'static str],
}

const WORLD: Ban = Ban {
    names: &[
        "std::fs",
        "std::env",
        "std::process",
        "std::thread",
        // An address is data; these open it.
        "TcpListener",
        "TcpStream",
        "ToSocketAddrs",
        "UdpSocket",
        "tokio",
        "SystemTime",
        "Instant",
    ],
    within: &["crates/scap-mask/", "crates/scap-plan/", "crates/scap-run/"],
    except: &[],
};

const PROGRAMS: Ban = Ban {
    names: &["process::Command", "Command::new"],
    within: &["crates/"],
    except: &[
        "crates/scap-engines/src/process.rs",
        "crates/scap-engines/src/process/",
        // The demo uses scap from outside, as its users do.
        "crates/scap-demo/src/process.rs",
    ],
};

const PRINTING: Ban = Ban {
    names: &["println!", "eprintln!", "print!", "eprint!", "dbg!"],
    within: &["crates/"],
    except: &[
        "crates/scap/src/main.rs",
        "crates/scap/src/commands",
        "crates/scap/src/view",
        "crates/scap-demo/src/story/narrator.rs",
        // It speaks to those who test.
        "crates/scap-hostile/src/watch.rs",
    ],
};

const UNWRAPPING: Ban = Ban {
    names: &[".unwrap", ".unwrap_err", "Option::unwrap", "Result::unwrap"],
    within: &["crates/"],
    except: &[],
};

const SQL: [&str; 6] = [
    "SELECT ",
    "INSERT INTO ",
    "INSERT OR ",
    "UPDATE ",
    "DELETE FROM ",
    "CREATE TABLE ",
];

#[test]
fn pure_crates_know_no_files_clock_or_runtime() {
    expect_none(
        &broken(&WORLD),
        "scap-mask, scap-plan and scap-run are pure: let the caller read it and hand it in.",
    );
}

#[test]
fn programs_are_started_in_one_module() {
    expect_none(
        &broken(&PROGRAMS),
        "Start programs through `scap_engines::process`: its supervisor outlives the runner.",
    );
}

#[test]
fn only_views_print() {
    expect_none(
        &broken(&PRINTING),
        "Return a value and let a view of crates/scap print it; for operators, use `tracing`.",
    );
}

#[test]
fn nothing_unwraps_outside_of_tests() {
    expect_none(
        &broken(&UNWRAPPING),
        "Return an error, or say `expect(\"why it cannot happen\")`.",
    );
}

#[test]
fn sql_is_spoken_by_those_who_keep_only() {
    let keepers = ["crates/scap-journal/", "crates/spiderpig-control/"];
    let keeps = |file: &TextFile| keepers.into_iter().any(|it| file.path.starts_with(it));
    let outside = |file: &TextFile| is_product(file) && !keeps(file);
    expect_none(
        &places(outside, statements),
        "Give `Journal`, `Identity` or `Audit` a function that says what is wanted.",
    );
}

#[test]
fn these_rules_can_fail() {
    let cases: [(&Ban, &str, usize); 14] = [
        (&WORLD, "fn f() { std::fs::read(\"x\"); }", 1),
        (&WORLD, "use std::{io, fs::{self, File}, env as e};", 3),
        (&WORLD, "macro_rules! m { () => { Instant::now() } }", 1),
        (&WORLD, "// std::fs\n/// `std::fs`\nfn fs() {}", 0),
        (&WORLD, "#[cfg(test)]\n#[x]\nmod tests { use std::fs; }", 0),
        (&WORLD, "#[cfg(test)]\nuse std::fs;\nuse tokio::time;", 1),
        (&PROGRAMS, "use tokio::process::{Child, Command};", 1),
        (&PROGRAMS, "fn f() { Command::new(\"sh\"); }", 1),
        (&PROGRAMS, "use std::process::ExitCode;", 0),
        (&PRINTING, "fn f() { std::println!(\"{}\", 1 != 2); }", 1),
        (&PRINTING, "fn f() { writeln!(out, \"println!\"); }", 0),
        (&UNWRAPPING, "fn f() { format!(\"{}\", x?.unwrap()); }", 1),
        (&UNWRAPPING, "fn f() { x.map(Option::unwrap); }", 1),
        (&UNWRAPPING, "fn f() { x.unwrap_or(1).expect(\"y\"); }", 0),
    ];
    for (ban, text, expected) in cases {
        assert_eq!(
            found(ban, &TextFile::new("snippet.rs", text)).len(),
            expected,
            "{text}"
        );
    }
    for (text, expected) in [
        ("fn f() { db(\"SELECT run FROM runs\"); }", 1),
        ("fn f() { db(r#\"\n  UPDATE runs\"#); }", 1),
        ("/// \"SELECT run\"\nfn f() { say(\"select one\"); }", 0),
    ] {
        assert_eq!(
            statements(&TextFile::new("snippet.rs", text)).len(),
            expected,
            "{text}"
        );
    }
}

fn broken(ban: &Ban) -> Vec<Place> {
    let begins = |path: &str, with: &[&str]| with.iter().any(|start| path.starts_with(start));
    let applies = |file: &TextFile| {
        is_product(file) && begins(&file.path, ban.within) && !begins(&file.path, ban.except)
    };
    places(applies, |file| found(ban, file))
}

fn found(ban: &Ban, file: &TextFile) -> Vec<Place> {
    let is_banned = |name: &str| ban.names.iter().any(|banned| contains(name, banned));
    Rust::read(&file.path, &file.text)
        .names
        .into_iter()
        .filter(|name| is_banned(&name.text))
        .map(|name| Place::new(file, name.line, format!("`{}`", name.text)))
        .collect()
}

/// Whether the segments of `part` stand side by side in `path`.
fn contains(path: &str, part: &str) -> bool {
    format!("::{path}::").contains(&format!("::{part}::"))
}

fn statements(file: &TextFile) -> Vec<Place> {
    Rust::read(&file.path, &file.text)
        .texts
        .into_iter()
        .filter(|text| SQL.iter().any(|words| text.text.contains(words)))
        .map(|text| Place::new(file, text.line, text.text))
        .collect()
}
