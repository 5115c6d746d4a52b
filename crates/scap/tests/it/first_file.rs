//! `scap init SERVICE`: a first file for a team from what its service shows, and what scap makes of that file.

use crate::deploying::GATES;
use crate::environment::{TestEnvironment, Version};
use std::fs;

const FILE: &str = "shop/scap/scap.yaml";

fn read(shop: &TestEnvironment, name: &str) -> String {
    fs::read_to_string(shop.path(name)).unwrap()
}

#[test]
fn what_a_service_shows_is_written_read_and_tried() {
    let shop = TestEnvironment::serving("");
    shop.write(
        "shop/httpbb/pages.yaml",
        "http://shop.example.org:\n- path: /healthz\n  assert_body_contains: ok\n",
    );
    shop.write(
        "shop/openapi.yaml",
        "openapi: 3.0.0\npaths: {/healthz: {get: {x-amples: [{response: {status: 200}}]}}}\n",
    );
    shop.have("v1");
    shop.scap(&["init", "shop"])
        .exits(0)
        .complains(&["wrote", FILE, "`scap check shop`"]);
    let text = read(&shop, FILE).replace(&shop.port().to_string(), "PORT");
    insta::assert_snapshot!(text);
    shop.scap(&["check", "shop"]).exits(0).says(&[
        "port on web1",
        "health on web2",
        "pages on web3",
        "examples on web1",
        "errors in 20,000 requests",
    ]);
    let plan = shop.json(&["plan", "shop"]).to_string();
    assert!(plan.contains("shadow"), "{plan}");
}

#[test]
fn a_file_that_is_there_stays_unless_it_is_to_be_replaced() {
    let shop = TestEnvironment::serving("");
    shop.have("v1");
    shop.write(FILE, "rollback: ask\n");
    let said = shop.scap(&["init", "shop"]).exits(0);
    said.says(&["rollback: automatic"])
        .complains(&["is there already, and was left as it is"]);
    let file = shop.path(FILE);
    let named = file.to_str().unwrap();
    shop.scap(&["init", "shop", "--output", named])
        .exits(1)
        .complains(&["cannot be written", "`--force` replaces it"]);
    assert_eq!(read(&shop, FILE), "rollback: ask\n");
    shop.scap(&["init", "shop", "--force"]).exits(0);
    let first = read(&shop, FILE);
    shop.scap(&["init", "shop", "--force"]).exits(0);
    assert_eq!(read(&shop, FILE), first);
    assert!(first.contains("requests: requests_total"), "{first}");
}

#[test]
fn what_the_catalog_declares_is_not_declared_again() {
    let shop = TestEnvironment::serving(GATES);
    shop.have("v1");
    shop.scap(&["init", "shop"])
        .exits(0)
        .says(&["requests: requests_total"])
        .complains(&["the service catalog declares checks, tests"]);
    assert!(!shop.path(FILE).exists());
    shop.write(FILE, "rollback: ask\n");
    shop.scap(&["check", "shop"])
        .exits(2)
        .complains(&["declares checks, tests", "in the service catalog too"]);
}

#[test]
fn a_service_that_shows_nothing_gets_examples_and_is_told_why() {
    let shop = TestEnvironment::new();
    shop.commit(&Version::good("v1"));
    let said = shop.json(&["init", "shop", "--output", "-"]);
    let text = said["text"].as_str().unwrap();
    assert!(
        text.contains("\n# checks:\n  # no metrics were found"),
        "{text}"
    );
    assert!(said["file"].is_null());
    let why = said["unasked"]["metrics of instances"].as_str().unwrap();
    assert!(why.contains("needs a port"), "{why}");
    shop.scap(&["init", "shopp"])
        .exits(2)
        .complains(&["no service named 'shopp'"]);
}
