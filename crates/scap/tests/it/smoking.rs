//! `scap smoke`, and tests of the type `httpbb` in a deployment.

use crate::certificate::certificate;
use crate::environment::{Said, TestEnvironment, Version};
use crate::tls;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;
use std::process::Output;

/// What an environment's hosts answer after `have("v1")`.
const HEALTH: &str = "http://shop.example:
- path: /healthz
  assert_status: 200
  assert_body_contains: ok
";

/// scap of somebody who has neither configuration nor state, with certificates to trust.
fn smoke(shop: &TestEnvironment, trusted: &str, arguments: &[&str]) -> Said {
    let mut scap = shop.bare();
    scap.env("SSL_CERT_FILE", shop.path(trusted));
    let Output {
        status,
        stdout,
        stderr,
    } = scap.arg("smoke").args(arguments).output().unwrap();
    Said {
        code: status.code(),
        stdout: String::from_utf8(stdout).unwrap(),
        stderr: String::from_utf8(stderr).unwrap(),
    }
}

#[test]
fn hosts_pass_or_fail_with_everything_that_differs() {
    let shop = TestEnvironment::serving("");
    shop.have("v1");
    shop.write("hosts/web2/srv/deployment/shop/health", "no database");
    shop.write("a.yaml", HEALTH);
    shop.write("b.yaml", "http://other.example: [{path: /nothing}]\n");
    let port = shop.port().to_string();
    let arguments = ["a.yaml", "b.yaml", "--http_port", &port, "--hosts"];
    let all = "127.0.2.1,127.0.2.2,127.0.2.1";
    let said = smoke(&shop, "none.pem", &[&arguments[..], &[all]].concat()).exits(1);
    insta::assert_snapshot!(said.stdout);
    let well = [&arguments[..], &["127.0.2.3", "--format", "json"]].concat();
    let said = smoke(&shop, "none.pem", &well).exits(0);
    let said: Value = serde_json::from_str(&said.stdout).unwrap();
    let expected = serde_json::json!({ "hosts": [
        { "host": "127.0.2.3", "passed": true, "requests": 2, "failed": 0, "mismatches": [] },
    ] });
    assert_eq!(said, expected);
    assert!(!shop.path("home/.local").exists(), "it needs no state");
}

#[test]
fn files_and_words_that_are_wrong_are_refused_before_anything_is_sent() {
    let shop = TestEnvironment::new();
    shop.write("good.yaml", HEALTH);
    shop.write("bad.yaml", "http://x:\n- path: /\n  assert_stauts: 200\n");
    let wrong: [(&[&str], &str); 8] = [
        (
            &["good.yaml", "bad.yaml", "--hosts", "127.0.2.9"],
            "bad.yaml:3:3 Hint: did you mean `assert_status`?",
        ),
        (
            &["nothing.yaml", "--hosts", "127.0.2.9"],
            "`nothing.yaml` cannot be read",
        ),
        (
            &["good.yaml", "--hosts", "web1:443"],
            "host `web1:443` must not contain ':'",
        ),
        (&["good.yaml", "--hosts", ""], "must be a non-empty string"),
        (&["good.yaml"], "--hosts"),
        (&["--hosts", "127.0.2.9"], "<FILE>..."),
        (
            &["good.yaml", "--hosts", "127.0.2.9", "--https_port", "0"],
            "0 is not in 1..=65535",
        ),
        (
            &["good.yaml", "--hosts", "127.0.2.9", "--timeout", "5"],
            "`--timeout`",
        ),
    ];
    for (arguments, complaint) in wrong {
        smoke(&shop, "none.pem", arguments)
            .exits(2)
            .complains(&[complaint]);
    }
}

#[test]
fn certificates_are_those_of_the_urls_name_and_trusted_or_refused() {
    let shop = TestEnvironment::new();
    let key = certificate("shop.example");
    let text = BASE64_STANDARD.encode(&key.cert[0]);
    let begin = "-----BEGIN CERTIFICATE-----";
    shop.write(
        "trusted.pem",
        format!("{begin}\n{text}\n{}\n", begin.replace("BEGIN", "END")),
    );
    let port = tls::serve(20, key).port().to_string();
    shop.write(
        "a.yaml",
        "https://shop.example: [{path: /, assert_body_contains: asked for shop.example}]",
    );
    shop.write("b.yaml", "https://other.example: [{path: /}]");
    let smoke = |trusted, file, others: &[&str]| {
        let arguments = [file, "--hosts", "127.0.43.20", "--https_port", &port];
        smoke(&shop, trusted, &[&arguments, others].concat())
    };
    smoke("trusted.pem", "a.yaml", &[])
        .exits(0)
        .says(&["PASS 127.0.43.20 1 request"]);
    smoke("trusted.pem", "b.yaml", &[])
        .exits(1)
        .says(&["FAIL", "certificate not valid for name \"other.example\""]);
    smoke("none.pem", "a.yaml", &[])
        .exits(1)
        .says(&["invalid peer certificate: UnknownIssuer"]);
    smoke("none.pem", "b.yaml", &["--insecure"]).exits(0);
}

/// Tests of each host by a file of the repository.
const GATES: &str = "
tests:
  smoke: {type: httpbb, files: [smoke/health.yaml]}
";

#[test]
fn a_declared_test_undoes_what_does_not_answer_as_it_says() {
    let shop = TestEnvironment::serving(GATES);
    shop.write("shop/smoke/health.yaml", HEALTH);
    shop.have("v1");
    shop.scap(&["check", "shop"])
        .exits(0)
        .says(&["smoke on web1", "smoke on web3"]);
    shop.commit(&Version::that_is_not_well("v2"));
    shop.deploy().exits(3);
    assert_eq!(shop.versions(), ["v1", "v1", "v1"]);
    let difference = "smoke/health.yaml:3: GET http://shop.example/healthz: expected status 200, found status 503";
    shop.scap(&["explain", "2"]).exits(0).says(&[difference]);
}

#[test]
fn the_digest_binds_what_a_declared_file_said() {
    let shop = TestEnvironment::serving(GATES);
    shop.write("shop/smoke/health.yaml", HEALTH);
    shop.commit(&Version::good("v1"));
    let digest = || shop.json(&["plan", "shop"])["digest"].clone();
    let before = digest();
    assert_eq!(digest(), before);
    shop.add("shop/smoke/health.yaml", "- path: /healthz\n");
    assert_ne!(digest(), before);
}

#[test]
fn a_declared_file_that_is_wrong_is_refused_before_anything_runs() {
    let shop = TestEnvironment::serving(GATES);
    shop.commit(&Version::good("v1"));
    shop.deploy()
        .exits(2)
        .complains(&["shop/smoke/health.yaml` cannot be read"]);
    shop.write("shop/smoke/health.yaml", HEALTH.replace("path:", "paht:"));
    shop.deploy().exits(2).complains(&[
        "unexpected key(s): paht",
        "health.yaml:2:3",
        "did you mean `path`?",
    ]);
    assert_eq!(shop.outcomes(), []);
    shop.scap(&["lock", "shop", "--reason", "a test"]).exits(0);
}
