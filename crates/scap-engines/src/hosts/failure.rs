//! What failed on the hosts of a group, in one failure, with what a person would type.

use std::path::Path;

use scap_plan::{HostName, Plan};
use scap_run::Failure;

use super::HostError;
use super::group::{Direction, Group, Phase};
use super::site::{COMPLETE, Site};
use super::switch::environment;
use crate::causes::with_causes;

impl Group<'_> {
    /// An error when more than `allowed` hosts have `failed`, or one was stopped; the others are told as progress.
    pub(super) fn judge(
        &self,
        phase: Phase,
        failed: &[(HostName, HostError)],
        allowed: usize,
    ) -> Result<(), Failure> {
        if failed.len() > allowed || was_stopped(failed) {
            return Err(self.failure(phase, failed));
        }
        for (host, error) in failed {
            let line = format!("{host}: {}", with_causes(error));
            self.order.progress.line(self.order.id, &line);
        }
        Ok(())
    }

    pub(super) fn failure(&self, phase: Phase, failed: &[(HostName, HostError)]) -> Failure {
        let (count, total) = (failed.len(), self.step.hosts.len());
        let what = match (phase, self.direction) {
            (Phase::Look, _) => "cannot be seen",
            (Phase::Stage, _) => "could not get the revision",
            (Phase::Switch, Direction::Forward) => "could not be changed",
            (Phase::Switch, Direction::Back) => "could not be put back",
            (Phase::Verify, _) => "do not run what they should",
        };
        let message = format!("{count} of {total} hosts of `{}` {what}", self.step.group);
        let only_looks = matches!(phase, Phase::Look | Phase::Verify);
        let blind = failed.iter().all(|(_, error)| error.is_blindness());
        let mut failure = if was_stopped(failed) {
            Failure::stopped(format!("{} was stopped on request", self.order.step))
        } else if only_looks && blind && count == total {
            Failure::unobservable(message)
        } else {
            Failure::failed(message)
        };
        for (host, error) in failed {
            failure = failure.cause(format!("{host}: {}", with_causes(error)));
            failure.commands.extend(self.by_hand(host, error));
        }
        failure
    }

    /// How to look at `host` and put it right.
    fn by_hand(&self, host: &HostName, error: &HostError) -> Vec<String> {
        if matches!(error, HostError::Stopped) {
            return Vec::new();
        }
        let Ok(site) = self.engine.site(self.step, host) else {
            return Vec::new();
        };
        let wanted = match self.direction {
            Direction::Forward => Ok(Some(self.step.revision.as_str())),
            Direction::Back => self.before(host),
        };
        let mut commands = vec![words(&["ls", "-ld", &path(&site.link)])];
        if let Ok(Some(revision)) = wanted
            && !site.is_complete(revision)
        {
            commands.extend(self.restore(&site, revision));
        }
        if let Ok(wanted) = wanted {
            commands.extend(self.point(&site, wanted));
        }
        commands
    }

    /// Brings a revision to the host again.
    fn restore(&self, site: &Site, revision: &str) -> Vec<String> {
        let folder = path(&site.revision(revision));
        let from = words(&["git", "-C", &self.step.repository, "archive", revision]);
        let into = words(&["tar", "-x", "-C", &folder]);
        let marker = path(&site.revision(revision).join(COMPLETE));
        vec![
            words(&["mkdir", "-p", &folder]),
            format!("{from} | {into}"),
            format!("{} > {}", words(&["echo", revision]), words(&[&marker])),
        ]
    }

    /// Points the symlink at `revision` and restarts the service.
    fn point(&self, site: &Site, revision: Option<&str>) -> Vec<String> {
        let link = path(&site.link);
        let mut commands = Vec::new();
        if site.deployed().ok().as_ref().map(Option::as_deref) != Some(revision) {
            commands.push(match revision {
                Some(revision) => words(&["ln", "-sfn", &path(&site.target(revision)), &link]),
                None => words(&["rm", "-f", &link]),
            });
        }
        if !self.step.restart_command.is_empty() {
            let mut command = vec!["env".to_owned()];
            for (name, value) in environment(site, revision) {
                command.push(format!("{name}={value}"));
            }
            command.extend(self.step.restart_command.clone());
            let command: Vec<&str> = command.iter().map(String::as_str).collect();
            commands.push(words(&command));
            commands.push(words(&["rm", "-f", &path(&site.restart_due)]));
        }
        commands
    }
}

fn was_stopped(failed: &[(HostName, HostError)]) -> bool {
    failed
        .iter()
        .any(|(_, error)| matches!(error, HostError::Stopped))
}

fn path(path: &Path) -> String {
    path.display().to_string()
}

/// The words as one would type them.
fn words(words: &[&str]) -> String {
    // A zero byte, which no shell can take, is in no path and in no word of a program that was started.
    shlex::try_join(words.iter().copied()).unwrap_or_else(|_| words.join(" "))
}

/// The summary of a read-back: `3f2c91a0b7d2 on 5 hosts`.
pub(super) fn summary(revisions: &[Option<&str>]) -> String {
    let mut names: Vec<&str> = revisions
        .iter()
        .map(|revision| revision.map_or("nothing", Plan::short))
        .collect();
    names.sort_unstable();
    names.dedup();
    let hosts = match revisions.len() {
        1 => "1 host".to_owned(),
        many => format!("{many} hosts"),
    };
    match names.as_slice() {
        [] => "no host".to_owned(),
        names => format!("{} on {hosts}", names.join(", ")),
    }
}
