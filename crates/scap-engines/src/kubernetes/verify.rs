//! Reads back that the cluster runs what is expected.

use scap_plan::ReleaseStatus;
use scap_run::{Expectation, Failure, Readback};

use super::history::{History, State};
use super::manifest::workloads;
use super::record::Record;
use super::release::Release;

impl Release<'_> {
    pub(super) async fn verify(&self, expectation: Expectation) -> Result<Readback, Failure> {
        let history = self.history().await?;
        let newest = self.newest(&history).await?;
        match expectation {
            Expectation::Planned => self.planned(&history, newest).await,
            Expectation::Restored => self.restored(&history, newest).await,
        }
    }

    async fn planned(
        &self,
        history: &History,
        newest: Option<Record>,
    ) -> Result<Readback, Failure> {
        let before = self.before()?.revision;
        let (Some(revision), Some(record)) = (history.newest(), newest) else {
            return Err(self.unexpected("has no revision"));
        };
        if revision.state != State::Deployed {
            return Err(self.unfinished(history, &record));
        }
        if Some(revision.number) <= before {
            let what = format!("still has revision {}, as before the step", revision.number);
            return Err(self.unexpected(&what));
        }
        let wanted = self.step.wanted_digest();
        if wanted.is_some_and(|wanted| wanted != record.manifest.digest()) {
            let what = format!(
                "has revision {}, which is not what was planned",
                revision.number
            );
            return Err(self.unexpected(&what));
        }
        self.readback(revision.number, &record).await
    }

    async fn restored(
        &self,
        history: &History,
        newest: Option<Record>,
    ) -> Result<Readback, Failure> {
        let before = self.before()?;
        let (Some(revision), Some(record)) = (history.newest(), newest) else {
            if before.deployed_revision.is_some() {
                return Err(self.unexpected("is gone"));
            }
            let summary = "absent, as before".to_owned();
            return Ok(Readback {
                summary,
                stragglers: Vec::new(),
            });
        };
        if before.revision == Some(revision.number) && before.deployed_revision.is_none() {
            // Nothing was ever changed; what was there had never been deployed completely.
            let summary = format!("revision {}, untouched", revision.number);
            return Ok(Readback {
                summary,
                stragglers: Vec::new(),
            });
        }
        if revision.state != State::Deployed {
            return Err(self.unfinished(history, &record));
        }
        match self.restorable_digest(history).await? {
            Some(wanted) if wanted == record.manifest.digest() => {
                self.readback(revision.number, &record).await
            }
            _ => Err(self.unexpected(&format!(
                "has revision {}, which is not what ran before",
                revision.number
            ))),
        }
    }

    /// The digest of the manifest that undo brings back, if it is known.
    pub(super) async fn restorable_digest(
        &self,
        history: &History,
    ) -> Result<Option<String>, Failure> {
        let before = self.before()?;
        let Some(deployed) = before.deployed_revision else {
            return Ok(None);
        };
        if before.revision == Some(deployed) {
            return Ok(before.manifest_digest.clone());
        }
        let Some(revision) = history.find(deployed) else {
            return Ok(None);
        };
        let record = self.cluster.record(self.name, revision).await;
        let record = record.map_err(|error| error.failure(self.order.step))?;
        Ok(Some(record.manifest.digest()))
    }

    /// `revision 8, shop:2026-03-01, 3 of 3 pods ready`, as soon as they are.
    async fn readback(&self, revision: u32, record: &Record) -> Result<Readback, Failure> {
        let workloads = workloads(&record.manifest, &self.cluster.namespace);
        let pods = self.await_ready(revision, &workloads).await?;
        let mut summary = vec![format!("revision {revision}")];
        summary.extend(
            record
                .manifest
                .images()
                .iter()
                .map(|image| short(image).to_owned()),
        );
        if !workloads.is_empty() {
            summary.push(format!("{pods} of {pods} pods ready"));
        }
        Ok(Readback {
            summary: summary.join(", "),
            stragglers: Vec::new(),
        })
    }

    fn unfinished(&self, history: &History, record: &Record) -> Failure {
        let number = history.newest().map_or(0, |revision| revision.number);
        let what = match history.status() {
            ReleaseStatus::Pending => format!("revision {number} was begun and not finished"),
            ReleaseStatus::Failed => format!("revision {number} has failed"),
            _ => format!("revision {number} is not deployed"),
        };
        self.unexpected(&format!("is not deployed: {what}"))
            .cause(record.info.description.clone())
    }

    fn unexpected(&self, what: &str) -> Failure {
        Failure::failed(format!("{} {what}", self.order.step))
            .command(self.helm_by_hand(&format!("history {}", self.name)))
    }
}

/// `shop:2026-03-01` of `registry.example/repos/shop:2026-03-01`.
fn short(image: &str) -> &str {
    image.rsplit('/').next().unwrap_or(image)
}
