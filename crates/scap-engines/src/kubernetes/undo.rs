//! The way back: to the revision that was deployed before, or, after a first install, to nothing.

use scap_plan::{Manifest, ReleaseObservation, ReleaseStatus};
use scap_run::Failure;

use super::history::{History, State};
use super::release::{Purpose, Release};

/// What undo has to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Nothing,
    RollBack(u32),
    Uninstall,
    /// What ran before was neither deployed nor absent.
    Unknown,
}

fn way(before: &ReleaseObservation, history: &History, restored: bool) -> Way {
    let Some(newest) = history.newest() else {
        // A rollback of what is gone fails, and helm's words say why.
        return before.deployed_revision.map_or(Way::Nothing, Way::RollBack);
    };
    if let Some(revision) = before.deployed_revision {
        let done = restored && newest.state == State::Deployed;
        return if done {
            Way::Nothing
        } else {
            Way::RollBack(revision)
        };
    }
    if before.revision == Some(newest.number) {
        return Way::Nothing;
    }
    // No revision was ever deployed but by this run. One that somebody uninstalled had been, and is not ours to end.
    match before.status {
        ReleaseStatus::Absent | ReleaseStatus::Failed | ReleaseStatus::Pending => Way::Uninstall,
        ReleaseStatus::Deployed | ReleaseStatus::Other => Way::Unknown,
    }
}

impl Release<'_> {
    /// A rollback that was cut off is begun anew, and helm ends a pending change by it.
    pub(super) async fn undo(&self) -> Result<(), Failure> {
        self.settle().await?;
        let history = self.history().await?;
        let newest = self.newest(&history).await?;
        let digest = newest.as_ref().map(|record| record.manifest.digest());
        let restored = digest.is_some() && digest == self.restorable_digest(&history).await?;
        match way(self.before()?, &history, restored) {
            // The workloads may still be scaled to none, by an undo that was cut off.
            Way::Nothing => self.return_restored().await,
            Way::RollBack(revision) => {
                if let Some(record) = newest.filter(|_| self.step.relief.is_some()) {
                    self.leave_traffic_to_relief(&record.manifest).await?;
                }
                let rollback = self.settings().rollback(self.step, self.name, revision);
                let by_hand = self.helm_by_hand(&format!("rollback {} {revision}", self.name));
                self.run(Purpose::Undo, &rollback)
                    .await
                    .map_err(|failure| failure.command(by_hand))?;
                self.return_restored().await
            }
            Way::Uninstall => {
                if let Some(record) = &newest {
                    self.leave_traffic(&record.manifest).await?;
                }
                let uninstall = self.settings().uninstall(self.step, self.name);
                let by_hand = self.helm_by_hand(&format!("uninstall {}", self.name));
                self.run(Purpose::Undo, &uninstall)
                    .await
                    .map_err(|failure| failure.command(by_hand))
            }
            Way::Unknown => Err(Failure::failed(format!(
                "nothing is known to go back to for {}",
                self.order.step
            ))
            .hint("it had been uninstalled with its history kept; decide by hand what shall run")
            .command(self.helm_by_hand(&format!("history {}", self.name)))),
        }
    }

    /// Stops the harm before helm takes its time, when the release beside it serves.
    async fn leave_traffic_to_relief(&self, manifest: &Manifest) -> Result<(), Failure> {
        if self.has_relief().await {
            return self.leave_traffic(manifest).await;
        }
        self.line("nothing serves beside it: it stays in the traffic until it is rolled back");
        Ok(())
    }

    async fn return_restored(&self) -> Result<(), Failure> {
        let history = self.history().await?;
        if let Some(record) = self.newest(&history).await? {
            self.return_to_traffic(&record.manifest).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kubernetes::history::tests::history;

    fn before(statuses: &[&str]) -> ReleaseObservation {
        history(statuses).observation(None)
    }

    #[test]
    fn undo_goes_back_to_what_was_deployed_and_uninstalls_only_what_never_was() {
        use Way::{Nothing, RollBack, Uninstall, Unknown};
        // What was there before, what is there now, whether it is the same manifest; revisions count from 3.
        let cases: [(&[&str], &[&str], bool, Way); 15] = [
            (
                &["deployed"],
                &["superseded", "deployed"],
                false,
                RollBack(3),
            ),
            (&["deployed"], &["deployed", "failed"], false, RollBack(3)),
            (&["deployed"], &["deployed", "failed"], true, RollBack(3)),
            (
                &["deployed"],
                &["deployed", "pending-upgrade"],
                false,
                RollBack(3),
            ),
            (
                &["deployed", "failed"],
                &["superseded", "failed", "deployed"],
                false,
                RollBack(3),
            ),
            (
                &["deployed"],
                &["superseded", "superseded", "pending-rollback"],
                true,
                RollBack(3),
            ),
            (
                &["deployed"],
                &["superseded", "superseded", "deployed"],
                true,
                Nothing,
            ),
            (&["deployed"], &["deployed"], true, Nothing),
            (&["deployed"], &[], false, RollBack(3)),
            (&[], &["deployed"], false, Uninstall),
            (&[], &["pending-install"], false, Uninstall),
            (&[], &[], false, Nothing),
            (&["failed"], &["superseded", "deployed"], false, Uninstall),
            (&["failed"], &["failed"], false, Nothing),
            (
                &["uninstalled"],
                &["superseded", "deployed"],
                false,
                Unknown,
            ),
        ];
        for (then, now, restored, expected) in cases {
            let found = way(&before(then), &history(now), restored);
            assert_eq!(found, expected, "{then:?} to {now:?}");
        }
    }
}
