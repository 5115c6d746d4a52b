//! Passkeys of people at browsers: made there, confirmed on the deploy host, and good for one act.

use crate::authenticator::Authenticator;
use crate::environment::{Browser, Running, TestEnvironment, until};
use serde_json::{Value, json};

const ORIGIN: &str = "http://localhost:8080";

const PASSKEYS_ONLY: &str = "
groups:
  deployers: Deploy
rules:
  look: { allow: [see], groups: [deployers], services: all }
  deploy: { allow: [deploy], groups: [deployers], services: all, step_up: { within: 2m, factors: [passkey] } }
  ban: { allow: [ban], groups: [deployers] }
";

/// The shop with v1, and somebody who may do everything there.
fn shop_with_ada() -> (TestEnvironment, Running, Browser) {
    let shop = TestEnvironment::new();
    shop.has_page();
    let runner = shop.begin_runner(&[]);
    shop.have("v1");
    let ada = shop.signed_in("ada", &["deployers", "admins"]);
    (shop, runner, ada)
}

/// Of a passkey that this browser makes, the number that its page shows.
fn makes(browser: &Browser, key: &mut Authenticator) -> String {
    let options = browser.asks(&json!({ "verb": "begin_passkey" })).unwrap();
    let said = key.hears(&options, ORIGIN);
    let credential = key.makes(&said);
    let finish = json!({ "verb": "finish_passkey", "name": "laptop", "credential": credential });
    let made = browser.asks(&finish).unwrap();
    made["number"].as_str().unwrap().to_owned()
}

fn confirm<'a>(number: &'a str, person: &'a str) -> [&'a str; 7] {
    [
        "spiderpig",
        "user",
        "enrol",
        "--passkey",
        number,
        "--person",
        person,
    ]
}

/// A passkey that counts.
fn has_passkey(shop: &TestEnvironment, browser: &Browser, person: &str, seed: u8) -> Authenticator {
    let mut key = Authenticator::new(seed);
    let number = makes(browser, &mut key);
    shop.scap(&confirm(&number, person)).exits(0);
    key
}

fn challenge(browser: &Browser, act: &Value) -> Result<Value, String> {
    browser.asks(&json!({ "verb": "challenge", "act": act }))
}

fn signed(key: &mut Authenticator, options: &Value) -> Value {
    let said = key.hears(options, ORIGIN);
    json!({ "passkey": key.signs(&said) })
}

fn deploy(digest: &str, reason: &str) -> Value {
    json!({ "act": "deploy", "digest": digest, "reason": reason })
}

fn of_run(request: &Value) -> Value {
    json!({ "act": "run", "run": 1, "request": request })
}

fn deeds(shop: &TestEnvironment) -> Vec<(String, String)> {
    let audit = shop.json(&["spiderpig", "audit", "list"]);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let entries = audit.as_array().unwrap().iter();
    entries
        .map(|it| (text(&it["act"]), text(&it["reason"])))
        .collect()
}

#[test]
fn a_passkey_counts_once_its_person_has_confirmed_it_on_the_deploy_host() {
    let (shop, _runner, ada) = shop_with_ada();
    let mut key = Authenticator::new(1);
    let number = makes(&ada, &mut key);
    assert_eq!(
        challenge(&ada, &json!({ "act": "thaw", "reason": "x" })),
        Err("refused".to_owned())
    );
    shop.scap(&["spiderpig", "user", "enrol", "--passkey"])
        .exits(2)
        .complains(&["the number that the page shows is missing"]);
    let wrong = if number == "000000" {
        "000001"
    } else {
        "000000"
    };
    shop.scap(&confirm(wrong, "ada"))
        .exits(1)
        .complains(&["no passkey of yours waits"]);
    shop.scap(&confirm(&number, "eve"))
        .exits(1)
        .complains(&["no passkey of yours waits"]);
    shop.scap(&confirm(&number, "ada")[..5])
        .exits(1)
        .complains(&["no passkey of yours waits"]);
    shop.scap(&confirm(&number, "ada"))
        .exits(0)
        .says(&["“laptop” counts from now on"]);
    shop.scap(&confirm(&number, "ada")).exits(1);
    let factors = ada.reads("me").unwrap()["factors"].take();
    assert_eq!(
        (
            &factors[1]["kind"],
            &factors[1]["name"],
            &factors[1]["used"]
        ),
        (&json!("passkey"), &json!("laptop"), &Value::Null)
    );
    assert!(
        factors[0]["used"].is_u64(),
        "she signed in with a code: {factors}"
    );
    shop.scap(&["spiderpig", "user", "list"])
        .exits(0)
        .says(&["passkey “laptop” (2)"]);
    assert_eq!(
        deeds(&shop)[0],
        ("factor_enrolled".to_owned(), "passkey laptop".to_owned())
    );
}

