//! The demo's identity provider, asked as browsers and clients ask it: what it gives, and what it refuses.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use openidconnect::url::Url;
use openidconnect::{PkceCodeChallenge, PkceCodeVerifier};
use reqwest::redirect::Policy;
use reqwest::{Response, StatusCode};
use scap_demo::identity_provider::{Client, IdentityError, serve};
use serde_json::Value;
use std::collections::BTreeMap;
use tokio::net::TcpListener;

const CALLBACK: &str = "http://127.0.0.1:8080/api/sign-in/finish";
const VERIFIER: &str = "0123456789012345678901234567890123456789012";

/// Names and values.
type Pairs = BTreeMap<&'static str, String>;

fn client() -> Client {
    Client {
        id: "spiderpig".to_owned(),
        callback: CALLBACK.to_owned(),
    }
}

/// Where it answers; it goes with the test's runtime.
async fn start() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let issuer = format!("http://{}", listener.local_addr().unwrap());
    let its_own = issuer.clone();
    tokio::spawn(async move { serve(listener, &its_own, client()).await });
    issuer
}

fn browser() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = reqwest::Client::builder()
        .no_proxy()
        .redirect(Policy::none());
    builder.build().unwrap()
}

fn question() -> Pairs {
    let verifier = PkceCodeVerifier::new(VERIFIER.to_owned());
    let challenge = PkceCodeChallenge::from_code_verifier_sha256(&verifier);
    [
        ("response_type", "code"),
        ("client_id", "spiderpig"),
        ("redirect_uri", CALLBACK),
        ("scope", "openid profile groups"),
        ("state", "a \"state\"<b>"),
        ("nonce", "a nonce"),
        ("code_challenge", challenge.as_str()),
        ("code_challenge_method", "S256"),
    ]
    .map(|(name, value)| (name, value.to_owned()))
    .into()
}

