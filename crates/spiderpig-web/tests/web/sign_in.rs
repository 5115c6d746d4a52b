//! Signing in: to the identity provider, back, and the second factor.

use crate::house::House;
use crate::runner::Behaviour;
use spiderpig_protocol::{ProblemKind, Verb};
use spiderpig_web::Limits;

const FLOW: &str = "__Host-spiderpig-flow=flow-1";
const BACK_TO_US: &str = "/api/sign-in/finish?code=abc&state=x";

#[tokio::test]
async fn a_person_is_led_to_the_identity_provider_and_back_to_the_page() {
    let house = House::new(Behaviour::Answers).await;
    let begun = house
        .get("/api/sign-in?back=%2Fruns%2F7%3Fx%3D1")
        .send()
        .await;
    assert_eq!(begun.status, 303);
    assert_eq!(begun.header("location"), "https://idp.example/go?x=1");
    assert_eq!(
        begun.cookies(),
        ["__Host-spiderpig-flow=flow-1; Path=/; HttpOnly; SameSite=Lax; Max-Age=600; Secure"]
    );
    let finish = house.get(BACK_TO_US).set("sec-fetch-site", "cross-site");
    let finished = finish.add("cookie", FLOW).send().await;
    assert_eq!(finished.status, 303);
    assert_eq!(finished.header("location"), "/runs/7");
    assert_eq!(
        finished.cookies(),
        [
            "__Host-spiderpig=made-by-the-runner; Path=/; HttpOnly; SameSite=Strict; Secure",
            "__Host-spiderpig-flow=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0; Secure",
        ]
    );
    let verbs = house.verbs();
    assert!(matches!(&verbs[0], Verb::BeginSignIn { back } if back == "/runs/7?x=1"));
    let Verb::FinishSignIn { flow, query } = &verbs[1] else {
        panic!("{verbs:?}");
    };
    assert_eq!((flow.as_str(), query.len()), ("flow-1", 2));
    assert_eq!(query["code"], "abc");
    // The first page after that comes from the other site, and needs no cookie; what the page fetches is ours.
    let first = house.get("/runs/7").set("sec-fetch-site", "cross-site");
    assert_eq!(first.send().await.status, 200);
}

#[tokio::test]
async fn the_second_factor_gives_the_session_another_token() {
    let house = House::new(Behaviour::Answers).await;
    let shown = house.post("/api/sign-in/factor", r#"{"proof":{"totp":"123456"}}"#);
    let shown = shown.session("half").send().await;
    assert_eq!((shown.status, shown.text()), (200, "{}"));
    assert!(shown.cookies()[0].starts_with("__Host-spiderpig=made-by-the-runner;"));
    assert_eq!(house.question().token.as_deref(), Some("half"));
}

#[tokio::test]
async fn a_token_that_the_browser_brought_is_never_kept() {
    let house = House::new(Behaviour::Answers).await;
    for request in [
        house.get("/api/sign-in").session("planted"),
        house.get(BACK_TO_US).session("planted").add("cookie", FLOW),
    ] {
        let answer = request.send().await;
        assert_eq!(answer.status, 303);
        assert!(!format!("{answer:?}").contains("planted"));
    }
    for question in house.questions() {
        assert_eq!(question.token, None, "{:?}", question.verb);
    }
}

#[tokio::test]
async fn nobody_is_sent_elsewhere_after_signing_in() {
    for back in [
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "/\t/evil.example",
    ] {
        let house = House::new(Behaviour::SendsBackTo(back)).await;
        let finished = house.get(BACK_TO_US).add("cookie", FLOW).send().await;
        assert_eq!(finished.header("location"), "/", "{back:?}");
    }
    let house = House::new(Behaviour::Answers).await;
    for back in [
        "%2F%2Fevil.example",
        "https%3A%2F%2Fevil.example",
        "%2F%5Cevil",
        "%2F%0A%2Fevil",
    ] {
        house.get(&format!("/api/sign-in?back={back}")).send().await;
    }
    for verb in house.verbs() {
        assert!(
            matches!(&verb, Verb::BeginSignIn { back } if back == "/"),
            "{verb:?}"
        );
    }
}

#[tokio::test]
async fn only_the_browser_that_began_may_finish() {
    let house = House::new(Behaviour::Answers).await;
    for request in [
        house.get(BACK_TO_US),
        house.get(BACK_TO_US).add("cookie", "spiderpig-flow=flow-1"),
        house
            .get(BACK_TO_US)
            .add("cookie", FLOW)
            .add("cookie", FLOW),
        house
            .get("/api/sign-in/finish?code=a&code=b")
            .add("cookie", FLOW),
    ] {
        let answer = request.send().await;
        assert_eq!(answer.status, 400, "{answer:?}");
        assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
        assert!(answer.text().contains("Signing in did not work"));
        assert_eq!(answer.cookies().len(), 1, "the flow alone is forgotten");
    }
    assert!(house.questions().is_empty());
}

#[tokio::test]
async fn what_goes_wrong_on_the_way_is_a_page_that_a_browser_shows() {
    let house = House::new(Behaviour::HasProblem(ProblemKind::Forbidden)).await;
    let begun = house.get("/api/sign-in").send().await;
    let finished = house.get(BACK_TO_US).add("cookie", FLOW).send().await;
    for answer in [begun, finished] {
        assert_eq!(answer.status, 403);
        assert!(answer.text().contains("<p>said by the runner</p>"));
    }
}

#[tokio::test]
async fn a_token_that_would_be_more_than_a_cookie_is_not_set() {
    for token in ["a; Domain=example.org", "a\r\nX: y", "", "ü"] {
        let house = House::new(Behaviour::GivesToken(token)).await;
        let finished = house.get(BACK_TO_US).add("cookie", FLOW).send().await;
        assert_eq!(finished.status, 500, "{token:?}");
        let shown = house.post("/api/sign-in/factor", r#"{"proof":{"totp":"123456"}}"#);
        assert_eq!(shown.send().await.problem(), "defect", "{token:?}");
    }
}

#[tokio::test]
async fn without_tls_on_this_machine_cookies_have_plain_names() {
    let house = House::with(Behaviour::Answers, Limits::default(), |settings| {
        settings.url = "http://localhost:8080".parse().unwrap();
    });
    let house = house.await;
    let begun = house.get("/api/sign-in").set("host", "localhost:8080");
    let begun = begun.send().await;
    assert_eq!(
        begun.cookies(),
        ["spiderpig-flow=flow-1; Path=/; HttpOnly; SameSite=Lax; Max-Age=600"]
    );
    assert_eq!(begun.header("strict-transport-security"), "");
}
