//! `scap runner`: it carries out what people ask, and outlives itself.

use crate::environment::{TestEnvironment, Version, until};
use rustix::process::Signal;
use std::fs::{Permissions, set_permissions};
use std::os::unix::fs::PermissionsExt;

#[test]
fn a_deployment_goes_on_in_the_runner_when_its_terminal_is_killed() {
    let shop = TestEnvironment::new();
    let _runner = shop.begin_runner(&[]);
    shop.have("v1");
    shop.commit(&Version::good("v2"));
    shop.deploy_up_to_the_canary("v2").kill();
    let follower = shop.begin(&["log", "2", "--follow"]);
    shop.release("web1");
    follower.ends().exits(0).says(&["shop is deployed"]);
    assert_eq!(shop.versions(), ["v2", "v2", "v2"]);
    assert_eq!(shop.restarts(), ["web1 v2", "web2 v2", "web3 v2"]);
}

#[test]
fn the_next_runner_goes_on_with_what_a_killed_one_left() {
    let shop = TestEnvironment::new();
    let runner = shop.begin_runner(&[]);
    shop.have("v1");
    shop.commit(&Version::good("v2"));
    let deployment = shop.deploy_up_to_the_canary("v2");
    runner.kill();
    shop.release("web1");
    until("the restart ends, with nobody who waits for it", || {
        shop.finished_restarts().contains(&"web1 v2".to_owned())
    });
    let _next = shop.begin_runner(&[]);
    // The terminal waited for it.
    deployment
        .ends()
        .exits(0)
        .says(&["taken over by scap runner", "shop is deployed"]);
    assert_eq!(shop.versions(), ["v2", "v2", "v2"]);
    assert_eq!(shop.restarts(), ["web1 v2", "web2 v2", "web3 v2"]);
}

#[test]
fn a_runner_that_is_asked_to_stop_leaves_its_runs_to_the_next_one_at_once() {
    let shop = TestEnvironment::new();
    let runner = shop.begin_runner(&[]);
    shop.commit(&Version::good("v1"));
    let deployment = shop.deploy_up_to_the_canary("v1");
    runner.signal(Signal::TERM);
    runner
        .ends()
        .exits(0)
        .complains(&["run 1 is left to the next runner"]);
    let next = shop.begin_runner(&[]);
    next.until_complains("run 1 is taken up");
    shop.release("web1");
    deployment.ends().exits(0);
    assert_eq!(shop.restarts(), ["web1 v1", "web2 v1", "web3 v1"]);
}

#[test]
fn a_runner_that_is_to_finish_sees_its_runs_to_their_ends_and_lets_them_be_read() {
    let shop = TestEnvironment::new();
    let runner = shop.begin_runner(&["--on-stop", "finish"]);
    shop.commit(&Version::good("v1"));
    let deployment = shop.deploy_up_to_the_canary("v1");
    runner.signal(Signal::TERM);
    runner.until_complains("asked to stop");
    deployment.signal(Signal::STOP);
    shop.release("web1");
    runner.until_complains("run 1 of shop is over");
    deployment.signal(Signal::CONT);
    deployment.ends().exits(0).says(&["shop is deployed"]);
    runner.ends().exits(0);
    assert_eq!(shop.versions(), ["v1", "v1", "v1"]);
}

#[test]
fn what_was_left_without_a_runner_is_taken_up_by_one_that_starts() {
    let shop = TestEnvironment::new();
    shop.have("v1");
    shop.commit(&Version::good("v2"));
    shop.deploy_up_to_the_canary("v2").kill();
    let _runner = shop.begin_runner(&[]);
    shop.release("web1");
    shop.until_phase(2, "finished");
    assert_eq!(shop.versions(), ["v2", "v2", "v2"]);
    assert_eq!(shop.restarts(), ["web1 v2", "web2 v2", "web3 v2"]);
}

#[test]
fn a_run_that_waits_for_another_is_queued() {
    let shop = TestEnvironment::new();
    let _runner = shop.begin_runner(&[]);
    shop.have("v1");
    shop.scap(&["lock", "shop", "--reason", "an incident"])
        .exits(0);
    shop.commit(&Version::good("v2"));
    let refused = shop.deploy();
    refused.exits(1).says(&["is locked by"]);
    let waiting = shop.begin(&["deploy-service", "shop", "--yes", "--wait"]);
    waiting.until_complains("Waiting for");
    shop.scap(&["unlock", "shop"]).exits(0);
    waiting.ends().exits(0).says(&["shop is deployed"]);
    assert_eq!(shop.versions(), ["v2", "v2", "v2"]);
}