#[test]
fn somebody_signs_in_with_a_passkey_that_was_asked_of_this_very_session() {
    let (shop, _runner, ada) = shop_with_ada();
    let mut key = has_passkey(&shop, &ada, "ada", 1);
    let (mut half, other) = (
        shop.vouched_for("ada", &["deployers", "admins"]),
        shop.vouched_for("ada", &["deployers", "admins"]),
    );
    let options = challenge(&half, &Value::Null).unwrap();
    let proof = signed(&mut key, &options);
    let proven = json!({ "verb": "show_factor", "proof": proof });
    assert_eq!(other.asks(&proven), Err("second_factor_refused".to_owned()));
    let token = half.asks(&proven).unwrap()["token"].take();
    assert_eq!(
        half.asks(&proven),
        Err("signed_out".to_owned()),
        "the token is another one"
    );
    half.token = Some(token.as_str().unwrap().to_owned());
    assert_eq!(half.reads("me").unwrap()["sign"], "in");
    assert_eq!(other.asks(&proven), Err("second_factor_refused".to_owned()));
    assert_eq!(other.reads("me").unwrap()["sign"], "first_factor_only");
}

/// A11: whoever has the web process can show a person one thing and have another one signed, but not use it for a third.
#[test]
fn what_was_signed_for_one_act_does_no_other_one() {
    let (shop, _runner, ada) = shop_with_ada();
    let mut key = has_passkey(&shop, &ada, "ada", 1);
    let digest = ada.plans();
    let answer = |question: u32, choice: &str| {
        of_run(&json!({ "request": "answer", "question": question, "choice": choice }))
    };
    let acts = [
        deploy(&digest, "because"),
        deploy(&digest, "for another reason"),
        json!({ "act": "deploy", "digest": digest, "reason": null }),
        answer(0, "promote"),
        answer(0, "undo"),
        answer(1, "promote"),
        of_run(&json!({ "request": "resume" })),
        of_run(&json!({ "request": "unbar", "reason": "x" })),
        json!({ "act": "freeze", "reason": "x", "until": null }),
        json!({ "act": "freeze", "reason": "x", "until": 9_000_000_000_000_u64 }),
        json!({ "act": "ban", "person": "eve", "reason": "x", "until": null }),
        json!({ "act": "ban", "person": "grace", "reason": "x", "until": null }),
        json!({ "act": "log_out_person", "person": null, "reason": "x" }),
    ];
    for asked in &acts {
        for done in acts.iter().filter(|it| *it != asked) {
            let proof = signed(&mut key, &challenge(&ada, asked).unwrap());
            let acted = ada.does_with(done, &proof);
            assert_eq!(
                acted,
                Err("second_factor_refused".to_owned()),
                "{asked} for {done}"
            );
        }
    }
    assert_eq!(shop.outcomes().len(), 1);
    let proof = signed(&mut key, &challenge(&ada, &acts[0]).unwrap());
    assert_eq!(ada.does_with(&acts[0], &proof).unwrap()["run"], 2);
    until("the run has ended", || shop.outcomes()[0].1.is_some());
    let again = ada.does_with(&acts[0], &proof);
    assert_eq!(again, Err("second_factor_refused".to_owned()));
    assert_eq!(shop.outcomes().len(), 2);
    let deeds = deeds(&shop);
    let kinds: Vec<&str> = deeds.iter().take(3).map(|it| it.0.as_str()).collect();
    assert_eq!(kinds, ["factor_refused", "created_run", "deployed"]);
}

