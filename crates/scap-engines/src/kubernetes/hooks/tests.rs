//! Hooks as the API server shows them beside other Jobs.

use super::*;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::sync::Arc;

const BEGUN: &str = "2026-03-01T00:00:10Z";
const BEFORE: &str = "2026-03-01T00:00:09Z";

fn objects<T: DeserializeOwned>(values: impl IntoIterator<Item = Value>) -> Vec<Arc<T>> {
    let object = |value| Arc::new(serde_json::from_value(value).unwrap());
    values.into_iter().map(object).collect()
}

fn job(name: &str, made: &str) -> Value {
    json!({"metadata": {"name": name, "uid": name, "creationTimestamp": made}})
}

fn pod(name: &str, owner: &str, state: &Value) -> Value {
    json!({"metadata": {"name": name, "creationTimestamp": BEGUN, "ownerReferences": [{"uid": owner, "name": owner, "kind": "Job", "apiVersion": "batch/v1"}]},
        "status": {"phase": "Failed", "containerStatuses": [{"name": "main", "image": "i", "imageID": "", "ready": false, "restartCount": 0, "state": state}]}})
}

#[test]
fn only_hooks_of_this_change_are_told_of() {
    let hook = |kind: &str, name: &str| Hook {
        events: Vec::new(),
        kind: kind.to_owned(),
        name: name.to_owned(),
    };
    let hooks = ["migrate", "left-over", "refused"].map(|name| hook("Job", name));
    let image = json!({"waiting": {"reason": "ErrImagePull"}});
    let ended = json!({"terminated": {"exitCode": 2, "reason": "Error"}});
    let refused = json!({"metadata": {}, "involvedObject": {"uid": "refused"}, "reason": "FailedCreate", "message": "exceeded quota: x", "lastTimestamp": BEGUN});
    let seen = Objects {
        jobs: objects([
            job("migrate", BEGUN),
            job("left-over", BEFORE),
            job("refused", BEGUN),
            job("cron-1", BEGUN),
        ]),
        pods: objects([
            pod("migrate-1", "migrate", &ended),
            pod("migrate-2", "migrate", &image),
            pod("left-over-1", "left-over", &image),
            pod("cron-1-1", "cron-1", &image),
            pod("check", "nobody", &ended),
        ]),
        events: objects([refused]),
        ..Objects::default()
    };
    let told = |hooks: &[Hook]| -> Vec<String> {
        let troubles = seen.hook_troubles(hooks, Some(BEGUN.parse().unwrap()));
        let told = troubles
            .iter()
            .map(|t| format!("{} {:?}", t.blamed, t.kind));
        told.collect()
    };
    assert_eq!(
        told(&hooks),
        [
            "pod `migrate-1` Ended",
            "pod `migrate-2` Image",
            "job `refused` Quota"
        ]
    );
    assert_eq!(told(&[hook("Pod", "check")]), ["pod `check` Ended"]);
    assert_eq!(told(&[]), Vec::<String>::new());
}
