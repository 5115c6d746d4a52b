//! Which run brought what runs at a target.

use super::Runs;
use crate::trouble::Trouble;
use scap_engines::kubernetes::Running;
use scap_journal::{Journal, RunSummary};
use scap_plan::{HostObservation, Observation, ReleaseStep, Step, StepKind};
use scap_run::{RunId, RunState, StepState, StepStatus, UnixMillis};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Runs of a service that are looked through.
const RUNS: u32 = 1_000;
/// Runs that are looked through for a host group, of which nobody knows when it got what it has.
const RUNS_OF_HOSTS: usize = 20;

/// A run that brought something, or brought it back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Author {
    pub(crate) run: RunId,
    pub(crate) person: String,
    /// When the run was done with the target; absent while it goes on.
    pub(crate) at: Option<UnixMillis>,
    /// Whether it put back what had run before.
    pub(crate) was_undo: bool,
}

/// The runs of a service, each of them read when it is wanted first.
pub(crate) struct Authors<'a> {
    journal: &'a Journal,
    /// The newest first.
    runs: Vec<RunSummary>,
    read: BTreeMap<RunId, RunState>,
}

impl<'a> Authors<'a> {
    pub(crate) fn new(journal: &'a Journal, service: &str) -> Result<Self, Trouble> {
        let mut listing = journal.runs(Some(service), RUNS)?;
        // What a damaged run brought is not known, and must not be put down to an earlier one.
        if let Some(damaged) = listing.damaged.iter().max() {
            listing.runs.retain(|run| run.run > *damaged);
        }
        Ok(Self {
            journal,
            runs: listing.runs,
            read: BTreeMap::new(),
        })
    }

    pub(crate) fn newest(&self) -> Option<RunSummary> {
        self.runs.first().cloned()
    }

    /// The run that brought what `runs` at the target of `step`.
    pub(crate) fn find(&mut self, step: &Step, runs: &Runs) -> Result<Option<Author>, Trouble> {
        match (&step.kind, runs) {
            (StepKind::Release(release), Runs::Release(running)) => {
                self.of_release(release, running)
            }
            (StepKind::HostGroup(_), Runs::HostGroup { hosts }) => {
                self.of_hosts(step, only_revision(hosts.values()))
            }
            _ => Ok(None),
        }
    }

    /// The run that was at work on the release when helm began the revision.
    fn of_release(
        &mut self,
        release: &ReleaseStep,
        running: &Running,
    ) -> Result<Option<Author>, Trouble> {
        let deployed = running.deployed.as_ref();
        let Some(since) = deployed.and_then(|deployed| deployed.since) else {
            return Ok(None);
        };
        let was_going_on = |run: &&RunSummary| {
            run.created <= since && (run.outcome.is_none() || since <= run.changed)
        };
        let candidates: Vec<RunId> = self
            .runs
            .iter()
            .filter(was_going_on)
            .map(|run| run.run)
            .collect();
        for run in candidates {
            let Some(state) = self.state(run)? else {
                return Ok(None);
            };
            let author = author(state, |step, progress| {
                is_same_release(step, release) && was_at_work(progress, since)
            });
            if author.is_some() {
                return Ok(author);
            }
        }
        Ok(None)
    }

    /// The newest run that touched the group, if what it left there runs there.
    fn of_hosts(&mut self, group: &Step, runs: Option<&str>) -> Result<Option<Author>, Trouble> {
        let Some(revision) = runs else {
            return Ok(None);
        };
        let newest: Vec<RunId> = self.runs.iter().map(|run| run.run).collect();
        for run in newest.into_iter().take(RUNS_OF_HOSTS) {
            let Some(state) = self.state(run)? else {
                return Ok(None);
            };
            let touched = author(state, |step, progress| {
                is_same_group(step, group) && left(step, progress) == Some(revision)
            });
            if touched.is_some() {
                return Ok(touched);
            }
        }
        Ok(None)
    }

