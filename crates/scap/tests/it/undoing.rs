//! Deployments that go wrong: undone, stuck, or finished without a few hosts.

use crate::deploying::GATES;
use crate::environment::{TestEnvironment, Version};
use serde_json::Value;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::process::Stdio;

#[test]
fn a_canary_that_does_not_start_is_rolled_back_and_no_other_host_is_touched() {
    let shop = TestEnvironment::new();
    let first = shop.have("v1");
    let inode = || fs::metadata(shop.revision("web1", &first)).unwrap().ino();
    let link = || fs::read_link(shop.deployed("web1")).unwrap();
    let before = (inode(), link());
    shop.commit(&Version::that_does_not_start("v2"));
    let said = shop.deploy().exits(3);
    insta::assert_snapshot!(said.seen());
    assert_eq!(
        (inode(), link()),
        before,
        "the old revision stayed where it was"
    );
    assert_eq!(shop.versions(), ["v1", "v1", "v1"]);
    assert_eq!(shop.restarts(), ["web1 v1", "web1 v2"]);
    shop.scap(&["lock"]).exits(0).says(&["no locks are held"]);
}

#[test]
fn a_first_installation_that_fails_leaves_nothing_deployed() {
    let shop = TestEnvironment::new();
    shop.commit(&Version::that_does_not_start("v1"));
    shop.deploy().exits(3);
    assert_eq!(shop.versions(), ["nothing", "nothing", "nothing"]);
}

#[test]
fn a_port_that_nobody_opens_fails_the_deployment() {
    let shop = TestEnvironment::new();
    // Port 1 is nobody's.
    shop.add(
        "shop/scap/scap.cfg",
        "service_port: 1\nservice_timeout: 1\n",
    );
    shop.commit(&Version::good("v1"));
    shop.deploy()
        .exits(3)
        .says(&["no connection to 127.0.2.1:1 within 1s"]);
    assert_eq!(shop.versions(), ["nothing", "nothing", "nothing"]);
}

#[test]
fn a_failed_test_rolls_back_and_everything_is_tested_again() {
    let shop = TestEnvironment::serving(GATES);
    shop.have("v1");
    shop.commit(&Version::that_is_not_well("v2"));
    shop.deploy()
        .exits(3)
        .says(&["`health` on web1", "503", "checked after the undo"]);
    assert_eq!(shop.versions(), ["v1", "v1", "v1"]);
    let tests = &shop.run(2)["undo_tests"];
    assert_eq!(
        (&tests[0]["instance"], &tests[0]["failure"]),
        (&Value::from("web1"), &Value::Null),
        "{tests}"
    );
}

#[test]
fn an_undo_that_fails_is_stuck_until_the_host_is_mended() {
    let shop = TestEnvironment::new();
    shop.have("v1");
    shop.break_restarts("web1");
    shop.commit(&Version::good("v2"));
    let said = shop.deploy().exits(4);
    insta::assert_snapshot!(said.seen());
    shop.scap(&["lock"]).exits(0).says(&["run 2 of "]);
    shop.deploy().exits(1).says(&["is locked by run 2"]);
    shop.mend_restarts("web1");
    shop.scap(&["resume", "2"])
        .exits(3)
        .says(&["shop was rolled back"]);
    assert_eq!(shop.versions(), ["v1", "v1", "v1"]);
    shop.scap(&["lock"]).exits(0).says(&["no locks are held"]);
}

#[test]
fn the_commands_that_a_stuck_run_shows_put_it_right() {
    let shop = TestEnvironment::new();
    shop.have("v1");
    shop.break_restarts("web1");
    shop.commit(&Version::good("v2"));
    shop.deploy().exits(4);
    shop.mend_restarts("web1");
    let commands = shop.run(2)["stuck"]["commands"].clone();
    let commands: Vec<&str> = commands
        .as_array()
        .unwrap()
        .iter()
        .map(|command| command.as_str().unwrap())
        .collect();
    assert!(!commands.is_empty());
    for command in commands {
        assert!(by_hand(command), "{command}");
    }
    assert_eq!(shop.versions(), ["v1", "v1", "v1"]);
    let restarts = shop.restarts();
    shop.scap(&["resume", "2"]).exits(3);
    assert_eq!(shop.restarts(), restarts, "there was nothing left to do");
}

