//! A provider that says what it is told to, true or not, and signs it.

use crate::settings::CLIENT;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use ed25519_dalek::{Signer, SigningKey};
use openidconnect::PrivateSigningKey;
use openidconnect::core::{CoreHmacKey, CoreJwsSigningAlgorithm};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;

pub(crate) const CODE: &str = "the-code";
pub(crate) const ACCESS: &str = "the-access-token";

/// A provider on this machine. It goes with the test's runtime.
pub(crate) struct StandIn {
    pub(crate) issuer: String,
    words: Arc<Mutex<Words>>,
}

/// All that it says.
#[derive(Clone)]
pub(crate) struct Words {
    pub(crate) announced: Value,
    pub(crate) keys: Value,
    pub(crate) header: Value,
    pub(crate) claims: Value,
    pub(crate) signed: Signed,
    /// The answer to a code but for the token; the token is left out where this is null.
    pub(crate) answer: Value,
    pub(crate) person_info: Value,
    pub(crate) status: StatusCode,
}

/// How a token is signed.
#[derive(Clone)]
pub(crate) enum Signed {
    By(SigningKey),
    With(&'static [u8]),
    Nothing,
    /// By another key than the first time, which is announced from then on.
    AfterChange(SigningKey),
}

pub(crate) fn key(number: u8) -> SigningKey {
    SigningKey::from_bytes(&[number; 32])
}

pub(crate) fn announced_key(number: u8, name: &str) -> Value {
    let x = BASE64_URL_SAFE_NO_PAD.encode(key(number).verifying_key().as_bytes());
    json!({"kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": name, "x": x})
}

impl StandIn {
    /// One that says the truth, to who asked with this nonce at this second.
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let words = Arc::new(Mutex::new(Words::of(&issuer)));
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(announcement))
            .route("/keys", get(keys))
            .route("/token", post(token))
            .route("/userinfo", get(person_info))
            .route("/elsewhere", get(async || Json(json!({"sub": "1"}))))
            .with_state(words.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { issuer, words }
    }

    pub(crate) fn change(&self, change: impl FnOnce(&mut Words)) {
        change(&mut self.words.lock().unwrap());
    }
}

type Shared = State<Arc<Mutex<Words>>>;

impl Words {
    fn of(issuer: &str) -> Self {
        Self {
            announced: json!({
                "issuer": issuer,
                "authorization_endpoint": format!("{issuer}/authorize"),
                "token_endpoint": format!("{issuer}/token"),
                "userinfo_endpoint": format!("{issuer}/userinfo"),
                "jwks_uri": format!("{issuer}/keys"),
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["EdDSA"],
                "code_challenge_methods_supported": ["S256"],
                "authorization_response_iss_parameter_supported": true,
            }),
            keys: json!({"keys": [announced_key(1, "first")]}),
            header: json!({"alg": "EdDSA", "kid": "first", "typ": "JWT"}),
            claims: json!({
                "iss": issuer, "aud": CLIENT, "sub": "1",
                "preferred_username": "ada", "groups": ["deployers"],
            }),
            signed: Signed::By(key(1)),
            answer: json!({"access_token": ACCESS, "token_type": "Bearer", "expires_in": 600}),
            person_info: json!({"sub": "1", "groups": ["deployers"]}),
            status: StatusCode::OK,
        }
    }

    fn token(&self) -> String {
        let encoded = |part: &Value| BASE64_URL_SAFE_NO_PAD.encode(part.to_string());
        let text = format!("{}.{}", encoded(&self.header), encoded(&self.claims));
        let signature = match &self.signed {
            Signed::By(key) | Signed::AfterChange(key) => key.sign(text.as_bytes()).to_vec(),
            Signed::With(secret) => CoreHmacKey::new(*secret)
                .sign(&CoreJwsSigningAlgorithm::HmacSha256, text.as_bytes())
                .unwrap(),
            Signed::Nothing => Vec::new(),
        };
        format!("{text}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
    }
}

async fn announcement(State(words): Shared) -> Json<Value> {
    Json(words.lock().unwrap().announced.clone())
}

async fn keys(State(words): Shared) -> Json<Value> {
    Json(words.lock().unwrap().keys.clone())
}

async fn token(State(words): Shared) -> Response {
    let mut words = words.lock().unwrap();
    if let Signed::AfterChange(_) = words.signed {
        words.keys = json!({"keys": [announced_key(2, "second")]});
    }
    let mut answer = words.answer.clone();
    if answer.is_object() && answer.get("id_token").is_none() {
        answer["id_token"] = words.token().into();
    }
    let answer = match answer {
        Value::String(text) => text,
        answer => answer.to_string(),
    };
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::LOCATION, "/elsewhere"),
    ];
    (words.status, headers, answer).into_response()
}

async fn person_info(State(words): Shared, headers: HeaderMap) -> Response {
    if headers[header::AUTHORIZATION] != format!("Bearer {ACCESS}") {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    Json(words.lock().unwrap().person_info.clone()).into_response()
}
