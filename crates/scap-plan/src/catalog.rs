//! The service catalog: what each service is deployed to, and what its team declared for it.

pub(crate) mod checks;
pub(crate) mod load;
pub(crate) mod signals;
pub(crate) mod team;
pub(crate) mod test_kinds;
pub(crate) mod test_terms;

use crate::error::{ConfigError, Located, Source};
use crate::reader::{Entry, Fields, Item, read_file};
use crate::{
    ClusterGroupName, EnvironmentName, NameError, Namespace, ReleaseName, ServiceName, StageName,
};
use checks::For;
pub use signals::SharedSignal;
pub use team::{Defaults, Image, Team};

/// One service, as the catalog has it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Service {
    pub(crate) name: ServiceName,
    pub(crate) target: Target,
    pub(crate) team: Team,
}

/// What a service is deployed to.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Target {
    Kubernetes {
        cluster_group: Located<ClusterGroupName>,
        namespaces: Vec<NamespaceEntry>,
    },
    /// Path of a scap3 repository, as the catalog has it.
    Hosts { repository: String },
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct NamespaceEntry {
    pub(crate) name: Namespace,
    pub(crate) environments: Vec<EnvironmentEntry>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct EnvironmentEntry {
    /// The environment's name or an alias of it.
    pub(crate) name: Located<EnvironmentName>,
    /// Absent when the service has all that are installed deployed.
    pub(crate) releases: Option<Vec<ReleaseEntry>>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ReleaseEntry {
    pub(crate) name: ReleaseName,
    pub(crate) stage: Option<Located<StageName>>,
}

pub(crate) const KEYS: &[&str] = &["services"];
pub(crate) const SERVICE_KEYS: &[&str] = &["cluster_group", "namespaces"];
pub(crate) const HOST_SERVICE_KEYS: &[&str] = &["hosts"];
pub(crate) const HOSTS_KEYS: &[&str] = &["repository"];
pub(crate) const NAMESPACE_KEYS: &[&str] = &["environments"];
pub(crate) const ENVIRONMENT_KEYS: &[&str] = &["releases"];
pub(crate) const RELEASE_KEYS: &[&str] = &["stage"];

/// Reads the catalog by itself; what it says about cluster groups is checked against them by [`crate::Catalog`].
pub(crate) fn read(source: &Source) -> Result<Vec<Service>, Vec<ConfigError>> {
    read_file(source, "service catalog", |item| {
        item.fields(KEYS)?
            .required("services")
            .each(("service", "services"), service)
    })
}

fn service(entry: Entry<'_, ServiceName>) -> Option<Service> {
    let fields = entry.item.open_fields()?;
    let on_hosts = fields.has("hosts");
    let target_keys = if on_hosts {
        HOST_SERVICE_KEYS
    } else {
        SERVICE_KEYS
    };
    fields.expect(&[target_keys, team::KEYS].concat());
    let target = if on_hosts {
        hosts(&fields)
    } else {
        kubernetes(&fields)
    };
    let target_kind = if on_hosts {
        For::Hosts
    } else {
        For::Kubernetes
    };
    let team = team::read(&fields, target_kind);
    Some(Service {
        name: entry.name,
        target: target?,
        team: team?,
    })
}

fn hosts(fields: &Fields<'_>) -> Option<Target> {
    let hosts = fields.required("hosts").fields(HOSTS_KEYS)?;
    Some(Target::Hosts {
        repository: hosts.required("repository").owned_text()?,
    })
}

fn kubernetes(fields: &Fields<'_>) -> Option<Target> {
    let group = fields.required("cluster_group");
    let cluster_group = group.parsed();
    let namespaces = fields
        .required("namespaces")
        .each(("namespace", "namespaces"), namespace);
    Some(Target::Kubernetes {
        cluster_group: group.located(cluster_group?),
        namespaces: namespaces?,
    })
}

fn namespace(entry: Entry<'_, Namespace>) -> Option<NamespaceEntry> {
    let environments = entry.item.fields(NAMESPACE_KEYS)?.required("environments");
    let environments = environments.each(("environment", "environments"), environment)?;
    Some(NamespaceEntry {
        name: entry.name,
        environments,
    })
}

fn environment(entry: Entry<'_, EnvironmentName>) -> Option<EnvironmentEntry> {
    let releases = entry
        .item
        .fields(ENVIRONMENT_KEYS)?
        .optional("releases", releases)?;
    Some(EnvironmentEntry {
        name: entry.item.located_at_key(entry.name),
        releases,
    })
}

fn releases(item: &Item<'_>) -> Option<Vec<ReleaseEntry>> {
    if item.is_empty_mapping() {
        item.refuse_with_hint(
            "must not be empty",
            "omit the key to deploy all releases that are installed".to_owned(),
        );
        return None;
    }
    item.each(("release", "releases"), release)
}

fn release(entry: Entry<'_, ReleaseName>) -> Option<ReleaseEntry> {
    let stage = entry
        .item
        .fields(RELEASE_KEYS)?
        .optional("stage", |item| Some(item.located(item.parsed()?)))?;
    Some(ReleaseEntry {
        name: entry.name,
        stage,
    })
}

/// The name of a check, test, link or variable: what journal, page and command line show.
pub(crate) struct Key(String);

impl TryFrom<String> for Key {
    type Error = NameError;
    fn try_from(text: String) -> Result<Self, NameError> {
        // One rule for every name: the one for a service's.
        ServiceName::new(text).map(|name| Self(name.into()))
    }
}
