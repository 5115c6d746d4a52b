//! `scap catalog import`: a checkout in, a catalog that scap reads out, and remarks beside it.

use crate::environment::{Said, TestEnvironment};
use serde_json::Value;

const GROUPS: &str = "
wikikube:
  environments:
    eqiad: { datacenter: eqiad, type: PRODUCTION }
    codfw: { datacenter: codfw, type: PRODUCTION }
  environment_stages: [CANARY, PRODUCTION]
  environment_default_stage: PRODUCTION
";
const HELMFILE: &str = "
releases: [{ name: canary }, { name: main }]
environments: { eqiad: {}, codfw: {}, elsewhere: {} }
";

#[test]
fn a_catalog_is_printed_and_remarks_stand_beside_it() {
    let shop = checkout();
    let said = import(&shop, &[]).exits(0);
    insta::assert_snapshot!(said.stdout);
    insta::assert_snapshot!(said.stderr);
    shop.write("catalog.yaml", &said.stdout);
    shop.write("state.yaml", "mw: { primary_dc: codfw }\n");
    let files = [
        "--service-catalog",
        "catalog.yaml",
        "--cluster-groups",
        "groups.yaml",
        "--conftool-state",
        "state.yaml",
    ];
    shop.scap(&[&["plan", "web", "--offline"], &files[..]].concat())
        .exits(0)
        .says(&["4 steps"]);
}

#[test]
fn remarks_are_data_too() {
    let said = import(&checkout(), &["--format", "json"]).exits(0);
    let data: Value = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!(data["services"], 1);
    assert_eq!(data["unplaced"][0]["path"], "services/web");
    assert_eq!(said.stderr, "");
}

#[test]
fn what_a_link_leads_out_of_the_checkout_to_is_not_read() {
    let shop = checkout();
    shop.write("outside.yaml", HELMFILE);
    shop.write("charts/helmfile.d/services/linked/values.yaml", "");
    let link = shop.path("charts/helmfile.d/services/linked/helmfile.yaml");
    std::os::unix::fs::symlink(shop.path("outside.yaml"), link).unwrap();
    import(&shop, &[])
        .exits(0)
        .complains(&["services/linked/helmfile.yaml cannot be read"]);
}

#[test]
fn a_checkout_without_services_is_refused() {
    let shop = checkout();
    shop.remove("charts/helmfile.d/services/web/helmfile.yaml");
    let said = import(&shop, &[]).exits(1).complains(&["0 services"]);
    assert_eq!(said.stdout, "");
    shop.scap(&[
        "catalog",
        "import",
        "absent",
        "--cluster-groups",
        "groups.yaml",
    ])
    .exits(2)
    .complains(&["`absent` cannot be read"]);
}

fn checkout() -> TestEnvironment {
    let shop = TestEnvironment::new();
    shop.write("groups.yaml", GROUPS);
    shop.write("charts/helmfile.d/services/web/helmfile.yaml", HELMFILE);
    shop
}

fn import(shop: &TestEnvironment, more: &[&str]) -> Said {
    let command = [
        "catalog",
        "import",
        "charts",
        "--cluster-groups",
        "groups.yaml",
    ];
    shop.scap(&[&command, more].concat())
}
