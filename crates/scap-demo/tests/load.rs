//! The load against one real service: every request of the schedule is sent and answered.
#![expect(
    clippy::disallowed_methods,
    reason = "the shop is a program, and this test runs it"
)]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::io::{BufRead as _, BufReader};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use scap_demo::{Load, Schedule};

const SCHEDULE: Schedule = Schedule {
    requests_per_second: 660,
    requests: 1_320,
    seed: 1,
};

/// Starts the shop of the first version; it ends when its standard input is dropped.
fn shop(address: SocketAddr) -> Child {
    let mut shop = Command::new(env!("CARGO_BIN_EXE_scap-demo"))
        .arg("demo-service")
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("shop/v1"))
        .arg(address.to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(shop.stdout.as_mut().unwrap())
        .read_line(&mut line)
        .unwrap();
    assert_eq!(line, "listening\n");
    shop
}

fn free_address(host: u8) -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::new(127, 0, 3, host), 0)).unwrap();
    listener.local_addr().unwrap()
}

#[tokio::test]
async fn two_seconds_of_load_are_sent_and_answered_although_a_host_is_down() {
    let (up, down) = (free_address(1), free_address(2));
    let mut shop = shop(up);
    let started = Instant::now();
    let counts = Load::start(&[up, down], SCHEDULE).unwrap().finish().await;
    eprintln!("{} requests in {:?}", counts.sent, started.elapsed());
    assert_eq!(counts.sent, SCHEDULE.requests);
    assert_eq!(counts.answered, SCHEDULE.requests);
    assert!(counts.hurt_by_host().is_empty(), "{counts:?}");
    shop.stdin.take();
    assert!(shop.wait().unwrap().success());
}

#[tokio::test]
async fn without_a_host_no_request_is_answered_and_the_load_still_ends() {
    let schedule = Schedule {
        requests: 66,
        ..SCHEDULE
    };
    let counts = Load::start(&[free_address(3)], schedule)
        .unwrap()
        .finish()
        .await;
    assert_eq!(
        (counts.sent, counts.answered, counts.unanswered),
        (66, 0, 66)
    );
}
