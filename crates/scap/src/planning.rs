//! From a service's name to its plan, with what runs now at each step's target.

pub(crate) mod against;
pub(crate) mod former;
pub(crate) mod httpbb;
mod ordinary;
mod past;
mod rendered;
pub(crate) mod team_file;

use crate::control::verb::Wanted;
use crate::settings::{self, Settings};
use crate::trouble::Trouble;
use crate::view::difference::ReleaseDifference;
use crate::wiring::Wiring;
use futures::future::join_all;
pub(crate) use rendered::Rendered;
use scap_engines::kubernetes::Comparison;
use scap_execute::World;
use scap_plan::{
    ClusterSources, Inputs, Observation, Plan, ReleasePlace, Scap3Repository, Scap3Settings,
    Selection, Service, Source, Sources, StepId, Target, plan_hosts, plan_releases,
};
use scap_run::{Failure, Order, RunId, Stop};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;
pub(crate) use team_file::{service, with_team_file};

/// The catalog and what it refers to, without what teams declare in files of their own.
pub(crate) fn inputs(settings: &Settings) -> Result<Inputs, Trouble> {
    let configuration = &settings.configuration;
    let [groups, state] = [&configuration.cluster_groups, &configuration.conftool_state]
        .map(|path| settings.path(path));
    // A place with hosts only has neither; one that has one of them must have both.
    let clusters = if groups.exists() || state.exists() {
        let [cluster_groups, conftool_state] = [settings::read(&groups), settings::read(&state)];
        Some(ClusterSources {
            cluster_groups: cluster_groups?,
            conftool_state: conftool_state?,
        })
    } else {
        None
    };
    let service_catalog = settings::read(&settings.path(&configuration.service_catalog))?;
    let inputs = Inputs::read(&Sources {
        service_catalog,
        clusters,
    });
    let inputs = inputs.map_err(Trouble::Config)?;
    let inputs = inputs.with_defaults(&configuration.defaults);
    inputs
        .watching(&configuration.watched)
        .map_err(Trouble::Config)
}

/// A plan, and what it changes of each release.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Planned {
    pub(crate) plan: Plan,
    pub(crate) differences: Vec<Compared>,
    /// Commands that the hooks of each helmfile would have run, by its directory.
    pub(crate) hooks_left_out: BTreeMap<String, Vec<String>>,
}

/// A release with its difference.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Compared {
    pub(crate) release: ReleasePlace,
    pub(crate) comparison: Comparison,
}

impl Planned {
    /// The releases that are in the plan, as a person reads them.
    pub(crate) fn shown_differences(&self) -> Vec<ReleaseDifference<'_>> {
        let changed = self
            .differences
            .iter()
            .filter(|compared| !compared.comparison.is_unchanged);
        changed
            .map(
                |Compared {
                     release,
                     comparison,
                 }| ReleaseDifference {
                    place: format!("in {} ({})", release.environment, release.namespace),
                    release: &release.release,
                    difference: &comparison.difference,
                },
            )
            .collect()
    }
}

/// Previews of all services in Kubernetes, from the files alone; none where a file cannot be read.
pub(crate) fn previews(settings: &Settings) -> Vec<Plan> {
    let Ok(inputs) = inputs(settings) else {
        return Vec::new();
    };
    let services = inputs.services().iter();
    services
        .filter_map(|service| plan_releases(service, &Selection::default(), None).ok())
        .collect()
}

/// The plan of a deployment, each step with what runs at its target now. Releases without a difference are left out.
pub(crate) async fn plan(
    settings: &Settings,
    wiring: &Wiring,
    world: &World,
    service: &Service,
    wanted: &Wanted,
) -> Result<Planned, Trouble> {
    refuse_what_does_not_fit(service, wanted)?;
    let mut planned = match &service.target {
        Target::Hosts { repository } => Planned {
            plan: hosts(settings, wiring, service, repository, wanted).await?,
            differences: Vec::new(),
            hooks_left_out: BTreeMap::new(),
        },
        Target::Kubernetes(_) => releases(wiring, service, wanted).await?,
    };
    planned.plan.policy.concurrency = settings.configuration.concurrency;
    let plan = httpbb::bound(settings, planned.plan)?;
    planned.plan = observe(plan, world).await?;
    Ok(planned)
}

/// All targets of a service, and what its helmfiles make of them where that is known or must be: helmfile runs only for
/// environments whose releases the catalog does not list.
pub(crate) async fn targets(
    settings: &Settings,
    wiring: &Wiring,
    service: &Service,
) -> Result<(Plan, Option<Rendered>), Trouble> {
    let wanted = Wanted {
        environments: Vec::new(),
        revision: None,
    };
    if let Target::Hosts { repository } = &service.target {
        let plan = hosts(settings, wiring, service, repository, &wanted).await?;
        return Ok((plan, None));
    }
    let selection = selection(&wanted);
    let preview = plan_releases(service, &selection, None)?;
    let rendered = match Rendered::before(wiring, &preview) {
        None if names_all_releases(&preview) => return Ok((preview, None)),
        None => Rendered::of(&wiring.kubernetes, service, &selection).await?,
        Some(rendered) => rendered,
    };
    let plan = plan_releases(service, &selection, Some(&rendered.installed(service)))?;
    Ok((plan, Some(rendered)))
}

