//! The catalog's own format, with its keys in their order.

use crate::{EnvironmentName, ReleaseName, ServiceName, StageName};
use serde::{Serialize, Serializer};

/// An environment as the helmfile has it, and the releases to list.
pub(super) type Placed = (EnvironmentName, Vec<(ReleaseName, Option<StageName>)>);

/// The whole catalog as YAML.
pub(super) fn catalog(services: Vec<(ServiceName, ServiceEntry)>) -> String {
    let catalog = CatalogEntry { services };
    let text = serde_saphyr::to_string(&catalog).expect("names and mappings are YAML");
    text.trim_end().to_owned() + "\n"
}

#[derive(Serialize)]
struct CatalogEntry {
    #[serde(serialize_with = "in_order")]
    services: Vec<(ServiceName, ServiceEntry)>,
}

/// A service of the catalog.
#[derive(Serialize)]
pub(super) struct ServiceEntry {
    cluster_group: String,
    #[serde(serialize_with = "in_order")]
    namespaces: Vec<(String, NamespaceEntry)>,
}

#[derive(Serialize)]
struct NamespaceEntry {
    #[serde(serialize_with = "in_order")]
    environments: Vec<(EnvironmentName, EnvironmentEntry)>,
}

#[derive(Serialize)]
struct EnvironmentEntry {
    #[serde(serialize_with = "in_order", skip_serializing_if = "Vec::is_empty")]
    releases: Vec<(ReleaseName, ReleaseEntry)>,
}

#[derive(Serialize)]
struct ReleaseEntry {
    #[serde(skip_serializing_if = "Option::is_none")]
    stage: Option<StageName>,
}

impl ServiceEntry {
    pub(super) fn new(cluster_group: &str, namespace: &str, environments: Vec<Placed>) -> Self {
        let release = |(name, stage)| (name, ReleaseEntry { stage });
        let environments = environments.into_iter().map(|(name, releases)| {
            let releases = releases.into_iter().map(release).collect();
            (name, EnvironmentEntry { releases })
        });
        let environments = environments.collect();
        Self {
            cluster_group: cluster_group.to_owned(),
            namespaces: vec![(namespace.to_owned(), NamespaceEntry { environments })],
        }
    }
}

/// A mapping with its keys in their order.
fn in_order<K: Serialize, V: Serialize, S: Serializer>(
    entries: &[(K, V)],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(entries.iter().map(|(key, value)| (key, value)))
}
