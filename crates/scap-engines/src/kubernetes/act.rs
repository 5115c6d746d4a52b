//! The way forward: a stuck release is repaired, then helmfile brings what its files say, or helm a recorded revision.

use scap_plan::{Observation, ReleaseStatus};
use scap_run::Failure;

use super::history::{History, Revision, State};
use super::release::{Purpose, Release};
use super::settings::helmfile_in;
use crate::process::Program;

impl Release<'_> {
    pub(super) async fn observe(&self) -> Result<Observation, Failure> {
        self.settle().await?;
        let history = self.history().await?;
        let newest = self.newest(&history).await?;
        Ok(Observation::Release(history.observation(newest.as_ref())))
    }

    pub(super) async fn act(&self) -> Result<(), Failure> {
        self.settle().await?;
        self.repair(&self.history().await?).await?;
        let change = match &self.step.restores {
            Some(restored) => self
                .settings()
                .rollback(self.step, self.name, restored.revision),
            None => self.sync().await?,
        };
        let changed = self.run(Purpose::Act, &change).await;
        changed.map_err(|failure| {
            failure.command(self.helm_by_hand(&format!("history {}", self.name)))
        })
    }

    /// What brings what the helmfile says, from the plan's own copy of it.
    async fn sync(&self) -> Result<Program, Failure> {
        if self.step.rendering.is_some() {
            let file = self.engine.render_again(self.step).await?;
            return Ok(self.settings().sync(self.step, self.name, &file));
        }
        let directory = self.settings().directory_of(self.step);
        match helmfile_in(&directory) {
            Some(file) => Ok(self.settings().sync(self.step, self.name, &file)),
            None => Err(Failure::failed(format!(
                "no helmfile in `{}`",
                directory.display()
            ))),
        }
    }

    /// Ends a change that was begun and not ended, as otherwise helm refuses the next. Nothing of ours runs any more
    /// when this is called, and the run's lock keeps other runs away.
    async fn repair(&self, history: &History) -> Result<(), Failure> {
        let Some(newest) = history
            .newest()
            .filter(|_| history.status() == ReleaseStatus::Pending)
        else {
            return Ok(());
        };
        match history.deployed() {
            Some(deployed) if newest.state == State::PendingChange => {
                let (from, to) = (newest.number, deployed.number);
                self.line(&format!(
                    "revision {from} was never finished: rolling back to revision {to}"
                ));
                let rollback = self.settings().rollback(self.step, self.name, to);
                self.run(Purpose::Repair, &rollback).await
            }
            _ => self.give_up(newest).await,
        }
    }

    /// There is nothing to roll back to. Marked as failed, as helm itself would have done had it not been killed, the
    /// revision and its objects stay as evidence, and the next install takes them over. An uninstall would take both.
    async fn give_up(&self, pending: &Revision) -> Result<(), Failure> {
        self.line(&format!(
            "revision {} was never finished: marking it as failed",
            pending.number
        ));
        let why = format!(
            "Interrupted; marked as failed by scap's run {}",
            self.order.run
        );
        let _held = self.hold().await?;
        let marked = self.cluster.mark_failed(self.name, pending, &why).await;
        marked.map_err(|error| error.failure(self.order.step))
    }
}
