//! On what terms tests run: in which order, how often, and what quarantine excuses.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use scap_plan::{Quarantine, Scope};

use super::*;

/// Serves `/`, which answers with 503 as often as that, and counts the requests.
async fn serve_after(last: u8, failures: u32) -> (SocketAddr, Arc<AtomicU32>) {
    let asked = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&asked);
    let answer = async move || match count.fetch_add(1, Ordering::SeqCst) {
        before if before < failures => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::OK,
    };
    let router = Router::new().route("/", get(answer));
    let address = Ipv4Addr::new(127, 0, 45, last);
    let listener = tokio::net::TcpListener::bind((address, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    (address, asked)
}

fn home() -> Test {
    Test::new("home", Period::from_secs(5), http("/", 200, None))
}

async fn report_of(world: &World, test: Test) -> TestReport {
    let reports = world.checks.tests(&world.plan, &[test], &[StepId(0)]).await;
    let [report] = reports.try_into().expect("one test on one host");
    report
}

#[tokio::test]
async fn what_failed_is_tried_again_until_it_passes_or_the_retries_are_used_up() {
    for (last, failures, retries, expected) in [(1, 2, 3, (true, 2)), (2, 9, 1, (false, 1))] {
        let (address, asked) = serve_after(last, failures).await;
        let test = Test { retries, ..home() };
        let report = report_of(&World::new(address), test).await;
        assert_eq!((report.failure.is_none(), report.retries), expected);
        assert_eq!(asked.load(Ordering::SeqCst), expected.1 + 1);
    }
}

#[tokio::test]
async fn a_quarantine_excuses_failures_until_its_last_day_is_over() {
    let (address, _) = serve_after(3, u32::MAX).await;
    let world = World::new(address);
    let down = format!("http://{address}/ answered with status 503, not 200");
    let cases = [
        (None, false, down.clone()),
        (Some("9999-12-31"), false, down.clone()),
        (
            Some("2001-01-01"),
            true,
            format!("{down}; its quarantine ended on 2001-01-01 (flaky)"),
        ),
    ];
    for (until, blocks, expected) in cases {
        let quarantine = Quarantine {
            reason: "flaky".to_owned(),
            until: until.map(|day| day.to_owned().try_into().unwrap()),
        };
        let test = Test {
            quarantine: Some(quarantine),
            ..home()
        };
        let report = report_of(&world, test).await;
        assert_eq!(report.blocks(), blocks, "{report:?}");
        assert_eq!(report.failure, Some(expected));
    }
}

#[tokio::test]
async fn a_test_begins_when_those_are_through_that_it_is_after() {
    let world = World::new(serve(15).await);
    let script = |name: &str, body: &str| {
        let path = world.folder.path().join(name);
        std::fs::write(&path, format!("#!/bin/sh\n{body}\n")).unwrap();
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(&path, mode).unwrap();
        let kind = command(&[&format!("./{name}")]);
        Test::new(name, Period::from_secs(60), kind)
    };
    let fifo = world.folder.path().join("fifo");
    // Those of the first round need each other, and fail; the second finds what they have left.
    let reader = script("reader", "mkfifo fifo; read line < fifo; exit 1");
    let writer = script(
        "writer",
        "until [ -p fifo ]; do :; done; echo x > fifo; exit 1",
    );
    let last = Test {
        after: vec!["reader".to_owned(), "writer".to_owned()],
        ..script("last", "rm fifo")
    };
    let tests = [last, writer, reader];
    let reports = world.checks.tests(&world.plan, &tests, &[StepId(0)]).await;
    let told: Vec<_> = reports
        .iter()
        .map(|report| (report.test.as_str(), report.failure.is_none()))
        .collect();
    assert_eq!(
        told,
        [("last", true), ("writer", false), ("reader", false)],
        "{reports:?}"
    );
    assert!(!fifo.exists());
}

#[tokio::test]
async fn a_test_is_for_the_releases_of_its_scope_only() {
    let world = World::new(serve(16).await);
    let scope = |environment: &str| Scope {
        environments: vec![name(environment)],
        ..Scope::default()
    };
    let both = [StepId(0), StepId(1)];
    for (environment, instances) in [("eqiad", 1), ("codfw", 0)] {
        let test = Test {
            scope: scope(environment),
            ..home()
        };
        let reports = world.checks.tests(&world.plan, &[test], &both).await;
        assert_eq!(reports.len(), instances, "{reports:?}");
    }
}
