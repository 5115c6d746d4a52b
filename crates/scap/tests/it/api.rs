//! What browsers are answered is as schemas/api.json says.

use crate::environment::{TestEnvironment, Version, until};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

/// The published API.
struct Published(Value);

impl Published {
    fn read() -> Self {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas/api.json");
        Self(serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap())
    }

    /// What of an answer is otherwise.
    fn mistakes(&self, method: &str, path: &str, answer: &Value) -> Vec<String> {
        let operation = &self.0["paths"][format!("/api/{path}")][method];
        let content = &operation["responses"]["200"]["content"];
        let content = content.as_object().and_then(|it| it.values().next());
        self.differences(&content.unwrap()["schema"], answer)
    }

    fn differences(&self, shape: &Value, value: &Value) -> Vec<String> {
        let mut shape = shape.clone();
        shape["components"] = self.0["components"].clone();
        let shape = jsonschema::validator_for(&shape).unwrap();
        let errors = shape.iter_errors(value);
        errors
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect()
    }
}

/// The shop with a run that succeeded, one that was rolled back, one that goes on, and one that waits; frozen.
#[test]
fn every_document_is_as_published() {
    let published = Published::read();
    let shop = TestEnvironment::new();
    shop.has_page();
    let _runner = shop.begin_runner(&[]);
    shop.have("v1");
    let mut ada = shop.signed_in("ada", &["deployers", "admins"]);
    shop.commit(&Version::that_does_not_start("v2"));
    let bad = ada.deploys();
    let is_over = || {
        shop.outcomes()
            .iter()
            .any(|(run, outcome)| *run == u64::from(bad) && outcome.is_some())
    };
    until("the bad version is taken back", is_over);
    shop.commit(&Version::good("v3"));
    shop.hold("web1");
    let going = ada.deploys();
    shop.until_restarting("web1 v3");
    let mut bob = shop.signed_in("bob", &["deployers"]);
    bob.deploys();
    let freeze = json!({ "act": "freeze", "reason": "lunch", "until": null });
    let code = ada.code();
    let frozen = ada.does(&freeze, Some(&code)).unwrap();
    assert_eq!(published.mistakes("post", "admin/freeze", &frozen), [""; 0]);
    for (path, asked) in [
        ("me", "me".to_owned()),
        ("home", "home".to_owned()),
        ("admin", "admin".to_owned()),
        ("runs", "runs".to_owned()),
        ("runs/{run}", "runs/1".to_owned()),
        ("runs/{run}", format!("runs/{bad}")),
        ("runs/{run}", format!("runs/{going}")),
        ("services", "services?search=shop".to_owned()),
        ("services/{service}", "services/shop".to_owned()),
        ("audit", "audit".to_owned()),
    ] {
        let document = ada.reads(&asked).unwrap();
        let mistakes = published.mistakes("get", path, &document);
        assert_eq!(mistakes, [""; 0], "{asked}: {document}");
    }
    let nobody = shop.browser().reads("me").unwrap();
    assert_eq!(published.mistakes("get", "me", &nobody), [""; 0]);
    shop.release("web1");
}

#[test]
fn plans_acts_and_what_is_told_are_as_published() {
    let published = Published::read();
    let shop = TestEnvironment::new();
    shop.has_page();
    let _runner = shop.begin_runner(&[]);
    shop.have("v1");
    shop.commit(&Version::good("v2"));
    let mut ada = shop.signed_in("ada", &["deployers"]);
    let wanted = json!({ "service": "shop" });
    let plan = ada.asks(&json!({ "verb": "plan", "wanted": wanted }));
    let plan = plan.unwrap();
    assert_eq!(published.mistakes("post", "plans", &plan), [""; 0]);
    let code = ada.code();
    let deploy = json!({ "act": "deploy", "digest": plan["digest"], "reason": null });
    let made = ada.does(&deploy, Some(&code)).unwrap();
    assert_eq!(published.mistakes("post", "runs", &made), [""; 0]);
    let mut page = ada.follows();
    page.asks(&json!({ "ask": "document", "path": "home" }));
    page.asks(&json!({ "ask": "lines", "run": made["run"], "from": 0 }));
    for tell in ["document", "lines"] {
        let told = page.until(|told| told["tell"] == tell);
        assert_eq!(published.mistakes("get", "live.events", &told), [""; 0]);
    }
    let log_out = json!({ "act": "log_out", "session": null });
    let ended = ada.does(&log_out, None).unwrap();
    assert_eq!(published.mistakes("post", "me/log-out", &ended), [""; 0]);
    let told = page.until(|told| told["tell"] == "goodbye");
    assert_eq!(published.mistakes("get", "live.events", &told), [""; 0]);
}

#[test]
fn what_is_not_as_published_is_noticed() {
    let published = Published::read();
    for (method, path, answer) in [
        ("post", "runs", json!({ "run": "7" })),
        ("post", "runs", json!({})),
        (
            "get",
            "runs",
            json!({ "runs": [{ "run": 7 }], "more": false }),
        ),
        ("get", "live.events", json!({ "tell": "secrets" })),
        ("get", "services", json!({})),
    ] {
        let mistakes = published.mistakes(method, path, &answer);
        assert!(!mistakes.is_empty(), "{method} {path}: {answer}");
    }
}
