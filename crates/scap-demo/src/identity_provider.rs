//! A small provider of `OpenID Connect` for the demo and for tests: whoever presses a button is the person on it.

mod grants;
mod page;
mod people;
mod request;
mod tokens;

use self::grants::Grants;
use self::people::Person;
use self::request::{Asked, Chosen, Redeemed};
use self::tokens::{Key, KeyError};
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Json, Router};
use openidconnect::url::Url;
use serde_json::{Value, json};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpListener;

/// Who may ask: a public client, which shows by PKCE that a code is its own.
#[derive(Debug, Clone)]
pub struct Client {
    pub id: String,
    /// The only address that people are sent back to.
    pub callback: String,
}

/// Why nobody can sign in.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    #[error("`{0}` is not on this machine, and who comes here needs no password")]
    Exposed(SocketAddr),
    #[error("there is no key to sign with")]
    Key(#[from] KeyError),
    #[error("`{0}` is no address")]
    Callback(String),
    #[error("cannot serve")]
    Serve(#[source] io::Error),
}

struct Provider {
    issuer: String,
    client: Client,
    callback: Url,
    key: Key,
    grants: Grants,
}

type Shared = State<Arc<Provider>>;

/// Serves until it is dropped; `issuer` is what browsers and the client call it, without a slash at its end.
pub async fn serve(
    listener: TcpListener,
    issuer: &str,
    client: Client,
) -> Result<(), IdentityError> {
    let address = listener.local_addr().map_err(IdentityError::Serve)?;
    if !address.ip().is_loopback() {
        return Err(IdentityError::Exposed(address));
    }
    let callback = Url::parse(&client.callback);
    let provider = Provider {
        issuer: issuer.to_owned(),
        callback: callback.map_err(|_| IdentityError::Callback(client.callback.clone()))?,
        client,
        key: Key::new()?,
        grants: Grants::default(),
    };
    let serving = axum::serve(listener, router(Arc::new(provider)));
    serving.await.map_err(IdentityError::Serve)
}

fn router(provider: Arc<Provider>) -> Router {
    Router::new()
        .route("/.well-known/openid-configuration", get(announcement))
        .route("/keys", get(keys))
        .route("/authorize", get(ask).post(choose))
        .route("/token", post(token))
        .route("/userinfo", get(person_info))
        .with_state(provider)
}

async fn announcement(State(provider): Shared) -> Json<Value> {
    let issuer = &provider.issuer;
    Json(json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "userinfo_endpoint": format!("{issuer}/userinfo"),
        "jwks_uri": format!("{issuer}/keys"),
        "response_types_supported": ["code"],
        "grant_types_supported": ["authorization_code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["EdDSA"],
        "token_endpoint_auth_methods_supported": ["none"],
        "code_challenge_methods_supported": ["S256"],
        "scopes_supported": ["openid", "profile", "groups"],
        "claims_supported": ["sub", "preferred_username", "groups"],
        "authorization_response_iss_parameter_supported": true,
    }))
}

async fn keys(State(provider): Shared) -> Response {
    Json(provider.key.announced()).into_response()
}

async fn ask(State(provider): Shared, Query(asked): Query<Asked>) -> Response {
    match asked.check(&provider.client) {
        Ok(()) => page::question(&asked),
        Err(fault) => page::refusal(fault),
    }
}

async fn choose(State(provider): Shared, Form(chosen): Form<Chosen>) -> Response {
    if let Err(fault) = chosen.asked.check(&provider.client) {
        return page::refusal(fault);
    }
    let Some(person) = people::find(&chosen.person) else {
        return page::refusal("There is nobody of that name.");
    };
    let code = provider.grants.grant(person, &chosen.asked);
    let mut back = provider.callback.clone();
    back.query_pairs_mut()
        .append_pair("code", &code)
        .append_pair("state", &chosen.asked.state)
        .append_pair("iss", &provider.issuer);
    Redirect::to(back.as_str()).into_response()
}

async fn token(State(provider): Shared, Form(redeemed): Form<Redeemed>) -> Response {
    let grant = match redeemed.check(&provider.client) {
        Ok(()) => provider.grants.redeem(&redeemed),
        Err(reason) => return refused(reason),
    };
    let Some(grant) = grant else {
        return refused("invalid_grant");
    };
    let Ok(token) = provider
        .key
        .token(&provider.issuer, &provider.client.id, &grant)
    else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let access = provider.grants.access(grant.person);
    Json(json!({
        "access_token": access,
        "token_type": "Bearer",
        "expires_in": grants::LONGEST_ACCESS.as_secs(),
        "id_token": token,
    }))
    .into_response()
}

async fn person_info(State(provider): Shared, headers: HeaderMap) -> Response {
    let header = headers.get(header::AUTHORIZATION);
    let token = header.and_then(|it| it.to_str().ok()?.strip_prefix("Bearer "));
    match token.and_then(|token| provider.grants.person(token)) {
        Some(Person { name, groups }) => {
            Json(json!({"sub": name, "preferred_username": name, "groups": groups})).into_response()
        }
        None => StatusCode::UNAUTHORIZED.into_response(),
    }
}

fn refused(reason: &str) -> Response {
    (StatusCode::BAD_REQUEST, Json(json!({"error": reason}))).into_response()
}
