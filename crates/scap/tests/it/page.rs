//! People at browsers, by way of web.sock: what they see, what they may do, and what they must show for it.

use crate::environment::{Browser, Running, TestEnvironment, Version, until};
use serde_json::{Value, json};

fn deploy(digest: &str) -> Value {
    json!({ "act": "deploy", "digest": digest, "reason": "because" })
}

fn answer(run: u32, choice: &str) -> Value {
    let request = json!({ "request": "answer", "question": 0, "choice": choice });
    json!({ "act": "run", "run": run, "request": request })
}

fn has_outcome(shop: &TestEnvironment, run: u32, wanted: &str) -> bool {
    let outcomes = shop.outcomes();
    outcomes.contains(&(u64::from(run), Some(wanted.to_owned())))
}

/// The shop with v1, and a runner that answers browsers.
fn shop_with_page() -> (TestEnvironment, Running) {
    let shop = TestEnvironment::new();
    shop.has_page();
    let runner = shop.begin_runner(&[]);
    shop.have("v1");
    (shop, runner)
}

#[test]
fn whoever_is_not_signed_in_as_a_whole_sees_nothing_and_does_nothing() {
    let (shop, _runner) = shop_with_page();
    let half = shop.half_signed_in("ada", &["deployers", "admins"]);
    let mut invented = shop.browser();
    invented.token = Some("ab".repeat(32));
    for (who, browser) in [
        ("nobody", shop.browser()),
        ("half", half),
        ("invented", invented),
    ] {
        for document in [
            "home",
            "runs",
            "runs/1",
            "services/shop",
            "services",
            "admin",
            "audit",
        ] {
            let read = browser.reads(document);
            assert_eq!(read, Err("signed_out".to_owned()), "{who}, {document}");
        }
        let wanted = json!({ "verb": "plan", "wanted": { "service": "shop" } });
        assert_eq!(browser.asks(&wanted), Err("signed_out".to_owned()), "{who}");
        for act in [
            deploy("0000"),
            answer(1, "promote"),
            json!({ "act": "freeze", "reason": "x", "until": null }),
            json!({ "act": "log_out_person", "person": null, "reason": "x" }),
        ] {
            let done = browser.does(&act, Some("123456"));
            assert_eq!(done, Err("signed_out".to_owned()), "{who}");
        }
    }
    assert_eq!(shop.browser().reads("me").unwrap()["sign"], "out");
    assert_eq!(shop.outcomes().len(), 1);
}

#[test]
fn a_person_deploys_with_a_code_that_counts_once_and_never_without() {
    let shop = TestEnvironment::new();
    shop.has_page();
    let _runner = shop.begin_runner(&[]);
    shop.commit(&Version::good("v1"));
    let mut ada = shop.signed_in("ada", &["deployers"]);
    let digest = ada.plans();
    let without = ada.does(&deploy(&digest), None);
    assert_eq!(without, Err("second_factor_needed".to_owned()));
    let code = ada.code();
    let made = ada.does(&deploy(&digest), Some(&code)).unwrap();
    assert_eq!(made["run"], 1);
    until("the run has ended", || has_outcome(&shop, 1, "succeeded"));
    let again = ada.does(&deploy(&digest), Some(&code));
    assert_eq!(again, Err("second_factor_refused".to_owned()));
    assert_eq!(shop.outcomes().len(), 1);
    let run = ada.reads("runs/1").unwrap();
    assert_eq!(
        (&run["person"], &run["reason"]),
        (&json!("ada"), &json!("because"))
    );
    let audit = shop.json(&["spiderpig", "audit", "list"]);
    let deeds = audit.as_array().unwrap().iter();
    let deeds: Vec<_> = deeds
        .map(|it| (&it["act"], &it["run"], &it["digest"]))
        .collect();
    let none = &Value::Null;
    let digest = &Value::from(digest);
    let expected = [
        (&json!("factor_refused"), none, none),
        (&json!("created_run"), &json!(1), digest),
        (&json!("deployed"), none, digest),
    ];
    assert_eq!(deeds, expected);
}

