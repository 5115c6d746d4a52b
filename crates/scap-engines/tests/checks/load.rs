//! Requests of scap's own, to a real server.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use axum::extract::Request;
use scap_plan::{Load, LoadSource};
use scap_run::Severity;
use tokio::sync::Notify;

use super::*;

const ENOUGH: u64 = 12;
const SPECIFICATION: &str = r"openapi: 3.0.1
paths:
  /cart: {get: {x-amples: [{request: {query: {item: 7}}}]}, delete: {x-amples: [{}]}}
  /page: {get: {x-amples: [{}]}}
";
const SMOKE: &str = "http://shop.example:
  - {path: /cart, method: POST, json_body: {item: 7}}
  - {path: /page, request_headers: {X-Who: scap}}
";

/// What the server was asked, and how often.
#[derive(Default)]
struct Asked {
    counts: Mutex<BTreeMap<String, u64>>,
    enough: Notify,
}

async fn serve_and_count(last: u8, asked: Arc<Asked>) -> SocketAddr {
    let handler = move |request: Request| async move {
        let mut counts = asked.counts.lock().unwrap();
        let what = format!("{} {}", request.method(), request.uri());
        *counts.entry(what).or_default() += 1;
        if counts.values().sum::<u64>() == ENOUGH {
            asked.enough.notify_one();
        }
        "fine"
    };
    let router = Router::new().fallback(handler);
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::new(127, 0, 47, last), 0));
    let listener = listener.await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

fn load(source: LoadSource) -> Load {
    Load {
        source,
        port: None,
        requests_per_second: 50,
        always: false,
        r#unsafe: false,
    }
}

/// What the host is asked until it was enough.
async fn asked(last: u8, load: &Load) -> Vec<String> {
    let asked = Arc::new(Asked::default());
    let world = World::new(serve_and_count(last, Arc::clone(&asked)).await);
    for (name, text) in [("spec.yaml", SPECIFICATION), ("smoke.yaml", SMOKE)] {
        std::fs::write(world.folder.path().join(name), text).unwrap();
    }
    let answered = AtomicU64::new(0);
    let steps = [StepId(0)];
    let sending = world.checks.load(&world.plan, load, &steps, &answered);
    tokio::select! {
        () = sending => panic!("it came to an end"),
        () = asked.enough.notified() => {}
    }
    // The last answers may be on their way.
    let answered = answered.load(Ordering::Relaxed);
    assert!((1..=ENOUGH).contains(&answered), "{answered}");
    let counts = asked.counts.lock().unwrap();
    counts.keys().cloned().collect()
}

#[tokio::test]
async fn requests_that_change_nothing_are_sent_to_the_host() {
    let path = load(LoadSource::Path("/page?x=1".to_owned()));
    assert_eq!(asked(1, &path).await, ["GET /page?x=1"]);
    let examples = load(LoadSource::OpenApi("spec.yaml".to_owned()));
    assert_eq!(asked(2, &examples).await, ["GET /cart?item=7", "GET /page"]);
    let smoke = load(LoadSource::Httpbb("smoke.yaml".to_owned()));
    assert_eq!(asked(3, &smoke).await, ["GET /page"]);
}

#[tokio::test]
async fn others_are_sent_where_that_is_declared() {
    let with = |source| Load {
        r#unsafe: true,
        ..load(source)
    };
    let examples = with(LoadSource::OpenApi("spec.yaml".to_owned()));
    let all = ["DELETE /cart", "GET /cart?item=7", "GET /page"];
    assert_eq!(asked(4, &examples).await, all);
    let smoke = with(LoadSource::Httpbb("smoke.yaml".to_owned()));
    assert_eq!(asked(5, &smoke).await, ["GET /page", "POST /cart"]);
}

#[tokio::test]
async fn what_cannot_be_sent_is_found_before_anything_is_changed() {
    let mut world = World::new(serve(40).await);
    let write = |name: &str, text: &str| {
        std::fs::write(world.folder.path().join(name), text).unwrap();
    };
    write(
        "smoke.yaml",
        "http://shop.example:\n  - {path: /, method: POST}\n",
    );
    write("wrong.yaml", "http://shop.example:\n  - {pth: /}\n");
    write("spec.yaml", "openapi: 3.0.1\npaths: {}\n");
    let cases = [
        (LoadSource::Path("/".to_owned()), ""),
        (
            LoadSource::OpenApi("spec.yaml".to_owned()),
            "the requests of `load` cannot be sent: the specification has no examples",
        ),
        (
            LoadSource::OpenApi("none.yaml".to_owned()),
            "the requests of `load` cannot be sent: `none.yaml` cannot be read",
        ),
        (
            LoadSource::Httpbb("smoke.yaml".to_owned()),
            "the requests of `load` cannot be sent: all of them may change something",
        ),
        (
            LoadSource::Httpbb("wrong.yaml".to_owned()),
            "the requests of `load` cannot be sent: wrong.yaml:2: path of entry 1 of base URL http://shop.example",
        ),
    ];
    for (source, expected) in cases {
        let gate = Gate::Evidence(Evidence {
            counters: counters("/metrics"),
            canary: vec![StepId(0)],
            control: Vec::new(),
            watch: None,
            ordinary: Ordinary::default(),
            load: Some(load(source)),
        });
        world.plan.waves = vec![Wave {
            name: "canary".to_owned(),
            steps: vec![StepId(0)],
            gates: vec![gate],
        }];
        let findings = world.checks.preflight(&world.plan).await.into_iter();
        let errors = findings.filter(|finding| finding.severity == Severity::Error);
        let errors: Vec<String> = errors.map(|finding| finding.message).collect();
        let said = errors.join("; ");
        assert!(said.starts_with(expected), "{said}");
        assert_eq!(said.is_empty(), expected.is_empty(), "{said}");
    }
}
