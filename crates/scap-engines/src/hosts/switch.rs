//! Makes a host run another revision: the symlink changes at once, then the service is restarted.

use std::collections::BTreeMap;
use std::time::Duration;

use super::HostError;
use super::group::{Direction, Group};
use super::programs::Purpose;
use super::site::Site;
use crate::process::{Leftovers, Program};
use crate::search_path::{SEARCH_PATH, find_program};

/// A service that takes longer to restart is taken for one that hangs.
const RESTART_TIMEOUT: Duration = Duration::from_mins(5);

impl Group<'_> {
    /// Afterwards `revision` is deployed, nothing if it is absent, and the service was restarted since. Nothing is done if
    /// that holds already.
    pub(super) async fn switch(
        &self,
        site: &Site,
        revision: Option<&str>,
    ) -> Result<(), HostError> {
        if site.deployed()?.as_deref() == revision && !site.is_restart_due()? {
            return Ok(());
        }
        if let Some(revision) = revision
            && !site.is_complete(revision)
        {
            return Err(HostError::Incomplete {
                revision: revision.to_owned(),
                revisions: site.revisions.clone(),
            });
        }
        if self.step.restart_command.is_empty() {
            let _held = self.hold().await?;
            return site.point_at(revision);
        }
        // Looked for before anything is changed, and noted so that no crash can make a restart be forgotten.
        let program = self.restart_program(site, revision)?;
        let purpose = match self.direction {
            Direction::Forward => Purpose::Restart,
            Direction::Back => Purpose::UndoRestart,
        };
        let id = self.program_id(purpose, self.order.attempt, &site.host.name)?;
        let held = self.hold().await?;
        site.mark_restart_due(&id)?;
        site.point_at(revision)?;
        drop(held);
        match self.run(purpose, site, &program).await {
            // A service without files cannot start, and may say so; what counts is that its port closes.
            Err(HostError::Program { .. }) if revision.is_none() => {}
            result => result?,
        }
        let _held = self.hold().await?;
        site.unmark_restart_due()
    }

    fn restart_program(&self, site: &Site, revision: Option<&str>) -> Result<Program, HostError> {
        let (command, arguments) = self
            .step
            .restart_command
            .split_first()
            .expect("it is not empty");
        let executable = find_program(command, &site.host.root)?;
        Ok(Program {
            arguments: arguments.to_vec(),
            environment: environment(site, revision),
            directory: site.host.root.clone(),
            timeout: Some(RESTART_TIMEOUT),
            // The service itself, if the command starts it.
            leftovers: Leftovers::Leave,
            ..Program::new("restart command", executable)
        })
    }
}

/// All that a restart command gets to know.
pub(super) fn environment(site: &Site, revision: Option<&str>) -> BTreeMap<String, String> {
    let folder = revision.map(|revision| site.revision(revision).display().to_string());
    let variables = [
        ("PATH", SEARCH_PATH.to_owned()),
        ("SCAP_HOST", site.host.name.to_string()),
        ("SCAP_HOST_ROOT", site.host.root.display().to_string()),
        ("SCAP_HOST_ADDRESS", site.host.address.to_string()),
        ("SCAP_REV_PATH", folder.unwrap_or_default()),
        ("SCAP_FINAL_PATH", site.link.display().to_string()),
        ("SCAP_COMMIT", revision.unwrap_or_default().to_owned()),
    ];
    variables
        .map(|(name, value)| (name.to_owned(), value))
        .into()
}
