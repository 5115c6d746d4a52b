//! Other people's terminals: they see a run that is carried out elsewhere, answer it and end it.

use crate::deploying::GATES;
use crate::environment::{TestEnvironment, Version};

#[test]
fn another_terminal_sees_and_follows_a_run() {
    let shop = TestEnvironment::new();
    shop.have("v1");
    shop.commit(&Version::good("v2"));
    let deployment = shop.deploy_up_to_the_canary("v2");
    shop.scap(&["runs"]).exits(0).says(&["deploying"]);
    shop.scap(&["show", "2"])
        .exits(0)
        .says(&["`scap log 2 --follow`, `scap abort 2`"]);
    let follower = shop.begin(&["log", "2", "--follow"]);
    follower.until_says("canary (web1): started");
    shop.release("web1");
    deployment.ends().exits(0);
    follower
        .ends()
        .exits(0)
        .says(&["run 2 succeeded", "shop is deployed"]);
}

#[test]
fn a_log_that_is_not_followed_ends_at_once() {
    let shop = TestEnvironment::new();
    shop.commit(&Version::good("v1"));
    let _deployment = shop.deploy_up_to_the_canary("v1");
    shop.scap(&["log", "1"])
        .exits(0)
        .says(&["canary (web1): started"]);
}

#[test]
fn an_abort_puts_everything_back() {
    let shop = TestEnvironment::new();
    shop.have("v1");
    shop.commit(&Version::good("v2"));
    let deployment = shop.deploy_up_to_the_canary("v2");
    shop.scap(&["abort", "2", "--reason", "wrong branch"])
        .exits(0);
    shop.release("web1");
    deployment
        .ends()
        .exits(3)
        .says(&["asked for it: wrong branch", "shop was rolled back"]);
    assert_eq!(shop.versions(), ["v1", "v1", "v1"]);
    assert_eq!(shop.restarts(), ["web1 v1", "web1 v2"]);
    assert_eq!(shop.json(&["lock"])["locks"], serde_json::json!([]));
}

#[test]
fn an_abort_with_stop_leaves_everything_as_it_is() {
    let shop = TestEnvironment::new();
    shop.have("v1");
    shop.commit(&Version::good("v2"));
    let deployment = shop.deploy_up_to_the_canary("v2");
    shop.scap(&["abort", "2", "--stop"]).exits(0);
    deployment.ends().exits(6).says(&["stopped on purpose"]);
    assert_eq!(shop.versions(), ["v2", "v1", "v1"]);
}

#[test]
fn a_version_that_hangs_is_aborted_too() {
    let shop = TestEnvironment::new();
    shop.have("v1");
    shop.commit(&Version::that_hangs("v2"));
    let deployment = shop.begin_deploying();
    shop.until_restarting("web1 v2");
    shop.scap(&["abort", "2"]).exits(0);
    deployment.ends().exits(3);
    assert_eq!(shop.versions(), ["v1", "v1", "v1"]);
}

#[test]
fn an_ended_run_can_neither_be_aborted_nor_answered() {
    let shop = TestEnvironment::new();
    shop.have("v1");
    shop.scap(&["abort", "1"])
        .exits(1)
        .complains(&["run 1 has ended"]);
    shop.scap(&["answer", "1", "undo"])
        .exits(1)
        .complains(&["run 1 asks nothing"]);
    shop.scap(&["abort", "7"])
        .exits(1)
        .complains(&["there is no run 7"]);
}

#[test]
fn a_run_without_approval_waits_until_somebody_approves() {
    let shop = TestEnvironment::new();
    shop.have("v1");
    shop.commit(&Version::good("v2"));
    let deployment = shop.begin(&["deploy-service", "shop"]);
    deployment.until_says("carry this plan out?");
    assert_eq!(shop.versions(), ["v1", "v1", "v1"]);
    assert_eq!(shop.json(&["lock"])["locks"], serde_json::json!([]));
    shop.scap(&["show", "2"]).exits(0).says(&[
        "d decline do not begin (default)",
        "a approve carry the plan out",
    ]);
    shop.scap(&["answer", "2", "perhaps"])
        .exits(2)
        .complains(&["answers are decline, approve"]);
    shop.scap(&["answer", "2", "approve"]).exits(0);
    deployment.ends().exits(0);
    assert_eq!(shop.versions(), ["v2", "v2", "v2"]);
}

