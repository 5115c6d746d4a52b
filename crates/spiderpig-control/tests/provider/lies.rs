//! What no provider may say and be believed: a table of lies, each refused for its own reason.

use crate::settings::{
    CLIENT, MINUTE, Query, names, now, oidc, oidc_provider, query_of, refusal, sent,
};
use crate::stand_in::{ACCESS, CODE, Signed, StandIn, Words, announced_key, key};
use axum::http::StatusCode;
use serde_json::{Value, json};
use spiderpig_control::{Finished, Provider, ProviderError};
use std::path::Path;

/// A way back, and what is said there.
struct Attempt {
    words: Words,
    query: Query,
    second: i64,
}

type Lie = fn(&mut Attempt);
type Change = fn(&mut Value);

/// The truth but for the lie.
async fn attempt(lie: Lie) -> Result<Finished, ProviderError> {
    let stand_in = StandIn::start().await;
    let provider = oidc_provider(oidc(&stand_in.issuer), Path::new(""));
    finish(&stand_in, &provider, lie).await
}

async fn finish(
    stand_in: &StandIn,
    provider: &Provider,
    lie: Lie,
) -> Result<Finished, ProviderError> {
    let begun = provider.begin("/", now()).await?;
    let asked = sent(&begun);
    let second = now().0 / 1_000;
    let mut query = query_of(&[("code", CODE), ("state", &asked["state"])]);
    query.insert("iss".to_owned(), stand_in.issuer.clone());
    stand_in.change(|words| {
        words.claims["nonce"] = asked["nonce"].clone().into();
        words.claims["iat"] = second.into();
        words.claims["exp"] = (second + 60).into();
        let mut attempt = Attempt {
            words: words.clone(),
            query: query.clone(),
            second,
        };
        lie(&mut attempt);
        (*words, query) = (attempt.words, attempt.query);
    });
    provider.finish(&begun.flow, &query, now()).await
}

fn claim(attempt: &mut Attempt, name: &str, value: impl Into<Value>) {
    attempt.words.claims[name] = value.into();
}

fn without(value: &mut Value, name: &str) {
    value.as_object_mut().unwrap().remove(name).unwrap();
}

#[tokio::test]
async fn the_truth_is_believed() {
    let truths: [(&str, Lie); 6] = [
        ("as it is", |_| {}),
        ("said to be for us, as one of one", |it| {
            claim(it, "aud", json!([CLIENT]));
        }),
        ("asked for by us", |it| claim(it, "azp", CLIENT)),
        ("keys that have changed meanwhile", |it| {
            it.words.header = json!({"alg": "EdDSA", "kid": "second"});
            it.words.signed = Signed::AfterChange(key(2));
        }),
        ("people in userinfo alone", |it| {
            without(&mut it.words.claims, "groups");
            without(&mut it.words.claims, "preferred_username");
            it.words.person_info["preferred_username"] = "ada".into();
        }),
        ("a single group, and names that no group has", |it| {
            claim(
                it,
                "groups",
                json!(["deployers", "../etc", "", 7, "a b", "cn=x,dc=y"]),
            );
        }),
    ];
    for (truth, change) in truths {
        let finished = attempt(change)
            .await
            .unwrap_or_else(|error| panic!("{truth}: {error:?}"));
        assert_eq!(finished.person.as_str(), "ada", "{truth}");
        let subject = finished.account.map(|it| it.subject);
        assert_eq!(subject.as_deref(), Some("1"), "{truth}");
        assert_eq!(names(&finished.groups), ["deployers"], "{truth}");
        assert!(finished.access.is_some(), "{truth}");
    }
}

const SIGNATURE: &str = "not signed by a key that the provider announces";
const OVER: &str = "over, or the clocks are far apart";

