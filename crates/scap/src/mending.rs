//! What mends a service's files after an undo: git still says what was taken back.

use crate::settings::{Settings, in_checkout};
use crate::trouble::Trouble;
use crate::wiring::Wiring;
use scap_engines::sources::git::Commit;
use scap_plan::{Observation, ReleaseStep, Step};
use scap_run::{Outcome, RunId, RunState};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What a person does next; nothing of it after a run that was not rolled back.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Mending {
    /// The run that bars what it rolled back as bad.
    pub(crate) barred_by: Option<RunId>,
    pub(crate) files: Option<BadFiles>,
}

/// The files of a service that still have the bad tag.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct BadFiles {
    pub(crate) service: String,
    pub(crate) bad_tag: String,
    pub(crate) good_tag: String,
    /// What brought the bad tag.
    pub(crate) commit: Commit,
}

/// An image that a run brought, and what it put back.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Tags {
    bad: String,
    good: String,
}

impl Mending {
    /// Never fails: a run's end is told also where its files cannot be looked at.
    pub(crate) async fn of(state: &RunState, world: Option<&(Settings, Wiring)>) -> Self {
        if state.outcome != Some(Outcome::RolledBack) {
            return Self::default();
        }
        Self {
            barred_by: state.has_proved_bad().then_some(state.run),
            files: match world {
                Some(world) => bad_files(world, state).await.unwrap_or_default(),
                None => None,
            },
        }
    }
}

async fn bad_files(
    (settings, wiring): &(Settings, Wiring),
    state: &RunState,
) -> Result<Option<BadFiles>, Trouble> {
    let Some(tags) = tags(state) else {
        return Ok(None);
    };
    let (checkout, below) = in_checkout(&settings.path(&settings.configuration.deployments_dir))?;
    let folders: BTreeSet<String> = releases(state)
        .map(|(_, release)| below.join(&release.directory))
        .map(|folder| folder.display().to_string())
        .collect();
    let folders: Vec<String> = folders.into_iter().collect();
    let found = wiring
        .git
        .commit_that_brought(&checkout, &tags.bad, &folders);
    let found = found.await.ok().flatten();
    Ok(found.map(|commit| BadFiles {
        service: state.plan.service.to_string(),
        bad_tag: tags.bad,
        good_tag: tags.good,
        commit,
    }))
}

fn releases(state: &RunState) -> impl Iterator<Item = (&Step, &ReleaseStep)> {
    let steps = state.plan.steps.iter();
    steps.filter_map(|step| Some((step, step.release()?)))
}

/// The one image that the run would have changed, if it is one everywhere.
fn tags(state: &RunState) -> Option<Tags> {
    let changed: BTreeSet<Tags> = releases(state).flat_map(changed_tags).collect();
    let mut changed = changed.into_iter();
    changed.next().filter(|_| changed.next().is_none())
}

fn changed_tags((step, release): (&Step, &ReleaseStep)) -> Vec<Tags> {
    let (Some(rendering), None) = (&release.rendering, &release.restores) else {
        return Vec::new();
    };
    let Some(Observation::Release(before)) = &step.before else {
        return Vec::new();
    };
    let new = rendering.images.iter().filter_map(|image| split(image));
    let tags = new.filter_map(|(name, bad)| {
        let mut before = before.images.iter().filter_map(|image| split(image));
        let good = before.find_map(|(known, tag)| (known == name).then_some(tag))?;
        (good != bad).then(|| Tags {
            bad: bad.to_owned(),
            good: good.to_owned(),
        })
    });
    tags.collect()
}

/// Repository and tag; none of an image that is named by its digest.
fn split(image: &str) -> Option<(&str, &str)> {
    let (name, tag) = image.rsplit_once(':')?;
    (!tag.contains('/') && !name.contains('@')).then_some((name, tag))
}
