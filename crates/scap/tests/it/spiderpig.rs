//! The commands that look after SpiderPig: the policy tried, people banned and let in, the record of it verified.

use crate::environment::TestEnvironment;
use std::fs;

const POLICY: &str = "
groups:
  deployers: Deploy what they maintain
  sre: Look after production
  old: Nobody uses it
rules:
  deploy:
    allow: [see, deploy]
    groups: [deployers]
    services: [\"mw-*\", mathoid]
    step_up: { within: 5m, factors: [passkey] }
  care: { allow: [freeze, ban], groups: [sre] }
  never: { deny: [deploy], groups: all, services: [mathoid], environments: [eqiad] }
";

const CASES: &str = "
cases:
  - { person: ada, groups: [deployers], verb: deploy, service: mw-web, environment: codfw, expected: needs_step_up, rule: deploy }
  - { person: ada, groups: [deployers], verb: deploy, service: mathoid, environment: eqiad, expected: refused, rule: never }
  - { person: bob, verb: freeze, expected: refused }
";

#[test]
fn a_policy_is_tried_by_cases_and_by_one_question() {
    let shop = TestEnvironment::new();
    shop.write("policy.yaml", POLICY);
    shop.write("cases.yaml", CASES);
    let test = ["spiderpig", "policy", "test", "policy.yaml"];
    shop.scap(&[&test[..], &["--cases", "cases.yaml"]].concat())
        .exits(0)
        .says(&[
            "all 3 cases came out as expected",
            "group old is in no rule",
        ]);
    shop.write(
        "cases.yaml",
        CASES.replace("expected: needs_step_up", "expected: allowed"),
    );
    shop.scap(&[&test[..], &["--cases", "cases.yaml"]].concat())
        .exits(1)
        .says(&[
            "line 3",
            "expected allowed by rule `deploy`",
            "1 of 3 cases came out otherwise",
        ]);
    let ada = ["--person", "ada", "--groups", "sre,old", "--verb", "freeze"];
    shop.scap(&[&test[..], &ada].concat())
        .exits(0)
        .says(&["allowed by rule `care`"]);
    let said = shop.json(&[&test[..], &ada].concat());
    assert_eq!(said["decision"]["decision"], "allowed");
    assert_eq!(said["decision"]["rule"], "care");
    shop.scap(&[&test[..], &["--person", "ada", "--verb", "deploy"]].concat())
        .exits(2)
        .complains(&["`deploy` concerns one service"]);
    shop.write("policy.yaml", POLICY.replace("[freeze, ban]", "[freez]"));
    shop.scap(&test)
        .exits(2)
        .complains(&["did you mean `freeze`?"]);
}

#[test]
fn people_are_banned_and_let_in_and_the_audit_knows_who_did_it() {
    let shop = TestEnvironment::new();
    shop.scap(&["spiderpig", "user", "list"])
        .exits(0)
        .says(&["nobody is known yet"]);
    shop.scap(&[
        "spiderpig",
        "user",
        "ban",
        "ada",
        "lost a laptop",
        "--for",
        "2h",
    ])
    .exits(0);
    shop.scap(&["spiderpig", "user", "list"])
        .exits(0)
        .says(&["ada", "lost a laptop", "ends in"]);
    shop.scap(&["spiderpig", "user", "unban", "ada"]).exits(0);
    shop.scap(&["spiderpig", "user", "unban", "ada"])
        .exits(1)
        .complains(&["`ada` is not banned"]);
    shop.scap(&["spiderpig", "user", "log-out", "--everyone"])
        .exits(0)
        .says(&["0 sessions ended"]);
    shop.scap(&["spiderpig", "user", "log-out", "--session", "x"])
        .exits(1)
        .complains(&["no session `x`"]);
    shop.scap(&["spiderpig", "user", "remove-factor", "ada", "1"])
        .exits(1);
    shop.scap(&["spiderpig", "user", "forget-account", "ada"])
        .exits(1)
        .complains(&["`ada` is the name of no account yet"]);
    shop.scap(&["spiderpig", "user", "ban", "a b", "x"])
        .exits(2)
        .complains(&["must not contain ' '"]);
    shop.scap(&["spiderpig", "user", "enrol"])
        .exits(2)
        .complains(&["by a person at a terminal"]);
    let entries = shop.json(&["spiderpig", "audit", "list"]);
    assert_eq!(entries[0]["act"], "account_forgotten");
    assert_eq!(entries[6]["act"], "banned");
    assert_eq!(entries[6]["to"], "ada");
    shop.scap(&["spiderpig", "audit", "list"])
        .exits(0)
        .says(&["banned", "lost a laptop"]);
}

#[test]
fn an_audit_that_was_cut_off_is_known_here_and_by_a_head_from_elsewhere() {
    let shop = TestEnvironment::new();
    let unban = ["spiderpig", "user", "unban", "ada"];
    shop.scap(&unban).exits(1);
    let verify = ["spiderpig", "audit", "verify"];
    shop.scap(&verify).exits(0).says(&["sound", "--heads FILE"]);
    let folder = shop.path("state");
    let (db, beside) = (folder.join("audit.db"), folder.join("audit.head"));
    let (old, old_head) = (fs::read(&db).unwrap(), fs::read(&beside).unwrap());
    shop.scap(&unban).exits(1);
    let head = shop.scap(&["spiderpig", "audit", "head"]).exits(0).stdout;
    assert!(head.starts_with("2 "), "{head}");
    shop.write("heads", &head);
    let with_heads = [&verify[..], &["--heads", "heads"]].concat();
    shop.scap(&with_heads)
        .exits(0)
        .says(&["2 deeds: all is as it was written"]);
    fs::write(&db, old).unwrap();
    shop.scap(&verify).exits(1).says(&["entry 2", "is missing"]);
    fs::write(&beside, old_head).unwrap();
    shop.scap(&verify).exits(0);
    shop.scap(&with_heads)
        .exits(1)
        .says(&["entry 2", "a head that was kept elsewhere"]);
}

#[test]
fn an_audit_is_pruned_up_to_a_checkpoint_and_to_nothing_else() {
    let shop = TestEnvironment::new();
    let checkpoint = ["spiderpig", "audit", "checkpoint"];
    shop.scap(&checkpoint)
        .exits(1)
        .complains(&["has no entry yet"]);
    let unban = ["spiderpig", "user", "unban", "ada"];
    for _ in 0..3 {
        shop.scap(&unban).exits(1);
    }
    shop.scap(&["spiderpig", "audit", "prune", "2"])
        .exits(1)
        .complains(&["`scap spiderpig audit checkpoint` makes one"]);
    let made = shop.scap(&checkpoint).exits(0).stdout;
    assert_eq!(made.trim(), "3");
    shop.scap(&unban).exits(1);
    shop.scap(&["spiderpig", "audit", "prune", "3"]).exits(0);
    let entries = shop.json(&["spiderpig", "audit", "list"]);
    let kept: Vec<_> = entries
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["act"].as_str().unwrap())
        .collect();
    assert_eq!(kept, ["audit_pruned", "unbanned"]);
    shop.scap(&["spiderpig", "audit", "verify"])
        .exits(0)
        .says(&["sound"]);
}
