//! Questions to a registry of this process: good answers, log-ins, and answers that lead astray.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::HashMap;
use std::net::SocketAddr;

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use scap_engines::sources::registry::{Images, Presence, Registry, RegistryError};
use scap_plan::{Plan, RegistryMirrors};
use scap_run::{Inspect, Severity};
use serde_json::json;

const DIGEST: &str = "sha256:00ff";

/// Answers for the repositories `open/app`, `closed/app` (with a token), `private/app` (with a log-in) and some that lie.
async fn serve() -> SocketAddr {
    let router = Router::new()
        .route("/v2/{team}/app/tags/list", get(tags))
        .route("/v2/{team}/app/manifests/{version}", get(manifest))
        .route("/token", get(token));
    let listener = tokio::net::TcpListener::bind("127.0.43.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router.with_state(address)).await });
    address
}

fn refusal(address: SocketAddr, team: &str) -> Option<Response> {
    let challenge = match team {
        "closed" => format!(
            "Bearer realm=\"http://{address}/token?a=b\",service=\"the registry\",scope=\"x\""
        ),
        "private" => "Basic realm=\"registry\"".to_owned(),
        "guarded" => format!("Bearer realm=\"http://{address}/nowhere\""),
        "odd" => "Bearer realm=\"file:///etc/passwd\"".to_owned(),
        _ => return None,
    };
    Some(
        (
            StatusCode::UNAUTHORIZED,
            [(header::WWW_AUTHENTICATE, challenge)],
        )
            .into_response(),
    )
}

fn refused(address: SocketAddr, team: &str, headers: &HeaderMap) -> Option<Response> {
    let has_token = headers
        .get(header::AUTHORIZATION)
        .is_some_and(|value| value == "Bearer secret");
    refusal(address, team).filter(|_| !has_token)
}

async fn token(Query(query): Query<HashMap<String, String>>) -> Response {
    let wanted = [
        ("a", "b"),
        ("service", "the registry"),
        ("scope", "repository:closed/app:pull"),
    ];
    if wanted
        .iter()
        .all(|(name, value)| query.get(*name).is_some_and(|it| it == value))
    {
        json!({ "token": "secret" }).to_string().into_response()
    } else {
        StatusCode::BAD_REQUEST.into_response()
    }
}

async fn tags(
    State(address): State<SocketAddr>,
    Path(team): Path<String>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> Response {
    if let Some(response) = refused(address, &team, &headers) {
        return response;
    }
    let page = |tags: &[&str], next: &str| {
        let link = format!("<{next}>; rel=\"next\"");
        (
            [(header::LINK, link)],
            json!({ "name": "app", "tags": tags }).to_string(),
        )
            .into_response()
    };
    match (team.as_str(), query.get("last").map(String::as_str)) {
        ("open" | "closed", None) => page(
            &["one", "two"],
            &format!("/v2/{team}/app/tags/list?n=2&last=two"),
        ),
        ("open" | "closed", Some("two")) => json!({ "name": "app", "tags": ["three"] })
            .to_string()
            .into_response(),
        ("circle", _) => page(&["one"], "/v2/circle/app/tags/list?last=one"),
        ("astray", _) => page(&["one"], "http://127.0.43.2:1/v2/app/tags/list"),
        ("empty", _) => json!({ "name": "app", "tags": null })
            .to_string()
            .into_response(),
        ("large", _) => "x".repeat(5 << 20).into_response(),
        ("page", _) => "<html>".into_response(),
        ("ill", _) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        ("moved", _) => (
            StatusCode::FOUND,
            [(header::LOCATION, "/v2/open/app/tags/list")],
        )
            .into_response(),
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn manifest(
    State(address): State<SocketAddr>,
    Path((team, version)): Path<(String, String)>,
    method: Method,
    headers: HeaderMap,
) -> Response {
    if let Some(response) = refused(address, &team, &headers) {
        return response;
    }
    let accept = headers[header::ACCEPT].to_str().unwrap();
    let kinds = [
        "oci.image.index",
        "oci.image.manifest",
        "docker.distribution.manifest.list",
        "docker.distribution.manifest.v2",
    ];
    if method != Method::HEAD || !kinds.iter().all(|kind| accept.contains(kind)) {
        return StatusCode::BAD_REQUEST.into_response();
    }
    match version.as_str() {
        "one" | DIGEST | "latest" => [("Docker-Content-Digest", DIGEST)].into_response(),
        "ill" => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

/// A registry at `address` that is known to speak plain HTTP.
fn registry(address: SocketAddr) -> Registry {
    let mirror = (address.to_string(), format!("http://{address}"));
    Registry::new([mirror].into()).unwrap()
}

#[tokio::test]
async fn all_pages_of_tags_are_read_with_and_without_a_token() {
    let address = serve().await;
    for team in ["open", "closed"] {
        let tags = registry(address)
            .tags(&format!("{address}/{team}/app"))
            .await;
        assert_eq!(tags.unwrap(), ["one", "two", "three"], "{team}");
    }
    for team in ["empty", "nothing"] {
        let tags = registry(address)
            .tags(&format!("{address}/{team}/app"))
            .await;
        assert_eq!(tags.unwrap(), [""; 0], "{team}");
    }
}

#[tokio::test]
async fn an_image_is_there_or_not() {
    let address = serve().await;
    let there = Presence::Present {
        digest: Some(DIGEST.to_owned()),
    };
    for (image, expected) in [
        ("open/app:one", &there),
        ("open/app", &there),
        ("open/app@sha256:00ff", &there),
        ("closed/app:one", &there),
        ("open/app:two", &Presence::Absent),
        ("closed/app:two", &Presence::Absent),
    ] {
        let seen = registry(address)
            .image_exists(&format!("{address}/{image}"))
            .await;
        assert_eq!(&seen.unwrap(), expected, "{image}");
    }
}

#[tokio::test]
async fn what_no_answer_can_be_had_from_is_an_error_and_never_an_absence() {
    let address = serve().await;
    let registry = registry(address);
    for (image, expected) in [
        ("open/app:ill", "answered with status 500"),
        ("private/app:one", "asks for a log-in"),
        (
            "guarded/app:one",
            "nowhere?scope=repository%3Aguarded%2Fapp%3Apull` answered with status 404",
        ),
        (
            "odd/app:one",
            "something else than where a token is to be had",
        ),
    ] {
        let error = registry
            .image_exists(&format!("{address}/{image}"))
            .await
            .unwrap_err();
        assert!(error.to_string().contains(expected), "{image}: {error}");
    }
    let not_named = registry.image_exists("app:one").await;
    assert!(
        matches!(not_named, Err(RegistryError::NotAnImage(_))),
        "{not_named:?}"
    );
}

#[tokio::test]
async fn answers_that_lead_astray_are_refused() {
    let address = serve().await;
    for (team, expected) in [
        ("circle", "has more than 200 pages of tags"),
        (
            "astray",
            "leads to `http://127.0.43.2:1/v2/app/tags/list`, which is not asked",
        ),
        ("large", "answered with more than 4194304 bytes"),
        ("page", "answered with something else than a list of tags"),
        ("ill", "answered with status 500"),
        ("moved", "answered with status 302"),
    ] {
        let error = registry(address)
            .tags(&format!("{address}/{team}/app"))
            .await
            .unwrap_err();
        assert!(error.to_string().contains(expected), "{team}: {error}");
    }
}

#[tokio::test]
async fn plain_http_is_spoken_only_where_that_is_allowed() {
    let address = serve().await;
    let registry = Registry::new(RegistryMirrors::new()).unwrap();
    let error = registry
        .image_exists(&format!("{address}/open/app:one"))
        .await
        .unwrap_err();
    assert!(
        matches!(error, RegistryError::Unanswered { .. }),
        "{error:?}"
    );
}

/// A plan of one release that brings `images`, where `running` runs already.
fn plan(images: &[String], running: &str) -> Plan {
    let step = json!({
        "kind": "release", "environment_type": "PRODUCTION", "stage": "CANARY", "environment": "eqiad",
        "canonical_environment": "eqiad", "datacenter": "eqiad", "namespace": "shop", "release": "main",
        "directory": "services/shop", "reason": "a test", "rendering": {"snapshot": "a", "namespace": "shop",
            "chart": "shop-1", "images": images, "manifest_digest": "a"},
        "before": {"kind": "release", "status": "deployed", "revision": 1, "deployed_revision": 1, "chart": "shop-1",
            "images": [running], "manifest_digest": "b"},
    });
    let plan = json!({"service": "shop", "cluster_group": null, "primary_datacenter": null, "steps": [step],
        "waves": [], "policy": {"rollback": "automatic", "concurrency": 1, "question_deadline": "1m"}, "links": {}});
    serde_json::from_value(plan).unwrap()
}

#[tokio::test]
async fn preflight_finds_images_that_are_not_there_and_registries_that_do_not_say() {
    let address = serve().await;
    let host = "docker-registry.example";
    let mirrors =
        [host, "closed.example"].map(|host| (host.to_owned(), format!("http://{address}")));
    let images = Images::new(mirrors.into());
    let wanted = [
        format!("{host}/open/app:one"),
        format!("{host}/open/app:missing"),
        format!("{host}/nothing/app:1"),
        format!("{host}/open/app:that-runs"),
        "closed.example/private/app:one".to_owned(),
        "closed.example/private/app:two".to_owned(),
        "registry.invalid/open/app:one".to_owned(),
        "app:one".to_owned(),
    ];
    let plan = plan(&wanted, &wanted[3]);
    let findings = images.preflight(&plan).await;
    let said: Vec<(Severity, &str)> = findings
        .iter()
        .map(|finding| (finding.severity, finding.message.as_str()))
        .collect();
    let is_said = |severity: Severity, begin: &str| {
        let mut said = said.iter();
        said.any(|(known, message)| *known == severity && message.starts_with(begin))
    };
    let step = "main in eqiad (shop)";
    for missing in [&wanted[1], &wanted[2]] {
        let message = format!("there is no image `{missing}` for {step}");
        assert!(is_said(Severity::Error, &message), "{missing}: {said:?}");
    }
    for unknown in ["closed.example", "registry.invalid", "app:one"] {
        let message = format!("cannot tell whether `{unknown}` has the images of this plan: ");
        assert!(is_said(Severity::Warning, &message), "{unknown}: {said:?}");
    }
    assert_eq!(said.len(), 5, "{said:?}");
    let hints: Vec<&str> = findings
        .iter()
        .filter_map(|finding| finding.hint.as_deref())
        .collect();
    assert!(
        hints.contains(&"the newest tags there are two, three, one"),
        "{hints:?}"
    );
    let nothing = format!("`{host}/nothing/app` has no tags: see that its name is right");
    assert!(hints.contains(&nothing.as_str()), "{hints:?}");
}
