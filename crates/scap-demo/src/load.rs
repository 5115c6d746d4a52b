//! The load: a steady stream of requests to all hosts, whatever becomes of them.

mod counts;
mod mix;
#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use reqwest::Client;
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{Instant, MissedTickBehavior, interval};

pub use self::counts::Counts;
use self::mix::Mix;
pub use self::mix::Page;
use crate::client;

/// How often requests that have become due are sent.
const TICK: Duration = Duration::from_millis(10);

/// How long a host that refused a connection gets no further requests.
const AVOIDED: Duration = Duration::from_millis(100);

/// How long an answer may take.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(2);

/// How many requests, and which.
#[derive(Clone, Copy, Debug)]
pub struct Schedule {
    pub requests_per_second: u32,
    /// The load ends by itself after so many requests.
    pub requests: u64,
    pub seed: u64,
}

/// A running load. Dropping it stops it.
pub struct Load {
    balancer: Arc<Balancer>,
    pacer: JoinHandle<()>,
    stop: oneshot::Sender<()>,
}

impl Load {
    /// Starts to send requests to `hosts` in turn.
    pub fn start(hosts: &[SocketAddr], schedule: Schedule) -> reqwest::Result<Self> {
        let client = client::builder().timeout(ANSWER_TIMEOUT).build()?;
        let balancer = Arc::new(Balancer {
            client,
            hosts: hosts.to_vec(),
            state: Mutex::new(State {
                next: 0,
                avoided_until: vec![None; hosts.len()],
                counts: Counts::default(),
            }),
        });
        let (stop, stopped) = oneshot::channel();
        let pacer = tokio::spawn(pace(Arc::clone(&balancer), schedule, stopped));
        Ok(Self {
            balancer,
            pacer,
            stop,
        })
    }

    pub fn counts(&self) -> Counts {
        self.balancer.state().counts.clone()
    }

    /// Waits until all requests of the schedule are sent, and answered or given up.
    pub async fn finish(self) -> Counts {
        // Held until the pacer ended: dropping it would stop the load.
        let Self {
            balancer,
            pacer,
            stop: _stop,
        } = self;
        pacer
            .await
            .expect("the pacer neither panics nor is aborted");
        balancer.state().counts.clone()
    }
}

/// Sends what is due, by the clock and not by the answers: a slow host does not slow the customers.
async fn pace(balancer: Arc<Balancer>, schedule: Schedule, mut stopped: oneshot::Receiver<()>) {
    let mut mix = Mix::new(schedule.seed);
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut in_flight = JoinSet::new();
    let started = Instant::now();
    let mut sent = 0;
    while sent < schedule.requests {
        tokio::select! {
            _ = ticks.tick() => {}
            _ = &mut stopped => return,
        }
        let due = started.elapsed().as_millis() * u128::from(schedule.requests_per_second) / 1000;
        let due = u64::try_from(due)
            .unwrap_or(u64::MAX)
            .min(schedule.requests);
        while sent < due {
            let (page, path) = mix.next();
            let balancer = Arc::clone(&balancer);
            in_flight.spawn(async move { balancer.send(page, &path).await });
            sent += 1;
        }
        while in_flight.try_join_next().is_some() {}
    }
    in_flight.join_all().await;
}

/// Spreads requests over the hosts as a simple load balancer does.
struct Balancer {
    client: Client,
    hosts: Vec<SocketAddr>,
    state: Mutex<State>,
}

struct State {
    next: usize,
    avoided_until: Vec<Option<Instant>>,
    counts: Counts,
}

impl Balancer {
    /// Sends one request; a host that does not take it is avoided for a moment, and another one asked once.
    async fn send(&self, page: Page, path: &str) {
        self.state().counts.sent += 1;
        for _ in 0..2 {
            let Some(host) = self.choose() else { break };
            match self.request(host, path).await {
                Ok(whole) => {
                    let counts = &mut self.state().counts;
                    counts.answered += 1;
                    if !whole {
                        *counts.failed.entry((host, page)).or_default() += 1;
                    }
                    return;
                }
                Err(_) => self.state().avoided_until[host] = Some(Instant::now() + AVOIDED),
            }
        }
        self.state().counts.unanswered += 1;
    }

    /// The next host in turn that is not avoided now.
    fn choose(&self) -> Option<usize> {
        let mut state = self.state();
        let now = Instant::now();
        let host = (0..self.hosts.len())
            .map(|step| (state.next + step) % self.hosts.len())
            .find(|host| state.avoided_until[*host].is_none_or(|until| until <= now))?;
        state.next = host + 1;
        Some(host)
    }

    /// Whether the answer is 200.
    async fn request(&self, host: usize, path: &str) -> reqwest::Result<bool> {
        let url = format!("http://{}{path}", self.hosts[host]);
        let answer = self.client.get(url).send().await?;
        let whole = answer.status() == reqwest::StatusCode::OK;
        // A connection is used again only after its answer was read to the end.
        answer.bytes().await?;
        Ok(whole)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
