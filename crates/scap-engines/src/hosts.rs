//! Brings a revision of a git repository to hosts: fetched beside what runs, promoted by a symlink, restarted, read back.
//!
//! On a host, `DEPLOY_DIR` is a symlink to `DEPLOY_DIR-cache/revs/REVISION`; the repository is in `DEPLOY_DIR-cache/cache`.
//! A revision has [`COMPLETE`] in it once all of it is there, and is not used before. While a restart is due,
//! `DEPLOY_DIR-cache/restart-due` says so, whatever becomes of who wanted it.

mod act;
mod error;
mod failure;
mod fleet;
mod group;
mod on_host;
mod preflight;
mod programs;
mod prune;
mod site;
mod stage;
mod switch;
mod verify;

pub use error::HostError;
pub use fleet::Fleet;
pub use site::COMPLETE;

use futures::FutureExt;
use scap_plan::{Observation, Plan};
use scap_run::{Engine, Expectation, Failure, Finding, Inspect, Order, Readback, Work};

use crate::process::Supervisor;
use crate::sources::git::Git;
use group::{Direction, Group};

/// The engine for host groups.
#[derive(Clone, Debug)]
pub struct HostsEngine {
    supervisor: Supervisor,
    git: Git,
    fleet: Fleet,
}

impl HostsEngine {
    /// `supervisor` keeps the programs that are run on hosts, by run and step.
    pub fn new(supervisor: Supervisor, git: Git, fleet: Fleet) -> Self {
        Self {
            supervisor,
            git,
            fleet,
        }
    }
}

impl Engine for HostsEngine {
    fn observe<'a>(&'a self, order: Order<'a>) -> Work<'a, Result<Observation, Failure>> {
        async { Group::new(self, order, Direction::Forward)?.observe().await }.boxed()
    }

    fn act<'a>(&'a self, order: Order<'a>) -> Work<'a, Result<(), Failure>> {
        async { Group::new(self, order, Direction::Forward)?.act().await }.boxed()
    }

    fn undo<'a>(&'a self, order: Order<'a>) -> Work<'a, Result<(), Failure>> {
        async { Group::new(self, order, Direction::Back)?.undo().await }.boxed()
    }

    fn verify<'a>(
        &'a self,
        order: Order<'a>,
        expectation: Expectation,
    ) -> Work<'a, Result<Readback, Failure>> {
        let direction = match expectation {
            Expectation::Planned => Direction::Forward,
            Expectation::Restored => Direction::Back,
        };
        async move { Group::new(self, order, direction)?.verify().await }.boxed()
    }

    /// Nobody keeps an eye on hosts yet beyond what tests and evidence ask.
    fn watch<'a>(&'a self, _order: Order<'a>) -> Work<'a, Failure> {
        std::future::pending().boxed()
    }
}

impl Inspect for HostsEngine {
    fn preflight<'a>(&'a self, plan: &'a Plan) -> Work<'a, Vec<Finding>> {
        preflight::preflight(self, plan).boxed()
    }
}