#[test]
fn a_run_that_is_declined_changes_nothing() {
    let shop = TestEnvironment::new();
    shop.have("v1");
    shop.commit(&Version::good("v2"));
    let deployment = shop.begin(&["deploy-service", "shop", "--format", "json"]);
    shop.until_phase(2, "planned");
    deployment.until_says("question_asked");
    shop.scap(&["answer", "2", "decline"]).exits(0);
    deployment.ends().exits(5);
    assert_eq!(shop.versions(), ["v1", "v1", "v1"]);
    assert_eq!(shop.restarts(), [""; 0]);
}

#[test]
fn a_run_that_was_aborted_before_its_approval_changes_nothing() {
    let shop = TestEnvironment::new();
    shop.commit(&Version::good("v1"));
    let deployment = shop.begin(&["deploy-service", "shop"]);
    deployment.until_says("carry this plan out?");
    shop.scap(&["abort", "1"]).exits(0);
    deployment.ends().exits(5).says(&["nothing was changed"]);
    assert_eq!(shop.versions(), ["nothing", "nothing", "nothing"]);
}

#[test]
fn a_failed_test_is_passed_over_when_a_person_promotes() {
    let shop = TestEnvironment::serving(&format!("rollback: ask\n{GATES}"));
    shop.have("v1");
    shop.commit(&Version::that_is_not_well("v2"));
    let deployment = shop.begin_deploying();
    shop.until_phase(2, "asking");
    let question =
        "tests after canary failed: 1 of 1 tests failed; `health` on web1: http://127.0.2.1:";
    shop.scap(&["show", "2"]).exits(0).says(&[
        question,
        "u undo put everything back (default)",
        "`scap answer 2 CHOICE`",
    ]);
    assert_eq!(shop.versions(), ["v2", "v1", "v1"]);
    shop.scap(&["answer", "2", "promote"]).exits(0);
    // The other hosts are tested as the canary was.
    deployment.until_says("default (2 hosts): done");
    shop.until_phase(2, "asking");
    shop.scap(&["answer", "2", "promote"]).exits(0);
    deployment.ends().exits(0);
    assert_eq!(shop.versions(), ["v2", "v2", "v2"]);
}

#[test]
fn a_failed_step_is_undone_when_a_person_says_so() {
    let shop = TestEnvironment::with_team("rollback: ask");
    shop.have("v1");
    shop.commit(&Version::that_does_not_start("v2"));
    let deployment = shop.begin_deploying();
    shop.until_phase(2, "asking");
    // Nothing that failed can be promoted.
    shop.scap(&["answer", "2", "promote"])
        .exits(2)
        .complains(&["answers are undo, stop"]);
    shop.scap(&["answer", "2", "undo"]).exits(0);
    deployment.ends().exits(3);
    assert_eq!(shop.versions(), ["v1", "v1", "v1"]);
}

#[test]
fn a_version_without_metrics_holds_and_asks() {
    let shop = TestEnvironment::serving(GATES);
    shop.have("v1");
    shop.commit(&Version::without_metrics("v2"));
    for (run, choice, code, versions) in [
        (2, "undo", 3, ["v1", "v1", "v1"]),
        (3, "promote", 0, ["v2", "v2", "v2"]),
    ] {
        let deployment = shop.begin_deploying();
        shop.until_phase(run, "asking");
        assert_eq!(shop.versions(), ["v2", "v1", "v1"], "it holds");
        let run = run.to_string();
        shop.scap(&["explain", &run])
            .exits(0)
            .says(&["no data", "404"]);
        shop.scap(&["answer", &run, choice]).exits(0);
        deployment.ends().exits(code);
        assert_eq!(shop.versions(), versions);
    }
}

#[test]
fn an_answer_that_comes_too_late_is_refused() {
    let shop = TestEnvironment::serving(&format!("question_deadline: 1s\n{GATES}"));
    shop.have("v1");
    shop.commit(&Version::without_metrics("v2"));
    let deployment = shop.begin_deploying();
    shop.until_restarting("web1 v2");
    // The restart of the way back waits, so that the run goes on.
    shop.hold("web1");
    deployment.until_says("nobody answered in time: undo");
    shop.scap(&["answer", "2", "promote"])
        .exits(1)
        .complains(&["run 2 asks nothing"]);
    shop.until_restarting("web1 v1");
    shop.release("web1");
    deployment.ends().exits(3);
    assert_eq!(shop.versions(), ["v1", "v1", "v1"]);
}
