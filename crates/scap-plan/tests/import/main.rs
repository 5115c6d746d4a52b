//! Every folder of `cases/` has cluster groups and a `checkout`, whose files begin with `== PATH`; a catalog and remarks come out.
//!
//! `UPDATE_CORPUS=1` writes what comes out.

#![expect(clippy::unwrap_used, reason = "a test stops at what cannot happen")]

#[path = "../planner/expected.rs"]
mod expected;

use expected::expect;
use proptest::prelude::*;
use scap_plan::{Checkout, ClusterSources, Import, Inputs, Source, Sources, import};
use std::fs;
use std::path::{Path, PathBuf};

#[test]
fn every_case_comes_out_as_expected() {
    let mut wrong = Vec::new();
    for folder in folders() {
        let import = imported(&folder);
        let remarks = import.unplaced.iter();
        let remarks: Vec<String> = remarks
            .map(|unplaced| format!("{}: {}\n", unplaced.path, unplaced.reason))
            .collect();
        for (name, found) in [
            ("catalog.yaml", import.catalog),
            ("remarks.txt", remarks.concat()),
        ] {
            expect(&folder.join(name), &found, &mut wrong);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_printed_can_be_read_again() {
    for folder in folders() {
        let import = imported(&folder);
        let sources = Sources {
            service_catalog: Source::new("service-catalog.yaml", &*import.catalog),
            clusters: Some(ClusterSources {
                cluster_groups: groups(&folder),
                conftool_state: Source::new("state.yaml", "mw: { primary_dc: eqiad }"),
            }),
        };
        let inputs = Inputs::read(&sources).unwrap();
        assert_eq!(
            inputs.services().len(),
            import.services,
            "{}",
            folder.display()
        );
    }
}

#[test]
fn a_checkout_without_services_has_an_empty_catalog() {
    let groups = groups(&folders()[0]);
    let import = import(&Checkout::default(), &groups).unwrap();
    assert_eq!((import.services, import.unplaced.len()), (0, 0));
}

proptest! {
    #[test]
    fn no_helmfile_is_too_strange(parts in prop::collection::vec(prop::sample::select(vec![
        "{{", "}}", "`", "\"", "\\", "environments:", "releases:", "\n", "  ", "eqiad:", " {}", "[", "]", "- ", "name: ",
        "canary", "bases: [helmfile.yaml]", "---", "\u{e000}", "9", "\u{e001}", "installedTemplate: ", "has .Release.Name ",
    ]), 0..30)) {
        let files = [("services/web/helmfile.yaml".to_owned(), Some(parts.concat()))];
        let checkout = Checkout { files: files.into() };
        let import = import(&checkout, &groups(&folders()[0])).unwrap();
        prop_assert!(import.services + import.unplaced.len() > 0);
    }
}

fn folders() -> Vec<PathBuf> {
    let folders = expected::folders("import/cases");
    assert!(!folders.is_empty());
    folders
}

fn groups(folder: &Path) -> Source {
    let text = fs::read_to_string(folder.join("cluster-groups.yaml")).unwrap();
    Source::new("cluster-groups.yaml", text)
}

fn imported(folder: &Path) -> Import {
    let text = fs::read_to_string(folder.join("checkout")).unwrap();
    let files = text.split("== ").skip(1).map(|file| {
        let (path, text) = file.split_once('\n').unwrap();
        (path.to_owned(), Some(text.to_owned()))
    });
    let checkout = Checkout {
        files: files.collect(),
    };
    import(&checkout, &groups(folder)).unwrap()
}
