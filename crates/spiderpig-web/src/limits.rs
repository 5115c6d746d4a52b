//! How much one browser, and all of them, may ask for.

use std::time::Duration;

/// The defaults are for a team of some hundred people; tests have smaller ones.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Connections that are no WebSocket; more wait in the kernel.
    pub connections: usize,
    /// Live connections of all people.
    pub live: usize,
    /// Live connections under one token.
    pub live_of_a_session: usize,
    /// How long the head of a request may take, and how long a connection may idle.
    pub head: Duration,
    /// How long the body of a request may take.
    pub body: Duration,
    /// How long the runner may take to accept a connection.
    pub connect: Duration,
    /// How long the runner may take to answer: a plan renders charts.
    pub answer: Duration,
    /// How long somebody may take nothing of what is written to them.
    pub stall: Duration,
    /// Between two pings; who is silent for three of them is gone.
    pub ping: Duration,
    /// What goes on when the server closes may take so long.
    pub leave: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 4_096,
            live: 2_000,
            live_of_a_session: 20,
            head: Duration::from_secs(20),
            body: Duration::from_secs(10),
            connect: Duration::from_secs(5),
            answer: Duration::from_mins(5),
            stall: Duration::from_secs(30),
            ping: Duration::from_secs(20),
            leave: Duration::from_secs(10),
        }
    }
}
