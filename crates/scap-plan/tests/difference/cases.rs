//! Every folder of `cases/` has `desired.yaml`, and `stored.yaml` and `live.yaml` where there are such; `difference.json` comes out.
//!
//! Where there is a `live.yaml`, an object that it does not have is not there. `UPDATE_CORPUS=1` writes what comes out.

use crate::expected::{self, expect};
use scap_plan::{Difference, Manifest, Object, ObjectName, compare};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

const NAMESPACE: &str = "shop";

#[test]
fn every_case_comes_out_as_expected() {
    let mut wrong = Vec::new();
    for folder in folders() {
        let found = serde_json::to_string_pretty(&difference(&folder)).unwrap() + "\n";
        expect(&folder.join("difference.json"), &found, &mut wrong);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_difference_comes_back_from_json_as_it_was() {
    for folder in folders() {
        let difference = difference(&folder);
        let json = serde_json::to_string(&difference).unwrap();
        let again: Difference = serde_json::from_str(&json).unwrap();
        assert_eq!(again, difference, "{}", folder.display());
    }
}

fn folders() -> Vec<PathBuf> {
    let folders = expected::folders("difference/cases");
    assert!(folders.len() > 20, "{} cases", folders.len());
    folders
}

fn difference(folder: &Path) -> Difference {
    let read = |name: &str| {
        let text = fs::read_to_string(folder.join(name)).ok()?;
        Some(Manifest::read(&text).unwrap())
    };
    let desired = read("desired.yaml").unwrap();
    let stored = read("stored.yaml");
    let mut live: BTreeMap<ObjectName, Option<Object>> = BTreeMap::new();
    if let Some(found) = read("live.yaml") {
        let written = [Some(&desired), stored.as_ref()].into_iter().flatten();
        let written = written.flat_map(|manifest| &manifest.objects);
        live.extend(written.map(|object| (in_namespace(object), None)));
        let found = found.objects.into_iter();
        live.extend(found.map(|object| (in_namespace(&object), Some(object))));
    }
    compare(&desired, stored.as_ref(), &live, NAMESPACE)
}

/// As a cluster names an object.
fn in_namespace(object: &Object) -> ObjectName {
    let mut name = object.object_name();
    name.namespace.get_or_insert(NAMESPACE.to_owned());
    name
}
