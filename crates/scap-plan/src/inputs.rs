//! The three files together: every reference of the catalog resolved, or refused with all findings at once.

use crate::catalog::test_terms::Mention;
use crate::catalog::{self, Defaults, EnvironmentEntry, NamespaceEntry, SharedSignal, Team};
use crate::cluster_groups::{self, ClusterGroup, Environment};
use crate::error::{
    ConfigError, Located, MOST_FINDINGS, Place, Source, did_you_mean, list, short, sort, visible,
};
use crate::selection::SelectionError;
use crate::{
    ClusterGroupName, Datacenter, EnvironmentName, Namespace, ReleaseName, ServiceName,
    conftool_state,
};
use std::fmt;

/// The texts of the files that a plan is made from.
#[derive(Debug, Clone)]
pub struct Sources {
    pub service_catalog: Source,
    /// Absent where all services are on hosts.
    pub clusters: Option<ClusterSources>,
}

/// The texts of the files that Kubernetes needs.
#[derive(Debug, Clone)]
pub struct ClusterSources {
    pub cluster_groups: Source,
    pub conftool_state: Source,
}

/// All services, with all that they refer to.
#[derive(Debug, Clone, PartialEq)]
pub struct Inputs {
    services: Vec<Service>,
    /// The name of the catalog's file.
    file: String,
}

/// A service of the catalog.
#[derive(Debug, Clone, PartialEq)]
pub struct Service {
    pub name: ServiceName,
    pub target: Target,
    pub team: Team,
}

/// What a service is deployed to.
#[derive(Debug, Clone, PartialEq)]
pub enum Target {
    Kubernetes(Deployment),
    /// Path of a scap3 repository, as the catalog has it.
    Hosts {
        repository: String,
    },
}

/// A service's places in Kubernetes.
#[derive(Debug, Clone, PartialEq)]
pub struct Deployment {
    pub(crate) group: ClusterGroup,
    pub(crate) primary_datacenter: Datacenter,
    /// In the catalog's order.
    pub(crate) destinations: Vec<Destination>,
}

/// A namespace in an environment.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Destination {
    pub(crate) namespace: Namespace,
    /// As the service wrote it.
    pub(crate) written: EnvironmentName,
    /// Place of the environment in its group.
    pub(crate) environment: usize,
    /// With the place of each one's stage in the group; absent for all that are installed.
    pub(crate) releases: Option<Vec<(ReleaseName, usize)>>,
}

impl Deployment {
    /// Those of its helmfiles, from the folder of deployments on, each once.
    pub(crate) fn directories(&self) -> Vec<String> {
        let mut directories: Vec<String> = Vec::new();
        for destination in &self.destinations {
            let directory = self.group.directory_of(&destination.namespace);
            if !directories.contains(&directory) {
                directories.push(directory);
            }
        }
        directories
    }

    /// Refuses places in the tests of `file` that the service does not have.
    pub(crate) fn refuse_unknown_places(
        &self,
        team: &Team,
        file: &Source,
    ) -> Result<(), Vec<ConfigError>> {
        let mut resolver = Resolver {
            file: &file.file,
            groups: &[],
            primary: None,
            errors: Vec::new(),
        };
        resolver.mentions(team, &self.group, &self.destinations);
        if resolver.errors.is_empty() {
            Ok(())
        } else {
            Err(sort(resolver.errors))
        }
    }
}

impl Inputs {
    /// Reads and checks all files; says everything that is wrong with them.
    pub fn read(sources: &Sources) -> Result<Self, Vec<ConfigError>> {
        let services = catalog::read(&sources.service_catalog);
        let clusters = sources
            .clusters
            .as_ref()
            .map_or(Ok((Vec::new(), None)), read_clusters);
        let (services, (groups, primary)) = match (services, clusters) {
            (Ok(services), Ok(clusters)) => (services, clusters),
            (services, clusters) => {
                let errors = [services.err(), clusters.err()];
                return Err(errors.into_iter().flatten().flatten().collect());
            }
        };
        let mut resolver = Resolver {
            file: &sources.service_catalog.file,
            groups: &groups,
            primary,
            errors: Vec::new(),
        };
        let services = services
            .into_iter()
            .filter_map(|service| resolver.service(service))
            .collect();
        if resolver.errors.is_empty() {
            let file = sources.service_catalog.file.clone();
            Ok(Self { services, file })
        } else {
            Err(sort(resolver.errors))
        }
    }

