//! A wall clock on simulated time that can be put forward and back.

use scap_execute::Clock;
use scap_run::UnixMillis;
use std::sync::atomic::{AtomicI64, Ordering};
use tokio::time::Instant;

const EPOCH: i64 = 1_700_000_000_000;

pub(crate) struct SimulatedClock {
    start: Instant,
    offset: AtomicI64,
}

impl SimulatedClock {
    pub(crate) fn new() -> Self {
        Self {
            start: Instant::now(),
            offset: AtomicI64::new(0),
        }
    }

    pub(crate) fn jump(&self, milliseconds: i64) {
        self.offset.fetch_add(milliseconds, Ordering::SeqCst);
    }
}

impl Clock for SimulatedClock {
    fn now(&self) -> UnixMillis {
        let elapsed =
            i64::try_from(self.start.elapsed().as_millis()).expect("simulations are short");
        UnixMillis(EPOCH + elapsed + self.offset.load(Ordering::SeqCst))
    }
}
