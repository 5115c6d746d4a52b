//! Acts: what is sent on, with which proof, and what becomes of the session.

use crate::house::House;
use crate::runner::Behaviour;
use serde_json::json;
use spiderpig_protocol::{Act, Verb};

#[tokio::test]
async fn an_act_goes_to_the_runner_with_its_proof() {
    let house = House::new(Behaviour::Answers).await;
    let body = r#"{"digest":"d","reason":"r","proof":{"totp":"123456"}}"#;
    let answer = house.post("/api/runs", body).session("t").send().await;
    assert_eq!(answer.json(), json!({"run": 7}));
    assert!(answer.cookies().is_empty(), "the session stays as it is");
    let question = house.question();
    assert_eq!(question.token.as_deref(), Some("t"));
    let Verb::Act { act, proof } = question.verb else {
        panic!("{:?}", house.verbs());
    };
    assert!(matches!(act, Act::Deploy { digest, .. } if digest == "d"));
    assert_eq!(
        serde_json::to_value(proof).unwrap(),
        json!({"totp": "123456"})
    );
}

#[tokio::test]
async fn who_signs_out_loses_the_cookie() {
    let house = House::new(Behaviour::Answers).await;
    for (body, forgets) in [
        (r#"{"session":null}"#, true),
        ("{}", true),
        (r#"{"session":null,"proof":{"totp":"123456"}}"#, true),
        (r#"{"session":"another"}"#, false),
    ] {
        let answer = house
            .post("/api/me/log-out", body)
            .session("t")
            .send()
            .await;
        let forgotten = answer.cookies();
        assert_eq!(forgotten.len(), usize::from(forgets), "{body}");
        assert!(forgotten.iter().all(|it| it.contains("Max-Age=0")));
    }
}

#[tokio::test]
async fn a_challenge_is_for_the_act_that_will_be_sent() {
    let house = House::new(Behaviour::Answers).await;
    let wanted = r#"{"act":{"path":"runs/7/requests","body":{"request":"resume"}}}"#;
    for body in ["{}", r#"{"act":null}"#, wanted] {
        let answer = house.post("/api/challenges", body).send().await;
        assert_eq!(answer.json(), json!({"challenge": "c"}), "{body}");
    }
    let sent = r#"{"request":"resume"}"#;
    house.post("/api/runs/7/requests", sent).send().await;
    let verbs = house.verbs();
    let acts: Vec<Option<&Act>> = verbs.iter().map(act_of).collect();
    assert_eq!(acts[..2], [None, None]);
    assert!(acts[2].is_some());
    assert_eq!(acts[2], acts[3]);
}

#[tokio::test]
async fn a_passkey_is_made_by_the_runners_options_and_waits_under_its_number() {
    let house = House::new(Behaviour::Answers).await;
    let options = house.post("/api/passkeys", "{}").send().await;
    assert_eq!(options.json(), json!({"challenge": "c"}));
    let made = r#"{"name":"laptop","credential":{"id":"x"}}"#;
    let answer = house.post("/api/passkeys/finish", made).send().await;
    assert_eq!(answer.json(), json!({"number": "123456", "until": 600_000}));
    let verbs = house.verbs();
    let Verb::FinishPasskey { name, credential } = &verbs[1] else {
        panic!("{verbs:?}");
    };
    assert_eq!((name.as_str(), credential), ("laptop", &json!({"id": "x"})));
}

fn act_of(verb: &Verb) -> Option<&Act> {
    match verb {
        Verb::Challenge { act } => act.as_ref(),
        Verb::Act { act, .. } => Some(act),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_makes_no_sense_does_not_reach_the_runner() {
    let house = House::new(Behaviour::Answers).await;
    let deep = "[".repeat(10_000);
    for (path, body, status) in [
        ("/api/runs", "", 400),
        ("/api/runs", "{", 400),
        ("/api/runs", "[]", 400),
        ("/api/runs", &deep, 400),
        (
            "/api/runs",
            r#"{"digest":"d","reason":null,"proof":{"password":"x"}}"#,
            400,
        ),
        (
            "/api/runs",
            r#"{"digest":"d","reason":null,"force":true}"#,
            400,
        ),
        ("/api/runs/7/requests", r#"{"request":"revert"}"#, 400),
        ("/api/plans", r#"{"service":"shop","rollback":7}"#, 400),
        ("/api/plans", "7", 400),
        ("/api/sign-in/factor", "{}", 400),
        (
            "/api/challenges",
            r#"{"act":{"path":"nothing","body":{}}}"#,
            404,
        ),
        ("/api/passkeys", r#"{"person":"ada"}"#, 400),
        ("/api/passkeys/finish", r#"{"name":"laptop"}"#, 400),
        (
            "/api/passkeys/finish",
            r#"{"name":"laptop","credential":{},"person":"ada"}"#,
            400,
        ),
        ("/api/admin/nothing", "{}", 404),
        ("/api/me", "{}", 404),
    ] {
        let answer = house.post(path, body).send().await;
        assert_eq!(answer.status, status, "{path} {answer:?}");
        let told = answer.text();
        assert!(
            !told.contains("struct") && !told.contains("column"),
            "{told}"
        );
    }
    assert!(house.questions().is_empty());
}
