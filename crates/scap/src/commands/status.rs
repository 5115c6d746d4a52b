//! `scap status [SERVICE]`

use crate::clock::now;
use crate::context::Context;
use crate::control::verb::LookAround;
use crate::exit_code::Exit;
use crate::status::{Author, Awaiting, Runs, ServiceStatus, TargetStatus};
use crate::trouble::Trouble;
use crate::view;
use scap_journal::{Bar, RunSummary};
use scap_plan::{EnvironmentName, HostGroupName, Namespace, ReleaseName, StepKind};
use serde::Serialize;

pub(crate) async fn run(context: &Context, service: Option<String>) -> Result<Exit, Trouble> {
    let services = context.ask(LookAround { service }).await?;
    let data: Vec<Data<'_>> = services.iter().flat_map(Data::of).collect();
    context.show(&data, |width| view::status::page(&services, now(), width))?;
    Ok(Exit::Done)
}

/// One target; a service whose targets are not known has one entry without any.
#[derive(Serialize)]
struct Data<'a> {
    service: &'a str,
    target: Option<String>,
    #[serde(flatten)]
    place: Option<Place<'a>>,
    /// Null when it could not be seen.
    runs: Option<&'a Runs>,
    /// The run that brought it; null also when no run did.
    by: Option<&'a Author>,
    /// What the helmfile says, where that is known and is something else.
    not_deployed_yet: Option<&'a Awaiting>,
    /// Versions of the service that a run rolled back as bad.
    barred: &'a [Bar],
    newest_run: Option<&'a RunSummary>,
    failure: Option<String>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Place<'a> {
    Release {
        environment: &'a EnvironmentName,
        namespace: &'a Namespace,
        release: Option<&'a ReleaseName>,
    },
    HostGroup {
        host_group: &'a HostGroupName,
    },
}

impl<'a> Data<'a> {
    fn of(service: &'a ServiceStatus) -> Vec<Self> {
        let blind = Self {
            service: &service.service,
            target: None,
            place: None,
            runs: None,
            by: None,
            not_deployed_yet: None,
            barred: &service.bars,
            newest_run: service.newest_run.as_ref(),
            failure: None,
        };
        match &service.targets {
            Ok(targets) => {
                let target = |target| Self::of_target(target, &blind);
                targets.iter().map(target).collect()
            }
            Err(trouble) => vec![Self {
                failure: Some(trouble.clone()),
                ..blind
            }],
        }
    }

    fn of_target(target: &'a TargetStatus, service: &Self) -> Self {
        let place = match &target.step.kind {
            StepKind::Release(release) => Place::Release {
                environment: &release.environment,
                namespace: &release.namespace,
                release: release.release.as_ref(),
            },
            StepKind::HostGroup(group) => Place::HostGroup {
                host_group: &group.group,
            },
        };
        Self {
            target: Some(target.step.to_string()),
            place: Some(place),
            runs: target.runs.as_ref().ok(),
            by: target.author.as_ref(),
            not_deployed_yet: target.awaits.as_ref(),
            failure: target.runs.as_ref().err().map(scap_run::Failure::in_full),
            ..*service
        }
    }
}

#[cfg(test)]
mod tests;