    /// Nothing for a damaged run.
    fn state(&mut self, run: RunId) -> Result<Option<&RunState>, Trouble> {
        if !self.read.contains_key(&run) {
            match self.journal.fold(run) {
                Ok((state, _)) => {
                    self.read.insert(run, state);
                }
                Err(error) if error.is_damage() => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(self.read.get(&run))
    }
}

/// The run as an author, if it touched a step that is meant.
fn author(state: &RunState, is_meant: impl Fn(&Step, &StepState) -> bool) -> Option<Author> {
    let mut touched = state.plan.step_ids().filter_map(|id| {
        let progress = state.step_state(id);
        (progress.is_touched() && is_meant(state.step(id), progress)).then_some(progress)
    });
    let progress = touched.next()?;
    Some(Author {
        run: state.run,
        person: state.person.clone(),
        at: progress.ended,
        was_undo: progress.undo_attempt > 0,
    })
}

fn is_same_release(step: &Step, release: &ReleaseStep) -> bool {
    let place = |step: &ReleaseStep| {
        let environment = step.canonical_environment.clone();
        (environment, step.namespace.clone(), step.release.clone())
    };
    matches!(&step.kind, StepKind::Release(other) if place(other) == place(release))
}

/// What came after a step had succeeded, and was not undone, came from somebody else.
fn was_at_work(progress: &StepState, at: UnixMillis) -> bool {
    let is_done = progress.status == StepStatus::Succeeded;
    let has_ended = is_done && progress.ended.is_some_and(|ended| ended < at);
    progress.started.is_some_and(|started| started <= at) && !has_ended
}

fn is_same_group(step: &Step, group: &Step) -> bool {
    match (&step.kind, &group.kind) {
        (StepKind::HostGroup(one), StepKind::HostGroup(other)) => one.group == other.group,
        _ => false,
    }
}

/// The revision that a run left on all hosts of a group.
fn left<'a>(step: &'a Step, progress: &StepState) -> Option<&'a str> {
    match (&step.kind, progress.status, &step.before) {
        (StepKind::HostGroup(group), StepStatus::Succeeded, _) => Some(&group.revision),
        (_, StepStatus::Undone, Some(Observation::HostGroup { hosts })) => {
            only_revision(hosts.values())
        }
        _ => None,
    }
}

/// What all hosts that could be asked have, if that is the same.
fn only_revision<'a>(hosts: impl Iterator<Item = &'a HostObservation>) -> Option<&'a str> {
    let mut seen = hosts.filter(|host| host.unreachable.is_none());
    let first = seen.next()?.revision.as_deref()?;
    seen.all(|host| host.runs(first)).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use StepStatus::{Failed, Started, Succeeded, Undone};

    #[test]
    fn a_run_brought_what_began_while_it_was_at_work() {
        let cases = [
            (Succeeded, 10, Some(20), [false, true, true, false]),
            (Started, 10, None, [false, true, true, true]),
            (Failed, 10, Some(20), [false, true, true, true]),
            // The undo goes on after the step itself has ended.
            (Undone, 10, Some(40), [false, true, true, true]),
        ];
        for (status, started, ended, expected) in cases {
            let progress = StepState {
                status,
                started: Some(UnixMillis(started)),
                ended: ended.map(UnixMillis),
                ..StepState::default()
            };
            let told = [9, 10, 20, 30].map(|at| was_at_work(&progress, UnixMillis(at)));
            assert_eq!(told, expected, "{status:?}");
        }
        assert!(!was_at_work(&StepState::default(), UnixMillis(10)));
    }

    #[test]
    fn hosts_have_one_revision_or_none_is_named() {
        let host = |revision: Option<&str>, is_lost: bool| HostObservation {
            revision: revision.map(str::to_owned),
            unreachable: is_lost.then(|| "timed out".to_owned()),
        };
        let same = [
            host(Some("a"), false),
            host(None, true),
            host(Some("a"), false),
        ];
        assert_eq!(only_revision(same.iter()), Some("a"));
        for mixed in [
            [host(Some("a"), false), host(Some("b"), false)],
            [host(Some("a"), false), host(None, false)],
            [host(None, true), host(None, true)],
        ] {
            assert_eq!(only_revision(mixed.iter()), None, "{mixed:?}");
        }
    }
}