#[test]
fn what_the_policy_does_not_allow_is_refused_and_written_down() {
    let (shop, _runner) = shop_with_page();
    let mut admin = shop.signed_in("eve", &["admins"]);
    let digest = admin.plans();
    let code = admin.code();
    let forbidden = Err("forbidden".to_owned());
    assert_eq!(admin.does(&deploy(&digest), Some(&code)), forbidden);
    assert_eq!(admin.does(&answer(1, "promote"), Some(&code)), forbidden);
    let deployer = shop.signed_in("ada", &["deployers"]);
    let freeze = json!({ "act": "freeze", "reason": "x", "until": null });
    assert_eq!(deployer.does(&freeze, None), forbidden);
    let unproved = admin.does(&freeze, None);
    assert_eq!(unproved, Err("second_factor_needed".to_owned()));
    assert_eq!(deployer.reads("audit"), forbidden);
    let stranger = shop.signed_in("mallory", &[]);
    assert_eq!(stranger.reads("runs/1"), Err("not_found".to_owned()));
    assert_eq!(stranger.reads("runs").unwrap()["runs"], json!([]));
    let digest_of_another = deployer.does(&deploy(&digest), None);
    assert_eq!(digest_of_another, Err("refused".to_owned()));
    assert_eq!(shop.outcomes().len(), 1);
    let audit = shop.json(&["spiderpig", "audit", "list"]);
    let whose = audit.as_array().unwrap().iter().map(|entry| {
        assert_eq!(entry["act"], "refused");
        entry["person"].as_str().unwrap()
    });
    assert_eq!(whose.collect::<Vec<_>>(), ["ada", "eve", "eve"]);
}

#[test]
fn people_know_their_sessions_by_what_they_sit_at() {
    let (shop, _runner) = shop_with_page();
    let ada = shop.signed_in("ada", &["deployers"]);
    let root = shop.signed_in("root", &["admins"]);
    let own = ada.reads("me").unwrap();
    let all = root.reads("admin").unwrap();
    for sessions in [&own["sessions"], &all["sessions"]] {
        let sessions = sessions.as_array().unwrap().iter();
        let mut of_ada = sessions.filter(|session| session["person"] == "ada");
        assert_eq!(of_ada.next().unwrap()["device"], "Firefox on Linux");
    }
    let listed = shop.scap(&["spiderpig", "user", "list"]).exits(0);
    assert_eq!(listed.stdout.matches("Firefox on Linux").count(), 2);
}

#[test]
fn the_audit_is_told_page_by_page_to_its_first_entry() {
    let (shop, _runner) = shop_with_page();
    let root = shop.signed_in("root", &["admins"]);
    let deployer = shop.signed_in("ada", &["deployers"]);
    let freeze = json!({ "act": "freeze", "reason": "x", "until": null });
    for _ in 0..205 {
        let refused = deployer.does(&freeze, None);
        assert_eq!(refused, Err("forbidden".to_owned()));
    }
    let mut pages = Vec::new();
    let mut path = "audit?search=REFUSED+ada".to_owned();
    loop {
        let page = root.reads(&path).unwrap();
        assert_eq!(page["holds"], true);
        let entries = page["entries"].as_array().unwrap().iter();
        let numbers: Vec<u64> = entries.map(|it| it["number"].as_u64().unwrap()).collect();
        path = format!(
            "audit?search=REFUSED+ada&before={}",
            numbers.last().unwrap()
        );
        pages.push(numbers);
        if page["more"] == false {
            break;
        }
    }
    let lengths: Vec<usize> = pages.iter().map(Vec::len).collect();
    assert_eq!(lengths, [100, 100, 5]);
    let numbers = pages.concat();
    let of_the_newest = |back: usize| numbers[0] - u64::try_from(back).unwrap();
    let expected: Vec<u64> = (0..205).map(of_the_newest).collect();
    assert_eq!(numbers, expected, "none is missing and none is told twice");
}

#[test]
fn each_sees_of_the_care_for_the_whole_what_is_theirs() {
    let (shop, _runner) = shop_with_page();
    let all = [
        "edit_queue",
        "freeze",
        "thaw",
        "ban",
        "log_out",
        "audit",
        "administer",
    ];
    let lists = ["locks", "sessions", "bans"];
    for (person, group, rights, sees) in [
        ("eve", "admins", &all[..], &lists[..]),
        ("mia", "oncall", &["freeze", "thaw"], &[]),
    ] {
        let browser = shop.signed_in(person, &[group]);
        assert_eq!(
            browser.reads("me").unwrap()["rights"],
            json!(rights),
            "{person}"
        );
        let admin = browser.reads("admin").unwrap();
        for list in lists {
            assert_eq!(
                admin[list].is_array(),
                sees.contains(&list),
                "{person}: {list}"
            );
        }
    }
    let ada = shop.signed_in("ada", &["deployers"]);
    assert_eq!(ada.reads("me").unwrap()["rights"], json!([]));
    assert_eq!(ada.reads("admin"), Err("forbidden".to_owned()));
}

