//! Live connections: what crosses them, who may open one, and how they end.

use crate::browser::Request;
use crate::house::{HOST, House, ORIGIN};
use crate::runner::{Behaviour, Heard};
use futures::{SinkExt as _, StreamExt as _};
use http_body_util::BodyExt as _;
use hyper::HeaderMap;
use serde_json::{Value, json};
use spiderpig_protocol::{Ask, ProblemKind};
use spiderpig_web::Limits;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

type Socket = WebSocketStream<TcpStream>;

/// A WebSocket as a page opens it, with headers of the request in place of its own.
async fn connect(request: Request) -> Result<(Socket, HeaderMap), u16> {
    let mut wanted = format!("ws://{HOST}/api/live")
        .into_client_request()
        .unwrap();
    for name in request.headers.keys() {
        wanted.headers_mut().remove(name);
        for value in request.headers.get_all(name) {
            wanted.headers_mut().append(name, value.clone());
        }
    }
    let stream = TcpStream::connect(request.address).await.unwrap();
    match client_async(wanted, stream).await {
        Ok((socket, answer)) => Ok((socket, answer.headers().clone())),
        Err(Error::Http(answer)) => Err(answer.status().as_u16()),
        Err(error) => panic!("{error}"),
    }
}

fn page(house: &House) -> Request {
    house.get("/api/live").set("origin", ORIGIN)
}

async fn ask(socket: &mut Socket, ask: &Value) {
    socket.send(Message::text(ask.to_string())).await.unwrap();
}

async fn told(socket: &mut Socket) -> Value {
    loop {
        match socket.next().await.unwrap().unwrap() {
            Message::Text(text) => return serde_json::from_str(&text).unwrap(),
            Message::Ping(_) => {}
            other => panic!("{other:?}"),
        }
    }
}

/// The code that a connection ends with.
async fn end(socket: &mut Socket) -> Option<CloseCode> {
    while let Some(Ok(message)) = socket.next().await {
        if let Message::Close(frame) = message {
            return frame.map(|it| it.code);
        }
    }
    None
}

async fn wait(heard: &Heard, is_so: impl Fn(&Heard) -> bool) {
    while !is_so(heard) {
        heard.changed.notified().await;
    }
}

async fn wait_until_gone(house: &House, count: usize) {
    wait(&house.heard, |heard| *heard.gone.lock().unwrap() == count).await;
}

#[tokio::test]
async fn what_the_runner_tells_reaches_the_page_as_it_is() {
    let house = House::new(Behaviour::Answers).await;
    let (mut socket, headers) = connect(page(&house).session("t")).await.unwrap();
    assert!(headers.contains_key("content-security-policy"));
    ask(&mut socket, &json!({"ask": "hello", "token": "live"})).await;
    assert_eq!(told(&mut socket).await, json!({"tell": "hello"}));
    ask(&mut socket, &json!({"ask": "document", "path": "runs/7"})).await;
    assert_eq!(
        told(&mut socket).await,
        json!({"tell": "document", "path": "runs/7", "body": {"unknown": [1]}})
    );
    ask(
        &mut socket,
        &json!({"ask": "lines", "run": 7, "from": 2_499}),
    )
    .await;
    assert_eq!(
        told(&mut socket).await,
        json!({"tell": "lines", "run": 7, "from": 2_499, "lines": ["line 2499"]})
    );
    assert_eq!(house.question().token.as_deref(), Some("t"));
    socket.close(None).await.unwrap();
    wait_until_gone(&house, 1).await;
}

#[tokio::test]
async fn a_message_is_one_ask_however_it_is_written() {
    let house = House::new(Behaviour::Answers).await;
    let (mut socket, _) = connect(page(&house)).await.unwrap();
    let spread = "{\n\"ask\":\n\"hello\",\n\"token\": \"a\\n{}\"\n}\n";
    socket.send(Message::text(spread)).await.unwrap();
    told(&mut socket).await;
    let asks = house.heard.asks.lock().unwrap().clone();
    let token = Some("a\n{}".to_owned());
    assert_eq!(asks, [Ask::Hello { token }]);
}

