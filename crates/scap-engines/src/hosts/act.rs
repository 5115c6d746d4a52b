//! The way forward and the way back of a group.

use scap_plan::{HostName, HostObservation, Observation};
use scap_run::Failure;

use super::HostError;
use super::group::{Group, Phase, Results, part};
use super::prune::prune;
use super::site::Site;
use crate::causes::with_causes;

impl Group<'_> {
    pub(super) async fn observe(&self) -> Result<Observation, Failure> {
        self.settle().await?;
        let look = async |site: Site| site.observation();
        let seen = self.on_each(Phase::Look, &self.step.hosts, look).await;
        if !seen.is_empty() && seen.iter().all(|(_, result)| result.is_err()) {
            let (_, failed) = part(seen);
            return Err(self.failure(Phase::Look, &failed));
        }
        Ok(observation(seen))
    }

    pub(super) async fn act(&self) -> Result<(), Failure> {
        self.settle().await?;
        // On all hosts before it is promoted on the first: what cannot be fetched is found out without harm.
        let hosts = &self.step.hosts;
        let staged = self
            .on_each(Phase::Stage, hosts, |site| self.stage(site))
            .await;
        let (staged, mut failed) = part(staged);
        self.judge(Phase::Stage, &failed, self.step.failure_limit)?;
        let staged: Vec<HostName> = staged.into_iter().map(|(host, ())| host).collect();
        let promote = async |site: Site| self.promote(&site).await;
        let (_, not_promoted) = part(self.on_each(Phase::Switch, &staged, promote).await);
        failed.extend(not_promoted);
        self.judge(Phase::Switch, &failed, self.step.failure_limit)
    }

    async fn promote(&self, site: &Site) -> Result<(), HostError> {
        self.switch(site, Some(&self.step.revision)).await?;
        let mut needed = vec![self.step.revision.clone()];
        needed.extend(
            self.before(&site.host.name)
                .ok()
                .flatten()
                .map(str::to_owned),
        );
        let (pruned, kept) = (site.clone(), self.step.kept_revisions);
        let pruning = tokio::task::spawn_blocking(move || prune(&pruned, &needed, kept));
        // Old revisions harm nobody; the next deployment tries again.
        if let Err(error) = pruning.await.expect("pruning does not panic") {
            let line = format!("old revisions stay: {}", with_causes(&error));
            self.line(site, &line);
        }
        Ok(())
    }

    /// A host that failed is never passed over here, whatever the plan's limit: it may still run what is taken back.
    pub(super) async fn undo(&self) -> Result<(), Failure> {
        self.settle().await?;
        let put_back = async |site: Site| self.put_back(&site).await;
        let hosts = &self.step.hosts;
        let (_, failed) = part(self.on_each(Phase::Switch, hosts, put_back).await);
        self.judge(Phase::Switch, &failed, 0)
    }

    async fn put_back(&self, site: &Site) -> Result<(), HostError> {
        match self.before(&site.host.name) {
            Ok(revision) => self.switch(site, revision).await,
            Err(unknown) => self.untouched(site).then_some(()).ok_or(unknown),
        }
    }

    /// Whether nothing of this step is on the host.
    pub(super) fn untouched(&self, site: &Site) -> bool {
        let other = |deployed: Option<String>| deployed.as_ref() != Some(&self.step.revision);
        site.deployed().is_ok_and(other) && site.is_restart_due().is_ok_and(|due| !due)
    }
}

/// What was seen; of hosts that could not be asked, the reason.
fn observation(seen: Results<HostObservation>) -> Observation {
    let told = |(host, result): (HostName, Result<_, HostError>)| {
        let observation = result.unwrap_or_else(|error| HostObservation {
            revision: None,
            unreachable: Some(with_causes(&error)),
        });
        (host, observation)
    };
    Observation::HostGroup {
        hosts: seen.into_iter().map(told).collect(),
    }
}
