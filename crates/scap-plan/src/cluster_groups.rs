//! Cluster groups: the environments of each, where they are, and the stages in order.

use crate::error::{ConfigError, Source, quoted};
use crate::reader::{Entry, Fields, Item, read_file};
use crate::{ClusterGroupName, Datacenter, EnvironmentName, EnvironmentType, Namespace, StageName};

/// Clusters that are deployed to together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ClusterGroup {
    pub(crate) name: ClusterGroupName,
    /// The folder of its helmfiles below the deployments folder.
    pub(crate) directory: String,
    /// In the group's order.
    pub(crate) environments: Vec<Environment>,
    /// In order.
    pub(crate) stages: Vec<StageName>,
    pub(crate) default_stage: StageName,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Environment {
    pub(crate) name: EnvironmentName,
    pub(crate) aliases: Vec<EnvironmentName>,
    pub(crate) datacenter: Datacenter,
    pub(crate) kind: EnvironmentType,
}

pub(crate) const GROUP_KEYS: &[&str] = &[
    "dir",
    "environments",
    "environment_stages",
    "environment_default_stage",
];
pub(crate) const ENVIRONMENT_KEYS: &[&str] = &["datacenter", "type", "aliases"];

pub(crate) const DEFAULT_DIRECTORY: &str = "services";
const TYPES: &[(&str, EnvironmentType)] = &[
    ("STAGING", EnvironmentType::Staging),
    ("PRODUCTION", EnvironmentType::Production),
];

impl ClusterGroup {
    /// Of a helmfile, from the folder of deployments on.
    pub(crate) fn directory_of(&self, namespace: &Namespace) -> String {
        format!("{}/{namespace}", self.directory)
    }
}

pub(crate) fn read(source: &Source) -> Result<Vec<ClusterGroup>, Vec<ConfigError>> {
    read_file(source, "cluster groups file", |item| {
        item.each(("cluster group", "cluster groups"), group)
    })
}

fn group(entry: Entry<'_, ClusterGroupName>) -> Option<ClusterGroup> {
    let fields = entry.item.fields(GROUP_KEYS)?;
    let directory = fields.or("dir", DEFAULT_DIRECTORY.to_owned(), directory);
    let environments = fields
        .required("environments")
        .each(("environment", "environments"), environment);
    let environments = environments.and_then(|found| without_ambiguity(&entry.item, found));
    let stages = stages(&fields.required("environment_stages"));
    let default_stage = default_stage(&fields, stages.as_deref());
    Some(ClusterGroup {
        name: entry.name,
        directory: directory?,
        environments: environments?,
        stages: stages?,
        default_stage: default_stage?,
    })
}

/// A folder below the deployments folder: no way out of it.
fn directory(item: &Item<'_>) -> Option<String> {
    let path = item.text()?;
    if path
        .split('/')
        .all(|part| ClusterGroupName::new(part).is_ok())
    {
        return Some(path.to_owned());
    }
    item.refuse(&format!(
        "must be a relative path without `..`, not {}",
        quoted(path)
    ));
    None
}

fn stages(item: &Item<'_>) -> Option<Vec<StageName>> {
    item.without_duplicates(item.filled_list(Item::parsed)?)
}

fn default_stage(fields: &Fields<'_>, stages: Option<&[StageName]>) -> Option<StageName> {
    let item = fields.required("environment_default_stage");
    let stage: StageName = item.parsed()?;
    // Without the stages there is an error already, and nothing to compare with.
    if let Some(stages) = stages.filter(|stages| !stages.contains(&stage)) {
        item.refuse_choice(stage.as_str(), || stages);
        return None;
    }
    Some(stage)
}

fn environment(entry: Entry<'_, EnvironmentName>) -> Option<(Item<'_>, Environment)> {
    let fields = entry.item.fields(ENVIRONMENT_KEYS)?;
    let datacenter = fields.required("datacenter").parsed();
    let kind = fields.required("type").choice(TYPES);
    let aliases = fields.or("aliases", Vec::new(), |item| {
        item.set(Item::parsed::<EnvironmentName>)
    });
    let environment = Environment {
        name: entry.name,
        aliases: aliases?,
        datacenter: datacenter?,
        kind: kind?,
    };
    Some((entry.item, environment))
}

/// A name or alias may refer to one environment only.
fn without_ambiguity(
    group: &Item<'_>,
    found: Vec<(Item<'_>, Environment)>,
) -> Option<Vec<Environment>> {
    let mut is_clear = true;
    for (index, (item, environment)) in found.iter().enumerate() {
        for name in environment.names() {
            if let Some((_, other)) = found[..index]
                .iter()
                .find(|(_, other)| other.is_called(name))
            {
                is_clear = false;
                let (group, first, second) = (group.context(), &other.name, &environment.name);
                item.report_at_key(format!(
                    "{group}: '{name}' refers to more than one environment ({first}, {second})"
                ));
            }
        }
    }
    is_clear.then(|| {
        found
            .into_iter()
            .map(|(_, environment)| environment)
            .collect()
    })
}

impl Environment {
    /// Its name and its aliases.
    pub(crate) fn names(&self) -> impl Iterator<Item = &EnvironmentName> {
        std::iter::once(&self.name).chain(&self.aliases)
    }

    /// Whether `name` is its name or an alias of it.
    pub(crate) fn is_called(&self, name: &EnvironmentName) -> bool {
        self.name == *name || self.aliases.contains(name)
    }
}

impl ClusterGroup {
    /// All names and aliases, in the group's order.
    pub(crate) fn environment_names(&self) -> impl Iterator<Item = &EnvironmentName> {
        self.environments.iter().flat_map(Environment::names)
    }
}
