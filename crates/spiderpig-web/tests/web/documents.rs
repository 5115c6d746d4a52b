//! Documents: which path is which, who asks, and what is said when there is none.

use crate::house::House;
use crate::runner::{Behaviour, LINES};
use serde_json::json;
use spiderpig_protocol::{ProblemKind, Verb};
use spiderpig_web::Limits;
use std::time::Duration;

#[tokio::test]
async fn a_path_is_the_document_of_that_name() {
    for (path, document) in [
        ("/api/me", "me"),
        ("/api/home", "home"),
        ("/api/admin", "admin"),
        ("/api/runs/7", "runs/7"),
        (
            "/api/runs?search=shop+ada&before=12",
            "runs?search=shop+ada&before=12",
        ),
        ("/api/services/shop", "services/shop"),
        ("/api/services/z%C3%BCrich", "services/zürich"),
        ("/api/services?search=sho", "services?search=sho"),
        ("/api/audit?search=", "audit"),
    ] {
        let house = House::new(Behaviour::Answers).await;
        let answer = house.get(path).session("t").send().await;
        assert_eq!(answer.json(), json!({"path": document, "lines": LINES}));
        let question = house.question();
        assert_eq!(question.token.as_deref(), Some("t"), "{path}");
        assert!(matches!(question.verb, Verb::Read { .. }), "{path}");
    }
}

#[tokio::test]
async fn what_is_no_document_is_not_asked_for() {
    let house = House::new(Behaviour::Answers).await;
    for (path, status) in [
        ("/api", 404),
        ("/api/", 404),
        ("/api/nothing", 404),
        ("/api/runs/-1", 404),
        ("/api/runs/7/other", 404),
        ("/api/services/..%2Fme", 404),
        ("/api/services/%2e%2e", 404),
        ("/api/runs%3Fsearch=x", 404),
        ("/api/services/%00", 404),
        ("/api/me?search=x", 400),
        ("/api/runs?before=x", 400),
    ] {
        let answer = house.get(path).send().await;
        assert_eq!(answer.status, status, "{path}");
        assert!(["not_found", "invalid"].contains(&answer.problem().as_str()));
    }
    assert!(house.questions().is_empty());
}

#[tokio::test]
async fn what_the_runner_refuses_has_the_status_of_its_kind() {
    for (kind, status) in [
        (ProblemKind::SignedOut, 401),
        (ProblemKind::SecondFactorNeeded, 403),
        (ProblemKind::NotFound, 404),
        (ProblemKind::Refused, 409),
        (ProblemKind::Unavailable, 503),
        (ProblemKind::Defect, 500),
    ] {
        let house = House::new(Behaviour::HasProblem(kind)).await;
        let answer = house.get("/api/home").session("t").send().await;
        assert_eq!(answer.status, status);
        assert_eq!(answer.json()["message"], "said by the runner");
        assert_eq!(answer.json()["hints"], json!(["said by it too"]));
        let forgets = answer.cookies();
        assert_eq!(!forgets.is_empty(), kind == ProblemKind::SignedOut);
        if let [forget] = forgets[..] {
            assert!(forget.starts_with("__Host-spiderpig=;"), "{forget}");
            assert!(forget.contains("Max-Age=0"), "{forget}");
        }
    }
}

#[tokio::test]
async fn without_a_runner_a_person_is_told_what_to_do() {
    let house = House::with(Behaviour::Answers, Limits::default(), |settings| {
        settings.socket = settings.socket.with_file_name("nothing.sock");
    });
    let house = house.await;
    let answer = house.get("/api/home").send().await;
    assert_eq!(answer.status, 503);
    assert_eq!(
        answer.json(),
        json!({
            "kind": "unavailable",
            "message": "the runner does not answer the web process",
            "causes": ["`web.sock`: entity not found"],
            "hints": [
                "`systemctl status scap-runner` on the deploy host",
                "running deployments go on when it is back",
            ],
        })
    );
    assert_eq!(house.get("/api/health").send().await.status, 503);
    assert_eq!(house.get("/").send().await.status, 200, "the page is there");
}

