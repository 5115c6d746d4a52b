//! Tests by a specification's examples, and by many requests, against a real server.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::Json;
use axum::extract::Path;
use axum::routing::post;
use scap_plan::{Passes, SpecificationPlace};
use serde_json::{Value, json};

use super::*;

const SPECIFICATION: &str = r"
openapi: 3.0.1
servers: [{url: /v1}]
paths:
  /double/{number}:
    get:
      x-amples:
        - title: twice two
          request: {params: {number: 2}}
          response: {headers: {content-type: application/json}, body: {result: 4, by: /^sho/}}
  /echo:
    post:
      x-amples:
        - title: what was sent
          request: {body: {cart: [1, 2]}}
          response: {body: {got: {cart: [1, 2]}}}
";

/// Serves a specification and what it speaks of; `/limited` passes five times.
async fn serve_the_specified(last: u8, text: &'static str) -> SocketAddr {
    let left = Arc::new(AtomicU32::new(5));
    let take = move || {
        let taken = left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
            left.checked_sub(1)
        });
        taken.map_or(StatusCode::TOO_MANY_REQUESTS, |_| StatusCode::NO_CONTENT)
    };
    let double = async |Path(number): Path<u32>| Json(json!({"result": number * 2, "by": "shop"}));
    let echo = async |Json(got): Json<Value>| Json(json!({"got": got}));
    let router = Router::new()
        .route("/spec", get(move || async move { text }))
        .route("/v1/double/{number}", get(double))
        .route("/v1/echo", post(echo))
        .route("/limited", get(async move || take()));
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::new(127, 0, 46, last), 0));
    let listener = listener.await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

fn openapi(specification: SpecificationPlace) -> TestKind {
    TestKind::OpenApi {
        specification,
        port: None,
    }
}

fn requests(path: &str, at_least: u32, at_most: u32) -> TestKind {
    TestKind::Requests {
        path: path.to_owned(),
        port: None,
        count: 8,
        side_by_side: 3,
        passes: Passes { at_least, at_most },
    }
}

fn served() -> SpecificationPlace {
    SpecificationPlace::Path("/spec".to_owned())
}

#[tokio::test]
async fn a_specification_is_tested_by_its_examples() {
    let world = World::new(serve_the_specified(1, SPECIFICATION).await);
    let wrong = SPECIFICATION.replace("result: 4", "result: 5");
    std::fs::write(world.folder.path().join("wrong.yaml"), wrong).unwrap();
    let file = |name: &str| openapi(SpecificationPlace::File(name.to_owned()));
    let kinds = vec![openapi(served()), file("wrong.yaml"), file("none.yaml")];
    assert_eq!(
        world.failures(kinds, 0).await,
        [
            "",
            "1 of 2 examples failed; GET /double/{number} (twice two): body.result is 4, not 5",
            "`none.yaml` cannot be read: No such file or directory (os error 2)",
        ]
    );
}

#[tokio::test]
async fn a_specification_without_examples_does_not_pass() {
    let address = serve_the_specified(2, "openapi: 3.0.1\npaths: {}\n").await;
    let world = World::new(address);
    assert_eq!(
        world.failures(vec![openapi(served())], 0).await,
        [
            "the specification has no examples: give operations `x-amples` with a request and a response each"
        ]
    );
    let nowhere = SpecificationPlace::Path("/none".to_owned());
    assert_eq!(
        world.failures(vec![openapi(nowhere)], 0).await,
        [format!("http://{address}/none answered with status 404")]
    );
}

#[tokio::test]
async fn all_requests_together_have_the_tests_time() {
    let specification = "openapi: 3.0.1\npaths: {/hang: {get: {x-amples: [{}, {}]}}}\n";
    let world = World::new(serve(17).await);
    std::fs::write(world.folder.path().join("hang.yaml"), specification).unwrap();
    let file = SpecificationPlace::File("hang.yaml".to_owned());
    let timeout = Period::try_from("100ms".to_owned()).unwrap();
    let tests = [openapi(file), requests("/hang", 8, 8)].map(|kind| Test::new("a", timeout, kind));
    let (plan, checks) = (&world.plan, &world.checks);
    let reports = checks.tests(plan, &tests, &[StepId(0)]).await;
    let failures: Vec<String> = reports.into_iter().filter_map(|it| it.failure).collect();
    // Whether the request or the test is over first, nobody can tell.
    assert!(
        failures[0].ends_with("100ms") || failures[0].ends_with("were over"),
        "{failures:?}"
    );
    assert!(failures[1].starts_with("only "), "{failures:?}");
}

#[tokio::test]
async fn so_many_of_many_requests_must_and_may_pass() {
    let cases = [
        (3, requests("/limited", 5, 5), ""),
        (4, requests("/limited", 0, 5), ""),
        (
            5,
            requests("/limited", 6, 8),
            "5 of 8 requests passed, at least 6 should; the others: 3× status 429",
        ),
        (
            6,
            requests("/limited", 0, 4),
            "5 of 8 requests passed, at most 4 should; the others: 3× status 429",
        ),
        (
            7,
            requests("/spec", 7, 7),
            "8 of 8 requests passed, exactly 7 should",
        ),
    ];
    for (last, kind, expected) in cases {
        let world = World::new(serve_the_specified(last, "{}").await);
        assert_eq!(world.failures(vec![kind], 0).await, [expected]);
    }
}
