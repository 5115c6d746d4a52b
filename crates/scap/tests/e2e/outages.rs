//! The API server goes away in the middle of a run: killed, hanging or cut off, for a while or for longer than scap waits.

mod api_server;
mod line;

use crate::place::{FIRST, Place, Said};
use crate::small_service::SmallService;
use api_server::ApiServer;
use line::Line;
use serde_json::Value;
use std::process::{Child, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

const SECOND: &str = "2026-04-02-121212-production";
/// Each takes about a second to become ready, one after the other.
const PODS: u32 = 8;
/// Longer than a watch that is cut for a moment, shorter than scap waits.
const OUTAGE: Duration = Duration::from_secs(7);
const BETWEEN_CUTS: Duration = Duration::from_millis(400);
const PATIENCE: Duration = Duration::from_mins(2);
const PAUSE: Duration = Duration::from_millis(10);

/// A service that runs its first version; scap and helm reach its cluster through the server that is theirs alone.
fn prepared(purpose: &str) -> (SmallService, ApiServer) {
    let service = SmallService::new(purpose, &["staging"]);
    service.set_replicas(PODS);
    service.replace_pods_one_by_one();
    service.set_tag(FIRST);
    let server = ApiServer::start("staging");
    server.lead(&service, &server.url);
    let said = service.place.scap(&service.deployment("staging"));
    assert_eq!(said.code, Some(0), "{}{}", said.stdout, said.stderr);
    (service, server)
}

/// scap deploys `tag`, and `has_come_far_enough` by what the cluster shows.
fn begun(service: &SmallService, tag: &str, has_come_far_enough: impl Fn() -> bool) -> Child {
    service.set_tag(tag);
    let mut command = service.place.scap_command(&service.deployment("staging"));
    let scap = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let deadline = Instant::now() + PATIENCE;
    while !has_come_far_enough() {
        assert!(Instant::now() < deadline, "it does not come far enough");
        sleep(PAUSE);
    }
    scap
}

/// helm is done, and some of the new pods are ready while others are waited for.
fn pods_come_up(service: &SmallService) -> bool {
    let run = service.place.last_run();
    let status = Place::kubectl(
        &service.name,
        "staging",
        &["get", "deployments", "-o", "jsonpath={.items[0].status}"],
    );
    let status: Value = serde_json::from_str(&status).unwrap();
    run["steps"][0]["status"] == "acted" && status["updatedReplicas"].as_u64() < Some(PODS.into())
}

fn ends_with(scap: Child, code: i32) -> Said {
    let said = Said::from(scap.wait_with_output().unwrap());
    assert_eq!(said.code, Some(code), "{}{}", said.stdout, said.stderr);
    said
}

fn runs(service: &SmallService) -> String {
    service.deployed("staging", "main").unwrap()
}

fn all_run(tag: &str) -> String {
    format!("{tag} {PODS}/{PODS}")
}

#[test]
#[ignore = "needs the real parts that `make e2e` brings up"]
fn a_run_outlasts_an_api_server_that_is_restarted_or_hangs_while_pods_are_waited_for() {
    let (service, mut server) = prepared("restart");
    let scap = begun(&service, SECOND, || pods_come_up(&service));
    server.kill();
    sleep(OUTAGE);
    server.start_again();
    ends_with(scap, 0);
    assert_eq!(runs(&service), all_run(SECOND));

    let scap = begun(&service, FIRST, || pods_come_up(&service));
    server.signal("STOP");
    sleep(OUTAGE);
    server.signal("CONT");
    ends_with(scap, 0);
    assert_eq!(runs(&service), all_run(FIRST));
}

#[test]
#[ignore = "needs the real parts that `make e2e` brings up"]
fn a_run_goes_on_though_its_watches_are_cut_again_and_again() {
    let (service, server) = prepared("cuts");
    let line = Line::to(&server.url);
    server.lead(&service, &line.url);
    let mut scap = begun(&service, SECOND, || pods_come_up(&service));
    let mut cut = 0;
    while scap.try_wait().unwrap().is_none() {
        cut += line.cut();
        sleep(BETWEEN_CUTS);
    }
    ends_with(scap, 0);
    assert!(cut > 0);
    assert_eq!(runs(&service), all_run(SECOND));
}

#[test]
#[ignore = "needs the real parts that `make e2e` brings up"]
fn a_run_without_an_api_server_is_stuck_and_says_so_until_it_is_back() {
    let (service, mut server) = prepared("gone");
    service.configure("ready_timeout", "15s");
    let scap = begun(&service, SECOND, || pods_come_up(&service));
    server.kill();
    let said = ends_with(scap, 4);
    assert!(said.stdout.contains(&server.url), "{}", said.stdout);

    // Nothing new begins either, and the reason is the same.
    let said = service.place.scap(&service.deployment("staging"));
    assert_eq!(said.code, Some(1), "{}{}", said.stdout, said.stderr);
    assert!(said.stderr.contains(&server.url), "{}", said.stderr);
    server.start_again();
    is_resumed(&service, SECOND);

    // One that hangs takes all connections.
    let scap = begun(&service, FIRST, || pods_come_up(&service));
    server.signal("STOP");
    let said = ends_with(scap, 4);
    let why = "the API server did not answer";
    assert!(said.stdout.contains(why), "{}", said.stdout);
    server.signal("CONT");
    is_resumed(&service, FIRST);
}

fn is_resumed(service: &SmallService, tag: &str) {
    let run = service.place.last_run()["run"].to_string();
    let said = service.place.scap(&["resume", &run]);
    assert_eq!(said.code, Some(0), "{}{}", said.stdout, said.stderr);
    assert_eq!(runs(service), all_run(tag));
}

#[test]
#[ignore = "needs the real parts that `make e2e` brings up"]
fn helm_is_left_without_its_api_server_and_all_is_put_back() {
    let (service, mut server) = prepared("helmless");
    let scap = begun(&service, SECOND, || {
        service.history("staging", "main").len() > 1
    });
    server.kill();
    sleep(OUTAGE);
    server.start_again();
    let said = Said::from(scap.wait_with_output().unwrap());
    let told = format!("{}{}", said.stdout, said.stderr);
    // helm may just have been done.
    match said.code {
        Some(0) => assert_eq!(runs(&service), all_run(SECOND)),
        Some(3) => {
            assert_eq!(runs(&service), all_run(FIRST), "{told}");
            assert!(said.stdout.contains(&server.url), "{told}");
        }
        _ => panic!("{told}"),
    }
    let (_, status) = service.history("staging", "main").pop().unwrap();
    assert_eq!(status, "deployed");
}
