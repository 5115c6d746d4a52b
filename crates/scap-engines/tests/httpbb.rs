//! Requests of httpbb's files against real servers that are well, and against those that are not.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "httpbb/certificate.rs"]
mod certificate;
#[path = "httpbb/tls.rs"]
mod tls;

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr};

use axum::Router;
use axum::http::{HeaderMap, HeaderName, Method, StatusCode, Uri, header};
use axum::response::{AppendHeaders, IntoResponse};
use axum::routing::{any, get};
use flate2::Compression;
use flate2::write::GzEncoder;
use scap_engines::checks::{HttpbbReport, HttpbbSettings, HttpbbTarget, smoke};
use scap_engines::secrets::{KnownSecrets, Secret};
use scap_plan::{Httpbb, Period, Source};

/// Says what it was asked.
async fn echo(method: Method, uri: Uri, headers: HeaderMap, body: String) -> String {
    let headers = headers.iter();
    let headers = headers.map(|(name, value)| format!("{name}: {}\n", value.to_str().unwrap()));
    format!("{method} {uri}\n{}\n{body}", headers.collect::<String>())
}

/// Compressed, whoever asks.
async fn gzip() -> impl IntoResponse {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all("Ünïcödé\n".repeat(10).as_bytes()).unwrap();
    ([(header::CONTENT_ENCODING, "gzip")], gzip.finish().unwrap())
}