#[test]
fn a_run_and_its_terminal_are_followed_to_the_end() {
    let (shop, _runner) = shop_with_page();
    shop.commit(&Version::good("v2"));
    shop.hold("web1");
    let mut ada = shop.signed_in("ada", &["deployers"]);
    let run = ada.deploys();
    shop.until_restarting("web1 v2");
    let mut page = ada.follows();
    page.asks(&json!({ "ask": "document", "path": format!("runs/{run}") }));
    let first = page.until(|told| told["tell"] == "document");
    assert_eq!(first["body"]["outcome"], Value::Null);
    page.asks(&json!({ "ask": "lines", "run": run, "from": 1 }));
    shop.release("web1");
    let mut lines: Vec<Value> = Vec::new();
    let mut is_over = false;
    while !is_over || lines.len() < 2 {
        let told = page.line().unwrap();
        if told["tell"] == "lines" {
            assert_eq!(told["from"], 1 + lines.len());
            lines.extend(told["lines"].as_array().unwrap().clone());
        }
        is_over |= told["body"]["outcome"] == "succeeded";
    }
    let whole = ada.reads(&format!("runs/{run}")).unwrap();
    while 1 + lines.len() < usize::try_from(whole["lines"].as_u64().unwrap()).unwrap() {
        let told = page.until(|told| told["tell"] == "lines");
        lines.extend(told["lines"].as_array().unwrap().clone());
    }
    let last = lines.last().unwrap().as_str().unwrap();
    assert!(last.contains("succeeded"), "{last}");
}

#[test]
fn a_ban_and_a_logout_end_what_is_followed() {
    let (shop, _runner) = shop_with_page();
    let ways: [&[&str]; 3] = [
        &["spiderpig", "user", "ban", "ada", "she left"],
        &["spiderpig", "user", "log-out", "bob"],
        &["spiderpig", "user", "log-out", "--everyone"],
    ];
    for (person, way) in ["ada", "bob", "cleo"].into_iter().zip(ways) {
        let browser = shop.signed_in(person, &["deployers"]);
        let mut page = browser.follows();
        page.asks(&json!({ "ask": "document", "path": "home" }));
        page.until(|told| told["tell"] == "document");
        shop.scap(way).exits(0);
        page.until(|told| told["tell"] == "goodbye");
        assert_eq!(page.line(), None, "{person}");
        assert_eq!(
            browser.reads("home"),
            Err("signed_out".to_owned()),
            "{person}"
        );
    }
}

#[test]
fn whoever_comes_second_waits_is_asked_and_may_leave() {
    let (shop, _runner) = shop_with_page();
    shop.commit(&Version::good("v2"));
    shop.hold("web1");
    let (mut ada, mut bob) = (
        shop.signed_in("ada", &["deployers"]),
        shop.signed_in("bob", &["deployers"]),
    );
    let first = ada.deploys();
    shop.until_restarting("web1 v2");
    let second = bob.deploys();
    let third = bob.deploys();
    let home = bob.reads("home").unwrap();
    let queued: Vec<&Value> = home["queue"].as_array().unwrap().iter().collect();
    assert_eq!([&queued[0]["run"], &queued[1]["run"]], [second, third]);
    assert_eq!(queued[0]["waits_for"], format!("run {first}"));
    assert_eq!(queued[0]["is_mine"], true);
    let leave = json!({ "act": "run", "run": third, "request": { "request": "cancel" } });
    bob.does(&leave, None).unwrap();
    until("the third has left", || {
        has_outcome(&shop, third, "cancelled")
    });
    shop.release("web1");
    until("the first has ended", || {
        has_outcome(&shop, first, "succeeded")
    });
    shop.until_phase(second, "planned");
    until("the second asks", || is_asked(&bob, second));
    let code = bob.code();
    bob.does(&answer(second, "decline"), Some(&code)).unwrap();
    until("the second has left", || {
        has_outcome(&shop, second, "cancelled")
    });
}

