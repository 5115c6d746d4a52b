//! Charts that helm fetches from repositories, as far as helm's own copies of their indexes know them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use scap_plan::ReleaseStep;
use serde::Deserialize;

use super::KubernetesSettings;

/// The repositories that an operator keeps for helm.
#[derive(Debug)]
pub(super) struct Repositories {
    cache: PathBuf,
    /// The indexes that were asked for, also those that are missing.
    pub(super) indexes: BTreeSet<PathBuf>,
}

/// What is known of a chart before it is fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RepositoryChart {
    /// `webservice-0.1.0`; without a version where it is not known.
    pub(super) label: String,
    /// Where helm puts it.
    pub(super) archive: PathBuf,
    /// Why it may be another one tomorrow.
    pub(super) unpinned: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
struct Index {
    #[serde(default)]
    entries: BTreeMap<String, Vec<Entry>>,
}

#[derive(Debug, Clone, Deserialize)]
struct Entry {
    version: String,
    #[serde(default)]
    digest: String,
}

impl Repositories {
    pub(super) fn new(settings: &KubernetesSettings, step: &ReleaseStep) -> Self {
        let environment = settings.environment(step);
        let cache = environment.get("HELM_REPOSITORY_CACHE").map(PathBuf::from);
        let default = || Path::new(&environment["HELM_CACHE_HOME"]).join("repository");
        Self {
            cache: cache.unwrap_or_else(default),
            indexes: BTreeSet::new(),
        }
    }

    /// `chart` is `repository/name` or an address of a registry; without `version` helm takes the newest.
    pub(super) fn find(&mut self, chart: &str, version: &str) -> RepositoryChart {
        let (repository, name) = chart.rsplit_once('/').unwrap_or(("", chart));
        let entry = self.entry(repository, name, version);
        let known = entry
            .as_ref()
            .map_or(version, |entry| entry.version.as_str());
        let label = if known.is_empty() {
            name.to_owned()
        } else {
            format!("{name}-{known}")
        };
        let is_pinned = entry.is_some_and(|entry| !entry.digest.is_empty());
        RepositoryChart {
            archive: self.cache.join(format!("{label}.tgz")),
            unpinned: (!is_pinned).then(|| format!("no index has a digest of chart `{chart}`")),
            label,
        }
    }

    fn entry(&mut self, repository: &str, name: &str, version: &str) -> Option<Entry> {
        if repository.contains('/') {
            return None;
        }
        let path = self.cache.join(format!("{repository}-index.yaml"));
        let bytes = fs::read(&path);
        self.indexes.insert(path);
        let index: Index = serde_saphyr::from_slice(&bytes.ok()?).ok()?;
        let mut entries = index.entries.get(name)?.iter();
        let found = if version.is_empty() {
            entries.max_by_key(|entry| released(&entry.version))
        } else {
            entries.find(|entry| entry.version == version)
        };
        found.cloned()
    }
}

/// By which versions are ordered; those before a release come last, as helm does not take them by itself.
fn released(version: &str) -> Option<[u64; 3]> {
    let version = version.strip_prefix('v').unwrap_or(version);
    let version = version.split('+').next().unwrap_or_default();
    let parts: Option<Vec<u64>> = version.split('.').map(|part| part.parse().ok()).collect();
    parts?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kubernetes::tests::{release_step, settings};
    use tempfile::TempDir;

    #[test]
    fn charts_are_found_in_the_indexes_that_helm_keeps() {
        let folder = TempDir::new().unwrap();
        let index = "entries: {shop: [{version: 1.9.0, digest: a}, {version: 1.10.0, digest: b}, {version: 2.0.0-rc1, digest: c}], old: [{version: 1.0.0}]}";
        fs::write(folder.path().join("stable-index.yaml"), index).unwrap();
        let mut settings = settings(Path::new("/scratch"));
        let cache = folder.path().display().to_string();
        settings
            .environment
            .insert("HELM_REPOSITORY_CACHE".to_owned(), cache);
        let mut repositories = Repositories::new(&settings, &release_step("main"));
        let cases = [
            ("stable/shop", "", "shop-1.10.0", true),
            ("stable/shop", "1.9.0", "shop-1.9.0", true),
            ("stable/shop", "~1.9", "shop-~1.9", false),
            ("stable/old", "", "old-1.0.0", false),
            ("stable/none", "", "none", false),
            ("other/shop", "", "shop", false),
            ("oci://registry.example/shop", "3.0.0", "shop-3.0.0", false),
        ];
        for (chart, version, label, is_pinned) in cases {
            let found = repositories.find(chart, version);
            assert_eq!(
                (found.label.as_str(), found.unpinned.is_none()),
                (label, is_pinned),
                "{chart} {version}"
            );
        }
        assert_eq!(repositories.indexes.len(), 2);
    }

    #[test]
    fn a_hostile_index_is_read_or_refused() {
        let index = "apiVersion: v1\nentries:\n  shop:\n  - {version: 1.9.0, digest: a, urls: [x]}\n  - version: v1.10.0+b\n";
        scap_hostile::hostile("index of charts", &[index.into()], |bytes| {
            if let Ok(index) = serde_saphyr::from_slice::<Index>(bytes) {
                for entry in index.entries.values().flatten() {
                    released(&entry.version);
                }
            }
        });
    }
}
