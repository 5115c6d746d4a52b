//! From a service's name to its plan, with what runs now at each step's target.

use crate::cli::SelectionArguments;
use crate::settings::{self, Settings};
use crate::trouble::Trouble;
use crate::wiring::Wiring;
use futures::future::join_all;
use scap_execute::World;
use scap_plan::{
    ClusterSources, Inputs, Installed, Observation, Plan, Scap3Repository, Scap3Settings,
    Selection, Service, Source, Sources, StepId, StepKind, Target, plan_hosts, plan_releases,
};
use scap_run::{Failure, Order, RunId, Stop};
use std::collections::BTreeMap;
use std::path::Path;

/// The catalog and what it refers to.
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
    Ok(inputs.with_defaults(&configuration.defaults))
}

/// The plan of a deployment, each step with what runs at its target now.
pub(crate) async fn plan(
    settings: &Settings,
    wiring: &Wiring,
    world: &World,
    service: &Service,
    wanted: &SelectionArguments,
) -> Result<Plan, Trouble> {
    observe(unobserved(settings, wiring, service, wanted).await?, world).await
}

/// The plan of a deployment, nothing of whose targets was looked at.
pub(crate) async fn unobserved(
    settings: &Settings,
    wiring: &Wiring,
    service: &Service,
    wanted: &SelectionArguments,
) -> Result<Plan, Trouble> {
    refuse_what_does_not_fit(service, wanted)?;
    let mut plan = match &service.target {
        Target::Hosts { repository } => {
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
            plan_hosts(
                service,
                &repository_of(&checkout)?,
                &checkout.display().to_string(),
                &revision,
            )?
        }
        Target::Kubernetes(_) => {
            let selection = Selection {
                environments: wanted.environments.clone(),
                ..Selection::default()
            };
            let preview = plan_releases(service, &selection, None)?;
            let installed = installed(wiring, &preview).await?;
            plan_releases(service, &selection, Some(&installed))?
        }
    };
    plan.policy.concurrency = settings.configuration.concurrency;
    Ok(plan)
}

/// A wish that a service cannot fulfil is not passed over: it would be deployed to more than was asked for.
fn refuse_what_does_not_fit(service: &Service, wanted: &SelectionArguments) -> Result<(), Trouble> {
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
        id,
        step: plan.step(id),
        attempt: 0,
        stop: Stop::never(),
        progress: world.progress.as_ref(),
    };
    world.engine.observe(order).await
}

/// The releases that helmfile installs, in each environment that the preview does not know them of.
async fn installed(wiring: &Wiring, preview: &Plan) -> Result<Installed, Trouble> {
    let mut installed = Installed::new();
    for step in &preview.steps {
        if let StepKind::Release(release) = &step.kind
            && release.release.is_none()
        {
            let found = wiring.kubernetes.installed_releases(release).await?;
            installed.insert(
                (release.namespace.clone(), release.environment.clone()),
                found.into_iter().map(Into::into).collect(),
            );
        }
    }
    Ok(installed)
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