    /// Gives each service in Kubernetes the operator's checks and tests, where it has none of the same name.
    #[must_use]
    pub fn with_defaults(mut self, defaults: &Defaults) -> Self {
        for service in &mut self.services {
            if matches!(service.target, Target::Kubernetes(_)) {
                service.team.take_in(defaults);
            }
        }
        self
    }

    /// Has the operator's `signals` watched when any service is deployed, but for those that its team leaves out.
    pub fn watching(mut self, signals: &[SharedSignal]) -> Result<Self, Vec<ConfigError>> {
        let file = &self.file;
        let teams = self.services.iter_mut().map(|service| &mut service.team);
        let mut errors: Vec<ConfigError> =
            teams.flat_map(|team| team.watch(signals, file)).collect();
        errors.truncate(MOST_FINDINGS);
        if errors.is_empty() {
            Ok(self)
        } else {
            Err(sort(errors))
        }
    }

    /// The service of that name.
    pub fn service(&self, name: &str) -> Result<&Service, SelectionError> {
        self.services
            .iter()
            .find(|service| service.name.as_str() == name)
            .ok_or_else(|| SelectionError::UnknownService {
                name: visible(&short(name)),
                known: self
                    .services
                    .iter()
                    .map(|service| service.name.to_string())
                    .collect(),
            })
    }

    /// All services, in the order of the catalog.
    pub fn services(&self) -> &[Service] {
        &self.services
    }
}

type Clusters = (Vec<ClusterGroup>, Option<Datacenter>);

fn read_clusters(sources: &ClusterSources) -> Result<Clusters, Vec<ConfigError>> {
    match (
        cluster_groups::read(&sources.cluster_groups),
        conftool_state::read(&sources.conftool_state),
    ) {
        (Ok(groups), Ok(primary)) => Ok((groups, Some(primary))),
        (groups, primary) => Err([groups.err(), primary.err()]
            .into_iter()
            .flatten()
            .flatten()
            .collect()),
    }
}

/// Resolves what the catalog refers to.
struct Resolver<'a> {
    file: &'a str,
    groups: &'a [ClusterGroup],
    /// There whenever there are groups.
    primary: Option<Datacenter>,
    errors: Vec<ConfigError>,
}

