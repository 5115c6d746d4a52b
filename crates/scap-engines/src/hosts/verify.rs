//! Reads back from every host what is deployed there, and waits for its service.

use scap_plan::HostName;
use scap_run::{Failure, Readback, Straggler};

use super::HostError;
use super::failure::summary;
use super::group::{Direction, Group, Phase, part};
use super::site::Site;
use crate::causes::with_causes;
use crate::port;

impl Group<'_> {
    /// The plan's revision on all hosts but the few that may fail; what ran before on every one.
    pub(super) async fn verify(&self) -> Result<Readback, Failure> {
        let look = async |site: Site| self.verify_host(&site).await;
        let results = self.on_each(Phase::Verify, &self.step.hosts, look).await;
        let (good, failed) = part(results);
        let allowed = match self.direction {
            Direction::Forward => self.step.failure_limit,
            Direction::Back => 0,
        };
        self.judge(Phase::Verify, &failed, allowed)?;
        let revisions: Vec<Option<&str>> = good
            .iter()
            .map(|(_, revision)| revision.as_deref())
            .collect();
        let straggler = |(host, error): &(HostName, HostError)| Straggler {
            name: host.to_string(),
            why: with_causes(error),
        };
        Ok(Readback {
            summary: summary(&revisions),
            stragglers: failed.iter().map(straggler).collect(),
        })
    }

    /// The revision that the host runs.
    async fn verify_host(&self, site: &Site) -> Result<Option<String>, HostError> {
        let found = site.deployed()?;
        let expected = match self.direction {
            Direction::Forward => Some(self.step.revision.clone()),
            Direction::Back => match self.before(&site.host.name) {
                Ok(before) => before.map(str::to_owned),
                // Nobody knows what should be there, but it is not ours.
                Err(_) if self.untouched(site) => return Ok(found),
                Err(unknown) => return Err(unknown),
            },
        };
        if found != expected {
            return Err(HostError::OtherRevision { found, expected });
        }
        if site.is_restart_due()? {
            return Err(HostError::RestartDue);
        }
        if let Some(revision) = &found
            && !site.is_complete(revision)
        {
            return Err(HostError::Incomplete {
                revision: revision.clone(),
                revisions: site.revisions.clone(),
            });
        }
        self.verify_port(site, found.is_some()).await?;
        Ok(found)
    }

    async fn verify_port(&self, site: &Site, serves: bool) -> Result<(), HostError> {
        let Some(port) = self.step.service_port else {
            return Ok(());
        };
        let address = (site.host.address, port).into();
        let within = self.step.service_timeout;
        let look = async {
            if serves {
                let open = port::until_open(address, within.duration()).await;
                open.map_err(|source| HostError::PortClosed {
                    address,
                    within,
                    source,
                })
            } else {
                let closed = port::until_closed(address, within.duration()).await;
                closed
                    .then_some(())
                    .ok_or(HostError::PortOpen { address, within })
            }
        };
        tokio::select! {
            result = look => result,
            () = self.abort.cancelled() => Err(HostError::Stopped),
        }
    }
}
