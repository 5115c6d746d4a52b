//! Requests that other sites make a browser send, or that name another host.

use crate::house::{HOST, House, ORIGIN};
use crate::runner::Behaviour;

/// Headers in place of the page's, and the status that follows.
type Case = (&'static [(&'static str, &'static str)], u16);

#[tokio::test]
async fn only_our_host_is_answered_whatever_a_proxy_is_said_to_have_seen() {
    let house = House::new(Behaviour::Answers).await;
    let cases: [Case; 8] = [
        (&[], 200),
        (&[("host", "SpiderPig.example.org:443")], 200),
        (&[("host", "evil.example")], 421),
        (&[("host", "127.0.0.1")], 421),
        (&[("host", "spiderpig.example.org:80")], 421),
        (&[("host", "spiderpig.example.org.evil.example")], 421),
        (&[("host", "evil.example"), ("x-forwarded-host", HOST)], 421),
        (&[("x-forwarded-host", "evil.example")], 200),
    ];
    for path in ["/", "/api/me", "/icon.svg"] {
        for (headers, expected) in cases {
            let mut request = house.get(path);
            for (name, value) in headers {
                request = request.set(name, value);
            }
            let answer = request.send().await;
            assert_eq!(answer.status, expected, "{path} {headers:?}");
        }
        let twice = house.get(path).add("host", "evil.example").send().await;
        assert_eq!(twice.status, 400, "{path}: two hosts");
        let elsewhere = format!("http://evil.example{path}");
        assert_eq!(house.get(&elsewhere).send().await.status, 421);
    }
}

#[tokio::test]
async fn another_site_can_post_nothing() {
    let house = House::new(Behaviour::Answers).await;
    let cases: [Case; 14] = [
        (&[("origin", "")], 403),
        (&[("origin", "null")], 403),
        (&[("origin", "https://evil.example")], 403),
        (&[("origin", "http://spiderpig.example.org")], 403),
        (&[("origin", "https://spiderpig.example.org:8443")], 403),
        (
            &[("origin", "https://spiderpig.example.org.evil.example")],
            403,
        ),
        (&[("sec-fetch-site", "cross-site")], 403),
        (&[("sec-fetch-site", "same-site")], 403),
        (&[("sec-fetch-site", "none")], 403),
        (&[("content-type", "")], 403),
        (&[("content-type", "text/plain")], 403),
        (
            &[("content-type", "application/x-www-form-urlencoded")],
            403,
        ),
        (&[("content-type", "text/plain; application/json")], 403),
        (
            &[(
                "content-type",
                "multipart/form-data; boundary=application/json",
            )],
            403,
        ),
    ];
    let posts = [
        ("/api/sign-in/factor", r#"{"proof":{"totp":"123456"}}"#),
        ("/api/challenges", "{}"),
        ("/api/passkeys", "{}"),
        (
            "/api/passkeys/finish",
            r#"{"name":"laptop","credential":{}}"#,
        ),
        ("/api/plans", r#"{"rollback":7}"#),
        ("/api/runs", r#"{"digest":"d","reason":null}"#),
        ("/api/runs/7/requests", r#"{"request":"resume"}"#),
        ("/api/admin/thaw", r#"{"reason":"r"}"#),
        ("/api/me/log-out", r#"{"session":null}"#),
    ];
    for (path, body) in posts {
        for (headers, expected) in cases {
            let mut request = house.post(path, body).session("t");
            for (name, value) in headers {
                request = request.set(name, value);
            }
            let answer = request.send().await;
            assert_eq!(answer.status, expected, "{path} {headers:?}");
            assert_eq!(answer.problem(), "forbidden", "{path} {headers:?}");
        }
        let twice = house.post(path, body).add("origin", ORIGIN).send().await;
        assert_eq!(twice.status, 400, "{path}: two origins");
    }
    assert!(house.questions().is_empty(), "the runner was asked");
    for (path, body) in posts {
        assert_eq!(house.post(path, body).send().await.status, 200, "{path}");
        let old = house.post(path, body).set("sec-fetch-site", "");
        assert_eq!(old.send().await.status, 200, "{path} of an old browser");
    }
}

#[tokio::test]
async fn another_site_can_read_nothing() {
    let house = House::new(Behaviour::Answers).await;
    let cases: [Case; 8] = [
        (&[], 200),
        (&[("sec-fetch-site", "same-origin")], 200),
        (&[("sec-fetch-site", "none")], 200),
        (&[("sec-fetch-site", "same-site")], 403),
        (&[("sec-fetch-site", "cross-site")], 403),
        (&[("sec-fetch-site", "anything")], 403),
        (&[("origin", "https://evil.example")], 403),
        (&[("origin", "null")], 403),
    ];
    for path in ["/api/me", "/api/runs/7", "/api/runs/7/log.txt"] {
        for (headers, expected) in cases {
            let mut request = house.get(path).session("t");
            for (name, value) in headers {
                request = request.set(name, value);
            }
            let answer = request.send().await;
            assert_eq!(answer.status, expected, "{path} {headers:?}");
            assert_eq!(answer.header("access-control-allow-origin"), "");
        }
    }
    let preflight = house.get("/api/runs").method("OPTIONS");
    let preflight = preflight.set("origin", "https://evil.example").send().await;
    assert_eq!(preflight.status, 403);
    assert_eq!(preflight.header("access-control-allow-methods"), "");
}

#[tokio::test]
async fn every_answer_tells_the_browser_what_it_may_do_with_it() {
    let house = House::new(Behaviour::Answers).await;
    let answers = [
        house.get("/").send().await,
        house.get("/assets/index-a1.js").send().await,
        house.get("/assets/nothing.js").send().await,
        house.get("/").method("DELETE").send().await,
        house.get("/api/me").send().await,
        house.get("/api/nothing").send().await,
        house
            .get("/api/me")
            .set("host", "evil.example")
            .send()
            .await,
        house.get("/api/sign-in?back=/").send().await,
        house.get("/api/runs/7/log.txt").send().await,
        house.post("/api/runs", "{").send().await,
    ];
    for answer in &answers {
        for (name, expected) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            ("strict-transport-security", "max-age=31536000"),
        ] {
            assert_eq!(answer.header(name), expected, "{answer:?}");
        }
        let policy = answer.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; script-src 'self';"));
        assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
        let permissions = answer.header("permissions-policy");
        assert!(permissions.contains("publickey-credentials-get=(self)"));
    }
    for answer in &answers[4..] {
        assert_eq!(answer.header("cache-control"), "no-store", "{answer:?}");
    }
}
