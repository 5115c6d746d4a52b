//! What a cluster may have against a new version: each ends where it should, and with words that name the cause.

use crate::place::{FIRST, Place, Said, command, state};
use crate::small_service::SmallService;
use serde_json::{Value, json};
use std::io::Write;
use std::net::TcpListener;
use std::process::Stdio;

const SECOND: &str = "2026-04-02-121212-production";

/// A service that runs its first version.
fn prepared(purpose: &str, environment: &str) -> SmallService {
    let service = SmallService::new(purpose, &[environment]);
    service.set_tag(FIRST);
    deploys(&service, environment, 0);
    service
}

fn deploys(service: &SmallService, environment: &str, code: i32) -> Said {
    let said = service.place.scap(&service.deployment(environment));
    assert_eq!(said.code, Some(code), "{}{}", said.stdout, said.stderr);
    said
}

/// Deploys `tag`, which is taken back as the words say.
fn is_taken_back(service: &SmallService, environment: &str, tag: &str, words: &[&str]) {
    let uid = service.uid(environment, "main");
    service.set_tag(tag);
    let said = deploys(service, environment, 3);
    for word in words {
        assert!(
            said.stdout.contains(word),
            "`{word}` is not in {}",
            said.stdout
        );
    }
    assert_eq!(service.place.last_run()["outcome"], "rolled_back");
    first_runs(service, environment);
    assert_eq!(service.uid(environment, "main"), uid);
}

fn first_runs(service: &SmallService, environment: &str) {
    assert_eq!(
        service.deployed(environment, "main"),
        Some(format!("{FIRST} 2/2"))
    );
    let (_, status) = service.history(environment, "main").pop().unwrap();
    assert_eq!(status, "deployed");
}

/// Makes an object, as whoever runs the cluster.
fn make(service: &SmallService, environment: &str, object: &Value) {
    let mut kubectl = kubectl(
        environment,
        &["apply", "--namespace", &service.name, "-f", "-"],
    )
    .stdin(Stdio::piped())
    .spawn()
    .unwrap();
    kubectl
        .stdin
        .take()
        .unwrap()
        .write_all(object.to_string().as_bytes())
        .unwrap();
    assert!(kubectl.wait().unwrap().success());
}

fn kubectl(environment: &str, arguments: &[&str]) -> std::process::Command {
    let mut kubectl = command("kubectl");
    let config = state().join("parts").join(environment).join("admin.config");
    kubectl.arg("--kubeconfig").arg(config).args(arguments);
    kubectl
}

#[test]
#[ignore = "needs the real parts that `make e2e` brings up"]
fn an_image_that_is_missing() {
    let service = prepared("image", "codfw");
    let tag = "2026-05-03-131313-broken";
    is_taken_back(&service, "codfw", tag, &[tag]);
    // The kubelet says one of two things, by turns.
    let failure = service.place.last_run()["steps"][0]["failure"].to_string();
    let reasons = ["ErrImagePull", "ImagePullBackOff"];
    assert!(
        reasons.iter().any(|reason| failure.contains(reason)),
        "{failure}"
    );
}

#[test]
#[ignore = "needs the real parts that `make e2e` brings up"]
fn a_quota_that_is_exceeded() {
    let service = prepared("quota", "staging");
    let quota = json!({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "two-pods"}, "spec": {"hard": {"pods": "2"}}});
    make(&service, "staging", &quota);
    is_taken_back(&service, "staging", SECOND, &["exceeded quota", "two-pods"]);
}

#[test]
#[ignore = "needs the real parts that `make e2e` brings up"]
fn a_probe_that_never_passes() {
    let service = prepared("probe", "codfw");
    service.configure("ready_timeout", "20s");
    let words = ["is not ready after 20 s", "Readiness probe failed"];
    is_taken_back(&service, "codfw", "2026-05-01-140000-unready", &words);
}

#[test]
#[ignore = "needs the real parts that `make e2e` brings up"]
fn a_pod_that_crashes_after_half_a_minute() {
    let service = prepared("dying", "codfw");
    let catalog = service.place.path().join("service-catalog.yaml");
    let text = std::fs::read_to_string(&catalog).unwrap();
    std::fs::write(catalog, text + "    bake: 50s\n").unwrap();
    is_taken_back(
        &service,
        "codfw",
        "2026-05-01-130000-dying",
        &[
            "was started again",
            "ended with code 1",
            "the warehouse is empty",
        ],
    );
}

/// An admission webhook that takes connections and never answers, asked about what the rules say in one namespace.
struct HungWebhook {
    name: String,
    environment: &'static str,
    _listener: TcpListener,
}

impl HungWebhook {
    fn new(service: &SmallService, environment: &'static str, group: &str, resource: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let name = format!("hung-{}.example.org", service.name);
        let object = json!({
            "apiVersion": "admissionregistration.k8s.io/v1",
            "kind": "ValidatingWebhookConfiguration",
            "metadata": {"name": name},
            "webhooks": [{
                "name": name,
                "clientConfig": {"url": format!("https://{}/", listener.local_addr().unwrap())},
                "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": service.name}},
                "rules": [{"apiGroups": [group], "apiVersions": ["v1"], "resources": [resource], "operations": ["CREATE", "UPDATE"]}],
                "timeoutSeconds": 5,
                "failurePolicy": "Fail",
                "sideEffects": "None",
                "admissionReviewVersions": ["v1"],
            }],
        });
        make(service, environment, &object);
        Self {
            name,
            environment,
            _listener: listener,
        }
    }
}

impl Drop for HungWebhook {
    fn drop(&mut self) {
        let _ = kubectl(
            self.environment,
            &["delete", "validatingwebhookconfigurations", &self.name],
        )
        .output();
    }
}

#[test]
#[ignore = "needs the real parts that `make e2e` brings up"]
fn a_webhook_that_hangs_when_pods_are_made() {
    let service = prepared("webhook", "staging");
    let webhook = HungWebhook::new(&service, "staging", "", "pods");
    is_taken_back(
        &service,
        "staging",
        SECOND,
        &["failed calling webhook", &webhook.name],
    );
}

#[test]
#[ignore = "needs the real parts that `make e2e` brings up"]
fn a_webhook_that_hangs_in_the_way_out_and_back() {
    let service = prepared("hung", "staging");
    let webhook = HungWebhook::new(&service, "staging", "apps", "deployments");
    service.set_tag(SECOND);
    // helm can change nothing, and nothing back.
    let said = deploys(&service, "staging", 4);
    assert!(said.stdout.contains(&webhook.name), "{}", said.stdout);
    drop(webhook);
    let run = service.place.last_run()["run"].to_string();
    let said = service.place.scap(&["resume", &run]);
    assert_eq!(said.code, Some(3), "{}{}", said.stdout, said.stderr);
    first_runs(&service, "staging");
    let name = Place::kubectl(
        &service.name,
        "staging",
        &["get", "deployments", "-o", "name"],
    );
    assert_eq!(name.lines().count(), 1);
}
