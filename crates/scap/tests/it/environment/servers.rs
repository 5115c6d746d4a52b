//! The services of the hosts: each answers as the revision that is deployed on its host says.

use super::HOSTS;
use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// Requests that a host has served since it was last asked for its metrics.
const REQUESTS_A_LOOK: u32 = 20_000;

/// One thread for each host.
pub(super) struct Servers {
    port: u16,
    ended: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

pub(super) fn address(last: u8) -> IpAddr {
    Ipv4Addr::new(127, 0, 2, last).into()
}

impl Servers {
    /// Serves what is deployed on the hosts in `folder`.
    pub(super) fn start(folder: &Path) -> Self {
        let listeners = listen();
        let port = listeners[0].local_addr().unwrap().port();
        let ended = Arc::new(AtomicBool::new(false));
        let serve = |(listener, host): (TcpListener, &str)| {
            let service = Service {
                deployed: folder.join(host).join("srv/deployment/shop"),
                requests: 0,
                errors: 0,
            };
            let ended = Arc::clone(&ended);
            std::thread::spawn(move || service.serve(&listener, &ended))
        };
        let threads = listeners.into_iter().zip(HOSTS).map(serve).collect();
        Self {
            port,
            ended,
            threads,
        }
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::SeqCst);
        for (thread, last) in self.threads.drain(..).zip(1..) {
            // A connection makes it look up.
            let _ = TcpStream::connect(SocketAddr::new(address(last), self.port));
            let _ = thread.join();
        }
    }
}

/// The same port on each host's address.
fn listen() -> Vec<TcpListener> {
    for _ in 0..100 {
        let first = TcpListener::bind((address(1), 0)).unwrap();
        let port = first.local_addr().unwrap().port();
        let others = (2..)
            .take(HOSTS.len() - 1)
            .map(|last| TcpListener::bind((address(last), port)));
        if let Ok(others) = others.collect::<Result<Vec<_>, _>>() {
            return std::iter::once(first).chain(others).collect();
        }
    }
    panic!("no port is free on all addresses");
}

struct Service {
    deployed: PathBuf,
    requests: u32,
    errors: u32,
}

impl Service {
    fn serve(mut self, listener: &TcpListener, ended: &AtomicBool) {
        for connection in listener.incoming() {
            if ended.load(Ordering::SeqCst) {
                return;
            }
            // Who only tries the port says nothing and is gone.
            let _ = connection.and_then(|connection| self.answer(&connection));
        }
    }

    fn answer(&mut self, mut connection: &TcpStream) -> std::io::Result<()> {
        connection.set_read_timeout(Some(Duration::from_secs(10)))?;
        let mut lines = BufReader::new(connection).lines();
        let request = lines.next().transpose()?.unwrap_or_default();
        // The headers, up to the empty line.
        while lines
            .next()
            .transpose()?
            .is_some_and(|line| !line.is_empty())
        {}
        let (status, body) = match request.split(' ').nth(1) {
            Some("/metrics") => self.metrics(),
            Some("/healthz") => self.health(),
            Some(_) => ("404 Not Found", String::new()),
            None => return Ok(()),
        };
        let length = body.len();
        write!(
            connection,
            "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
        )
    }

    fn health(&self) -> (&'static str, String) {
        match self.file("health").as_deref() {
            Some("ok") => ("200 OK", "ok".to_owned()),
            other => (
                "503 Service Unavailable",
                other.unwrap_or_default().to_owned(),
            ),
        }
    }

    fn metrics(&mut self) -> (&'static str, String) {
        let Some(errors_in_a_thousand) = self
            .file("errors")
            .and_then(|text| text.parse::<u32>().ok())
        else {
            return ("404 Not Found", String::new());
        };
        self.requests += REQUESTS_A_LOOK;
        self.errors += REQUESTS_A_LOOK / 1_000 * errors_in_a_thousand;
        let mut text = String::new();
        let _ = writeln!(text, "requests_total {}", self.requests);
        let _ = writeln!(
            text,
            "errors_total{{signature=\"TimeoutError\"}} {}",
            self.errors
        );
        ("200 OK", text)
    }

    /// A file of the revision that is deployed.
    fn file(&self, name: &str) -> Option<String> {
        fs::read_to_string(self.deployed.join(name)).ok()
    }
}