#[test]
fn what_was_signed_counts_in_its_session_and_for_its_person_only() {
    let (shop, _runner, ada) = shop_with_ada();
    let mut key = has_passkey(&shop, &ada, "ada", 1);
    let grace = shop.signed_in("grace", &["admins"]);
    let mut graces = has_passkey(&shop, &grace, "grace", 2);
    let thaw = json!({ "act": "thaw", "reason": "x" });
    let proof = signed(&mut key, &challenge(&ada, &thaw).unwrap());
    assert_eq!(
        grace.does_with(&thaw, &proof),
        Err("second_factor_refused".to_owned())
    );
    // Her own key, with what was asked of somebody else; and the other way round.
    let proof = signed(&mut graces, &challenge(&ada, &thaw).unwrap());
    assert_eq!(
        grace.does_with(&thaw, &proof),
        Err("second_factor_refused".to_owned())
    );
    assert_eq!(
        ada.does_with(&thaw, &proof),
        Err("second_factor_refused".to_owned())
    );
    let proof = signed(&mut graces, &challenge(&grace, &thaw).unwrap());
    assert!(grace.does_with(&thaw, &proof).is_ok());
}

#[test]
fn where_a_passkey_is_demanded_no_code_does_and_none_is_used_up() {
    let (shop, _runner, mut ada) = shop_with_ada();
    shop.write("policy.yaml", PASSKEYS_ONLY);
    let mut key = has_passkey(&shop, &ada, "ada", 1);
    let deploy = deploy(&ada.plans(), "because");
    let needed = Err("second_factor_needed".to_owned());
    assert_eq!(ada.does(&deploy, None), needed);
    let code = ada.code();
    assert_eq!(ada.does(&deploy, Some(&code)), needed);
    let ban = json!({ "act": "ban", "person": "eve", "reason": "x", "until": null });
    assert!(ada.does(&ban, Some(&code)).is_ok(), "the code still counts");
    let proof = signed(&mut key, &challenge(&ada, &deploy).unwrap());
    assert_eq!(ada.does_with(&deploy, &proof).unwrap()["run"], 2);
}

#[test]
fn a_challenge_is_for_those_who_may_use_it() {
    let (shop, _runner, ada) = shop_with_ada();
    let thaw = json!({ "act": "thaw", "reason": "x" });
    let begin = json!({ "verb": "begin_passkey" });
    for browser in [
        shop.browser(),
        shop.vouched_for("ada", &["deployers", "admins"]),
    ] {
        assert_eq!(challenge(&browser, &thaw), Err("signed_out".to_owned()));
        assert_eq!(browser.asks(&begin), Err("signed_out".to_owned()));
    }
    assert_eq!(
        challenge(&shop.browser(), &Value::Null),
        Err("signed_out".to_owned())
    );
    assert_eq!(challenge(&ada, &Value::Null), Err("invalid".to_owned()));
    assert_eq!(
        challenge(
            &shop.vouched_for("ada", &["deployers", "admins"]),
            &Value::Null
        ),
        Err("refused".to_owned()),
        "she has no passkey"
    );
    let bob = shop.signed_in("bob", &["deployers"]);
    has_passkey(&shop, &bob, "bob", 2);
    assert_eq!(challenge(&bob, &thaw), Err("forbidden".to_owned()));
    assert_eq!(deeds(&shop)[0].0, "refused");
    for lie in [
        json!({}),
        Value::Null,
        json!({ "id": "AA", "rawId": "AA", "type": "public-key", "response": {} }),
    ] {
        let done = ada.does_with(&thaw, &json!({ "passkey": lie }));
        assert_eq!(done, Err("invalid".to_owned()), "{lie}");
        let finish = json!({ "verb": "finish_passkey", "name": "x", "credential": lie });
        assert_eq!(ada.asks(&finish), Err("invalid".to_owned()), "{lie}");
    }
}
