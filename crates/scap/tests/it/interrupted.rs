//! scap that is killed, and scap that is asked to end.

use crate::environment::{TestEnvironment, Version, until};
use rustix::process::Signal;

#[test]
fn restarts_go_on_when_scap_is_killed() {
    let shop = TestEnvironment::new();
    shop.have("v1");
    shop.commit(&Version::good("v2"));
    shop.deploy_up_to_the_canary("v2").kill();
    shop.release("web1");
    until("the restart ends, with nobody who waits for it", || {
        shop.finished_restarts().contains(&"web1 v2".to_owned())
    });
    assert_eq!(shop.versions(), ["v2", "v1", "v1"]);

    shop.scap(&["resume", "2"])
        .exits(0)
        .says(&["taken over by", "shop is deployed"]);
    assert_eq!(shop.versions(), ["v2", "v2", "v2"]);
    assert_eq!(shop.restarts(), ["web1 v2", "web2 v2", "web3 v2"]);
}

#[test]
fn a_restart_that_still_goes_on_is_waited_for() {
    let shop = TestEnvironment::new();
    shop.have("v1");
    shop.commit(&Version::good("v2"));
    shop.deploy_up_to_the_canary("v2").kill();
    let resumed = shop.begin(&["resume", "2"]);
    resumed.until_says("taken over by");
    shop.release("web1");
    resumed.ends().exits(0);
    assert_eq!(shop.versions(), ["v2", "v2", "v2"]);
    assert_eq!(shop.restarts(), ["web1 v2", "web2 v2", "web3 v2"]);
}

#[test]
fn a_run_that_nobody_carries_out_is_shown_as_such_and_keeps_its_locks() {
    let shop = TestEnvironment::new();
    shop.have("v1");
    shop.commit(&Version::good("v2"));
    shop.deploy_up_to_the_canary("v2").kill();
    until("the run counts as interrupted", || {
        shop.scap(&["runs"]).exits(0).stdout.contains("interrupted")
    });
    shop.scap(&["runs"])
        .exits(0)
        .says(&["Hint: run 2 is carried out by nobody: `scap resume 2` goes on with it"]);
    shop.scap(&["abort", "2"])
        .exits(1)
        .complains(&["nobody carries run 2 out", "`scap resume 2` takes it over"]);
    shop.deploy().exits(1).says(&["is locked by run 2"]);
    shop.release("web1");
    // What was asked for meanwhile is not forgotten.
    shop.scap(&["resume", "2"]).exits(3);
    assert_eq!(shop.versions(), ["v1", "v1", "v1"]);
}

#[test]
fn a_run_that_is_carried_out_cannot_be_taken_over() {
    let shop = TestEnvironment::new();
    shop.commit(&Version::good("v1"));
    let _deployment = shop.deploy_up_to_the_canary("v1");
    shop.scap(&["resume", "1"])
        .exits(1)
        .complains(&["run 1 is carried out by scap ", "`scap abort 1` ends it"]);
}

#[test]
fn a_run_that_has_ended_is_not_carried_out_again() {
    let shop = TestEnvironment::new();
    shop.have("v1");
    shop.scap(&["resume", "1"])
        .exits(0)
        .says(&["shop is deployed"]);
    assert_eq!(shop.restarts(), [""; 0]);
    shop.scap(&["resume", "7"])
        .exits(1)
        .complains(&["there is no run 7"]);
}

#[test]
fn a_killed_run_can_be_killed_again_and_still_ends_well() {
    let shop = TestEnvironment::new();
    shop.have("v1");
    shop.commit(&Version::good("v2"));
    shop.deploy_up_to_the_canary("v2").kill();
    let resumed = shop.begin(&["resume", "2"]);
    resumed.until_says("taken over by");
    resumed.kill();
    shop.release("web1");
    shop.scap(&["resume", "2"]).exits(0);
    assert_eq!(shop.versions(), ["v2", "v2", "v2"]);
    assert_eq!(shop.restarts(), ["web1 v2", "web2 v2", "web3 v2"]);
}

#[test]
fn a_signal_puts_everything_back() {
    for (signal, name) in [(Signal::INT, "SIGINT"), (Signal::TERM, "SIGTERM")] {
        let shop = TestEnvironment::new();
        shop.have("v1");
        shop.commit(&Version::good("v2"));
        let deployment = shop.deploy_up_to_the_canary("v2");
        deployment.signal(signal);
        deployment.until_says("going back");
        shop.release("web1");
        deployment
            .ends()
            .exits(3)
            .says(&[&format!("asked for it: {name}")]);
        assert_eq!(shop.versions(), ["v1", "v1", "v1"]);
    }
}

#[test]
fn a_second_signal_stops_the_way_back() {
    let shop = TestEnvironment::new();
    shop.have("v1");
    shop.commit(&Version::good("v2"));
    let deployment = shop.deploy_up_to_the_canary("v2");
    deployment.signal(Signal::INT);
    // The restart of the way back waits as the one before it did.
    shop.until_restarting("web1 v1");
    deployment.signal(Signal::INT);
    deployment.ends().exits(6).says(&["stopped on purpose"]);
}
