//! A canary under real traffic: a good version passes, a bad one is undone before most people could notice.

use crate::place::{FIRST, Load, Place, command, turn_at_shellbox};
use serde_json::Value;
use std::time::{SystemTime, UNIX_EPOCH};

const GOOD: &str = "2026-04-02-121212-production";
/// 2 % of its responses are errors of a new kind.
const BAD: &str = "2026-05-01-100000-failing";
const NAMESPACE: &str = "shellbox";

fn everything_runs(tag: &str) {
    for (environment, release) in [
        ("staging", "staging"),
        ("codfw", "canary"),
        ("codfw", "production"),
        ("eqiad", "canary"),
        ("eqiad", "production"),
    ] {
        let runs = Place::deployed(NAMESPACE, environment, release).unwrap();
        assert!(runs.starts_with(tag), "{release} in {environment}: {runs}");
    }
}

/// Counts errors in the real log store, and blocks nothing.
const LOGS: &str = r#"    errors:
      type: logs
      mode: shadow
      interval: 1s
      lag: 5s
      instance_field: kubernetes.pod
      signature: error.type
      requests: 'http_requests_total{site="{environment}",kubernetes_namespace="{namespace}",release="{release}"}'
      errors: 'log.level:error AND site:{environment} AND kubernetes.namespace:{namespace} AND kubernetes.labels.release:{release}'
"#;

/// Verdicts that something follows from, in their order.
fn verdicts(place: &Place) -> Vec<String> {
    let run = place.last_run();
    let gates = run["gates"].as_array().unwrap().iter();
    let blocking = gates.filter(|gate| gate["is_shadow"] == false);
    let verdicts = blocking.filter_map(|gate| gate["verdict"].as_str());
    verdicts.map(str::to_owned).collect()
}

#[test]
#[ignore = "needs the real parts that `make e2e` brings up"]
fn a_good_version_passes_and_a_bad_one_is_undone_by_its_canary() {
    let _turn = turn_at_shellbox();
    // Whatever ran there before: the first version, judged by nothing.
    let without_checks = Place::new();
    without_checks.set_tag("shellbox", FIRST);
    without_checks.deploy("shellbox", 0);

    let place = Place::with_checks();
    place.configure(LOGS);
    let load = ["eqiad", "codfw"].map(|environment| Load::begin(NAMESPACE, environment, 200));
    place.set_tag("shellbox", GOOD);
    place.deploy("shellbox", 0);
    everything_runs(GOOD);
    assert_eq!(verdicts(&place), ["pass", "pass"]);

    place.set_tag("shellbox", BAD);
    let said = place.deploy("shellbox", 3);
    assert_eq!(place.last_run()["outcome"], "rolled_back");
    assert_eq!(verdicts(&place), ["fail"]);
    let why = "appeared that the control does not have";
    assert!(said.stdout.contains(why), "{}", said.stdout);
    everything_runs(GOOD);
    judged_again(&place);
    what_the_log_store_remembers(&place);

    // Once bad, it is not deployed again before somebody says so.
    let said = place.deploy("shellbox", 1);
    assert!(
        said.stdout.contains("rolled back as bad"),
        "{}",
        said.stdout
    );

    let [eqiad, codfw] = load.map(Load::end);
    let bad = |responses: &[(u16, String)]| {
        let of_bad = responses.iter().filter(|(_, version)| version == BAD);
        of_bad.map(|(status, _)| *status).collect::<Vec<_>>()
    };
    assert!(bad(&eqiad).is_empty(), "the second datacenter was touched");
    assert!(bad(&codfw).contains(&500), "the bad version never failed");
    let share = bad(&codfw).len() * 100 / codfw.len();
    assert!(share < 10, "the bad version got {share} % of all requests");
}

/// The recorded ticks of both runs, by the same checks and by one that tolerates everything.
fn judged_again(place: &Place) {
    let run = place.last_run()["run"].to_string();
    let now = |more: &[&str]| {
        let replayed = place.json(&[&["replay", &run], more].concat());
        let gates = replayed["runs"][0]["gates"].as_array().unwrap().clone();
        let blocking = gates.into_iter().find(|gate| gate["was_shadow"] == false);
        blocking.unwrap()
    };
    let same = now(&[]);
    assert_eq!(same["then"]["verdict"], "fail", "{same}");
    assert_eq!(same["now"]["verdict"], "fail", "{same}");
    assert_eq!(same["called"], "bad", "{same}");
    let tolerant = now(&["--set", "tolerated_ratio=1000"]);
    assert_ne!(tolerant["now"]["verdict"], "fail", "{tolerant}");

    let since = place.json(&["replay", "--since", "1h", "--service", "shellbox"]);
    let score = |check: &Value| check["check"] == "responses" && check["now"]["false_alarms"] == 0;
    let checks = since["checks"].as_array().unwrap();
    assert!(checks.iter().any(score), "{since}");
    assert_eq!(since["runs"].as_array().unwrap().len(), 2, "{since}");
}

/// Lines of hours ago in the real log store, put there for this.
fn what_the_log_store_remembers(place: &Place) {
    const HOUR: u64 = 3_600_000;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let now = u64::try_from(now.as_millis()).unwrap();
    let lines = [("CartVanished", 3), ("WarehouseTimeout", 1)];
    let lines = lines.iter().flat_map(|(kind, every)| {
        let times = (1..=12).filter(move |hour| hour % every == 0);
        times.map(move |hour| line(kind, now - hour * HOUR))
    });
    let bulk: String = lines.collect();
    let sent = command("curl")
        .args(["--silent", "--fail", "--noproxy", "*"])
        .args(["--header", "content-type: application/x-ndjson"])
        .args(["--data-binary", &bulk])
        .arg("http://127.0.0.1:9200/logstash-past/_bulk?refresh=true")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&sent.stdout).into_owned();
    assert!(said.contains(r#""errors":false"#), "{said}");
    let analyzed = place.json(&["analyze-logstash", "shellbox", "--days", "1"]);
    let kinds = analyzed["kinds"].as_array().unwrap().iter();
    let seen = |name: &str| {
        let of_kind = kinds.clone().filter(|kind| kind["signature"] == name);
        of_kind
            .map(|kind| kind["errors"].as_u64().unwrap())
            .sum::<u64>()
    };
    assert_eq!((seen("CartVanished"), seen("WarehouseTimeout")), (4, 12));
    assert_eq!(analyzed["check"], "errors");
}

/// An error of a canary that is long gone.
fn line(kind: &str, at_milliseconds: u64) -> String {
    let labels = serde_json::json!({ "release": "canary" });
    let pod =
        serde_json::json!({ "namespace": NAMESPACE, "pod": "shellbox-old", "labels": labels });
    let line = serde_json::json!({
        "@timestamp": at_milliseconds, "site": "codfw", "kubernetes": pod, "log.level": "error",
        "error.type": kind, "message": format!("{kind} while serving"),
    });
    format!("{{\"index\": {{}}}}\n{line}\n")
}
