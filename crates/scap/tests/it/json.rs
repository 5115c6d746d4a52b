//! With `--format json`, stdout carries data and nothing else.

use crate::environment::{TestEnvironment, Version};
use serde_json::Value;

#[test]
fn a_deployment_is_told_as_its_events_one_a_line() {
    let shop = TestEnvironment::new();
    shop.commit(&Version::good("v1"));
    let said = shop
        .scap(&["deploy-service", "shop", "--yes", "--format", "json"])
        .exits(0);
    let events = said.lines_of_data();
    let numbers: Vec<u64> = events
        .iter()
        .map(|event| event["seq"].as_u64().unwrap())
        .collect();
    assert!(
        numbers.iter().copied().eq(0..numbers.len() as u64),
        "{numbers:?}"
    );
    assert_eq!(events[0]["event"], "run_created");
    assert_eq!(events.last().unwrap()["event"], "run_finished");
    assert_eq!(events.last().unwrap()["outcome"], "succeeded");
    let logged = shop.scap(&["log", "1", "--format", "json"]).exits(0);
    assert_eq!(logged.lines_of_data(), events);
}

#[test]
fn every_view_of_a_run_is_data() {
    let shop = TestEnvironment::new();
    let commit = shop.have("v1");
    let runs = shop.json(&["runs"]);
    assert_eq!(
        (&runs[0]["run"], &runs[0]["service"]),
        (&Value::from(1), &Value::from("shop"))
    );
    assert_eq!(runs[0]["outcome"], "succeeded");
    for view in ["show", "explain"] {
        let report = shop.json(&[view, "1"]);
        assert_eq!(report["outcome"], "succeeded", "{report}");
        assert_eq!(report["steps"].as_array().unwrap().len(), 2, "{report}");
    }
    let plan = shop.json(&["plan", "shop"]);
    assert_eq!(plan["steps"][0]["host_group"], "canary");
    assert_eq!(plan["steps"][0]["hosts"], serde_json::json!(["web1"]));
    assert_eq!(plan["steps"][1]["revision"], commit);
    assert_eq!(plan["cluster_group"], Value::Null);
    let status = shop.json(&["status"]);
    assert_eq!(status.as_array().unwrap().len(), 2, "{status}");
    let canary = &status[0];
    assert_eq!(
        [&canary["service"], &canary["target"], &canary["host_group"]],
        ["shop", "canary (web1)", "canary"],
    );
    assert_eq!(canary["runs"]["kind"], "host_group");
    assert_eq!(canary["runs"]["hosts"]["web1"]["revision"], commit);
    assert_eq!(canary["by"]["run"], 1);
    assert_eq!(canary["by"]["was_undo"], false);
    assert_eq!(canary["newest_run"]["run"], 1);
    assert_eq!(canary["barred"], serde_json::json!([]));
    let nothing = [&canary["failure"], &canary["not_deployed_yet"]];
    assert_eq!(nothing, [&Value::Null; 2]);
    assert_eq!(
        shop.json(&["lock"]),
        serde_json::json!({"locks": [], "freeze": null})
    );
    assert_eq!(
        shop.json(&["check", "shop"]),
        serde_json::json!({"tests": [], "counters": [], "findings": []})
    );
}

#[test]
fn what_goes_wrong_is_data_on_stderr() {
    let shop = TestEnvironment::new();
    let said = shop.scap(&["plan", "shopp", "--format", "json"]).exits(2);
    assert_eq!(said.stdout, "");
    let failure: Value = serde_json::from_str(&said.stderr).unwrap();
    assert_eq!(failure["kind"], "usage");
    assert_eq!(failure["hints"][0], "did you mean `shop`?");
}