/// With some other values; an empty one is left out.
fn with(mut pairs: Pairs, changes: &[(&'static str, &str)]) -> Pairs {
    for (name, value) in changes {
        pairs.insert(name, (*value).to_owned());
    }
    pairs.retain(|_, value| !value.is_empty());
    pairs
}

fn encoded(pairs: &Pairs) -> String {
    let mut url = Url::parse("http://x/").unwrap();
    url.query_pairs_mut().extend_pairs(pairs);
    url.query().unwrap().to_owned()
}

async fn ask(issuer: &str, pairs: &Pairs) -> Response {
    let url = format!("{issuer}/authorize?{}", encoded(pairs));
    browser().get(url).send().await.unwrap()
}

async fn post(issuer: &str, path: &str, pairs: &Pairs) -> Response {
    let request = browser()
        .post(format!("{issuer}/{path}"))
        .body(encoded(pairs));
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    request.send().await.unwrap()
}

/// The code that a press of a button gives.
async fn code(issuer: &str, person: &'static str) -> String {
    let answer = post(
        issuer,
        "authorize",
        &with(question(), &[("person", person)]),
    )
    .await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    let back = Url::parse(answer.headers()["location"].to_str().unwrap()).unwrap();
    assert!(back.as_str().starts_with(CALLBACK));
    let query: BTreeMap<String, String> = back.query_pairs().into_owned().collect();
    assert_eq!(query["state"], "a \"state\"<b>");
    assert_eq!(query["iss"], issuer);
    query["code"].clone()
}

fn redeeming(code: &str) -> Pairs {
    [
        ("grant_type", "authorization_code"),
        ("client_id", "spiderpig"),
        ("redirect_uri", CALLBACK),
        ("code", code),
        ("code_verifier", VERIFIER),
    ]
    .map(|(name, value)| (name, value.to_owned()))
    .into()
}

async fn json(answer: Response) -> Value {
    serde_json::from_str(&answer.text().await.unwrap()).unwrap()
}

#[tokio::test]
async fn the_page_has_a_button_for_each_person_and_no_script() {
    let issuer = start().await;
    let answer = ask(&issuer, &question()).await;
    let policy = answer.headers()["content-security-policy"]
        .to_str()
        .unwrap();
    assert!(policy.starts_with("default-src 'none'"));
    let page = answer.text().await.unwrap();
    for expected in [
        "<html lang=\"en\">",
        "<h1>Who are you?</h1>",
        "value=\"ada\">ada, in deployers</button>",
        "value=\"grace\">grace, in deployers</button>",
        "value=\"root\">root, in deployers and admins</button>",
        "value=\"a &quot;state&quot;&lt;b&gt;\"",
    ] {
        assert!(page.contains(expected), "{expected} is not in {page}");
    }
    assert!(!page.contains("<script"));
}

#[tokio::test]
async fn whom_a_button_names_is_in_the_groups_that_it_says() {
    let issuer = start().await;
    let answer = post(&issuer, "token", &redeeming(&code(&issuer, "root").await)).await;
    let tokens = json(answer).await;
    assert!(tokens["id_token"].as_str().unwrap().split('.').count() == 3);
    let request = browser().get(format!("{issuer}/userinfo"));
    let answer = request.bearer_auth(tokens["access_token"].as_str().unwrap());
    let said = json(answer.send().await.unwrap()).await;
    assert_eq!(said["preferred_username"], "root");
    assert_eq!(said["groups"], serde_json::json!(["deployers", "admins"]));
}

#[tokio::test]
async fn what_a_client_may_not_ask_leads_nowhere() {
    let issuer = start().await;
    let cases: [(&str, &[(&'static str, &str)]); 8] = [
        ("another client", &[("client_id", "other")]),
        (
            "another way back",
            &[("redirect_uri", "https://evil.example/")],
        ),
        (
            "a longer way back",
            &[("redirect_uri", "http://127.0.0.1:8080/api/sign-in/finish/x")],
        ),
        (
            "no PKCE",
            &[("code_challenge", ""), ("code_challenge_method", "")],
        ),
        ("a plain challenge", &[("code_challenge_method", "plain")]),
        ("a short challenge", &[("code_challenge", "abc")]),
        ("no scope of OpenID Connect", &[("scope", "profile")]),
        ("a token at once", &[("response_type", "id_token")]),
    ];
    for (case, changes) in cases {
        let asked = with(question(), changes);
        let answer = ask(&issuer, &asked).await;
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{case}");
        let answer = post(&issuer, "authorize", &with(asked, &[("person", "root")])).await;
        assert!(answer.status().is_client_error(), "{case}");
        assert!(!answer.headers().contains_key("location"), "{case}");
    }
    let nobody = with(question(), &[("person", "nobody")]);
    let answer = post(&issuer, "authorize", &nobody).await;
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_code_is_for_who_asked_and_counts_once() {
    let issuer = start().await;
    let other_verifier = "x".repeat(43);
    let cases: [(&str, &'static str, &str, &str); 6] = [
        (
            "another verifier",
            "code_verifier",
            &other_verifier,
            "invalid_grant",
        ),
        (
            "a verifier that is none",
            "code_verifier",
            "x",
            "invalid_grant",
        ),
        ("another code", "code", "x", "invalid_grant"),
        (
            "another way back",
            "redirect_uri",
            "https://evil.example/",
            "invalid_grant",
        ),
        ("another client", "client_id", "other", "invalid_client"),
        (
            "another kind of grant",
            "grant_type",
            "password",
            "unsupported_grant_type",
        ),
    ];
    for (case, name, value, expected) in cases {
        let redeemed = with(redeeming(&code(&issuer, "ada").await), &[(name, value)]);
        let answer = post(&issuer, "token", &redeemed).await;
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{case}");
        assert_eq!(json(answer).await["error"], expected, "{case}");
    }
    let redeemed = redeeming(&code(&issuer, "ada").await);
    assert_eq!(
        post(&issuer, "token", &redeemed).await.status(),
        StatusCode::OK
    );
    assert_eq!(
        json(post(&issuer, "token", &redeemed).await).await["error"],
        "invalid_grant"
    );
    let wrong = browser().get(format!("{issuer}/userinfo")).bearer_auth("x");
    assert_eq!(
        wrong.send().await.unwrap().status(),
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn it_answers_on_this_machine_only() {
    let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
    let refused = serve(listener, "http://localhost", client()).await;
    assert!(
        matches!(refused, Err(IdentityError::Exposed(_))),
        "{refused:?}"
    );
}