#[tokio::test]
async fn what_is_no_ask_ends_the_connection() {
    let house = House::new(Behaviour::Answers).await;
    let long = json!({"ask": "hello", "token": "x".repeat(70_000)}).to_string();
    for (message, expected) in [
        (Message::text("{}"), CloseCode::Policy),
        (Message::text("nothing"), CloseCode::Policy),
        (
            Message::text(r#"{"ask":"document","path":"../etc"}"#),
            CloseCode::Policy,
        ),
        (Message::text(r#"{"ask":"run_program"}"#), CloseCode::Policy),
        (
            Message::text(r#"{"ask":"hello","token":null,"more":1}"#),
            CloseCode::Policy,
        ),
        (Message::text(long), CloseCode::Policy),
        (Message::binary(b"{}".to_vec()), CloseCode::Unsupported),
    ] {
        let (mut socket, _) = connect(page(&house)).await.unwrap();
        let _ = socket.send(message.clone()).await;
        assert_eq!(end(&mut socket).await, Some(expected), "{message:?}");
    }
    wait_until_gone(&house, 7).await;
    assert!(house.heard.asks.lock().unwrap().is_empty());
}

#[tokio::test]
async fn no_page_but_ours_opens_a_live_connection() {
    let house = House::new(Behaviour::Answers).await;
    for (name, value, status) in [
        ("origin", "", 403),
        ("origin", "null", 403),
        ("origin", "https://evil.example", 403),
        ("origin", "http://spiderpig.example.org", 403),
        ("sec-fetch-site", "cross-site", 403),
        ("sec-fetch-site", "same-site", 403),
        ("sec-fetch-site", "none", 403),
        ("host", "evil.example", 421),
    ] {
        let request = page(&house).session("t").set(name, value);
        assert_eq!(connect(request).await.err(), Some(status), "{name} {value}");
        if (name, value) == ("origin", "") {
            continue;
        }
        let request = house.get("/api/live.events").session("t").set(name, value);
        assert_eq!(request.send().await.status, status, "{name} {value}");
    }
    assert_eq!(house.get("/api/live").send().await.status, 400);
    assert!(house.questions().is_empty(), "the runner was asked");
}

#[tokio::test]
async fn who_is_signed_out_is_told_not_to_come_back() {
    let house = House::new(Behaviour::HasProblem(ProblemKind::SignedOut)).await;
    let goodbye = json!({"tell": "goodbye", "why": "said by the runner"});
    let (mut socket, headers) = connect(page(&house).session("t")).await.unwrap();
    assert_eq!(told(&mut socket).await, goodbye);
    let forget = headers["set-cookie"].to_str().unwrap();
    assert!(forget.starts_with("__Host-spiderpig=; "), "{forget}");
    let events = house.get("/api/live.events").session("t").send().await;
    assert_eq!(events.text(), format!("data: {goodbye}\n\n"));
    assert_eq!(events.cookies().len(), 1);
}

#[tokio::test]
async fn a_runner_that_cannot_be_followed_is_a_status_and_the_page_tries_again() {
    for behaviour in [
        Behaviour::Dies,
        Behaviour::HasProblem(ProblemKind::Unavailable),
    ] {
        let house = House::new(behaviour).await;
        assert_eq!(connect(page(&house)).await.err(), Some(503));
        let events = house.get("/api/live.events").send().await;
        assert_eq!(events.status, 503);
    }
}

#[tokio::test]
async fn what_the_runner_ends_is_over_at_once() {
    let house = House::new(Behaviour::SaysGoodbye).await;
    let (mut socket, _) = connect(page(&house)).await.unwrap();
    ask(&mut socket, &json!({"ask": "hello", "token": null})).await;
    let goodbye = json!({"tell": "goodbye", "why": "you are banned"});
    assert_eq!(told(&mut socket).await, goodbye);
    assert_eq!(end(&mut socket).await, Some(CloseCode::Normal));
    let events = house.get("/api/live.events").send().await;
    assert_eq!(events.text(), format!("data: {goodbye}\n\n"));
}

#[tokio::test]
async fn a_stream_of_events_asks_what_its_address_says() {
    let house = House::new(Behaviour::Answers).await;
    let path = "/api/live.events?document=runs%2F7&lines=7%3A2498";
    let request = house.get(path).set("sec-fetch-site", "same-origin");
    let (head, mut body) = request.session("t").open().await.into_parts();
    assert_eq!(head.headers["content-type"], "text/event-stream");
    assert_eq!(head.headers["cache-control"], "no-store");
    let mut events = String::new();
    while events.matches("\n\n").count() < 3 {
        let frame = body.frame().await.unwrap().unwrap();
        events.push_str(std::str::from_utf8(frame.data_ref().unwrap()).unwrap());
    }
    let told: Vec<Value> = events
        .split_terminator("\n\n")
        .map(|it| serde_json::from_str(it.strip_prefix("data: ").unwrap()).unwrap())
        .collect();
    assert_eq!(told[0], json!({"tell": "hello"}));
    assert_eq!(told[1]["path"], "runs/7");
    assert_eq!(told[2]["lines"], json!(["line 2498", "line 2499"]));
    drop(body);
    wait_until_gone(&house, 1).await;
    let bad = house.get("/api/live.events?document=nothing").send().await;
    assert_eq!(bad.status, 400);
}

#[tokio::test]
async fn who_reads_nothing_is_given_up_and_costs_little() {
    let quick = Limits {
        stall: Duration::from_millis(300),
        ..Limits::default()
    };
    let house = House::with(Behaviour::Floods, quick, |_| {}).await;
    let (mut socket, _) = connect(page(&house)).await.unwrap();
    ask(&mut socket, &json!({"ask": "hello", "token": null})).await;
    let events = house.get("/api/live.events").open().await;
    // Neither is read, so the runner's own writes stall, and end when the server gives up.
    wait_until_gone(&house, 2).await;
    // Sockets of the kernel hold some of it; the server itself a message of each.
    let bytes = house.heard.bytes.load(Ordering::Relaxed);
    assert!(bytes < 40_000_000, "{bytes} bytes were taken");
    drop((socket, events));
}

#[tokio::test]
async fn who_does_not_answer_pings_is_gone() {
    let quick = Limits {
        ping: Duration::from_millis(50),
        ..Limits::default()
    };
    let house = House::with(Behaviour::Answers, quick, |_| {}).await;
    let (socket, _) = connect(page(&house)).await.unwrap();
    // It is not read from, so it answers no ping.
    wait_until_gone(&house, 1).await;
    drop(socket);
}

#[tokio::test]
async fn a_session_has_so_many_live_connections() {
    let few = Limits {
        live_of_a_session: 2,
        ..Limits::default()
    };
    let house = House::with(Behaviour::Answers, few, |_| {}).await;
    let (first, _) = connect(page(&house).session("a")).await.unwrap();
    let _second = connect(page(&house).session("a")).await.unwrap();
    assert_eq!(connect(page(&house).session("a")).await.err(), Some(429));
    let events = house.get("/api/live.events").session("a").send().await;
    assert_eq!(events.status, 429);
    connect(page(&house).session("b")).await.unwrap();
    drop(first);
    wait_until_gone(&house, 2).await;
    while connect(page(&house).session("a")).await.is_err() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_server_that_closes_says_so_and_ends() {
    let house = House::new(Behaviour::Answers).await;
    let (mut socket, _) = connect(page(&house)).await.unwrap();
    let events = house.get("/api/live.events").open().await;
    house.closing.cancel();
    let ended = timeout(Duration::from_secs(10), house.server).await;
    assert!(ended.unwrap().unwrap().is_ok());
    assert_eq!(end(&mut socket).await, Some(CloseCode::Away));
    events.into_body().collect().await.unwrap();
}
