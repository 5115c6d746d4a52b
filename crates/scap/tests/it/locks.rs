//! Locks and the freeze: who is kept out, by whom, and until when.

use crate::environment::{TestEnvironment, Version, until};

#[test]
fn a_second_deployment_of_the_service_is_refused_while_the_first_goes_on() {
    let shop = TestEnvironment::new();
    shop.have("v1");
    shop.commit(&Version::good("v2"));
    let first = shop.deploy_up_to_the_canary("v2");
    shop.scap(&["lock"]).exits(0).says(&["run 2 of "]);
    let second = shop.deploy().exits(1);
    insta::assert_snapshot!(second.seen());
    assert_eq!(shop.restarts(), ["web1 v2"]);
    shop.release("web1");
    first.ends().exits(0);
    shop.scap(&["lock"]).exits(0).says(&["no locks are held"]);
}

#[test]
fn a_deployment_that_waits_gets_its_turn() {
    let shop = TestEnvironment::new();
    shop.have("v1");
    shop.commit(&Version::good("v2"));
    let first = shop.deploy_up_to_the_canary("v2");
    shop.commit(&Version::good("v3"));
    let waiting = shop.begin(&["deploy-service", "shop", "--yes", "--wait"]);
    waiting.until_complains("run 2 of ");
    assert_eq!(shop.restarts(), ["web1 v2"]);
    shop.release("web1");
    first.ends().exits(0);
    waiting.ends().exits(0);
    assert_eq!(shop.versions(), ["v3", "v3", "v3"]);
}

#[test]
fn a_lock_by_hand_keeps_deployments_out_until_it_is_given_back() {
    let shop = TestEnvironment::new();
    shop.commit(&Version::good("v1"));
    shop.scap(&["lock", "shop", "--reason", "moving the database"])
        .exits(0)
        .says(&["moving the database"]);
    shop.scap(&["lock", "shop"]).exits(1).complains(&[
        "service `shop` is locked by",
        "moving the database",
        "`scap unlock shop`",
    ]);
    shop.deploy()
        .exits(1)
        .says(&["is locked by", "moving the database", "`scap unlock"]);
    assert_eq!(shop.versions(), ["nothing", "nothing", "nothing"]);
    shop.scap(&["unlock", "shop"]).exits(0);
    shop.scap(&["unlock", "shop"])
        .exits(1)
        .complains(&["service `shop` is not locked by hand"]);
    shop.deploy().exits(0);
}

#[test]
fn nothing_is_deployed_under_a_freeze() {
    let shop = TestEnvironment::new();
    shop.commit(&Version::good("v1"));
    shop.scap(&["freeze", "the network is rebuilt"]).exits(0);
    shop.scap(&["lock"]).exits(0).says(&[
        "frozen",
        "the network is rebuilt",
        "`scap thaw` ends it",
    ]);
    shop.deploy().exits(1).says(&[
        "deployments are frozen by",
        "the network is rebuilt",
        "`scap thaw` ends the freeze",
    ]);
    assert_eq!(shop.versions(), ["nothing", "nothing", "nothing"]);
    shop.scap(&["thaw"]).exits(0);
    shop.scap(&["thaw"])
        .exits(1)
        .complains(&["nothing is frozen"]);
    shop.deploy().exits(0);
}

#[test]
fn a_freeze_may_end_by_itself() {
    let shop = TestEnvironment::new();
    shop.commit(&Version::good("v1"));
    shop.scap(&["freeze", "a moment", "--for", "soon"])
        .exits(2)
        .complains(&["`--for` must be a length of time such as `8s`"]);
    shop.scap(&["freeze", "a moment", "--for", "1s"]).exits(0);
    until("the freeze is over", || {
        shop.json(&["lock"])["freeze"].is_null()
    });
    shop.deploy().exits(0);
}

#[test]
fn a_freeze_holds_a_run_before_its_next_wave() {
    let shop = TestEnvironment::new();
    shop.have("v1");
    shop.commit(&Version::good("v2"));
    let deployment = shop.deploy_up_to_the_canary("v2");
    shop.scap(&["freeze", "an outage elsewhere"]).exits(0);
    deployment.until_says("frozen by");
    shop.release("web1");
    deployment.until_says("canary (web1): done");
    shop.scap(&["show", "2"])
        .exits(0)
        .says(&["frozen", "an outage elsewhere"]);
    shop.scap(&["thaw"]).exits(0);
    deployment.ends().exits(0);
    assert_eq!(shop.versions(), ["v2", "v2", "v2"]);
    let events = shop.events(2);
    let place = |event: &str| events.iter().position(|other| other == event).unwrap();
    assert!(
        place("step_succeeded 0") < place("freeze_ended"),
        "{events:?}"
    );
    assert!(
        place("freeze_ended") < place("step_started 1"),
        "{events:?}"
    );
}