fn names_all_releases(preview: &Plan) -> bool {
    preview.releases().all(|step| step.release.is_some())
}

/// The plan of a deployment, nothing of whose targets was looked at: all releases are in it.
pub(crate) async fn unobserved(
    settings: &Settings,
    wiring: &Wiring,
    service: &Service,
    wanted: &Wanted,
) -> Result<Plan, Trouble> {
    refuse_what_does_not_fit(service, wanted)?;
    match &service.target {
        Target::Hosts { repository } => hosts(settings, wiring, service, repository, wanted).await,
        Target::Kubernetes(_) => {
            let selection = selection(wanted);
            let rendered = Rendered::of(&wiring.kubernetes, service, &selection).await?;
            let installed = rendered.installed(service);
            Ok(plan_releases(service, &selection, Some(&installed))?)
        }
    }
}

async fn hosts(
    settings: &Settings,
    wiring: &Wiring,
    service: &Service,
    repository: &str,
    wanted: &Wanted,
) -> Result<Plan, Trouble> {
    let checkout = settings.path(repository);
    let wanted = wanted.revision.as_deref().unwrap_or("HEAD");
    let revision = wiring.git.resolve(&checkout, wanted).await;
    let revision = revision.map_err(|error| {
        Failure::failed(format!(
            "revision `{wanted}` of service `{}` cannot be deployed",
            service.name
        ))
        .caused_by(&error)
    })?;
    let plan = plan_hosts(
        service,
        &repository_of(&checkout)?,
        &checkout.display().to_string(),
        &revision,
    )?;
    Ok(plan)
}

async fn releases(wiring: &Wiring, service: &Service, wanted: &Wanted) -> Result<Planned, Trouble> {
    let mut selection = selection(wanted);
    let rendered = Rendered::of(&wiring.kubernetes, service, &selection).await?;
    let installed = rendered.installed(service);
    let everything = plan_releases(service, &selection, Some(&installed))?;
    let differences = rendered.compare(wiring, &everything).await?;
    let unchanged = differences
        .iter()
        .filter(|compared| compared.comparison.is_unchanged);
    selection.unchanged = unchanged
        .map(|compared| {
            let release = compared.release.clone();
            (release.namespace, release.environment, release.release)
        })
        .collect();
    Ok(Planned {
        plan: plan_releases(service, &selection, Some(&installed))?,
        differences,
        hooks_left_out: rendered.hooks_left_out(),
    })
}

fn selection(wanted: &Wanted) -> Selection {
    Selection {
        environments: wanted.environments.clone(),
        ..Selection::default()
    }
}

/// A wish that a service cannot fulfil is not passed over: it would be deployed to more than was asked for.
fn refuse_what_does_not_fit(service: &Service, wanted: &Wanted) -> Result<(), Trouble> {
    let name = &service.name;
    match &service.target {
        Target::Hosts { .. } if !wanted.environments.is_empty() => Err(Trouble::usage(
            format!("service `{name}` is deployed to hosts, which have no environments"),
            "leave `--environment` out",
        )),
        Target::Kubernetes(_) if wanted.revision.is_some() => Err(Trouble::usage(
            format!(
                "service `{name}` is deployed to Kubernetes, which has no revisions of a repository"
            ),
            "leave `--revision` out",
        )),
        _ => Ok(()),
    }
}

/// Takes in what runs at each step's target, looking at all at once.
pub(crate) async fn observe(plan: Plan, world: &World) -> Result<Plan, Trouble> {
    let seen = join_all(plan.step_ids().map(|id| look(&plan, world, id))).await;
    let seen: Vec<Observation> = seen.into_iter().collect::<Result<_, _>>()?;
    Ok(plan.observed(seen))
}

/// What runs at a step's target.
pub(crate) async fn look(plan: &Plan, world: &World, id: StepId) -> Result<Observation, Failure> {
    // No run has this number: there is nothing to adopt, only to look at.
    let run = RunId(0);
    let order = Order {
        run,
        epoch: 0,
        id,
        step: plan.step(id),
        attempt: 0,
        stop: Stop::never(),
        progress: world.progress.as_ref(),
    };
    world.engine.observe(order).await
}

fn repository_of(checkout: &Path) -> Result<Scap3Repository, Trouble> {
    let folder = checkout.join("scap");
    let settings = Scap3Settings::read(
        &settings::read(&folder.join("scap.cfg"))?,
        domain().as_deref(),
    );
    let settings = settings.map_err(Trouble::Config)?;
    let texts: Result<BTreeMap<String, Source>, Trouble> = settings
        .targets
        .iter()
        .map(|target| {
            Ok((
                target.path.clone(),
                settings::read(&folder.join(&target.path))?,
            ))
        })
        .collect();
    settings.with_targets(&texts?).map_err(Trouble::Config)
}

/// The domain of this host, as its own name has it.
fn domain() -> Option<String> {
    let name = rustix::system::uname()
        .nodename()
        .to_string_lossy()
        .into_owned();
    name.split_once('.').map(|(_, domain)| domain.to_owned())
}