const TOKENS: &[(&str, &str, Lie)] = &[
    ("another nonce", "from another sign-in", |it| {
        claim(it, "nonce", "0");
    }),
    ("no nonce", "from another sign-in", |it| {
        without(&mut it.words.claims, "nonce");
    }),
    (
        "another audience",
        "for others, or not for us alone",
        |it| claim(it, "aud", "shop"),
    ),
    (
        "an audience besides us",
        "for others, or not for us alone",
        |it| {
            claim(it, "aud", json!([CLIENT, "shop"]));
        },
    ),
    ("no audience", "for others, or not for us alone", |it| {
        without(&mut it.words.claims, "aud");
    }),
    (
        "asked for by another client",
        "made for another client",
        |it| claim(it, "azp", "shop"),
    ),
    ("another issuer", "by another issuer", |it| {
        claim(it, "iss", "https://evil.example");
    }),
    ("expired", OVER, |it| claim(it, "exp", it.second - 1)),
    ("issued long ago", OVER, |it| {
        claim(it, "iat", it.second - 400);
    }),
    ("issued in the future", OVER, |it| {
        claim(it, "iat", it.second + 400);
    }),
    ("without an end", "no answer to a code", |it| {
        without(&mut it.words.claims, "exp");
    }),
    ("alg none", SIGNATURE, |it| {
        it.words.header = json!({"alg": "none"});
        it.words.signed = Signed::Nothing;
    }),
    ("no signature", SIGNATURE, |it| {
        it.words.signed = Signed::Nothing;
    }),
    ("HS256 with the client's id", SIGNATURE, |it| {
        it.words.header = json!({"alg": "HS256"});
        it.words.signed = Signed::With(CLIENT.as_bytes());
    }),
    ("HS256 with nothing", SIGNATURE, |it| {
        it.words.header = json!({"alg": "HS256", "kid": "first"});
        it.words.signed = Signed::With(b"");
    }),
    ("another key of the same name", SIGNATURE, |it| {
        it.words.signed = Signed::By(key(3));
    }),
    ("a key that brings itself along", SIGNATURE, |it| {
        it.words.header["jwk"] = announced_key(3, "first");
        it.words.signed = Signed::By(key(3));
    }),
    ("a key of another name", SIGNATURE, |it| {
        it.words.header["kid"] = "second".into();
    }),
    ("a critical header", "not known", |it| {
        it.words.header["crit"] = json!(["b64"]);
        it.words.header["b64"] = false.into();
    }),
];

const ANSWERS: &[(&str, &str, Lie)] = &[
    (
        "the answer of another provider",
        "another provider has answered",
        |it| {
            it.query
                .insert("iss".to_owned(), "https://evil.example".to_owned());
        },
    ),
    (
        "an answer without an issuer",
        "another provider has answered",
        |it| {
            it.query.remove("iss");
        },
    ),
    ("no code", "there is no code", |it| {
        it.query.remove("code");
    }),
    ("a refusal", "refused: `access_denied`", |it| {
        it.query
            .insert("error".to_owned(), "access_denied".to_owned());
    }),
    (
        "a refusal in an attacker's words",
        "refused: `unknown`",
        |it| {
            it.query
                .insert("error".to_owned(), "<b>call 555</b>".to_owned());
        },
    ),
    ("no token", "there is no ID token", |it| {
        it.words.answer["id_token"] = Value::Null;
    }),
    ("a token that is none", "no answer to a code", |it| {
        it.words.answer["id_token"] = "a.b.c".into();
    }),
    ("an answer that is no JSON", "no answer to a code", |it| {
        it.words.answer = format!("<{CODE}>").into();
    }),
    ("an answer elsewhere", "no answer to a code", |it| {
        it.words.status = StatusCode::FOUND;
    }),
    ("more than 1 MiB", "longer than 1 MiB", |it| {
        it.words.answer = "x".repeat(1024 * 1024 + 1).into();
    }),
    ("userinfo of somebody else", "about somebody else", |it| {
        it.words.person_info["sub"] = "2".into();
    }),
    ("userinfo of nobody", "userinfo cannot be read", |it| {
        without(&mut it.words.person_info, "sub");
    }),
    ("nobody", "there is no `preferred_username`", |it| {
        without(&mut it.words.claims, "preferred_username");
    }),
    ("a person who cannot be one", "nobody can be called", |it| {
        claim(it, "preferred_username", "../root");
    }),
];

#[tokio::test]
async fn no_token_that_lies_is_believed() {
    for (lie, expected, change) in TOKENS {
        let said = refusal(attempt(*change).await, &[CODE, ACCESS]);
        assert!(said.contains(expected), "{lie}: {said}");
    }
}

#[tokio::test]
async fn no_answer_that_lies_is_believed() {
    for (lie, expected, change) in ANSWERS {
        let said = refusal(attempt(*change).await, &[CODE, ACCESS, "555"]);
        assert!(said.contains(expected), "{lie}: {said}");
    }
}

