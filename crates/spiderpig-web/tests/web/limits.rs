//! Requests that are too much: too long, too slow, too many, or none at all.

use crate::house::{HOST, House};
use crate::runner::Behaviour;
use spiderpig_web::Limits;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// All that the server says before it closes the connection.
async fn said_to(house: &House, sent: &[u8]) -> String {
    let mut stream = TcpStream::connect(house.address).await.unwrap();
    let _ = stream.write_all(sent).await;
    let mut said = Vec::new();
    let _ = stream.read_to_end(&mut said).await;
    String::from_utf8_lossy(&said).into_owned()
}

#[tokio::test]
async fn long_bodies_are_refused() {
    let house = House::new(Behaviour::Answers).await;
    for (length, status) in [(60_000, 200), (66_000, 413)] {
        let reason = "x".repeat(length);
        let body = format!(r#"{{"reason":"{reason}"}}"#);
        let answer = house.post("/api/admin/thaw", &body).send().await;
        assert_eq!(answer.status, status, "{length}");
    }
}

#[tokio::test]
async fn slow_requests_are_given_up() {
    let quick = Limits {
        head: Duration::from_millis(200),
        body: Duration::from_millis(200),
        ..Limits::default()
    };
    let house = House::with(Behaviour::Answers, quick, |_| {}).await;
    for head in ["", "GET / HTTP/1.1\r\n", "GET / HTTP/1.1\r\nHost: a\r\nX: "] {
        let said = said_to(&house, head.as_bytes()).await;
        assert!(said.is_empty() || said.contains(" 408 "), "{said}");
    }
    let head = format!(
        "POST /api/plans HTTP/1.1\r\nHost: {HOST}\r\nOrigin: https://{HOST}\r\n\
         Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{{"
    );
    let said = said_to(&house, head.as_bytes()).await;
    assert!(said.starts_with("HTTP/1.1 408 "), "{said}");
    assert!(house.questions().is_empty());
}

#[tokio::test]
async fn idle_connections_make_room_for_others() {
    let few = Limits {
        connections: 2,
        head: Duration::from_millis(200),
        ..Limits::default()
    };
    let house = House::with(Behaviour::Answers, few, |_| {}).await;
    let mut idle = Vec::new();
    for _ in 0..8 {
        idle.push(TcpStream::connect(house.address).await.unwrap());
    }
    assert_eq!(house.get("/api/me").send().await.status, 200);
}

#[tokio::test]
async fn requests_that_can_be_read_in_two_ways_are_refused() {
    let house = House::new(Behaviour::Answers).await;
    let many = "X: y\r\n".repeat(200);
    let long = format!("X: {}\r\n", "y".repeat(100_000));
    for headers in [
        "Content-Length: 5\r\nContent-Length: 6\r\n",
        "Content-Length: +5\r\n",
        "Transfer-Encoding: chunked, identity\r\n",
        "Host : evil.example\r\n",
        "X: a\0b\r\n",
        &many,
        &long,
    ] {
        let request = format!(
            "POST /api/plans HTTP/1.1\r\nHost: {HOST}\r\nOrigin: https://{HOST}\r\n\
             Content-Type: application/json\r\n{headers}Connection: close\r\n\r\n{{}}"
        );
        let said = said_to(&house, request.as_bytes()).await;
        assert!(!said.starts_with("HTTP/1.1 2"), "{headers:?}: {said}");
    }
    assert!(house.questions().is_empty());
    let no_host = said_to(&house, b"GET / HTTP/1.0\r\n\r\n").await;
    assert!(no_host.starts_with("HTTP/1.0 400 "), "{no_host}");
}
