//! Viewers of one log at once, and how late each line comes: `viewers socket|http HOST:PORT RUN VIEWERS LINES STALLED [COOKIE…]`.
//!
//! A line says `number=N at=MICROSECONDS;`. Says `ready` once all viewers are there, and its figures as JSON once each has all lines.
//! `socket` is SpiderPig's page, 20 viewers a cookie; `http` is any server that answers `GET RUN` with lines that never end. The
//! first STALLED viewers ask for the lines and read nothing.
#![expect(clippy::print_stdout, reason = "it tells people its figures")]

use futures::{SinkExt as _, StreamExt as _};
use std::error::Error;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::Barrier;
use tokio::task::JoinSet;
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

const VIEWERS_OF_A_COOKIE: usize = 20;
/// Nobody is that late.
const LONGEST: Duration = Duration::from_mins(1);
/// How often the client looks how late it is itself.
const LOOK: Duration = Duration::from_millis(5);

struct Wanted {
    is_socket: bool,
    address: String,
    run: String,
    lines: u64,
}

/// What all viewers have seen.
#[derive(Default)]
struct Seen {
    /// Of each line, in microseconds.
    delays: Vec<u32>,
    messages: u64,
    /// Lines that came again or not in their order.
    wrong: u64,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [kind, address, run, viewers, lines, stalled, cookies @ ..] = &words[..] else {
        return Err("it wants six words at least".into());
    };
    let (viewers, stalled): (usize, usize) = (viewers.parse()?, stalled.parse()?);
    let wanted = Arc::new(Wanted {
        is_socket: kind == "socket",
        address: address.clone(),
        run: run.clone(),
        lines: lines.parse()?,
    });
    let seen = Arc::new(Mutex::new(Seen::default()));
    let there = Arc::new(Barrier::new(viewers + 1));
    let mut watching = JoinSet::new();
    for viewer in 0..viewers {
        let cookie = cookies.get(viewer / VIEWERS_OF_A_COOKIE).cloned();
        let (wanted, seen, there) = (wanted.clone(), seen.clone(), there.clone());
        let watch = watch(
            wanted,
            cookie.unwrap_or_default(),
            viewer < stalled,
            seen,
            there,
        );
        watching.spawn(async move { tokio::time::timeout(LONGEST, watch).await });
    }
    tokio::select! {
        _ = there.wait() => {}
        Some(ended) = watching.join_next() => { ended???; return Err("a viewer ended before all were there".into()) }
    }
    println!("ready");
    let lag = tokio::spawn(lag(
        Arc::clone(&seen),
        (viewers - stalled) as u64 * wanted.lines,
    ));
    for _ in stalled..viewers {
        let ended = watching.join_next().await.ok_or("there are viewers left")?;
        ended???;
    }
    let lag = lag.await?;
    report(&seen.lock().expect("nobody panics with it"), &lag);
    Ok(())
}

/// Until all lines are there.
async fn watch(
    wanted: Arc<Wanted>,
    cookie: String,
    is_stalled: bool,
    seen: Arc<Mutex<Seen>>,
    there: Arc<Barrier>,
) -> Result<()> {
    let stream = TcpStream::connect(&wanted.address).await?;
    let mut next = 0;
    let mut take = |text: &[u8]| {
        let mut seen = seen.lock().expect("nobody panics with it");
        next = seen.take(text, next);
        next >= wanted.lines
    };
    if wanted.is_socket {
        let origin = format!("http://{}", wanted.address);
        let mut request = format!("ws://{}/api/live", wanted.address).into_client_request()?;
        request.headers_mut().insert("origin", origin.parse()?);
        request.headers_mut().insert("cookie", cookie.parse()?);
        let (mut socket, _) = client_async(request, stream).await?;
        let lines = format!(r#"{{"ask":"lines","run":{},"from":0}}"#, wanted.run);
        for ask in [r#"{"ask":"hello","token":null}"#, &lines] {
            socket.send(Message::text(ask)).await?;
        }
        there.wait().await;
        if is_stalled {
            return std::future::pending().await;
        }
        while let Some(message) = socket.next().await {
            if let Message::Text(text) = message?
                && take(text.as_bytes())
            {
                return Ok(());
            }
        }
    } else {
        let mut stream = stream;
        // Of version 1.0, so that lines come as they are.
        let request = format!(
            "GET {} HTTP/1.0\r\nHost: {}\r\n\r\n",
            wanted.run, wanted.address
        );
        stream.write_all(request.as_bytes()).await?;
        let (mut text, mut chunk) = (Vec::new(), vec![0; 64 << 10]);
        let mut is_there = false;
        loop {
            let read = stream.read(&mut chunk).await?;
            if read == 0 {
                break;
            }
            text.extend_from_slice(&chunk[..read]);
            let end = text
                .iter()
                .rposition(|byte| *byte == b'\n')
                .map_or(0, |end| end + 1);
            if take(&text[..end]) {
                return Ok(());
            }
            text.drain(..end);
            if !std::mem::replace(&mut is_there, true) {
                there.wait().await;
                if is_stalled {
                    return std::future::pending().await;
                }
            }
        }
    }
    Err(format!("a viewer was left at line {next} of {}", wanted.lines).into())
}

impl Seen {
    /// Takes in what has come; the number of the line that comes next.
    fn take(&mut self, text: &[u8], mut next: u64) -> u64 {
        let now = now();
        self.messages += 1;
        let text = String::from_utf8_lossy(text);
        for part in text.split("number=").skip(1) {
            let read = part.split_once(" at=").and_then(|(number, rest)| {
                let (at, _) = rest.split_once(';')?;
                Some((number.parse::<u64>().ok()?, at.parse::<u64>().ok()?))
            });
            let Some((number, at)) = read else {
                continue;
            };
            self.wrong += u64::from(number != next);
            next = number + 1;
            let delay = now.saturating_sub(at);
            self.delays.push(u32::try_from(delay).unwrap_or(u32::MAX));
        }
        next
    }
}

/// How late this process itself is whenever it wants to do something, in microseconds.
async fn lag(seen: Arc<Mutex<Seen>>, all: u64) -> Vec<u32> {
    let mut late = Vec::new();
    loop {
        let began = now();
        tokio::time::sleep(LOOK).await;
        let over = now().saturating_sub(began + 5_000);
        late.push(u32::try_from(over).unwrap_or(u32::MAX));
        let taken = seen.lock().map_or(all, |seen| seen.delays.len() as u64);
        if taken >= all {
            return late;
        }
    }
}

fn report(seen: &Seen, lag: &[u32]) {
    let (mut delays, mut lag) = (seen.delays.clone(), lag.to_vec());
    delays.sort_unstable();
    lag.sort_unstable();
    // In milliseconds, of so many in a hundred.
    let at = |sorted: &[u32], share: usize| {
        let place = (sorted.len() * share / 100).min(sorted.len().saturating_sub(1));
        sorted.get(place).map_or(0.0, |it| f64::from(*it) / 1000.0)
    };
    let figures = serde_json::json!({
        "lines": delays.len(),
        "wrong": seen.wrong,
        "messages": seen.messages,
        "p50": at(&delays, 50),
        "p99": at(&delays, 99),
        "max": at(&delays, 100),
        "client_lag_p99": at(&lag, 99),
    });
    println!("{figures}");
}

/// Microseconds since 1970.
fn now() -> u64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
}
