//! The programs that are run for a host, under names that a resumed run knows again.

use futures::future::join_all;
use scap_plan::HostName;
use scap_run::Failure;

use super::HostError;
use super::group::Group;
use super::site::Site;
use crate::causes::with_causes;
use crate::ended::Ended;
use crate::fenced;
use crate::process::{Program, ProgramError, ProgramId, ProgramIdError};

/// What a program is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    CreateCache,
    Fetch,
    CheckOut,
    Restart,
    UndoRestart,
}

const PURPOSES: [Purpose; 5] = [
    Purpose::CreateCache,
    Purpose::Fetch,
    Purpose::CheckOut,
    Purpose::Restart,
    Purpose::UndoRestart,
];

impl Purpose {
    fn as_str(self) -> &'static str {
        match self {
            Self::CreateCache => "create-cache",
            Self::Fetch => "fetch",
            Self::CheckOut => "check-out",
            Self::Restart => "restart",
            Self::UndoRestart => "undo-restart",
        }
    }
}

impl Group<'_> {
    /// Runs `program` for a host, with its output as progress; an error unless it succeeds.
    pub(super) async fn run(
        &self,
        purpose: Purpose,
        site: &Site,
        program: &Program,
    ) -> Result<(), HostError> {
        let id = self.program_id(purpose, self.order.attempt, &site.host.name)?;
        let line = |text: &str| self.line(site, text);
        let named = (&id, program);
        let ended = Ended::after(&self.supervisor, named, &self.abort, line).await?;
        match ended.failure() {
            None => Ok(()),
            Some(_) if ended.was_aborted() => Err(HostError::Stopped),
            Some(failure) => Err(HostError::Program {
                label: program.label.clone(),
                failure,
            }),
        }
    }

    /// Keeps runners of earlier epochs away, then waits for programs of this step, of this and of earlier attempts, that
    /// outlived one.
    pub(super) async fn settle(&self) -> Result<(), Failure> {
        drop(fenced::hold(&self.supervisor, &self.order).await?);
        let mut ids = Vec::new();
        for host in &self.step.hosts {
            for attempt in 1..=self.order.attempt {
                let named = |purpose| self.program_id(purpose, attempt, host);
                ids.extend(PURPOSES.map(named));
            }
        }
        let settled = join_all(ids.into_iter().map(|id| self.settle_one(id)));
        let failed = self
            .stoppable(settled)
            .await
            .into_iter()
            .find_map(Result::err);
        if let Some(error) = failed {
            let message = format!(
                "cannot tell whether a program for {} still runs",
                self.order.step
            );
            return Err(Failure::unobservable(message).cause(with_causes(&error)));
        }
        for host in &self.step.hosts {
            self.note_restart(host);
        }
        Ok(())
    }

    /// A restart that ended well when nobody waited for it is due no longer. What cannot be told here is told by a look.
    fn note_restart(&self, host: &HostName) {
        let Ok(site) = self.engine.site(self.step, host) else {
            return;
        };
        let restart = site.due_restart();
        let exit = restart.and_then(|id| self.supervisor.exit(&id).ok().flatten());
        if exit.is_some_and(|exit| exit.succeeded()) {
            // Left as it is, the restart is done once more.
            let _ = site.unmark_restart_due();
        }
    }

    async fn settle_one(&self, id: Result<ProgramId, ProgramIdError>) -> Result<(), ProgramError> {
        // A name that is no id was never run.
        let Ok(id) = id else { return Ok(()) };
        if self.supervisor.exit(&id)?.is_none() {
            self.supervisor.adopt(&id, &self.abort, |_| {}).await?;
        }
        Ok(())
    }

    /// `41/3-restart-1-shop5`: run, step, purpose, attempt and host.
    pub(super) fn program_id(
        &self,
        purpose: Purpose,
        attempt: u32,
        host: &HostName,
    ) -> Result<ProgramId, ProgramIdError> {
        let begin = format!(
            "{}/{}-{}-{attempt}",
            self.order.run,
            self.order.id,
            purpose.as_str()
        );
        let by_name = format!("{begin}-{host}").parse();
        // A name that is too long, or not of ASCII, gives way to its place; no host's name begins with a dot.
        let place = self.step.hosts.iter().position(|other| other == host);
        by_name.or_else(|error| match place {
            Some(place) => format!("{begin}-.{place}").parse(),
            None => Err(error),
        })
    }
}
