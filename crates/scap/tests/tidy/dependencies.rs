//! Which crate may use which: an edge that is not in ARCHITECTURE.md's table does not exist.

use std::collections::BTreeMap;

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand};

use crate::architecture;
use crate::checkout::root;

/// The crates without IO, and what would bring it in.
const PURE: [&str; 3] = ["scap-mask", "scap-plan", "scap-run"];
const IMPURE: [&str; 6] = ["async-io", "kube", "reqwest", "rusqlite", "rustix", "tokio"];

fn metadata() -> Metadata {
    MetadataCommand::new()
        .manifest_path(root().join("Cargo.toml"))
        .no_deps()
        .exec()
        .expect("cargo can read the workspace")
}

/// The names of the workspace's crates, sorted.
pub(crate) fn crates() -> Vec<String> {
    let mut names: Vec<String> = metadata()
        .packages
        .iter()
        .map(|package| package.name.to_string())
        .collect();
    names.sort();
    names
}

/// The files that cargo starts from, relative to the checkout.
pub(crate) fn target_files() -> Vec<String> {
    let metadata = metadata();
    let targets = metadata.packages.iter().flat_map(|it| &it.targets);
    targets
        .filter_map(|it| it.src_path.strip_prefix(&metadata.workspace_root).ok())
        .map(ToString::to_string)
        .collect()
}

#[test]
fn architecture_names_the_crates_of_the_workspace() {
    let listed: Vec<String> = may_use(&architecture::page().text).into_keys().collect();
    assert_eq!(
        listed,
        crates(),
        "ARCHITECTURE.md (left) and the workspace (right) differ: one row of `| crate | … |` for each crate"
    );
}

#[test]
fn crates_use_only_what_architecture_allows() {
    let allowed = may_use(&architecture::page().text);
    let broken = edges(&metadata(), |name, uses| {
        is_ours(uses) && !allowed.get(name).is_some_and(|row| allows(row, uses))
    });
    assert!(
        broken.is_empty(),
        "forbidden edges: {broken:?}\nA crate exists because this edge must not: move the code, or pass what is needed through a trait.\n"
    );
}

#[test]
fn the_demo_and_planning_stand_alone() {
    let allowed = may_use(&architecture::page().text);
    for name in ["scap-demo", "scap-plan"] {
        assert_eq!(allowed[name], "–", "`{name}` may use nothing of ours");
    }
}

#[test]
fn pure_crates_depend_on_nothing_that_does_io() {
    let broken = edges(&metadata(), |name, uses| {
        PURE.contains(&name) && IMPURE.contains(&uses)
    });
    assert!(
        broken.is_empty(),
        "forbidden edges: {broken:?}\nLet the caller do it and hand in what came out.\n"
    );
}

#[test]
fn these_rules_can_fail() {
    let seen = edges(&metadata(), |name, uses| {
        name == "scap-run" && uses == "scap-plan"
    });
    assert_eq!(seen, ["scap-run -> scap-plan"]);
    let for_tests = edges(&metadata(), |_, uses| uses == "insta");
    assert!(
        for_tests.is_empty(),
        "a dev-dependency counts: {for_tests:?}"
    );

    let table = "| crate | may use (ours) |\n|---|---|\n| scap-run | plan |\n| `scap` | all |\n";
    let allowed = may_use(table);
    assert!(allows(&allowed["scap-run"], "scap-plan"));
    assert!(!allows(&allowed["scap-run"], "scap-planner"));
    assert!(!allows(&allowed["scap-run"], "scap-journal"));
    assert!(allows(&allowed["scap"], "scap-journal"));
    assert!(!allows("–", "scap-plan"));
    assert!(allows("protocol, run", "spiderpig-protocol"));
}

/// What the last column of the table says for each crate.
fn may_use(page: &str) -> BTreeMap<String, String> {
    architecture::rows(page, "crate")
        .into_iter()
        .map(|row| {
            let allowed = row.cells.last().cloned().unwrap_or_default();
            (row.cells[0].replace('`', ""), allowed)
        })
        .collect()
}

/// Whether a row that says `plan, run` or `all` has this crate.
fn allows(row: &str, uses: &str) -> bool {
    let short = uses.split_once('-').map_or(uses, |(_, short)| short);
    row == "all" || row.split(", ").any(|allowed| allowed == short)
}

fn is_ours(name: &str) -> bool {
    name == "scap" || name.starts_with("scap-") || name.starts_with("spiderpig-")
}

/// The dependencies that go into the product and that are `wanted`, as `crate -> what it uses`.
fn edges(metadata: &Metadata, wanted: impl Fn(&str, &str) -> bool) -> Vec<String> {
    let mut edges = Vec::new();
    for package in &metadata.packages {
        for dependency in &package.dependencies {
            let is_product = dependency.kind != DependencyKind::Development;
            if is_product && wanted(&package.name, &dependency.name) {
                edges.push(format!("{} -> {}", package.name, dependency.name));
            }
        }
    }
    edges.sort();
    edges.dedup();
    edges
}
