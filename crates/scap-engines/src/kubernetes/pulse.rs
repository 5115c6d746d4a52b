//! Signs of life of an API server: a watch of one that hangs is as quiet as a watch that has nothing to tell.

use std::time::Duration;

use futures::StreamExt;
use futures::stream::{BoxStream, unfold};
use kube::Client;
use tokio::time::{sleep, timeout};

use super::error::ServerError;
use super::watch::Blindness;

const INTERVAL: Duration = Duration::from_secs(5);
/// An answer takes some milliseconds.
const PATIENCE: Duration = Duration::from_secs(5);
/// After one that did not come.
const PAUSE: Duration = Duration::from_secs(1);

/// Whether the server answers, now and every few seconds.
pub(super) fn pulse(client: Client) -> BoxStream<'static, Result<(), Blindness>> {
    unfold((client, Duration::ZERO), async |(client, pause)| {
        sleep(pause).await;
        let beat = beat(&client, PATIENCE).await;
        let pause = if beat.is_ok() { INTERVAL } else { PAUSE };
        Some((beat, (client, pause)))
    })
    .boxed()
}

/// Whatever it answers, it lives.
async fn beat(client: &Client, patience: Duration) -> Result<(), Blindness> {
    use kube::Error::{HyperError, Service};
    let error = match timeout(patience, client.apiserver_version()).await {
        Ok(Err(error @ (HyperError(_) | Service(_)))) => error.into(),
        Ok(_) => return Ok(()),
        Err(_) => ServerError::Silent(patience.as_secs()),
    };
    Err(Blindness {
        is_forbidden: false,
        error,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use kube::Config;
    use std::io::{Read, Write};
    use std::net::TcpListener;

    async fn is_alive(listener: &TcpListener, patience: Duration) -> bool {
        let url = format!("http://{}", listener.local_addr().unwrap());
        let client = Client::try_from(Config::new(url.parse().unwrap())).unwrap();
        beat(&client, patience).await.is_ok()
    }

    #[tokio::test]
    async fn a_server_that_takes_connections_and_says_nothing_does_not_live() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        assert!(!is_alive(&listener, Duration::from_millis(100)).await);
    }

    #[tokio::test]
    async fn a_server_that_refuses_lives() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = listener.try_clone().unwrap();
        let answering = std::thread::spawn(move || {
            let (mut stream, _) = server.accept().unwrap();
            let _ = stream.read(&mut [0; 4096]).unwrap();
            let answer = "HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n";
            stream.write_all(answer.as_bytes()).unwrap();
        });
        assert!(is_alive(&listener, PATIENCE).await);
        answering.join().unwrap();
    }
}
