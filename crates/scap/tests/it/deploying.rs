//! A deployment that goes well, as the person who starts it sees it.

use crate::environment::{TestEnvironment, Version};

#[test]
fn the_first_version_is_installed_everywhere_and_the_next_replaces_it() {
    let shop = TestEnvironment::new();
    shop.commit(&Version::good("v1"));
    shop.deploy().exits(0).says(&["nothing → "]);
    assert_eq!(shop.versions(), ["v1", "v1", "v1"]);

    shop.commit(&Version::good("v2"));
    let said = shop.deploy().exits(0);
    insta::assert_snapshot!(said.seen());
    assert_eq!(said.stderr, "");
    assert_eq!(shop.versions(), ["v2", "v2", "v2"]);
    assert_eq!(
        shop.restarts(),
        [
            "web1 v1", "web1 v2", "web2 v1", "web2 v2", "web3 v1", "web3 v2"
        ]
    );
}

#[test]
fn what_runs_everywhere_already_is_not_deployed_again() {
    let shop = TestEnvironment::new();
    shop.have("v1");
    shop.deploy()
        .exits(0)
        .complains(&["Nothing to do: shop runs "]);
    assert_eq!(shop.restarts(), [""; 0]);
    assert_eq!(shop.outcomes().len(), 1);
}

#[test]
fn the_other_hosts_wait_for_the_canary() {
    let shop = TestEnvironment::new();
    shop.have("v1");
    shop.commit(&Version::good("v2"));
    let deployment = shop.deploy_up_to_the_canary("v2");
    assert_eq!(shop.versions(), ["v2", "v1", "v1"]);
    shop.release("web1");
    deployment.ends().exits(0);
    assert_eq!(shop.versions(), ["v2", "v2", "v2"]);
}

#[test]
fn an_older_revision_is_deployed_when_it_is_named() {
    let shop = TestEnvironment::new();
    let first = shop.have("v1");
    shop.have("v2");
    shop.scap(&[
        "deploy-service",
        "shop",
        "--revision",
        &first,
        "--reason",
        "v2 is slow",
        "--yes",
    ])
    .exits(0)
    .says(&["(v2 is slow)"]);
    assert_eq!(shop.versions(), ["v1", "v1", "v1"]);
}

#[test]
fn a_version_that_passes_tests_and_evidence_reaches_all_hosts() {
    let shop = TestEnvironment::serving(GATES);
    shop.have("v1");
    shop.commit(&Version::good("v2"));
    shop.deploy().exits(0).says(&["is deployed"]);
    assert_eq!(shop.versions(), ["v2", "v2", "v2"]);
    let gates = &shop.run(2)["gates"];
    let verdicts: Vec<&str> = gates
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|gate| gate["verdict"].as_str())
        .collect();
    assert_eq!(verdicts.len(), 3, "{gates}");
    assert!(
        !verdicts.contains(&"fail") && !verdicts.contains(&"no_data"),
        "{gates}"
    );
}

/// Tests of each host, and errors of the canary against those of the others.
pub(crate) const GATES: &str = "
tests:
  health: {type: http, path: /healthz, text: ok}
checks:
  errors:
    type: counters
    requests: requests_total
    errors: errors_total
    signature: signature
    minimum_hold: 1s
    maximum_hold: 4s
";
