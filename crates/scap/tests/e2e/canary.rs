//! A canary under real traffic: a good version passes, a bad one is undone before most people could notice.

use crate::place::{FIRST, Load, Place, turn_at_shellbox};
use serde_json::Value;

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

/// Verdicts of evidence, in their order.
fn verdicts(place: &Place) -> Vec<String> {
    let run = place.last_run()["run"].to_string();
    let log = place.scap(&["log", &run, "--format", "json"]).stdout;
    let events = log.lines().map(|line| serde_json::from_str(line).unwrap());
    let concluded = events.filter(|event: &Value| event["event"] == "gate_concluded");
    let verdict = |event: Value| event["verdict"].as_str().unwrap().to_owned();
    concluded.map(verdict).collect()
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
    let load = ["eqiad", "codfw"].map(|environment| Load::begin(NAMESPACE, environment, 200));
    place.set_tag("shellbox", GOOD);
    place.deploy("shellbox", 0);
    everything_runs(GOOD);
    assert_eq!(verdicts(&place), ["pass", "pass"]);

    place.set_tag("shellbox", BAD);
    let said = place.deploy("shellbox", 3);
    assert_eq!(place.last_run()["outcome"], "rolled_back");
    assert_eq!(verdicts(&place), ["fail"]);
    assert!(said.stdout.contains("errors appeared"), "{}", said.stdout);
    everything_runs(GOOD);

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
