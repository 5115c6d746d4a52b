//! A service with canary releases: staging, then the canaries of both datacenters, then production, the primary last.

use crate::place::{FIRST, Place, turn_at_shellbox};
use std::time::{Duration, Instant};

const SECOND: &str = "2026-04-02-121212-production";
const BROKEN: &str = "2026-05-03-131313-broken";
const PLACES: [(&str, &str); 5] = [
    ("staging", "staging"),
    ("codfw", "canary"),
    ("eqiad", "canary"),
    ("codfw", "production"),
    ("eqiad", "production"),
];

fn all_run(tag: &str) {
    for (environment, release) in PLACES {
        let deployed = Place::deployed("shellbox", environment, release).unwrap();
        let (runs, ready) = deployed.split_once(' ').unwrap();
        let (ready, wanted) = ready.split_once('/').unwrap();
        assert_eq!((runs, ready), (tag, wanted), "{release} in {environment}");
        let status = Place::helm_status("shellbox", environment, release).unwrap();
        assert!(
            status.starts_with("deployed "),
            "{release} in {environment} is {status}"
        );
    }
}

#[test]
#[ignore = "needs the real parts that `make e2e` brings up"]
fn shellbox_is_installed_upgraded_taken_back_and_resumed() {
    let _turn = turn_at_shellbox();
    let place = Place::new();

    // A first install, unless it ran already.
    place.deploy("shellbox", 0);
    all_run(FIRST);

    // A good version, in the order of the catalog.
    place.set_tag("shellbox", SECOND);
    let plan = place.json(&["plan", "shellbox"]);
    let mut order: Vec<(&str, &str)> = plan["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| {
            (
                step["environment"].as_str().unwrap(),
                step["release"].as_str().unwrap(),
            )
        })
        .collect();
    // The two namespaces go side by side.
    order.dedup();
    assert_eq!(order, PLACES);
    place.deploy("shellbox", 0);
    all_run(SECOND);

    // Back to the first one, by helm's history, and forward again.
    let said = place.scap(&["rollback", "shellbox", "--yes"]);
    assert_eq!(said.code, Some(0), "{}{}", said.stdout, said.stderr);
    all_run(FIRST);
    place.deploy("shellbox", 0);
    all_run(SECOND);

    // A version whose image cannot be had: staging finds out, and nothing else is touched.
    let eqiad = Place::helm_status("shellbox", "eqiad", "production");
    place.set_tag("shellbox", BROKEN);
    let said = place.deploy("shellbox", 3);
    assert!(said.stdout.contains("ImagePullBackOff"), "{}", said.stdout);
    all_run(SECOND);
    assert_eq!(Place::helm_status("shellbox", "eqiad", "production"), eqiad);
    assert_eq!(place.last_run()["outcome"], "rolled_back");

    killed_in_the_middle(&place);
}

/// The scap that deploys is killed while a release is on its way; another goes on with the same run.
fn killed_in_the_middle(place: &Place) {
    place.set_tag("shellbox", FIRST);
    let mut first = place.begin(&["deploy-service", "shellbox", "--yes"]);
    let deadline = Instant::now() + Duration::from_mins(2);
    let is_on_its_way = || {
        let run = place.last_run();
        run["outcome"].is_null() && run["steps"][0]["status"] == "started"
    };
    while !is_on_its_way() {
        assert!(Instant::now() < deadline, "no step was started");
        std::thread::sleep(Duration::from_millis(20));
    }
    first.kill().unwrap();
    first.wait().unwrap();
    let run = place.last_run()["run"].to_string();
    let said = place.scap(&["resume", &run]);
    assert_eq!(said.code, Some(0), "{}{}", said.stdout, said.stderr);
    all_run(FIRST);
}
