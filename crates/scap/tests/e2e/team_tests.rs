//! The tests that a team declares, on real pods: each kind of them, retries, a quarantine, and JUnit.

use crate::place::{FIRST, Place};
use crate::small_service::SmallService;
use serde_json::Value;

const GOOD: &str = "2026-04-02-121212-production";
/// 2 % of its responses are errors.
const BAD: &str = "2026-05-01-100000-failing";

const SPECIFICATION: &str = r"openapi: 3.0.1
paths:
  /healthz:
    get:
      x-amples:
        - {title: it is well, response: {status: 200, body: /^ok/}}
  /cart/{item}:
    get:
      x-amples:
        - {request: {params: {item: 7}}, response: {headers: {x-shop-version: /^2026-/}}}
  /secret:
    get: {x-monitor: false}
";

const SMOKE: &str = r"http://shop.example.org:
  - {path: /healthz, assert_status: 200, assert_body_contains: ok}
  - {path: '/cart?item=7', assert_headers_regex: {X-Shop-Version: ^2026-}, assert_body_regex: from \S+-main-}
";

#[test]
#[ignore = "needs the real parts that `make e2e` brings up"]
fn each_kind_of_test_is_asked_of_real_pods_and_a_bad_version_fails() {
    let service = SmallService::new("team-tests", &["eqiad"]);
    service.serve();
    service.set_tag(FIRST);
    deploy(&service, 0);

    let address = address(&service);
    service.write("openapi.yaml", SPECIFICATION);
    service.write("smoke.yaml", SMOKE);
    service.declare(&tests(&address));
    service.set_tag(GOOD);
    deploy(&service, 0);
    // Two pods are asked by each test, and the address once.
    let junit = service.place.path().join("junit.xml");
    let junit = junit.to_str().unwrap();
    let run = service.place.last_run()["run"].to_string();
    scap(&service, &["explain", &run, "--junit", junit], 0);
    let passed = r#"tests="9" failures="0" skipped="2""#;
    let said = std::fs::read_to_string(junit).unwrap();
    assert!(said.contains(passed), "{said}");
    scap(&service, &["check", &service.name, "--junit", junit], 0);
    let said = std::fs::read_to_string(junit).unwrap();
    assert!(said.contains(passed), "{said}");
    let known = reports(&service, "known");
    assert_eq!(known.len(), 2);
    assert!(known.iter().all(|report| report["retries"] == 2));

    let smoke = service.folder().join("smoke.yaml");
    let port = ["--http_port", "4001", "--hosts", &address];
    let asked = [&["smoke", smoke.to_str().unwrap()][..], &port].concat();
    scap(&service, &asked, 0);

    service.set_tag(BAD);
    deploy(&service, 3);
    assert_eq!(service.place.last_run()["outcome"], "rolled_back");
    let many = reports(&service, "many");
    assert!(many.iter().all(|report| report["retries"] == 1));
    let run = service.place.last_run()["run"].to_string();
    scap(&service, &["explain", &run, "--junit", junit], 0);
    let said = std::fs::read_to_string(junit).unwrap();
    let why = "of 400 requests passed, exactly 400 should; the others: ";
    assert!(said.contains(why), "{said}");
    assert!(service.deployed("eqiad", "main").unwrap().starts_with(GOOD));
}

fn tests(address: &str) -> String {
    format!(
        r#"    tests:
      page: {{type: http, path: /healthz, text: ok}}
      examples: {{type: openapi, file: openapi.yaml}}
      smoke: {{type: httpbb, files: [smoke.yaml], hosts: ["{address}"], http_port: 4001}}
      known: {{type: http, path: /, text: farewell, retries: 2, quarantine: nobody says it yet}}
      many: {{type: requests, path: /, count: 400, passes: {{at_least: 400}}, retries: 1, after: [page]}}
"#
    )
}

fn deploy(service: &SmallService, code: i32) {
    scap(service, &service.deployment("eqiad"), code);
}

/// Runs scap, and shows all that it said if it does not end with `code`.
fn scap(service: &SmallService, arguments: &[&str], code: i32) {
    let said = service.place.scap(arguments);
    assert_eq!(said.code, Some(code), "{}{}", said.stdout, said.stderr);
}

fn address(service: &SmallService) -> String {
    let wanted = [
        "get",
        "service",
        &service.name,
        "-o",
        "jsonpath={.spec.clusterIP}",
    ];
    Place::kubectl(&service.name, "eqiad", &wanted)
}

/// What a test of the last run said of each instance.
fn reports(service: &SmallService, test: &str) -> Vec<Value> {
    let run = service.place.last_run();
    let gates = run["gates"].as_array().unwrap().iter();
    let reports = gates.filter_map(|gate| gate["tests"].as_array()).flatten();
    let of_test = reports.filter(|report| report["test"] == test);
    of_test.cloned().collect()
}
