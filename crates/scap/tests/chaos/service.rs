//! The services of the hosts, as far as scap asks them: a port, and counters of requests and errors.

use crate::world::{Behaviour, World};
use axum::Router;
use axum::extract::State;
use axum::routing::get;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::net::TcpListener;

/// Requests that a host has served since it was last asked for its metrics.
const REQUESTS_A_LOOK: u64 = 20_000;

struct Service {
    world: Arc<World>,
    host: &'static str,
    requests: AtomicU64,
    errors: AtomicU64,
}

pub(crate) fn address(last: u8) -> Ipv4Addr {
    Ipv4Addr::new(127, 0, 2, last)
}

/// Serves at the same port of each host's address, for as long as the test goes on; the port.
pub(crate) async fn serve(world: &Arc<World>, hosts: &[&'static str]) -> u16 {
    let listeners = loop {
        let first = TcpListener::bind((address(1), 0)).await.unwrap();
        let port = first.local_addr().unwrap().port();
        let mut listeners = vec![first];
        for last in (2..).take(hosts.len() - 1) {
            listeners.extend(TcpListener::bind((address(last), port)).await.ok());
        }
        if listeners.len() == hosts.len() {
            break listeners;
        }
    };
    let port = listeners[0].local_addr().unwrap().port();
    for (listener, host) in listeners.into_iter().zip(hosts) {
        let service = Service {
            world: Arc::clone(world),
            host,
            requests: AtomicU64::new(0),
            errors: AtomicU64::new(0),
        };
        let router = Router::new()
            .route("/metrics", get(metrics))
            .with_state(Arc::new(service));
        tokio::spawn(async move { axum::serve(listener, router).await });
    }
    port
}

async fn metrics(State(service): State<Arc<Service>>) -> String {
    let running = service.world.state().running.get(service.host).cloned();
    let what = format!("serve {}", running.unwrap_or_default());
    let errors_in_a_thousand = match service.world.behaviour(&what) {
        Some(Behaviour::Fails) => 300,
        _ => 2,
    };
    let add = |counter: &AtomicU64, more| counter.fetch_add(more, Ordering::Relaxed) + more;
    let requests = add(&service.requests, REQUESTS_A_LOOK);
    let errors = add(
        &service.errors,
        REQUESTS_A_LOOK / 1_000 * errors_in_a_thousand,
    );
    format!("requests_total {requests}\nerrors_total{{signature=\"TimeoutError\"}} {errors}\n")
}
