//! A service that needs what another one brings, and an image that no registry has: refused before anything is changed.

use crate::place::{FIRST, Place};
use serde_json::Value;

const ENVIRONMENTS: [&str; 3] = ["staging", "codfw", "eqiad"];
const BROUGHT: [&str; 4] = [
    "ConfigMap `functions-settings`",
    "Secret `functions-credentials`",
    "ServiceAccount `functions`",
    "a Service that sets `SUPPORT_SERVICE_HOST`",
];

/// What forbids a run of the plan, with what mends it.
fn errors(plan: &Value) -> Vec<(String, String)> {
    let findings = plan["findings"].as_array().unwrap().iter();
    let errors = findings.filter(|finding| finding["severity"] == "error");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    errors
        .map(|finding| (text(&finding["message"]), text(&finding["hint"])))
        .collect()
}

fn take_away_what_earlier_tests_left() {
    for environment in ENVIRONMENTS {
        for kind in [
            "deployments",
            "services",
            "secrets",
            "configmaps",
            "serviceaccounts",
        ] {
            let label = ["delete", kind, "-l", "heritage=Helm", "--ignore-not-found"];
            Place::kubectl("functions", environment, &label);
        }
        let helms = ["delete", "secrets", "-l", "owner=helm"];
        Place::kubectl("functions", environment, &helms);
    }
}

#[test]
#[ignore = "needs the real parts that `make e2e` brings up"]
fn functions_are_refused_until_their_support_is_there() {
    let place = Place::new();
    take_away_what_earlier_tests_left();

    let said = place.deploy("functions", 1);
    for brought in BROUGHT {
        assert!(said.stdout.contains(brought), "{brought}: {}", said.stdout);
    }
    let found = errors(&place.json(&["plan", "functions"]));
    assert_eq!(found.len(), BROUGHT.len(), "{found:?}");
    let command = "scap deploy-service functions-support --environment staging --environment codfw --environment eqiad";
    for (message, hint) in &found {
        assert!(hint.ends_with(command), "{message}: {hint}");
        assert!(message.contains("of staging, codfw and eqiad"), "{message}");
    }
    for environment in ENVIRONMENTS {
        let status = Place::helm_status("functions", environment, "main");
        assert_eq!(status, None, "something was changed");
    }

    place.deploy("functions-support", 0);
    assert_eq!(errors(&place.json(&["plan", "functions"])), []);
    place.deploy("functions", 0);
    for environment in ENVIRONMENTS {
        let runs = Place::deployed("functions", environment, "main");
        assert_eq!(runs, Some(format!("{FIRST} 2/2")), "{environment}");
    }

    // Settings that have lost a key are found as well.
    let patch = r#"{"data": {"language": null}}"#;
    let lose = ["patch", "configmap", "functions-settings", "--patch", patch];
    Place::kubectl("functions", "staging", &lose);
    place.set_tag("functions", "2026-04-02-121212-production");
    let found = errors(&place.json(&["plan", "functions"]));
    let [(message, hint)] = found.as_slice() else {
        panic!("{found:?}")
    };
    assert!(
        message.contains("of staging has no key `language`"),
        "{message}"
    );
    assert!(
        hint.contains("scap deploy-service functions-support --environment staging"),
        "{hint}"
    );
}

#[test]
#[ignore = "needs the real parts that `make e2e` brings up"]
fn an_image_that_its_registry_does_not_have_is_found_before_anything_is_changed() {
    let place = Place::new();
    place.set_tag("page-analytics", "2026-05-03-131313-broken");
    // Nobody knows that host here, which is no reason to refuse anything.
    let found = place.json(&["plan", "page-analytics"]);
    assert_eq!(errors(&found), []);
    let findings = found["findings"].to_string();
    assert!(
        findings.contains("cannot tell whether `docker-registry.example.org`"),
        "{findings}"
    );

    let registry = std::env::var("SCAP_DEV_REGISTRY").unwrap();
    place.configure(&format!(
        "registry_mirrors: {{docker-registry.example.org: 'http://{registry}'}}\n"
    ));
    let found = errors(&place.json(&["plan", "page-analytics"]));
    let [(message, hint)] = found.as_slice() else {
        panic!("{found:?}")
    };
    let image = "docker-registry.example.org/repos/example/page-analytics:2026-05-03-131313-broken";
    assert!(message.contains(image), "{message}");
    assert!(hint.contains("2026-05-01-140000-unready"), "{hint}");
    let said = place.deploy("page-analytics", 1);
    assert!(said.stdout.contains(image), "{}", said.stdout);
}
