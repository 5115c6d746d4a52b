//! A real provider of `OpenID Connect`, started by node: signing in, and what others try.

use crate::browser::{Browser, client};
use crate::settings::{
    CALLBACK, MINUTE, Query, earlier, names, now, oidc, oidc_provider, query_of, refusal, sent,
};
use spiderpig_control::{Provider, ProviderError, SessionId};
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

const SECRET: &str = "a secret of 32 bytes that is told";

/// It ends with its standard input, when this is dropped.
struct Node {
    process: Child,
    issuer: String,
}

impl Node {
    /// With what it says of people in its token, or else in its userinfo.
    fn start(place: &str) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/provider/idp");
        assert!(
            folder.join("node_modules").is_dir(),
            "the provider is not installed: run `make test-provider`"
        );
        let mut node = Command::new("node");
        let node = node
            .arg("server.js")
            .args([CALLBACK, place])
            .current_dir(folder);
        let node = node.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = node.stderr(Stdio::null()).spawn().unwrap();
        let mut issuer = String::new();
        let said = process.stdout.as_mut().unwrap();
        BufReader::new(said).read_line(&mut issuer).unwrap();
        let issuer = issuer.trim().to_owned();
        Self { process, issuer }
    }

    fn provider(&self) -> Provider {
        oidc_provider(oidc(&self.issuer), Path::new(""))
    }

    /// Changes somebody's groups, or removes them.
    async fn change(&self, query: &str) {
        let url = format!("{}/people?{query}", self.issuer);
        assert!(
            client()
                .get(url)
                .send()
                .await
                .unwrap()
                .status()
                .is_success()
        );
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        self.process.wait().unwrap();
    }
}

/// What a person's browser comes back with.
async fn walk(provider: &Provider, person: &str) -> (String, Query) {
    let begun = provider.begin("/runs/7", now()).await.unwrap();
    (begun.flow, Browser::of(person).visit(&begun.url).await)
}

#[tokio::test]
async fn people_sign_in_by_a_real_provider() {
    for place in ["userinfo", "token"] {
        let node = Node::start(place);
        let provider = node.provider();
        for (person, groups) in [
            ("ada", vec!["admins", "deployers"]),
            ("grace", vec!["deployers"]),
        ] {
            let (flow, query) = walk(&provider, person).await;
            let finished = provider.finish(&flow, &query, now()).await.unwrap();
            assert_eq!(finished.person.as_str(), person, "{place}");
            let account = finished
                .account
                .expect("a provider of OpenID Connect tells subjects");
            assert_eq!(
                (account.issuer, account.subject),
                (node.issuer.clone(), person.to_owned())
            );
            assert_eq!(names(&finished.groups), groups, "{place}");
            assert_eq!(finished.back, "/runs/7");
        }
    }
}

