//! `scap plan --diff-against COMMIT`: what a change of the helmfiles changes, without any cluster.

use crate::environment::{TestEnvironment, git};
use serde_json::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt;

/// Makes of each helmfile one release, whose objects stand beside it.
const HELMFILE: &str = r#"#!/bin/sh
for last; do :; done
file="$(printf '%s' "$*" | sed 's/.*--file \([^ ]*\).*/\1/')"
case "$*" in
*' list '*) echo '[{"name":"main","namespace":"shop","enabled":true,"installed":true}]';;
*' build') printf -- '---\n# Source: x\nreleases:\n- {name: main, chart: ../../../chart}\n';;
*' template '*)
    folder="$(printf '%s' "$last" | sed "s/{{ .Release.Name }}/main/")/chart/templates"
    mkdir -p "$folder"
    cp "$(dirname "$file")/objects.yaml" "$folder/objects.yaml";;
esac
"#;
const CONFIGURATION: &str = "service_catalog: service-catalog.yaml\ncluster_groups: cluster-groups.yaml\n\
    conftool_state: conftool-state.yaml\ndeployments_dir: charts/helmfile.d\n\
    binaries: {helm: bin/helm, helmfile: bin/helmfile}\n";
const CATALOG: &str = "services:
  shop: {cluster_group: wikikube, namespaces: {shop: {environments: {staging: {}, codfw: {}}}}}
  cart: {cluster_group: wikikube, namespaces: {cart: {environments: {codfw: {}}}}}
  files: {hosts: {repository: shop}}
";
const GROUPS: &str = "
wikikube:
  environments:
    staging: {datacenter: codfw, type: STAGING}
    codfw: {datacenter: codfw, type: PRODUCTION}
  environment_stages: [PRODUCTION]
  environment_default_stage: PRODUCTION
";

struct Charts(TestEnvironment);

impl Charts {
    /// Helmfiles of two services in a folder of a repository.
    fn new() -> Self {
        let charts = Self(TestEnvironment::new());
        let environment = &charts.0;
        environment.write("scap.yaml", CONFIGURATION);
        environment.write("service-catalog.yaml", CATALOG);
        environment.write("cluster-groups.yaml", GROUPS);
        environment.write("conftool-state.yaml", "mw: {primary_dc: codfw}\n");
        for (name, text) in [("helm", "#!/bin/sh\n"), ("helmfile", HELMFILE)] {
            let name = format!("bin/{name}");
            environment.write(&name, text);
            let mode = fs::Permissions::from_mode(0o755);
            fs::set_permissions(environment.path(&name), mode).unwrap();
        }
        environment.write("charts/chart/Chart.yaml", "{name: chart, version: 1.2.3}\n");
        charts.write("shop", "info", "hunter2");
        charts.write("cart", "info", "hunter2");
        git(&environment.path("charts"), &["init", "--quiet"]);
        charts.commit();
        charts
    }

    fn write(&self, service: &str, level: &str, token: &str) {
        let folder = format!("charts/helmfile.d/services/{service}");
        self.0
            .write(&format!("{folder}/helmfile.yaml"), "releases: []\n");
        let objects = format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: settings}}\ndata: {{level: {level}}}\n---\n\
             apiVersion: v1\nkind: Secret\nmetadata: {{name: tokens}}\nstringData: {{token: {token}}}\n"
        );
        self.0.write(&format!("{folder}/objects.yaml"), objects);
    }

    fn commit(&self) {
        let folder = self.0.path("charts");
        git(&folder, &["add", "--all"]);
        git(&folder, &["commit", "--quiet", "--message", "charts"]);
    }

    fn remove(&self, service: &str) {
        let folder = format!("charts/helmfile.d/services/{service}");
        fs::remove_dir_all(self.0.path(&folder)).unwrap();
    }
}

#[test]
fn a_change_of_the_helmfiles_is_told_by_field_and_by_exit_code() {
    let charts = Charts::new();
    let plan = ["plan", "shop", "--diff-against", "HEAD", "--exit-code"];
    charts
        .0
        .scap(&plan)
        .exits(0)
        .says(&["2 releases: no difference"]);

    charts.write("shop", "debug", "hunter3");
    let said = charts.0.scap(&plan).exits(7);
    insta::assert_snapshot!(said.seen());
    assert!(!said.stdout.contains("hunter"), "{said}");
    charts.0.scap(&plan[..4]).exits(0);
    charts
        .0
        .scap(&[&plan[..], &["-e", "staging"]].concat())
        .exits(7);

    charts.commit();
    charts.0.scap(&plan).exits(0);
    let before = ["plan", "shop", "--diff-against", "HEAD~1", "--exit-code"];
    charts.0.scap(&before).exits(7);
}

#[test]
fn all_services_are_compared_and_one_that_cannot_be_hides_no_other() {
    let charts = Charts::new();
    charts.remove("shop");
    charts.write("shop", "info", "hunter2");
    charts.remove("cart");
    let all = ["plan", "--diff-against", "HEAD", "--exit-code"];
    let data = charts.0.scap(&[&all[..], &["--format", "json"]].concat());
    let data: Value = serde_json::from_str(&data.exits(7).stdout).unwrap();
    let states = |data: &Value, service: usize| -> Vec<String> {
        let service = &data["services"][service];
        let releases = service["releases"].as_array().unwrap().iter();
        releases
            .map(|release| {
                assert_eq!(release["release"], "main");
                format!("{} {}", release["environment"], release["state"])
            })
            .collect()
    };
    assert_eq!(
        states(&data, 0),
        [r#""codfw" "unchanged""#, r#""staging" "unchanged""#]
    );
    assert_eq!(states(&data, 1), [r#""codfw" "removed""#]);
    assert_eq!(
        data["services"][1]["releases"][0]["objects"][0]["state"],
        "removed"
    );
    assert_eq!(data["commit"].as_str().unwrap().len(), 40);

    charts.commit();
    charts.write("cart", "info", "hunter2");
    charts.0.scap(&all).exits(7).says(&["a new release"]);

    charts.write("shop", "info: [", "hunter2");
    let said = charts.0.scap(&all).exits(1);
    said.says(&["a new release"]).complains(&["services/shop"]);
}

#[test]
fn what_cannot_be_compared_with_is_said() {
    let charts = Charts::new();
    let cases: [(&[&str], i32, &[&str]); 5] = [
        (
            &["shop", "--diff-against", "gone"],
            1,
            &["there is no commit `gone` in", "Hint: fetch it first"],
        ),
        (
            &["shop", "--diff-against=--all"],
            1,
            &["`--all` is no name of a revision"],
        ),
        (
            &["files", "--diff-against", "HEAD"],
            2,
            &["service `files` is deployed to hosts"],
        ),
        (&["shop", "--exit-code"], 2, &["--diff-against <COMMIT>"]),
        (&[], 2, &["SERVICE"]),
    ];
    for (arguments, code, complaint) in cases {
        let said = charts.0.scap(&[&["plan"], arguments].concat());
        said.exits(code).complains(complaint);
    }
    fs::rename(charts.0.path("charts/.git"), charts.0.path("elsewhere")).unwrap();
    let said = charts.0.scap(&["plan", "shop", "--diff-against", "HEAD"]);
    said.exits(2).complains(&["is in no git checkout"]);
}
