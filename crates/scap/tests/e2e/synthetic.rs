//! A service without traffic, judged by requests of scap's own to its real pods.

use crate::place::FIRST;
use crate::small_service::SmallService;
use serde_json::Value;

const GOOD: &str = "2026-04-02-121212-production";
/// 2 % of its responses are errors.
const BAD: &str = "2026-05-01-100000-failing";
const CHECKS: &str = "    load: {path: /cart, requests_per_second: 50}
    checks:
      errors: {type: counters, requests: http_requests_total, errors: errors_total, signature: exception, minimum_hold: 5s, burst: 1s}
";

#[test]
#[ignore = "needs the real parts that `make e2e` brings up"]
fn a_service_without_traffic_is_judged_by_what_scap_sends() {
    let service = SmallService::new("synthetic", &["codfw", "eqiad"]);
    service.set_tag(FIRST);
    deploy(&service, 0);
    service.declare(CHECKS);
    service.set_tag(GOOD);
    deploy(&service, 0);
    assert_eq!(verdict(&service).0, "pass");
    service.set_tag(BAD);
    deploy(&service, 3);
    let (verdict, why) = verdict(&service);
    assert_eq!(verdict, "fail");
    assert!(why.ends_with("were sent by scap"), "{why}");
    assert!(service.deployed("codfw", "main").unwrap().starts_with(GOOD));
    assert!(service.deployed("eqiad", "main").unwrap().starts_with(GOOD));
}

fn deploy(service: &SmallService, code: i32) {
    service.place.deploy(&service.name, code);
}

/// What the gate of evidence of the last run said, and why.
fn verdict(service: &SmallService) -> (String, String) {
    let run = service.place.last_run();
    let gates = run["gates"].as_array().unwrap().iter();
    let gate = gates.into_iter().find(|gate| !gate["evidence"].is_null());
    let text = |key: &str| match &gate.unwrap()[key] {
        Value::String(text) => text.clone(),
        other => panic!("{key} is {other}"),
    };
    (text("verdict"), text("why"))
}
