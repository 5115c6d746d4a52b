//! `scap plan SERVICE`

mod diff;

use crate::cli::PlanArguments;
use crate::context::Context;
use crate::control::verb::{MakePlan, Preflight};
use crate::exit_code::Exit;
use crate::planning::{Compared, Planned, team_file};
use crate::settings;
use crate::trouble::Trouble;
use crate::view;
use crate::view::page::Page;
use scap_plan::{
    ClusterSources, Difference, Inputs, Plan, PlanView, ReleasePlace, Selection, Sources,
    plan_releases,
};
use scap_run::Finding;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::PathBuf;

pub(crate) async fn run(context: &Context, arguments: &PlanArguments) -> Result<Exit, Trouble> {
    if let Some(commit) = &arguments.diff_against {
        return diff::run(context, arguments, commit).await;
    }
    if arguments.offline {
        let plan = offline(context, arguments)?;
        context.show(&PlanView::new(&plan), |width| {
            view::plan::page(&plan, width)
        })?;
        return Ok(Exit::Done);
    }
    let (planned, findings) = live(context, arguments).await?;
    let data = Data {
        plan: PlanView::new(&planned.plan),
        differences: planned.differences.iter().map(DifferenceData::of).collect(),
        hooks_left_out: &planned.hooks_left_out,
        findings: &findings,
    };
    context.show(&data, |width| page(&planned, &findings, width))?;
    Ok(Exit::Done)
}

fn page(planned: &Planned, findings: &[Finding], width: usize) -> Page {
    let mut page = view::plan::page(&planned.plan, width);
    let shown = planned.shown_differences();
    if !shown.is_empty() {
        let plan = page;
        page = view::difference::page(&shown, width);
        page.append(plan);
    }
    if !planned.plan.steps.is_empty() {
        page.append(view::plan::hooks(&planned.hooks_left_out, width));
        page.append(view::findings::page(findings, width));
    }
    page
}

/// A plan and what it changes.
#[derive(Serialize)]
struct Data<'a> {
    #[serde(flatten)]
    plan: PlanView,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    differences: Vec<DifferenceData<'a>>,
    /// Commands by the helmfile's directory.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    hooks_left_out: &'a BTreeMap<String, Vec<String>>,
    /// What stands against a run of it now.
    findings: &'a [Finding],
}

#[derive(Serialize)]
struct DifferenceData<'a> {
    #[serde(flatten)]
    release: &'a ReleasePlace,
    #[serde(flatten)]
    difference: &'a Difference,
}

impl<'a> DifferenceData<'a> {
    fn of(compared: &'a Compared) -> Self {
        Self {
            release: &compared.release,
            difference: &compared.comparison.difference,
        }
    }
}

async fn live(
    context: &Context,
    arguments: &PlanArguments,
) -> Result<(Planned, Vec<Finding>), Trouble> {
    let planned = context
        .ask(MakePlan {
            service: named(arguments).to_owned(),
            wanted: arguments.selection.wanted(),
        })
        .await?;
    let digest = planned.plan.digest();
    let findings = context.ask(Preflight { digest }).await?;
    Ok((planned, findings))
}

/// A preview from the files alone.
fn offline(context: &Context, arguments: &PlanArguments) -> Result<Plan, Trouble> {
    let path =
        |given: &Option<PathBuf>, configured: fn(&scap_plan::Configuration) -> &str| match given {
            Some(path) => Ok(path.clone()),
            None => context
                .settings()
                .map(|settings| settings.path(configured(&settings.configuration))),
        };
    let catalog = path(&arguments.service_catalog, |configuration| {
        &configuration.service_catalog
    })?;
    let groups = path(&arguments.cluster_groups, |configuration| {
        &configuration.cluster_groups
    })?;
    let state = path(&arguments.conftool_state, |configuration| {
        &configuration.conftool_state
    })?;
    let sources = Sources {
        service_catalog: settings::read(&catalog)?,
        clusters: Some(ClusterSources {
            cluster_groups: settings::read(&groups)?,
            conftool_state: settings::read(&state)?,
        }),
    };
    let inputs = Inputs::read(&sources).map_err(Trouble::Config)?;
    let service = inputs.service(named(arguments))?;
    let deployments = path(&arguments.deployments_dir, |configuration| {
        &configuration.deployments_dir
    });
    // Without the folder it is a preview still, as far as the catalog says.
    let places = deployments.into_iter().flat_map(|folder| {
        let places = service.team_file_places().into_iter();
        places.map(move |place| folder.join(place))
    });
    let service = team_file::from_places(service, places, None)?;
    let selection = Selection {
        environments: arguments.selection.environments.clone(),
        ..Selection::default()
    };
    Ok(plan_releases(&service, &selection, None)?)
}

/// Only `--diff-against` takes all services.
fn named(arguments: &PlanArguments) -> &str {
    arguments.service.as_deref().unwrap_or_default()
}
