//! What runs where, since when and by whom: seen at the targets, and told from the journal.

mod author;

pub(crate) use author::{Author, Authors};

use crate::planning::{self, Rendered};
use crate::settings::Settings;
use crate::trouble::Trouble;
use crate::wiring::Wiring;
use futures::future::join_all;
use scap_engines::kubernetes::Running;
use scap_execute::World;
use scap_journal::{Bar, Journal, RunSummary};
use scap_plan::{
    HostName, HostObservation, Observation, Plan, ReleaseStep, Service, Step, StepId, StepKind,
};
use scap_run::Failure;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// All targets of one service.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ServiceStatus {
    pub(crate) service: String,
    /// Or why they are not known.
    pub(crate) targets: Result<Vec<TargetStatus>, String>,
    /// Versions that a run rolled back as bad, the newest first.
    pub(crate) bars: Vec<Bar>,
    pub(crate) newest_run: Option<RunSummary>,
}

/// One target.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct TargetStatus {
    pub(crate) step: Step,
    pub(crate) runs: Result<Runs, Failure>,
    /// What the helmfile makes of it, where that is known and is not what runs.
    pub(crate) awaits: Option<Awaiting>,
    /// The run that brought it; absent also where that is not known of hosts.
    pub(crate) author: Option<Author>,
}

/// What runs at a target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Runs {
    Release(Running),
    HostGroup {
        hosts: BTreeMap<HostName, HostObservation>,
    },
}

/// What is written and not deployed yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Awaiting {
    pub(crate) chart: String,
    pub(crate) images: Vec<String>,
}

/// Looks at all targets of a service side by side.
pub(crate) async fn look(
    settings: &Settings,
    wiring: &Wiring,
    service: &Service,
) -> Result<Vec<TargetStatus>, Trouble> {
    let (plan, rendered) = planning::targets(settings, wiring, service).await?;
    let world = wiring.world_to_look_at();
    let looks = plan
        .step_ids()
        .map(|id| target(wiring, &world, &plan, rendered.as_ref(), id));
    Ok(join_all(looks).await)
}

async fn target(
    wiring: &Wiring,
    world: &World,
    plan: &Plan,
    rendered: Option<&Rendered>,
    id: StepId,
) -> TargetStatus {
    let step = plan.step(id).clone();
    let runs = match &step.kind {
        StepKind::Release(release) => release_runs(wiring, release).await,
        StepKind::HostGroup(_) => planning::look(plan, world, id).await.map(host_group_runs),
    };
    let awaits = match (&step.kind, &runs) {
        (StepKind::Release(release), Ok(Runs::Release(running))) => {
            rendered.and_then(|rendered| awaits(release, running, rendered))
        }
        _ => None,
    };
    TargetStatus {
        step,
        runs,
        awaits,
        author: None,
    }
}

async fn release_runs(wiring: &Wiring, step: &ReleaseStep) -> Result<Runs, Failure> {
    let Some(release) = &step.release else {
        let message = format!("the releases in {} are not known", step.environment);
        return Err(Failure::unobservable(message));
    };
    let running = wiring.kubernetes.running(step, release).await?;
    Ok(Runs::Release(running))
}

fn host_group_runs(observation: Observation) -> Runs {
    let hosts = match observation {
        Observation::HostGroup { hosts } => hosts,
        Observation::Release(_) => BTreeMap::new(),
    };
    Runs::HostGroup { hosts }
}

fn awaits(step: &ReleaseStep, running: &Running, rendered: &Rendered) -> Option<Awaiting> {
    let rendering = &rendered.find(step)?.rendering;
    let runs = running.deployed.as_ref();
    let is_same = runs.is_some_and(|runs| runs.manifest_digest == rendering.manifest_digest);
    // What differs each time is compared by what a person would see of it.
    let looks_same = rendering.varies.is_some()
        && runs
            .is_some_and(|runs| runs.images == rendering.images && runs.chart == rendering.chart);
    (!is_same && !looks_same).then(|| Awaiting {
        chart: rendering.chart.clone(),
        images: rendering.images.clone(),
    })
}

/// Adds to what was seen of a service what the journal knows of it.
pub(crate) fn with_history(
    journal: &Journal,
    service: &Service,
    mut targets: Result<Vec<TargetStatus>, Trouble>,
) -> Result<ServiceStatus, Trouble> {
    let name = service.name.to_string();
    let mut authors = Authors::new(journal, &name)?;
    for target in targets.iter_mut().flatten() {
        if let Ok(runs) = &target.runs {
            target.author = authors.find(&target.step, runs)?;
        }
    }
    Ok(ServiceStatus {
        targets: targets.map_err(|trouble| trouble.in_a_line()),
        bars: journal.bars(&name)?,
        newest_run: authors.newest(),
        service: name,
    })
}
