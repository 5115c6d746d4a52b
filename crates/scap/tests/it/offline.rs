//! `scap plan --offline`: from three files alone, with the keys that scripts rely on.

use crate::environment::TestEnvironment;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

#[test]
fn an_offline_plan_needs_three_files_and_has_exactly_the_documented_keys() {
    let plan = offline("shellbox");
    assert_eq!(
        keys(&plan),
        [
            "cluster_group",
            "digest",
            "primary_datacenter",
            "service",
            "steps"
        ]
    );
    let steps = plan["steps"].as_array().unwrap();
    assert!(!steps.is_empty());
    for step in steps {
        let expected = [
            "directory",
            "environment",
            "environment_type",
            "gates",
            "namespace",
            "reason",
            "release",
            "stage",
        ];
        assert_eq!(keys(step), expected);
    }
    insta::assert_json_snapshot!(plan, { ".digest" => "<digest>" });
}

#[test]
fn a_release_that_only_helmfile_knows_is_null() {
    let plan = offline("citoid");
    let releases: Vec<&Value> = plan["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| &step["release"])
        .collect();
    assert_eq!(releases, [&Value::Null; 3]);
}

#[test]
fn a_service_on_hosts_has_no_offline_plan() {
    let shop = TestEnvironment::new();
    let files = [
        "--cluster-groups",
        "groups.yaml",
        "--conftool-state",
        "state.yaml",
    ];
    shop.write(
        "groups.yaml",
        std::fs::read(example("cluster-groups.yaml")).unwrap(),
    );
    shop.write(
        "state.yaml",
        std::fs::read(example("conftool-state.yaml")).unwrap(),
    );
    shop.scap(&[&["plan", "shop", "--offline"], &files[..]].concat())
        .exits(2)
        .complains(&["service shop is deployed to hosts, not to Kubernetes"]);
}

#[test]
fn an_unknown_environment_is_refused_with_those_that_are_known() {
    let place = TestEnvironment::new();
    let output = offline_command(&place, "citoid")
        .args(["--environment", "eqiat"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert!(
        complaint
            .contains("no environment named or aliased 'eqiat' (known: staging, eqiad, codfw)"),
        "{complaint}"
    );
    assert!(complaint.contains("did you mean `eqiad`?"), "{complaint}");
}

/// The plan of a service of the examples.
fn offline(service: &str) -> Value {
    let output = offline_command(&TestEnvironment::new(), service)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(output.stderr, b"");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// From a place with neither configuration nor state.
fn offline_command(place: &TestEnvironment, service: &str) -> Command {
    let mut scap = place.bare();
    scap.args(["plan", service, "--offline", "--format", "json"]);
    for file in ["service-catalog", "cluster-groups", "conftool-state"] {
        scap.arg(format!("--{file}"))
            .arg(example(&format!("{file}.yaml")));
    }
    scap.arg("--deployments-dir")
        .arg(example("deployment-charts/helmfile.d"));
    scap
}

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../e2e")
        .join(name)
}

fn keys(value: &Value) -> Vec<&str> {
    value
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect()
}