#[test]
fn a_resume_without_mending_is_stuck_again() {
    let shop = TestEnvironment::new();
    shop.have("v1");
    shop.break_restarts("web1");
    shop.commit(&Version::good("v2"));
    shop.deploy().exits(4);
    shop.scap(&["resume", "2"])
        .exits(4)
        .says(&["no space left"]);
    shop.scap(&["runs"]).exits(0).says(&["stuck"]);
}

#[test]
fn a_few_hosts_may_stay_behind() {
    let shop = TestEnvironment::new();
    shop.add("shop/scap/scap.cfg", "default_failure_limit: 1\n");
    shop.have("v1");
    shop.break_restarts("web3");
    shop.commit(&Version::good("v2"));
    let said = shop.deploy().exits(0);
    insta::assert_snapshot!(said.seen());
    assert_eq!(
        shop.outcomes()[1],
        (2, Some("succeeded_with_stragglers".to_owned()))
    );
    assert_eq!(shop.versions()[..2], ["v2", "v2"]);
}

#[test]
fn more_bad_hosts_than_the_limit_roll_everything_back() {
    let shop = TestEnvironment::new();
    shop.add("shop/scap/scap.cfg", "failure_limit: 1\n");
    shop.have("v1");
    shop.commit(&Version::that_does_not_start("v2"));
    // The only host of the canary may fail; both of the others may not.
    shop.deploy()
        .exits(3)
        .says(&["2 of 2 hosts of `default` could not be changed"]);
    assert_eq!(shop.versions(), ["v1", "v1", "v1"]);
}

#[test]
fn nothing_is_undone_where_that_is_forbidden() {
    let shop = TestEnvironment::with_team("rollback: never");
    shop.have("v1");
    shop.commit(&Version::that_does_not_start("v2"));
    shop.deploy()
        .exits(6)
        .says(&["stopped on purpose, partly deployed"]);
    assert_eq!(shop.versions(), ["v2", "v1", "v1"]);
}

#[test]
fn a_failed_gate_can_only_be_passed_over_or_left_where_undo_is_forbidden() {
    let shop = TestEnvironment::serving(&format!("rollback: never\n{GATES}"));
    shop.have("v1");
    shop.commit(&Version::that_is_not_well("v2"));
    let deployment = shop.begin_deploying();
    shop.until_phase(2, "asking");
    shop.scap(&["answer", "2", "undo"])
        .exits(2)
        .complains(&["answers are stop, promote"]);
    shop.scap(&["answer", "2", "stop"]).exits(0);
    deployment.ends().exits(6);
    assert_eq!(shop.versions(), ["v2", "v1", "v1"]);
}

/// Types a command, as a person would who read it.
#[expect(clippy::disallowed_methods, reason = "a person has a shell")]
fn by_hand(command: &str) -> bool {
    let mut shell = std::process::Command::new("/bin/sh");
    shell
        .args(["-c", command])
        .stdout(Stdio::null())
        .status()
        .unwrap()
        .success()
}

#[test]
fn a_version_that_was_rolled_back_as_bad_is_barred_until_somebody_lifts_it() {
    let shop = TestEnvironment::serving(GATES);
    shop.have("v1");
    let revision = shop.commit(&Version::that_is_not_well("v2"));
    shop.deploy().exits(3);
    let again = format!("`{revision}` was rolled back as bad by run 2");
    shop.scap(&["plan", "shop"]).says(&[&again]);
    shop.deploy()
        .exits(1)
        .says(&[&again, "`scap unbar 2 REASON`"]);
    shop.scap(&["unbar", "2", "the test was wrong"]).exits(0);
    shop.scap(&["unbar", "2", "once more"])
        .exits(1)
        .complains(&["run 2 bars nothing"]);
    shop.deploy().exits(3);
}
