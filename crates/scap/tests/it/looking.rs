//! What runs where, whether it is well, what became of a run, and the way back to what ran before it.

use crate::deploying::GATES;
use crate::environment::{TestEnvironment, Version};

#[test]
fn a_run_is_rolled_back_by_its_number() {
    let shop = TestEnvironment::new();
    shop.have("v1");
    shop.have("v2");
    shop.scap(&["rollback", "2", "--yes"])
        .exits(0)
        .says(&["rollback of run 2"]);
    assert_eq!(shop.versions(), ["v1", "v1", "v1"]);
}

#[test]
fn the_last_run_of_a_service_is_rolled_back_by_its_name() {
    let shop = TestEnvironment::new();
    shop.have("v1");
    shop.have("v2");
    // A run that was rolled back by itself changed nothing, so it is not the one.
    shop.commit(&Version::that_does_not_start("v3"));
    shop.deploy().exits(3);
    shop.scap(&["rollback", "shop", "--yes"])
        .exits(0)
        .says(&["rollback of run 2"]);
    assert_eq!(shop.versions(), ["v1", "v1", "v1"]);
    assert_eq!(shop.outcomes().len(), 4);
}

#[test]
fn what_cannot_be_rolled_back_is_refused() {
    let shop = TestEnvironment::new();
    shop.scap(&["rollback", "shop", "--yes"])
        .exits(1)
        .complains(&["service `shop` has no run that could be rolled back"]);
    shop.scap(&["rollback", "7", "--yes"])
        .exits(1)
        .complains(&["there is no run 7"]);
    shop.have("v1");
    let said = shop.scap(&["rollback", "1", "--yes"]).exits(1);
    insta::assert_snapshot!(said.complaint());
    assert_eq!(shop.versions(), ["v1", "v1", "v1"]);
}

#[test]
fn status_says_what_runs_on_each_host() {
    let shop = TestEnvironment::new();
    shop.have("v1");
    shop.commit(&Version::good("v2"));
    shop.add("shop/scap/scap.cfg", "default_failure_limit: 1\n");
    shop.break_restarts("web3");
    shop.deploy().exits(0);
    let said = shop.scap(&["status", "shop"]).exits(0);
    insta::assert_snapshot!(said.seen());
    shop.scap(&["status", "shopp"])
        .exits(2)
        .complains(&["no service named 'shopp'", "did you mean `shop`?"]);
}

#[test]
fn checks_pass_where_the_service_is_well() {
    let shop = TestEnvironment::serving(GATES);
    shop.have("v1");
    shop.scap(&["check", "shop"]).exits(0).says(&[
        "health on web1",
        "health on web3",
        "errors in 20,000 requests",
    ]);
    assert_eq!(shop.outcomes().len(), 1);
    assert_eq!(shop.restarts(), [""; 0]);
}

#[test]
fn checks_fail_where_the_service_is_not_well() {
    let shop = TestEnvironment::serving(GATES);
    shop.have("v1");
    shop.write("hosts/web2/srv/deployment/shop/health", "no database");
    shop.write("hosts/web3/srv/deployment/shop/errors", "none");
    let said = shop.scap(&["check", "shop"]).exits(1);
    insta::assert_snapshot!(said.seen());
    let file = shop.path("checks.xml");
    let named = file.to_str().unwrap();
    shop.scap(&["check", "shop", "--junit", named]).exits(1);
    let written = std::fs::read_to_string(&file).unwrap();
    for expected in [
        "<testsuite name=\"shop\" tests=\"3\" failures=\"1\" skipped=\"0\">",
        "<testcase classname=\"health\" name=\"web1\"/>",
        "<testcase classname=\"errors\" name=\"web3\">",
    ] {
        assert!(written.contains(expected), "{written}");
    }
    shop.scap(&["check", "shop", "--junit", "/"])
        .exits(1)
        .complains(&["`/` cannot be written"]);
}

#[test]
fn a_rollback_by_evidence_is_explained() {
    // One vote a second: certainty takes longer than a few of them.
    let shop = TestEnvironment::serving(&GATES.replace("maximum_hold: 4s", "maximum_hold: 2m"));
    shop.have("v1");
    shop.commit(&Version::with_errors("v2", 200));
    shop.deploy().exits(3);
    assert_eq!(shop.versions(), ["v1", "v1", "v1"]);
    assert_eq!(shop.restarts(), ["web1 v1", "web1 v2"]);
    shop.scap(&["explain", "2"]).exits(0).says(&[
        "rolled back",
        "evidence after canary failed: errors grew",
        "beyond the limit of",
        "TimeoutError",
        "for example",
        "asked",
        "After the undo",
    ]);
    let report = shop.run(2);
    let evidence = report["gates"]
        .as_array()
        .unwrap()
        .iter()
        .find_map(|gate| gate["evidence"].as_object());
    let evidence = evidence.expect("the canary was judged by evidence");
    let chart = &evidence["chart"];
    let last = chart["points"].as_array().unwrap().last().unwrap();
    assert!(
        last["log_e"].as_f64() >= chart["limit"].as_f64(),
        "{report}"
    );
    let examples = evidence["examples"].as_array().unwrap();
    let labels = examples[0]["text"].as_str().unwrap();
    assert!(labels.contains("TimeoutError"), "{report}");
}

#[test]
fn past_runs_are_judged_again_by_the_checks_of_now() {
    let shop = TestEnvironment::serving(GATES);
    shop.have("v1");
    shop.commit(&Version::good("v2"));
    shop.deploy().exits(0);
    shop.scap(&["replay", "2"])
        .exits(0)
        .says(&["false alarms", "0 of 1 good", "errors of shop"]);
    let all = ["replay", "--since", "1h", "--service", "shop"];
    shop.scap(&[&all[..], &["--set", "minimum_hold=3s,maximum_hold=1h"]].concat())
        .exits(0)
        .says(&["would have gone on looking"]);
    let data = shop.scap(&["replay", "2", "--format", "json"]).exits(0);
    let data: serde_json::Value = serde_json::from_str(&data.stdout).unwrap();
    let gate = &data["runs"][0]["gates"][0];
    assert_eq!(gate["then"]["verdict"], gate["now"]["verdict"], "{gate}");
    shop.scap(&["replay", "2", "--set", "ratio=2"])
        .exits(2)
        .complains(&["`--set` knows no setting `ratio`", "`tolerated_ratio`"]);
    shop.write(
        "service-catalog.yaml",
        "services: {shop: {hosts: {repository: shop}}}",
    );
    shop.scap(&["replay", "2"])
        .exits(0)
        .says(&["cannot be told", "it is declared no more"]);
}
