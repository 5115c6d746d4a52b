//! One order for a group of hosts, and work on all of them side by side.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use futures::future::join_all;
use scap_plan::{HostGroupStep, HostName, HostObservation, Observation, StepKind};
use scap_run::{Failure, InstanceReadiness, InstanceState, Order, Readiness};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::site::Site;
use super::{HostError, HostsEngine};
use crate::process::{Held, ProgramError, Supervisor};

/// The default of scap3's `batch_size`.
const SIDE_BY_SIDE: usize = 80;
/// More names would not fit into a line.
const NAMES_SHOWN: usize = 5;

/// Where an order leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    Forward,
    Back,
}

/// What hosts are waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Look,
    Stage,
    Switch,
    Verify,
}

/// What came of each host, in the order of the plan.
pub(super) type Results<T> = Vec<(HostName, Result<T, HostError>)>;
/// Hosts on which something did not work.
pub(super) type Failed = Vec<(HostName, HostError)>;

/// An order for the hosts of a group.
pub(super) struct Group<'a> {
    pub(super) engine: &'a HostsEngine,
    /// Under the order's epoch.
    pub(super) supervisor: Supervisor,
    pub(super) order: Order<'a>,
    pub(super) step: &'a HostGroupStep,
    pub(super) direction: Direction,
    pub(super) abort: CancellationToken,
}

impl<'a> Group<'a> {
    pub(super) fn new(
        engine: &'a HostsEngine,
        order: Order<'a>,
        direction: Direction,
    ) -> Result<Self, Failure> {
        let StepKind::HostGroup(step) = &order.step.kind else {
            let message = format!("{} is no group of hosts", order.step);
            return Err(Failure::failed(message));
        };
        Ok(Self {
            engine,
            supervisor: engine.supervisor.under(order.epoch),
            order,
            step,
            direction,
            abort: CancellationToken::new(),
        })
    }

    /// Does `work` on each of `hosts`; none is begun any more once a stop is asked for.
    pub(super) async fn on_each<T, W>(
        &self,
        phase: Phase,
        hosts: &[HostName],
        work: impl Fn(Site) -> W,
    ) -> Results<T>
    where
        W: Future<Output = Result<T, HostError>>,
    {
        let room = Semaphore::new(SIDE_BY_SIDE);
        let waiting_for = Mutex::new(hosts.to_vec());
        let on_host = async |name: &HostName| {
            let _room = room.acquire().await.expect("it is never closed");
            let result = match self.engine.site(self.step, name) {
                _ if self.abort.is_cancelled() => Err(HostError::Stopped),
                Ok(site) => work(site).await,
                Err(error) => Err(error),
            };
            let mut waiting_for = waiting_for.lock().unwrap_or_else(PoisonError::into_inner);
            waiting_for.retain(|other| other != name);
            self.report(phase, hosts, &waiting_for);
            (name.clone(), result)
        };
        self.report(phase, hosts, hosts);
        self.stoppable(join_all(hosts.iter().map(on_host))).await
    }

    /// Waits for `work`, which a stop aborts.
    pub(super) async fn stoppable<T>(&self, work: impl Future<Output = T>) -> T {
        let mut work = std::pin::pin!(work);
        tokio::select! {
            // Who was asked to stop beforehand begins nothing.
            biased;
            () = self.order.stop.asked() => {
                self.abort.cancel();
                work.await
            }
            result = &mut work => result,
        }
    }

    /// While it is kept, no runner of a later epoch comes to the run; who comes late himself is refused.
    pub(super) async fn hold(&self) -> Result<Option<Held>, ProgramError> {
        self.supervisor.hold(&self.order.run.to_string()).await
    }

    fn report(&self, phase: Phase, hosts: &[HostName], waiting_for: &[HostName]) {
        let total = hosts.len();
        let verb = match phase {
            Phase::Look => return,
            Phase::Stage => "fetch",
            Phase::Switch => "restart",
            Phase::Verify => "be ready",
        };
        let names = waiting_for.iter().map(HostName::as_str).take(NAMES_SHOWN);
        let mut names = names.collect::<Vec<_>>().join(", ");
        if waiting_for.len() > NAMES_SHOWN {
            names.push_str(", …");
        }
        let text = match waiting_for.len() {
            0 => String::new(),
            _ => format!("{names} to {verb}"),
        };
        let done = match phase {
            Phase::Verify => total - waiting_for.len(),
            _ => 0,
        };
        let waiting: BTreeSet<&HostName> = waiting_for.iter().collect();
        let instances = hosts.iter().map(|host| InstanceReadiness {
            name: host.to_string(),
            state: reached(phase, waiting.contains(host)),
            why: None,
        });
        let readiness = Readiness {
            done,
            total,
            waiting_for: text,
            instances: instances.collect(),
        };
        self.order.progress.ready(self.order.id, &readiness);
    }

    pub(super) fn line(&self, site: &Site, text: &str) {
        let line = format!("{}: {text}", site.host.name);
        self.order.progress.line(self.order.id, &line);
    }

    /// What was deployed on `host` when the plan was made.
    pub(super) fn before(&self, host: &HostName) -> Result<Option<&'a str>, HostError> {
        let seen = match &self.order.step.before {
            Some(Observation::HostGroup { hosts }) => hosts.get(host),
            _ => None,
        };
        match seen {
            Some(HostObservation {
                revision,
                unreachable: None,
            }) => Ok(revision.as_deref()),
            _ => Err(HostError::UnknownBefore),
        }
    }
}

impl HostsEngine {
    pub(super) fn site(&self, step: &HostGroupStep, host: &HostName) -> Result<Site, HostError> {
        Site::new(self.fleet.host(host)?, &step.deploy_directory)
    }
}

/// Parts what was got from what was not.
pub(super) fn part<T>(results: Results<T>) -> (Vec<(HostName, T)>, Failed) {
    let (mut got, mut failed) = (Vec::new(), Vec::new());
    for (host, result) in results {
        match result {
            Ok(value) => got.push((host, value)),
            Err(error) => failed.push((host, error)),
        }
    }
    (got, failed)
}

/// What runs on a host that a phase is waited for on, or is done on.
fn reached(phase: Phase, is_waited_for: bool) -> InstanceState {
    match (phase, is_waited_for) {
        (Phase::Look | Phase::Stage, _) | (Phase::Switch, true) => InstanceState::Old,
        (Phase::Switch, false) | (Phase::Verify, true) => InstanceState::Starting,
        (Phase::Verify, false) => InstanceState::New,
    }
}
