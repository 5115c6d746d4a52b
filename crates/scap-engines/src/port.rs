//! TCP ports: whether they accept connections, and waiting until they do or no longer do.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};

/// How long one connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// Between two attempts.
const PAUSE: Duration = Duration::from_millis(50);
/// A port must be open twice, this far apart: some programs listen, then find that they cannot serve.
const SETTLE: Duration = Duration::from_millis(250);

/// Whether `address` accepts a connection within `patience`.
pub(crate) async fn accepts(address: SocketAddr, patience: Duration) -> io::Result<()> {
    match timeout(patience, TcpStream::connect(address)).await {
        Ok(connected) => connected.map(drop),
        Err(_) => Err(io::Error::new(io::ErrorKind::TimedOut, "no answer in time")),
    }
}

/// Waits until `address` accepts connections and still does a moment later; fails as the last attempt did. Looks once at least.
pub(crate) async fn until_open(address: SocketAddr, within: Duration) -> io::Result<()> {
    let deadline = Instant::now() + within;
    loop {
        let look = async {
            accepts(address, CONNECT_TIMEOUT).await?;
            sleep(SETTLE).await;
            accepts(address, CONNECT_TIMEOUT).await
        };
        match look.await {
            Err(_) if Instant::now() < deadline => sleep(PAUSE).await,
            result => return result,
        }
    }
}

/// Waits until `address` accepts no connections; false if it still does. Looks once at least.
pub(crate) async fn until_closed(address: SocketAddr, within: Duration) -> bool {
    let deadline = Instant::now() + within;
    while accepts(address, CONNECT_TIMEOUT).await.is_ok() {
        if Instant::now() >= deadline {
            return false;
        }
        sleep(PAUSE).await;
    }
    true
}
