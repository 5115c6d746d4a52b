//! A world in which everything succeeds at once; only what its instances count is told from outside.

use scap_execute::{Clock, Options, World};
use scap_plan::{Counters, Observation, Plan, StepId, Test};
use scap_run::{
    Check, Engine, Expectation, Failure, Finding, Inspect, Order, Progress, Readback, Readiness,
    Snapshot, TestReport, UnixMillis, Work,
};
use std::collections::BTreeMap;
use std::future::ready;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

const EPOCH: i64 = 1_700_000_000_000;

struct Willing<F> {
    counters: F,
    start: Instant,
}

/// A world whose instances of some steps count what `counters` says. Its clock is that of the async runtime.
pub(crate) fn world(counters: impl Fn(&[StepId]) -> Snapshot + Send + Sync + 'static) -> World {
    let start = Instant::now();
    let world = Arc::new(Willing { counters, start });
    World {
        engine: world.clone(),
        inspect: world.clone(),
        check: world.clone(),
        progress: world.clone(),
        clock: world,
    }
}

pub(crate) fn options() -> Options {
    Options {
        holder: "bench".to_owned(),
        waits_for_locks: false,
        attention: Duration::from_millis(500),
    }
}

impl<F: Send + Sync> Engine for Willing<F> {
    fn observe<'a>(&'a self, _: Order<'a>) -> Work<'a, Result<Observation, Failure>> {
        let hosts = BTreeMap::new();
        Box::pin(ready(Ok(Observation::HostGroup { hosts })))
    }

    fn act<'a>(&'a self, _: Order<'a>) -> Work<'a, Result<(), Failure>> {
        Box::pin(ready(Ok(())))
    }

    fn undo<'a>(&'a self, _: Order<'a>) -> Work<'a, Result<(), Failure>> {
        Box::pin(ready(Ok(())))
    }

    fn verify<'a>(&'a self, _: Order<'a>, _: Expectation) -> Work<'a, Result<Readback, Failure>> {
        Box::pin(ready(Ok(Readback {
            summary: "as expected".to_owned(),
            stragglers: Vec::new(),
        })))
    }

    fn watch<'a>(&'a self, _order: Order<'a>) -> Work<'a, Failure> {
        Box::pin(std::future::pending())
    }
}

impl<F: Send + Sync> Inspect for Willing<F> {
    fn preflight<'a>(&'a self, _: &'a Plan) -> Work<'a, Vec<Finding>> {
        Box::pin(ready(Vec::new()))
    }
}

impl<F: Fn(&[StepId]) -> Snapshot + Send + Sync> Check for Willing<F> {
    fn tests<'a>(
        &'a self,
        _: &'a Plan,
        _: &'a [Test],
        _: &'a [StepId],
    ) -> Work<'a, Vec<TestReport>> {
        Box::pin(ready(Vec::new()))
    }

    fn counters<'a>(
        &'a self,
        _: &'a Plan,
        _: &'a Counters,
        steps: &'a [StepId],
    ) -> Work<'a, Snapshot> {
        Box::pin(ready((self.counters)(steps)))
    }
}

impl<F: Send + Sync> Progress for Willing<F> {
    fn line(&self, _: StepId, _: &str) {}
    fn ready(&self, _: StepId, _: &Readiness) {}
}

impl<F: Send + Sync> Clock for Willing<F> {
    fn now(&self) -> UnixMillis {
        let elapsed = u64::try_from(self.start.elapsed().as_millis()).expect("a bench is short");
        UnixMillis(EPOCH).after(elapsed)
    }
}