#[test]
fn a_runner_that_is_asked_to_stop_twice_does_not_finish() {
    let shop = TestEnvironment::new();
    let runner = shop.begin_runner(&["--on-stop", "finish"]);
    shop.commit(&Version::good("v1"));
    let _deployment = shop.deploy_up_to_the_canary("v1");
    runner.signal(Signal::TERM);
    runner.until_complains("asked to stop");
    runner.signal(Signal::TERM);
    runner
        .ends()
        .exits(0)
        .complains(&["run 1 is left to the next runner"]);
}

/// Tests run as root on the machines that they are for; elsewhere nobody else can be asked in whose name.
#[test]
fn another_user_of_the_host_asks_in_its_own_name_if_it_may_ask_at_all() {
    const NOBODY: u32 = 65_534;
    let shop = TestEnvironment::new();
    assert!(rustix::process::getuid().is_root(), "needs root");
    let _runner = shop.begin_runner(&[]);
    shop.commit(&Version::good("v1"));
    for folder in ["", "state"] {
        set_permissions(shop.path(folder), Permissions::from_mode(0o711)).unwrap();
    }
    let as_nobody = |arguments: &[&str]| shop.begin_as(NOBODY, arguments).ends();
    as_nobody(&["runs"]).exits(1).complains(&[
        "the runner on",
        "may not be asked",
        "Permission denied",
    ]);
    let socket = shop.path("state/cli.sock");
    set_permissions(socket, Permissions::from_mode(0o666)).unwrap();
    as_nobody(&["deploy-service", "shop", "--yes"]).exits(0);
    assert_eq!(shop.run(1)["person"], "nobody");
    assert_eq!(shop.versions(), ["v1", "v1", "v1"]);
}

#[test]
fn a_second_runner_is_refused() {
    let shop = TestEnvironment::new();
    let _runner = shop.begin_runner(&[]);
    shop.scap(&["runner"])
        .exits(1)
        .complains(&["a runner answers on", "already"]);
}

#[test]
fn nobody_goes_past_a_runner_that_is_required() {
    let shop = TestEnvironment::new();
    shop.commit(&Version::good("v1"));
    shop.add("scap.yaml", "runner: required\nsocket: run/cli.sock\n");
    for command in [&["runs"][..], &["deploy-service", "shop", "--yes"]] {
        shop.scap(command).exits(1).complains(&[
            "runs are left to `scap runner` here, and none answers on",
            "run/cli.sock",
        ]);
    }
    std::fs::create_dir(shop.path("run")).unwrap();
    let _runner = shop.begin_runner(&[]);
    shop.deploy().exits(0);
    assert_eq!(shop.versions(), ["v1", "v1", "v1"]);
}

#[test]
fn a_run_is_of_the_person_who_asked_and_held_by_the_runner() {
    let shop = TestEnvironment::new();
    shop.have("v1");
    let person = shop.run(1)["person"].clone();
    let _runner = shop.begin_runner(&[]);
    shop.commit(&Version::good("v2"));
    let _deployment = shop.deploy_up_to_the_canary("v2");
    let run = shop.json(&["runs"])[0].clone();
    assert_eq!(run["person"], person);
    let holder = run["holder"].as_str().unwrap();
    assert!(holder.starts_with("scap runner "), "{holder}");
}

#[test]
fn old_output_of_ended_runs_is_removed_and_that_is_said() {
    let shop = TestEnvironment::new();
    shop.have("v1");
    shop.hold("web1");
    shop.commit(&Version::good("v2"));
    let deployment = shop.begin_deploying();
    shop.until_restarting("web1 v2");
    let folders = |run: u32| {
        let entries = std::fs::read_dir(shop.path(&format!("state/programs/{run}"))).unwrap();
        entries
            .filter(|it| it.as_ref().unwrap().path().is_dir())
            .count()
    };
    assert!(folders(1) > 0, "run 1 printed something");
    shop.add("scap.yaml", "retention: { age: 1ms }\n");
    let runner = shop.begin_runner(&[]);
    runner.until_complains("what run 1 printed was removed");
    assert_eq!(folders(1), 0);
    assert!(folders(2) > 0, "run 2 goes on");
    shop.release("web1");
    deployment.ends().exits(0);
}