#[tokio::test]
async fn a_secret_of_the_client_is_no_key_that_signs() {
    let stand_in = StandIn::start().await;
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join("secret");
    std::fs::write(&path, "the client's secret").unwrap();
    let owner = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(&path, owner).unwrap();
    let mut settings = oidc(&stand_in.issuer);
    settings.client_secret_file = Some("secret".to_owned());
    let provider = oidc_provider(settings, folder.path());
    let finished = finish(&stand_in, &provider, |it| {
        it.words.header = json!({"alg": "HS256"});
        it.words.signed = Signed::With(b"the client's secret");
    });
    let said = refusal(finished.await, &[CODE, ACCESS, "the client's secret"]);
    assert!(said.contains(SIGNATURE), "{said}");
}

#[tokio::test]
async fn what_is_announced_must_be_fit_for_use() {
    let cases: [(&str, &str, Change); 6] = [
        ("another issuer", "its issuer is another one", |it| {
            it["issuer"] = "https://evil.example".into();
        }),
        ("no PKCE", "does not know PKCE", |it| {
            it["code_challenge_methods_supported"] = json!(["plain"]);
        }),
        ("people sign in openly", "without TLS", |it| {
            it["authorization_endpoint"] = "http://idp.example.org/".into();
        }),
        (
            "its keys come openly",
            "neither https nor on this machine",
            |it| {
                it["jwks_uri"] = "http://idp.example.org/keys".into();
            },
        ),
        ("no JSON", "cannot be read", |it| *it = Value::Null),
        ("no keys", "it is not JSON with the status 200", |it| {
            it["jwks_uri"] = it["jwks_uri"]
                .as_str()
                .unwrap()
                .replace("keys", "none")
                .into();
        }),
    ];
    for (fault, expected, change) in cases {
        let stand_in = StandIn::start().await;
        stand_in.change(|words| change(&mut words.announced));
        let provider = oidc_provider(oidc(&stand_in.issuer), Path::new(""));
        let error = provider.begin("/", now()).await.unwrap_err();
        let cause = std::error::Error::source(&error).map(ToString::to_string);
        let said = format!("{error}: {}", cause.unwrap_or_default());
        assert!(said.contains(expected), "{fault}: {said}");
    }
}

#[tokio::test]
async fn codes_are_shown_to_nobody_without_tls() {
    let stand_in = StandIn::start().await;
    stand_in.change(|words| {
        words.announced["token_endpoint"] = "http://idp.example.org/token".into();
    });
    let provider = oidc_provider(oidc(&stand_in.issuer), Path::new(""));
    let said = refusal(finish(&stand_in, &provider, |_| {}).await, &[CODE]);
    assert!(
        said.contains("`idp.example.org` is neither https nor on this machine"),
        "{said}"
    );
}

#[tokio::test]
async fn what_was_announced_is_read_again_after_an_hour() {
    let stand_in = StandIn::start().await;
    let provider = oidc_provider(oidc(&stand_in.issuer), Path::new(""));
    let endpoint = async |at| provider.begin("/", at).await.unwrap().url;
    assert!(endpoint(now()).await.contains("/authorize?"));
    let moved = format!("{}/moved", stand_in.issuer);
    stand_in.change(|words| words.announced["authorization_endpoint"] = moved.into());
    assert!(
        endpoint(now().after(59 * MINUTE))
            .await
            .contains("/authorize?")
    );
    assert!(endpoint(now().after(61 * MINUTE)).await.contains("/moved?"));
}

#[tokio::test]
async fn groups_that_userinfo_does_not_have_cannot_be_read_anew() {
    let changes: [(&str, Lie); 2] = [
        ("no userinfo", |_| {}),
        ("no groups in it", |it| {
            without(&mut it.words.person_info, "groups");
        }),
    ];
    for (index, (case, change)) in changes.into_iter().enumerate() {
        let stand_in = StandIn::start().await;
        if index == 0 {
            stand_in.change(|words| without(&mut words.announced, "userinfo_endpoint"));
        }
        let provider = oidc_provider(oidc(&stand_in.issuer), Path::new(""));
        let finished = finish(&stand_in, &provider, change).await.unwrap();
        assert_eq!(names(&finished.groups), ["deployers"], "{case}");
        assert!(finished.access.is_none(), "{case}");
    }
}