#[tokio::test]
async fn a_client_shows_its_secret_as_the_provider_wants_it() {
    let node = Node::start("token");
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("oidc.secret");
    let of = |client: &str| scap_plan::OidcConfiguration {
        client_id: client.to_owned(),
        client_secret_file: Some("oidc.secret".to_owned()),
        ..oidc(&node.issuer)
    };
    let write = |text: &str, mode| {
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    write(&format!("{SECRET}\n"), 0o600);
    let provider = oidc_provider(of("basic"), folder.path());
    let (flow, query) = walk(&provider, "ada").await;
    assert!(provider.finish(&flow, &query, now()).await.is_ok());

    write("another secret of 32 bytes, wrong", 0o600);
    let provider = oidc_provider(of("basic"), folder.path());
    let (flow, query) = walk(&provider, "ada").await;
    let said = refusal(
        provider.finish(&flow, &query, now()).await,
        &["another secret"],
    );
    assert!(said.contains("`invalid_client`"), "{said}");

    for (text, mode) in [(SECRET, 0o640), (SECRET, 0o604), (" \n", 0o600)] {
        write(text, mode);
        let settings = scap_plan::SignInProvider::Oidc(of("basic"));
        let refused = Provider::new(&crate::settings::configuration(settings), folder.path());
        assert!(
            matches!(refused, Err(ProviderError::Control(_))),
            "{text:?} {mode:o}"
        );
    }
}

#[tokio::test]
async fn a_stolen_or_used_way_back_signs_nobody_in() {
    let node = Node::start("userinfo");
    let provider = node.provider();
    let finish = async |flow: &str, query: &Query| provider.finish(flow, query, now()).await;
    let (mine, my_way) = walk(&provider, "ada").await;
    let (theirs, their_way) = walk(&provider, "grace").await;
    let (my_code, their_code) = (my_way["code"].as_str(), their_way["code"].as_str());
    let with = |change: (&str, &str)| {
        let mut query = my_way.clone();
        query.insert(change.0.to_owned(), change.1.to_owned());
        query
    };
    for (attack, flow, query, expected) in [
        (
            "another state",
            &mine,
            with(("state", "0000")),
            "another sign-in",
        ),
        (
            "the state of another flow",
            &mine,
            their_way.clone(),
            "another sign-in",
        ),
        (
            "a flow of nobody",
            &"0".repeat(64),
            my_way.clone(),
            "not begun in this browser",
        ),
        (
            "no cookie",
            &String::new(),
            my_way.clone(),
            "not begun in this browser",
        ),
        (
            "another issuer",
            &mine,
            with(("iss", "https://evil.example")),
            "another provider",
        ),
        (
            "once more after it was refused",
            &mine,
            my_way.clone(),
            "not begun in this browser",
        ),
    ] {
        let said = refusal(finish(flow, &query).await, &[my_code, their_code, flow]);
        assert!(said.contains(expected), "{attack}: {said}");
    }

    // A code of mine in a flow of theirs, with the state of theirs: PKCE binds it to mine.
    let (fourth, way) = walk(&provider, "ada").await;
    let mut injected = their_way.clone();
    injected.insert("code".to_owned(), way["code"].clone());
    let said = refusal(finish(&theirs, &injected).await, &[&way["code"]]);
    assert!(
        said.contains("`invalid_grant`"),
        "a code of another flow: {said}"
    );
    assert!(
        finish(&fourth, &way).await.is_ok(),
        "where it belongs it counts"
    );

    let (flow, way) = walk(&provider, "ada").await;
    assert!(finish(&flow, &way).await.is_ok());
    let said = refusal(finish(&flow, &way).await, &[&way["code"]]);
    assert!(said.contains("finished before"), "a flow again: {said}");
    let again = provider.begin("/", now()).await.unwrap();
    let state = sent(&again)["state"].clone();
    let used = query_of(&[
        ("state", &state),
        ("code", &way["code"]),
        ("iss", &node.issuer),
    ]);
    let said = refusal(finish(&again.flow, &used).await, &[&way["code"]]);
    assert!(said.contains("`invalid_grant`"), "a code again: {said}");
}

#[tokio::test]
async fn a_sign_in_that_takes_longer_than_ten_minutes_is_over() {
    let node = Node::start("userinfo");
    let provider = node.provider();
    for (ago, is_over) in [(10 * MINUTE, true), (9 * MINUTE, false)] {
        let begun = provider.begin("/", earlier(ago)).await.unwrap();
        let query = Browser::of("ada").visit(&begun.url).await;
        let finished = provider.finish(&begun.flow, &query, now()).await;
        assert_eq!(
            matches!(finished, Err(ProviderError::NoFlow)),
            is_over,
            "{finished:?}"
        );
    }
}

#[tokio::test]
async fn without_pkce_the_provider_is_not_even_asked_for_a_code() {
    let node = Node::start("userinfo");
    let begun = node.provider().begin("/", now()).await.unwrap();
    let asked = sent(&begun);
    assert_eq!(asked["code_challenge_method"], "S256");
    assert_eq!(asked["response_type"], "code");
    assert_eq!(asked["redirect_uri"], CALLBACK);
    assert_eq!(asked["scope"], "openid profile groups");
    assert!(asked["nonce"].len() == 64 && asked["state"].len() == 64);

    let mut url: url::Url = begun.url.parse().unwrap();
    let kept = asked
        .iter()
        .filter(|(name, _)| !name.starts_with("code_challenge"));
    url.query_pairs_mut().clear().extend_pairs(kept);
    let back = Browser::of("ada").visit(url.as_str()).await;
    assert_eq!(back["error"], "invalid_request");
}

#[tokio::test]
async fn groups_are_read_anew_until_the_provider_takes_its_word_back() {
    let node = Node::start("userinfo");
    let provider = node.provider();
    let (flow, query) = walk(&provider, "ada").await;
    let finished = provider.finish(&flow, &query, now()).await.unwrap();
    let session = SessionId::of_text("a session");
    let read = async |at| provider.groups(&session, at).await;
    assert_eq!(
        read(now()).await.unwrap(),
        None,
        "nothing is known of the session yet"
    );
    let access = finished.access.unwrap();
    assert_eq!(format!("{access:?}"), "Access(…)");
    provider.remember(&session, access, now());
    for groups in [vec!["admins", "deployers"], vec!["deployers"], vec![]] {
        node.change(&format!("person=ada&groups={}", groups.join(",")))
            .await;
        assert_eq!(names(&read(now()).await.unwrap().unwrap()), groups);
    }
    let later = now().after(13 * 60 * MINUTE);
    assert_eq!(read(later).await.unwrap(), None, "the token is over");

    node.change("person=ada").await;
    let revoked = read(now()).await;
    assert!(
        matches!(revoked, Err(ProviderError::Revoked)),
        "{revoked:?}"
    );
    provider.forget(&session);
    assert_eq!(read(now()).await.unwrap(), None);
}

#[tokio::test]
async fn a_provider_that_is_gone_is_named() {
    let node = Node::start("token");
    let provider = node.provider();
    let (flow, query) = walk(&provider, "ada").await;
    drop(node);
    let said = refusal(
        provider.finish(&flow, &query, now()).await,
        &[&query["code"]],
    );
    assert!(
        said.contains("cannot be asked: `127.0.0.1` did not answer"),
        "{said}"
    );
    let refused = provider.begin("/", now()).await;
    assert!(
        matches!(refused, Err(ProviderError::Unreachable(_))),
        "asked anew: {refused:?}"
    );
}
