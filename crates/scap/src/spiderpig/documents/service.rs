//! A service: what runs where, its last runs; and all that can be deployed.

use super::checks::CheckHistory;
use super::failed;
use super::lines::RunLine;
use super::run::{Link, links};
use crate::clock::now;
use crate::control::verb::LookAround;
use crate::planning;
use crate::spiderpig::Porter;
use crate::status::{Runs, ServiceStatus, TargetStatus};
use crate::view;
use scap_plan::{Observation, Right, ServiceName, Team};
use scap_run::{RunId, UnixMillis};
use schemars::JsonSchema;
use serde::Serialize;
use spiderpig_control::Asker;
use spiderpig_protocol::{Problem, ProblemKind};

/// Runs that are shown.
const RUNS: u32 = 10;
/// Services that a search shows.
const FOUND: usize = 50;

#[derive(Serialize, JsonSchema)]
pub(super) struct ServiceDocument {
    service: String,
    owners: Vec<String>,
    targets: Vec<TargetView>,
    barred: Vec<BarView>,
    runs: Vec<RunLine>,
    checks: Vec<CheckHistory>,
    links: Vec<Link>,
    may_deploy: bool,
}

#[derive(Serialize, JsonSchema)]
struct TargetView {
    target: String,
    environment: String,
    version: Option<String>,
    since: Option<UnixMillis>,
    person: Option<String>,
    run: Option<RunId>,
    /// A sentence for each thing that is not as it was applied.
    drift: Vec<String>,
    failure: Option<String>,
    instances: usize,
}

#[derive(Serialize, JsonSchema)]
struct BarView {
    version: String,
    run: RunId,
    since: UnixMillis,
}

/// Something that the search for a deployment finds.
#[derive(Serialize, JsonSchema)]
pub(super) struct Found {
    kind: FoundKind,
    name: String,
    service: String,
    version: Option<String>,
    detail: String,
}

#[derive(Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum FoundKind {
    Service,
    LastDeployment,
}

impl Porter {
    pub(super) async fn service(
        &self,
        asker: &Asker,
        service: &ServiceName,
    ) -> Result<ServiceDocument, Problem> {
        self.may_see(asker, service)?;
        let look = LookAround {
            service: Some(service.to_string()),
        };
        let looked = self.desk.ask(asker.name.as_str(), look).await;
        let looked = looked.map_err(|trouble| trouble.problem())?;
        let status = looked.into_iter().next();
        let status =
            status.ok_or_else(|| Problem::new(ProblemKind::NotFound, "no such service"))?;
        let runs = self.desk.journal.runs(Some(service.as_str()), RUNS);
        let runs = runs.map_err(failed)?.runs;
        let team = self.team(service);
        let team = team.as_ref();
        let checks = team.map_or(&[][..], |team| &team.checks);
        let whole = self.whole_service(service);
        Ok(ServiceDocument {
            service: service.to_string(),
            owners: team.map_or_else(Vec::new, |team| team.owners.clone()),
            targets: targets(&status)?,
            barred: status.bars.iter().map(bar).collect(),
            checks: self.check_histories(checks, &runs)?,
            links: team.map_or_else(Vec::new, |team| links(&team.links, (now(), now()))),
            runs: runs
                .into_iter()
                .map(|run| self.line(run))
                .collect::<Result<_, _>>()?,
            may_deploy: self.is_allowed(asker, Right::Deploy, whole),
        })
    }

    /// Nothing of a service that no file has any more.
    fn team(&self, service: &ServiceName) -> Option<Team> {
        let settings = self.desk.settings();
        let found = settings.and_then(|settings| planning::service(&settings, service.as_str()));
        found.ok().map(|service| service.team)
    }

    /// The person's own last deployments first, then services by name.
    pub(super) fn services(&self, asker: &Asker, search: &str) -> Result<Vec<Found>, Problem> {
        let settings = self.desk.settings().map_err(|trouble| trouble.problem())?;
        let inputs = planning::inputs(&settings).map_err(|trouble| trouble.problem())?;
        let words: Vec<String> = search.split_whitespace().map(str::to_lowercase).collect();
        let services = inputs.services().iter().filter(|service| {
            let name = service.name.as_str().to_lowercase();
            let has_all = words.iter().all(|word| name.contains(word));
            has_all && self.may_see(asker, &service.name).is_ok()
        });
        let mut found = Vec::new();
        for service in services.take(FOUND) {
            let runs = self.desk.journal.runs(Some(service.name.as_str()), 1);
            let last = runs.map_err(failed)?.runs.into_iter().next();
            let is_own = last
                .as_ref()
                .is_some_and(|run| run.person == asker.name.as_str());
            found.push(Found {
                kind: if is_own {
                    FoundKind::LastDeployment
                } else {
                    FoundKind::Service
                },
                name: service.name.to_string(),
                service: service.name.to_string(),
                version: None,
                detail: last.map_or_else(
                    || "never deployed by scap".to_owned(),
                    |run| format!("run {}, {}", run.run, view::words::ago(run.created, now())),
                ),
            });
        }
        found.sort_by_key(|it| matches!(it.kind, FoundKind::Service));
        Ok(found)
    }
}

fn targets(status: &ServiceStatus) -> Result<Vec<TargetView>, Problem> {
    match &status.targets {
        Ok(targets) => Ok(targets.iter().map(target).collect()),
        Err(why) => Err(Problem::new(ProblemKind::Refused, why.clone())),
    }
}

fn target(status: &TargetStatus) -> TargetView {
    let author = status.author.as_ref();
    let (version, instances, failure) = match &status.runs {
        Ok(Runs::HostGroup { hosts }) => {
            let observation = Observation::HostGroup {
                hosts: hosts.clone(),
            };
            (Some(observation.version()), hosts.len(), None)
        }
        Ok(Runs::Release(running)) => {
            let deployed = running.deployed.as_ref();
            let version = deployed.map(|revision| revision.images.join(", "));
            let pods = deployed.and_then(|revision| revision.pods);
            (version, pods.map_or(0, |pods| pods.ready), None)
        }
        Err(failure) => (None, 0, Some(failure.message.clone())),
    };
    let environment = status.step.release();
    TargetView {
        target: status.step.to_string(),
        environment: environment.map_or_else(String::new, |step| step.environment.to_string()),
        version,
        since: author.and_then(|author| author.at),
        person: author.map(|author| author.person.clone()),
        run: author.map(|author| author.run),
        drift: drift(status),
        failure,
        instances,
    }
}

/// What somebody changed outside of helm.
fn drift(status: &TargetStatus) -> Vec<String> {
    let Ok(Runs::Release(running)) = &status.runs else {
        return Vec::new();
    };
    let drifted = running.deployed.iter().flat_map(|it| &it.drift);
    drifted
        .map(|object| {
            let object = &object.object;
            format!("{} {} was changed outside", object.kind, object.name)
        })
        .collect()
}

fn bar(bar: &scap_journal::Bar) -> BarView {
    BarView {
        version: bar.version.clone(),
        run: bar.run,
        since: bar.since,
    }
}