impl Resolver<'_> {
    fn refuse(&mut self, place: Place, message: String, hint: Option<String>) {
        if self.errors.len() < MOST_FINDINGS {
            self.errors
                .push(place.error(self.file, message).with_hint(hint));
        }
    }

    fn service(&mut self, service: catalog::Service) -> Option<Service> {
        let catalog::Service { name, target, team } = service;
        let target = match target {
            catalog::Target::Hosts { repository } => Target::Hosts { repository },
            catalog::Target::Kubernetes {
                cluster_group,
                namespaces,
            } => {
                let context = format!("service {name}");
                let group = self.group(&context, &cluster_group)?.clone();
                let destinations: Vec<Destination> = namespaces
                    .into_iter()
                    .flat_map(|namespace| self.namespace(&context, &group, namespace))
                    .collect();
                self.mentions(&team, &group, &destinations);
                Target::Kubernetes(Deployment {
                    group,
                    primary_datacenter: self.primary.clone()?,
                    destinations,
                })
            }
        };
        Some(Service { name, target, team })
    }

    /// Refuses places in tests that the service does not have.
    fn mentions(&mut self, team: &Team, group: &ClusterGroup, destinations: &[Destination]) {
        let own = |to: &Destination| group.environments[to.environment].name.clone();
        let written = destinations.iter().map(|to| to.written.clone());
        let mut environments: Vec<EnvironmentName> =
            written.chain(destinations.iter().map(own)).collect();
        environments.sort();
        environments.dedup();
        // One that is wrong was refused with its namespace.
        if !destinations.is_empty() {
            self.refuse_unknown(&team.mentions.environments, &environments);
        }
        self.refuse_unknown(&team.mentions.stages, &group.stages);
    }

    fn refuse_unknown<T: PartialEq + fmt::Display>(&mut self, named: &[Mention<T>], known: &[T]) {
        for Mention { context, name } in named {
            if !known.contains(&name.value) {
                let (one_of, found) = (list(known), &name.value);
                let message = format!("{context} must be one of {one_of}, not '{found}'");
                let hint = did_you_mean(&found.to_string(), known);
                self.refuse(name.place, message, hint);
            }
        }
    }

    fn group(&mut self, context: &str, name: &Located<ClusterGroupName>) -> Option<&ClusterGroup> {
        let groups = self.groups;
        let group = groups.iter().find(|group| group.name == name.value);
        if group.is_none() {
            let known = || groups.iter().map(|group| &group.name);
            let message = format!(
                "{context} refers to undefined cluster group '{}' (known: {})",
                name.value,
                list(known())
            );
            let hint = did_you_mean(name.value.as_str(), known());
            self.refuse(name.place, message, hint);
        }
        group
    }

    fn namespace(
        &mut self,
        service: &str,
        group: &ClusterGroup,
        namespace: NamespaceEntry,
    ) -> Vec<Destination> {
        let context = format!("namespace {} of {service}", namespace.name);
        let mut seen: Vec<(usize, EnvironmentName)> = Vec::new();
        let mut destinations = Vec::new();
        for entry in namespace.environments {
            let Some((index, environment)) = self.environment(&context, group, &entry) else {
                continue;
            };
            let written = entry.name.value.clone();
            if let Some((_, first)) = seen.iter().find(|(other, _)| *other == index) {
                let environment = &environment.name;
                let message = format!(
                    "environments {first} and {written} of {context} both refer to environment {environment}"
                );
                self.refuse(entry.name.place, message, None);
                continue;
            }
            seen.push((index, written));
            let releases = self.releases(&context, group, &entry);
            destinations.push(Destination {
                namespace: namespace.name.clone(),
                written: entry.name.value,
                environment: index,
                releases,
            });
        }
        destinations
    }

    fn environment<'g>(
        &mut self,
        namespace: &str,
        group: &'g ClusterGroup,
        entry: &EnvironmentEntry,
    ) -> Option<(usize, &'g Environment)> {
        let name = &entry.name.value;
        let found = group
            .environments
            .iter()
            .enumerate()
            .find(|(_, environment)| environment.is_called(name));
        if found.is_none() {
            let message = format!(
                "environment {name} of {namespace}: cluster group {} has no environment named or aliased '{name}' (known: {})",
                group.name,
                list(group.environment_names())
            );
            let hint = did_you_mean(name.as_str(), group.environment_names());
            self.refuse(entry.name.place, message, hint);
        }
        found
    }

    fn releases(
        &mut self,
        namespace: &str,
        group: &ClusterGroup,
        entry: &EnvironmentEntry,
    ) -> Option<Vec<(ReleaseName, usize)>> {
        let mut releases = Vec::new();
        for release in entry.releases.as_ref()? {
            let stage = release
                .stage
                .as_ref()
                .map_or(&group.default_stage, |stage| &stage.value);
            if let Some(index) = group.stages.iter().position(|known| known == stage) {
                releases.push((release.name.clone(), index));
            } else if let Some(written) = &release.stage {
                let message = format!(
                    "stage of release {} of environment {} of {namespace} must be one of {}, not '{stage}'",
                    release.name,
                    entry.name.value,
                    list(&group.stages)
                );
                let hint = did_you_mean(stage.as_str(), &group.stages);
                self.refuse(written.place, message, hint);
            }
        }
        Some(releases)
    }
}