#[test]
fn what_was_planned_while_another_run_went_on_is_seen_again_and_goes_through() {
    let (shop, _runner) = shop_with_page();
    shop.commit(&Version::good("v2"));
    shop.hold("web1");
    let mut ada = shop.signed_in("ada", &["deployers"]);
    let mut bob = shop.signed_in("bob", &["deployers"]);
    let first = ada.deploys();
    shop.until_restarting("web1 v2");
    shop.commit(&Version::good("v3"));
    let second = bob.deploys();
    shop.release("web1");
    until("the first has ended", || {
        has_outcome(&shop, first, "succeeded")
    });
    until("the second asks", || is_asked(&bob, second));
    let code = bob.code();
    bob.does(&answer(second, "approve"), Some(&code)).unwrap();
    until("the second has ended", || {
        has_outcome(&shop, second, "succeeded")
    });
    let run = bob.reads(&format!("runs/{second}")).unwrap();
    let steps = run["steps"].as_array().unwrap().iter();
    let before: Vec<&Value> = steps.map(|step| &step["before"]).collect();
    assert!(
        before.iter().all(|it| *it == before[0] && !it.is_null()),
        "what the first brought: {before:?}"
    );
}

#[test]
fn turns_are_given_and_runs_handed_over_while_they_wait() {
    let (shop, _runner) = shop_with_page();
    shop.commit(&Version::good("v2"));
    shop.hold("web1");
    let (mut ada, mut bob, mut eve) = (
        shop.signed_in("ada", &["deployers"]),
        shop.signed_in("bob", &["deployers"]),
        shop.signed_in("eve", &["admins"]),
    );
    let first = ada.deploys();
    shop.until_restarting("web1 v2");
    let (second, third) = (bob.deploys(), bob.deploys());
    let last_is_next = requested(third, &json!({ "request": "move", "before": second }));
    assert_eq!(bob.does(&last_is_next, None), Err("forbidden".to_owned()));
    assert_eq!(
        eve.does(&last_is_next, None),
        Err("second_factor_needed".to_owned())
    );
    let code = eve.code();
    eve.does(&last_is_next, Some(&code)).unwrap();
    assert_eq!(
        queue(&ada),
        [(third, "bob".to_owned()), (second, "bob".to_owned())]
    );
    let to = |who: &str| requested(third, &json!({ "request": "hand_over", "to": who }));
    assert_eq!(ada.does(&to("eve"), None), Err("forbidden".to_owned()));
    let code = ada.code();
    let to_nobody = requested(first, &json!({ "request": "hand_over", "to": "nobody" }));
    assert_eq!(
        ada.does(&to_nobody, Some(&code)),
        Err("not_found".to_owned())
    );
    let code = bob.code();
    bob.does(&to("ada"), Some(&code)).unwrap();
    assert_eq!(
        queue(&ada),
        [(third, "ada".to_owned()), (second, "bob".to_owned())]
    );
    let code = ada.code();
    let finish = requested(first, &json!({ "request": "finish" }));
    assert_eq!(ada.does(&finish, Some(&code)), Err("refused".to_owned()));
    shop.release("web1");
    until("the one that was moved asks", || is_asked(&ada, third));
    assert!(!is_asked(&ada, second));
}

const WITH_A_SECOND_PERSON: &str = "
groups:
  deployers: Deploy
  reviewers: Agree
rules:
  look: { allow: [see, answer], groups: [deployers, reviewers], services: all }
  deploy: { allow: [deploy], groups: [deployers], services: all, approval: { group: reviewers } }
  alone: { allow: [break_glass], groups: [reviewers], services: all }
";

#[test]
fn where_two_are_needed_another_one_agrees_with_this_very_plan() {
    let (shop, _runner) = shop_with_page();
    shop.write("policy.yaml", WITH_A_SECOND_PERSON);
    shop.commit(&Version::good("v2"));
    let mut ada = shop.signed_in("ada", &["deployers", "reviewers"]);
    let mut bob = shop.signed_in("bob", &["reviewers"]);
    let carl = shop.signed_in("carl", &["deployers"]);
    let digest = ada.plans();
    let needed = Err("approval_needed".to_owned());
    assert_eq!(
        ada.does(&deploy(&digest), None),
        needed,
        "no code is asked for in vain"
    );
    let approve = json!({ "act": "approve", "digest": digest, "person": "ada" });
    assert_eq!(
        bob.does(&approve, None),
        Err("not_found".to_owned()),
        "she has not asked yet"
    );
    let ask = json!({ "act": "ask_approval", "digest": digest, "reason": "a new cart" });
    ada.does(&ask, None).unwrap();
    assert_eq!(
        carl.does(&approve, None),
        Err("forbidden".to_owned()),
        "he is no reviewer"
    );
    assert_eq!(
        ada.does(&approve, None),
        Err("forbidden".to_owned()),
        "nobody agrees with themselves"
    );
    assert_eq!(carl.reads("home").unwrap()["approvals"], json!([]));
    let waiting = &bob.reads("home").unwrap()["approvals"][0];
    let told = ["person", "reason", "may_approve"].map(|key| waiting[key].clone());
    assert_eq!(told, [json!("ada"), json!("a new cart"), json!(true)]);
    let wanted = json!({ "approval": digest, "person": "ada" });
    let shown = bob
        .asks(&json!({ "verb": "plan", "wanted": wanted }))
        .unwrap();
    assert_eq!(
        (&shown["digest"], &shown["may_deploy"]),
        (&json!(digest), &json!(false))
    );
    assert_eq!(
        bob.does(&approve, None),
        Err("second_factor_needed".to_owned())
    );
    let code = bob.code();
    bob.does(&approve, Some(&code)).unwrap();
    shop.commit(&Version::good("v3"));
    let another = ada.plans();
    assert_eq!(ada.does(&deploy(&another), None), needed, "another plan");
    let code = ada.code();
    ada.does(&deploy(&digest), Some(&code)).unwrap();
    until("the run has ended", || has_outcome(&shop, 2, "succeeded"));
    let code = ada.code();
    let again = ada.does(&deploy(&digest), Some(&code));
    assert_eq!(again, needed, "consent counts once");
}

