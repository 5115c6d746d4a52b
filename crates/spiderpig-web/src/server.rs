//! Takes connections, each within its limits, until it is to close.

use crate::api;
use crate::client::Peer;
use crate::site::Site;
use crate::{Limits, Settings};
use axum::Router;
use axum::body::Body;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::{Request, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_io_timeout::TimeoutStream;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

/// All headers of a request, in bytes.
const LONGEST_HEAD: usize = 32 * 1024;
const MOST_HEADERS: usize = 64;
/// When there are no more file descriptors: some are given back soon.
const AFTER_FAILURE: Duration = Duration::from_millis(100);

/// Serves until `closing`, and what was asked before then to its end.
pub async fn serve(
    listener: TcpListener,
    settings: Settings,
    closing: CancellationToken,
) -> io::Result<()> {
    serve_within(listener, settings, Limits::default(), closing).await
}

/// As [`serve`], with limits of one's own.
pub async fn serve_within(
    listener: TcpListener,
    settings: Settings,
    limits: Limits,
    closing: CancellationToken,
) -> io::Result<()> {
    let room = Arc::new(Semaphore::new(limits.connections));
    let leave = limits.leave;
    let site = Arc::new(Site::new(settings, limits, closing.clone()));
    let router = api::router(site.clone());
    let mut connections = JoinSet::new();
    loop {
        // Whose request head comes too late makes room for the next one.
        let Ok(permit) = room.clone().acquire_owned().await else {
            break;
        };
        let accepted = tokio::select! {
            () = closing.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                let (site, router) = (site.clone(), router.clone());
                connections.spawn(async move {
                    carry(stream, peer, router, &site).await;
                    drop(permit);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be taken");
                sleep(AFTER_FAILURE).await;
            }
        }
        while connections.try_join_next().is_some() {}
    }
    drop(listener);
    let all = async {
        while connections.join_next().await.is_some() {}
        // A WebSocket is no longer carried by the connection that it began as.
        site.seats.all_left().await;
    };
    let _ = timeout(leave, all).await;
    Ok(())
}

/// A connection that its browser does not read from is given up, whatever it carries.
async fn carry(stream: TcpStream, peer: SocketAddr, router: Router, site: &Site) {
    let _ = stream.set_nodelay(true);
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(site.limits.stall));
    let service = service_fn(move |request: Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(Peer(peer.ip()));
        router.clone().oneshot(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(site.limits.head)
        .max_buf_size(LONGEST_HEAD)
        .max_headers(MOST_HEADERS)
        .serve_connection(TokioIo::new(Box::pin(stream)), service)
        .with_upgrades();
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = site.closing.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
}