#[tokio::test]
async fn health_is_that_the_runner_answers() {
    let house = House::new(Behaviour::Answers).await;
    let answer = house.get("/api/health").send().await;
    assert_eq!((answer.status, answer.text()), (200, "{}"));
    assert!(house.questions().is_empty(), "nothing is asked for it");
}

#[tokio::test]
async fn a_question_is_never_asked_twice() {
    let quick = Limits {
        answer: Duration::from_millis(200),
        ..Limits::default()
    };
    for (behaviour, status) in [
        (Behaviour::Dies, 503),
        (Behaviour::IsSilent, 503),
        (Behaviour::Babbles, 500),
        (Behaviour::HasProblem(ProblemKind::Unavailable), 503),
    ] {
        let house = House::with(behaviour.clone(), quick, |_| {}).await;
        let answer = house.post("/api/runs", r#"{"digest":"d","reason":null}"#);
        let answer = answer.send().await;
        assert_eq!(answer.status, status, "{behaviour:?}");
        let told = answer.text();
        assert!(!told.contains('/') && !told.contains("serde"), "{told}");
        house.question();
    }
}

#[tokio::test]
async fn two_sessions_are_none() {
    let house = House::new(Behaviour::Answers).await;
    let answer = house.get("/api/me").session("a").session("b").send().await;
    assert_eq!(
        (answer.status, answer.problem().as_str()),
        (401, "signed_out")
    );
    let post = house.post("/api/admin/thaw", r#"{"reason":"r"}"#);
    let answer = post.add("cookie", "__Host-spiderpig=a; __Host-spiderpig=a");
    assert_eq!(answer.send().await.status, 401);
    assert!(house.questions().is_empty());
}

#[tokio::test]
async fn the_runner_is_told_where_a_browser_is_as_far_as_that_is_known() {
    let believed = |settings: &mut spiderpig_web::Settings| {
        settings.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
    };
    let limits = Limits::default();
    for (house, address) in [
        (House::new(Behaviour::Answers).await, "127.0.0.1"),
        (
            House::with(Behaviour::Answers, limits, believed).await,
            "203.0.113.9",
        ),
    ] {
        let request = house.get("/api/me").set("user-agent", "Firefox\t128");
        let request = request.add("x-forwarded-for", "198.51.100.1, 203.0.113.9");
        request.send().await;
        let client = house.question().client;
        assert_eq!(client.address.unwrap().to_string(), address);
        assert_eq!(client.device, "Firefox128");
    }
}

#[tokio::test]
async fn a_log_is_a_file_with_every_line_that_there_is() {
    let house = House::new(Behaviour::Answers).await;
    let answer = house.get("/api/runs/7/log.txt").session("t").send().await;
    let name = answer.header("content-disposition");
    assert_eq!(name, "attachment; filename=\"run-7.txt\"");
    assert_eq!(answer.header("content-type"), "text/plain; charset=utf-8");
    let lines: Vec<&str> = answer.text().lines().collect();
    assert_eq!(lines.len(), LINES);
    assert_eq!((lines[0], lines[LINES - 1]), ("line 0", "line 2499"));
    for question in house.questions() {
        assert_eq!(question.token.as_deref(), Some("t"));
    }
}

#[tokio::test]
async fn a_log_that_breaks_off_is_no_whole_file() {
    use http_body_util::BodyExt as _;
    let house = House::new(Behaviour::BreaksOff).await;
    let (_, body) = house.get("/api/runs/7/log.txt").open().await.into_parts();
    assert!(body.collect().await.is_err());
    for path in [
        "/api/runs/x/log.txt",
        "/api/runs/-7/log.txt",
        "/api/runs/..%2F7/log.txt",
    ] {
        assert_eq!(house.get(path).send().await.status, 400, "{path}");
    }
}