#[test]
fn whoever_may_goes_on_alone_and_says_why() {
    let (shop, _runner) = shop_with_page();
    shop.write("policy.yaml", WITH_A_SECOND_PERSON);
    shop.commit(&Version::good("v2"));
    let mut ada = shop.signed_in("ada", &["deployers", "reviewers"]);
    let carl = shop.signed_in("carl", &["deployers"]);
    let alone = |digest: &str, reason: Option<&str>| json!({ "act": "deploy", "digest": digest, "reason": reason, "break_glass": true });
    let needed = Err("approval_needed".to_owned());
    assert_eq!(carl.does(&alone(&carl.plans(), Some("down")), None), needed);
    let digest = ada.plans();
    assert_eq!(
        ada.does(&alone(&digest, Some(" ")), None),
        Err("invalid".to_owned())
    );
    let code = ada.code();
    ada.does(&alone(&digest, Some("the shop is down")), Some(&code))
        .unwrap();
    until("the run has ended", || has_outcome(&shop, 2, "succeeded"));
    let audit = shop.json(&["spiderpig", "audit", "list"]);
    let told = audit.as_array().unwrap().iter();
    let told: Vec<_> = told.map(|it| (&it["act"], &it["reason"])).collect();
    let why = &json!("the shop is down");
    let expected = [
        (&json!("created_run"), &Value::Null),
        (&json!("deployed"), why),
        (&json!("broke_glass"), why),
    ];
    assert_eq!(told[..3], expected);
}

#[test]
fn open_pages_leave_a_run_the_files_that_it_needs() {
    let shop = TestEnvironment::new();
    shop.has_page();
    let _runner = shop.begin_runner_with_files(200);
    shop.commit(&Version::good("v1"));
    let mut ada = shop.signed_in("ada", &["deployers"]);
    let mut open: Vec<_> = (0..100).map(|_| ada.follows()).collect();
    let another = || ada.asks(&json!({ "verb": "follow" }));
    assert_eq!(another(), Err("unavailable".to_owned()));
    open.pop();
    until("there is room again", || another().is_ok());
    let run = ada.deploys();
    until("the run has ended", || has_outcome(&shop, run, "succeeded"));
}

fn requested(run: u32, request: &Value) -> Value {
    json!({ "act": "run", "run": run, "request": request })
}

/// Who waits, in order, and whose it is.
fn queue(browser: &Browser) -> Vec<(u32, String)> {
    let home = browser.reads("home").unwrap();
    let queue = home["queue"].as_array().unwrap().iter();
    queue
        .map(|it| {
            (
                u32::try_from(it["run"].as_u64().unwrap()).unwrap(),
                it["person"].as_str().unwrap().to_owned(),
            )
        })
        .collect()
}

fn is_asked(browser: &Browser, run: u32) -> bool {
    let run = browser.reads(&format!("runs/{run}")).unwrap();
    run["questions"].as_array().is_some_and(|it| !it.is_empty())
}

#[test]
fn only_the_web_process_may_connect() {
    let shop = TestEnvironment::new();
    shop.has_page();
    shop.add("scap.yaml", "  web_user: nobody\n");
    let _runner = shop.begin_runner(&[]);
    assert_eq!(shop.browser().reads("me"), Err("hung up".to_owned()));
}