async fn serve(last: u8) -> SocketAddr {
    let vary = HeaderName::from_static("vary");
    let repeats = [(vary.clone(), "Cookie"), (vary, "Accept")];
    let moved = [(header::LOCATION, "https://elsewhere.example/")];
    let router = Router::new()
        .route("/wiki/{*page}", any(echo))
        .route("/repeats", get(async || (AppendHeaders(repeats), "")))
        .route(
            "/away",
            get(async || (StatusCode::MOVED_PERMANENTLY, moved)),
        )
        .route("/down", get(async || StatusCode::SERVICE_UNAVAILABLE))
        .route("/gzip", get(gzip))
        .route(
            "/brotli",
            get(async || ([(header::CONTENT_ENCODING, "br")], "x")),
        )
        .route(
            "/no-gzip",
            get(async || ([(header::CONTENT_ENCODING, "gzip")], "x")),
        )
        .route("/ten", get(async || "0123456789".repeat(1 << 20) + "end"))
        .route("/one", get(async || "0123456789".repeat(100_000)))
        .route("/twenty", get(async || "0123456789".repeat(2 << 20)))
        .route("/secret", get(async || "the key is open-sesame-77"))
        .route("/hang", get(std::future::pending::<String>));
    let address = Ipv4Addr::new(127, 0, 43, last);
    let listener = tokio::net::TcpListener::bind((address, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

fn settings() -> HttpbbSettings {
    HttpbbSettings {
        insecure: false,
        request_timeout: Period::from_secs(20),
        timeout: None,
        secrets: KnownSecrets::default(),
    }
}

fn target(address: SocketAddr) -> HttpbbTarget {
    HttpbbTarget {
        name: "web1".to_owned(),
        address: address.ip().to_string(),
        https_port: Some(address.port()),
        http_port: Some(address.port()),
    }
}

fn file(text: &str) -> Vec<Httpbb> {
    vec![Httpbb::read(&Source::new("smoke.yaml", text)).unwrap()]
}

async fn report(settings: &HttpbbSettings, address: SocketAddr, text: &str) -> HttpbbReport {
    let reports = smoke(settings, &file(text), &[target(address)]).await;
    let [report] = <[HttpbbReport; 1]>::try_from(reports).unwrap();
    assert_eq!(report.passed, report.mismatches.is_empty());
    report
}

/// `LINE: EXPECTED / FOUND` of each mismatch.
fn mismatches(report: &HttpbbReport) -> Vec<String> {
    let lines = report.mismatches.iter();
    let lines = lines.map(|it| format!("{}: {} / {}", it.line, it.expected, it.found));
    lines.collect()
}

async fn found(address: SocketAddr, text: &str) -> Vec<String> {
    mismatches(&report(&settings(), address, text).await)
}

const RIGHT: &str = r#"
http://en.wiki.example.org:
- path: /wiki/../Ünïcödé?a=b c&d=%2F
  assert_status: 200
  assert_headers: {Content-Type: text/plain; charset=utf-8}
  assert_headers_regex: {content-length: '^\d+$'}
  assert_headers_absent: [Set-Cookie]
  assert_body_contains:
  - "GET /wiki/../%C3%9Cn%C3%AFc%C3%B6d%C3%A9?a=b%20c&d=%2F\n"
  - "host: en.wiki.example.org\n"
  - "user-agent: scap/"
  assert_body_regex: ['^(?!.*accept-encoding)', '(?m)^accept: \*/\*$']
- path: /wiki/form
  method: post
  request_headers: {X-Debug: "1; backend=web1", User-Agent: me}
  form_body: {action: query, titles: [Ä, b&c]}
  assert_body_contains:
  - POST /wiki/form
  - "content-type: application/x-www-form-urlencoded\n"
  - "user-agent: me\n"
  - "x-debug: 1; backend=web1\n"
  - "\n\naction=query&titles=%C3%84&titles=b%26c"
- path: /wiki/json
  method: PUT
  json_body: {a: [1, ü]}
  assert_body_contains: ["content-type: application/json\n", "\n\n{\"a\":[1,\"ü\"]}"]
- path: /wiki/text
  method: PATCH
  body: some text
  request_headers: {Host: other.example}
  assert_body_contains: ["\n\nsome text", "host: other.example\n", "content-length: 9\n"]
  assert_body_regex: '^(?s)(?!.*content-type)'
- path: /repeats
  assert_headers: {Vary: 'Cookie, Accept'}
  assert_headers_regex: {vary: cookie, Vary: '^Cookie, Accept$'}
- path: /away
  assert_status: [302, 301]
  assert_headers: {location: https://elsewhere.example/}
- path: /gzip
  request_headers: {Accept-Encoding: gzip}
  assert_body_contains: "Ünïcödé\nÜ"
- path: /wiki/x
  method: HEAD
  assert_status: 200
- path: /ten
  assert_body_regex: 9end$
- path: /twenty
  assert_status: 200
- path: /nothing
- path: /down
http://other.example:8080:
- path: /wiki/x
  assert_body_contains: "host: other.example:8080\n"
"#;

#[tokio::test]
async fn what_is_as_the_file_says_passes() {
    let address = serve(1).await;
    let text = RIGHT.replace("vary: cookie, ", "");
    let report = report(&settings(), address, &text).await;
    assert_eq!(mismatches(&report), [""; 0]);
    assert_eq!((report.requests, report.failed), (13, 0));
    assert_eq!((report.host.as_str(), report.passed), ("web1", true));
}

#[tokio::test]
async fn everything_that_differs_is_told_with_its_line() {
    let address = serve(2).await;
    let text = r"
http://wiki.example:
- path: /repeats
  assert_status: [201, 204]
  assert_headers:
    Vary: Cookie
    X-Served-By: web1
  assert_headers_regex:
    vary: cookie
  assert_headers_absent:
  - VARY
  assert_body_contains: x
- path: /wiki/x
- path: /wiki/y
  assert_body_contains: [GET, farewell]
  assert_body_regex: (?s)GET.*(?<!/y)$
- path: /brotli
  assert_body_contains: x
- path: /no-gzip
  assert_body_contains: x
- path: /twenty
  assert_body_contains: x
";
    let report = report(&settings(), address, text).await;
    let expected = [
        "4: status 201 or 204 / status 200",
        "6: header Vary: \"Cookie\" / header Vary: \"Cookie, Accept\"",
        "7: header X-Served-By: \"web1\" / no header X-Served-By",
        "9: header vary that matches /cookie/ / header vary: \"Cookie, Accept\"",
        "11: no header VARY / header VARY: \"Cookie, Accept\"",
        "12: a body with \"x\" / an empty body",
        "15: a body with \"farewell\" / ",
        "18: a body with \"x\" / a body in the encoding \"br\", which is not known",
        "20: a body with \"x\" / a body that is no gzip: ",
        "22: a body with \"x\" / a body of more than 16 MiB",
    ];
    let found = mismatches(&report);
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for (found, expected) in found.iter().zip(expected) {
        assert!(found.starts_with(expected), "{found}");
    }
    assert!(
        found[6].contains(" bytes that begin \"GET /wiki/y\\n"),
        "{}",
        found[6]
    );
    assert_eq!((report.requests, report.failed), (6, 5));
    let first = &report.mismatches[0];
    assert_eq!(
        (first.file.as_str(), first.method.as_str()),
        ("smoke.yaml", "GET")
    );
    assert_eq!(first.url, "http://wiki.example/repeats");
}

#[tokio::test]
async fn secrets_are_hidden_also_where_they_are_cut() {
    let address = serve(3).await;
    let settings = settings();
    settings.secrets.learn([Secret {
        label: "the key".to_owned(),
        value: b"open-sesame-77".to_vec(),
    }]);
    let text = "http://x: [{path: /secret, assert_body_contains: other}]";
    let found = mismatches(&report(&settings, address, text).await).concat();
    assert!(
        found.contains("the key is") && !found.contains("sesame"),
        "{found}"
    );
}

#[tokio::test]
async fn https_asks_for_the_name_of_the_url_wherever_it_connects() {
    let address = tls::serve(4, certificate::certificate("wiki.example"));
    let text = r#"
https://wiki.example:
- path: /a
  assert_body_contains: ["asked for wiki.example\n", "GET /a HTTP/1.1\r\n", "host: wiki.example\r\n"]
- path: /b
  assert_body_contains: "GET /b"
https://other.example:8443:
- path: /c
  assert_body_contains: ["asked for other.example\n", "host: other.example:8443\r\n"]
"#;
    let insecure = HttpbbSettings {
        insecure: true,
        ..settings()
    };
    let found_there = mismatches(&report(&insecure, address, text).await);
    assert_eq!(found_there, [""; 0]);
    // Nobody trusts it but who trusts everybody.
    let found = found(address, text).await;
    assert_eq!(found.len(), 3);
    for found in found {
        assert!(
            found.contains("an answer / none: invalid peer certificate"),
            "{found}"
        );
    }
}

#[tokio::test]
async fn what_is_no_answer_is_told_as_what_it_is() {
    let read_some = |mut stream: &std::net::TcpStream| {
        let mut some = [0; 10];
        stream.read_exact(&mut some).unwrap();
    };
    let reset = tls::listen(5, move |stream| read_some(&stream));
    let garbage = tls::listen(5, move |mut stream| {
        read_some(&stream);
        stream.write_all(b"SSH-2.0-nothing\r\n").unwrap();
    });
    let torn = tls::listen(5, move |mut stream| {
        let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf of it";
        stream.write_all(answer).unwrap();
        let mut all = Vec::new();
        let _ = stream.take(30).read_to_end(&mut all);
    });
    for (address, scheme) in [
        (reset, "http"),
        (reset, "https"),
        (garbage, "http"),
        (garbage, "https"),
        (torn, "http"),
        (torn, "https"),
    ] {
        let text = format!("{scheme}://x.example: [{{path: /alive-and-well-to-do}}]");
        let found = found(address, &text).await;
        assert_eq!(found.len(), 1);
        assert!(
            found[0].starts_with("1: an answer / none: "),
            "{scheme}: {found:?}"
        );
        assert!(!found[0].contains("within"), "{scheme}: {found:?}");
    }
}

#[tokio::test]
async fn a_host_that_never_answers_is_left_after_a_while() {
    let address = serve(6).await;
    let hang = "- {path: /hang, assert_status: 200}\n";
    let alive = "- {path: /wiki/x, assert_status: 200}\n";
    let text = |requests: &[&str]| format!("http://x.example:\n{}", requests.concat());
    let impatient = HttpbbSettings {
        request_timeout: Period::try_from("400ms".to_owned()).unwrap(),
        ..settings()
    };
    let all = text(&[hang, hang, alive, hang, hang, hang, alive, alive]);
    let report_of_all = report(&impatient, address, &all).await;
    assert_eq!((report_of_all.requests, report_of_all.failed), (8, 7));
    let late = "an answer / none within 400ms";
    let left = "an answer / not asked: there was no answer 3 times in a row";
    let expected = [
        (2, late),
        (3, late),
        (5, late),
        (6, late),
        (7, late),
        (8, left),
        (9, left),
    ];
    let expected = expected.map(|(line, what)| format!("{line}: {what}"));
    assert_eq!(mismatches(&report_of_all), expected);
    let hurried = HttpbbSettings {
        timeout: Some(Period::try_from("50ms".to_owned()).unwrap()),
        ..settings()
    };
    let found = mismatches(&report(&hurried, address, &text(&[hang, alive])).await);
    let over = "an answer / none: the time for all requests of the host was over";
    assert_eq!(found, [format!("2: {over}"), format!("3: {over}")]);
}

#[tokio::test]
async fn looking_for_an_expression_comes_to_an_end() {
    let address = serve(9).await;
    let settings = HttpbbSettings {
        request_timeout: Period::from_secs(2),
        ..settings()
    };
    // From each place of the body it looks through all that is behind.
    let text = r"http://x: [{path: /one, assert_body_regex: '(?s)(?=.*no such end)\d'}]";
    let found = mismatches(&report(&settings, address, text).await);
    let expected =
        "1: expressions that are found, or are not / no end of looking for them within 2s";
    assert_eq!(found, [expected]);
}

#[tokio::test]
async fn hosts_are_asked_side_by_side_and_told_in_their_order() {
    let (well, other) = (serve(7).await, serve(8).await);
    // A port that was free a moment ago.
    let closed = tokio::net::TcpListener::bind((well.ip(), 0))
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let targets = [other, closed, well].map(target);
    let files = file("http://x.example: [{path: /wiki/x, assert_status: 200}]");
    let reports = smoke(&settings(), &files, &targets).await;
    let passed: Vec<bool> = reports.iter().map(|report| report.passed).collect();
    assert_eq!(passed, [true, false, true]);
    let found = mismatches(&reports[1]).concat();
    assert!(
        found.starts_with("1: an answer / no connection: "),
        "{found}"
    );
}
