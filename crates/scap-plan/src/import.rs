//! A service catalog from a checkout of helmfiles: what is found is placed, all else is reported.

mod entry;
mod helmfile;
mod templates;

use self::entry::{Placed, ServiceEntry};
use self::helmfile::Helmfile;
use crate::cluster_groups::{self, ClusterGroup};
use crate::{ConfigError, EnvironmentName, ReleaseName, ServiceName, Source, StageName};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// The files below the deployments folder, by their path in it; a text that could not be read is absent.
#[derive(Debug, Clone, Default)]
pub struct Checkout {
    pub files: BTreeMap<String, Option<String>>,
}

/// A catalog, and what it does not have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Import {
    /// In the catalog's own format, services in alphabetical order.
    pub catalog: String,
    /// How many there are.
    pub services: usize,
    pub unplaced: Vec<Unplaced>,
}

/// Something that the catalog does not have, or has by a guess, and why.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Unplaced {
    /// Relative to the deployments folder.
    pub path: String,
    pub reason: String,
}

/// Makes a catalog of all services in the folders of the cluster groups.
///
/// Folders that begin with `_` or a dot are none. Releases are listed only where one of them has a stage of its own.
pub fn import(checkout: &Checkout, cluster_groups: &Source) -> Result<Import, Vec<ConfigError>> {
    let mut importer = Importer {
        checkout,
        groups: cluster_groups::read(cluster_groups)?,
        services: BTreeMap::new(),
        unplaced: BTreeSet::new(),
    };
    for (parent, folders) in checkout.folders() {
        let groups: Vec<ClusterGroup> = importer
            .groups
            .iter()
            .filter(|group| group.directory == parent)
            .cloned()
            .collect();
        if groups.is_empty() {
            importer.leave_unknown(parent, &folders);
            continue;
        }
        for (name, files) in folders {
            importer.folder(parent, name, &files, &groups);
        }
    }
    Ok(importer.finish())
}

impl Checkout {
    /// Parent, name and files of each folder that may be a service's.
    fn folders(&self) -> BTreeMap<&str, BTreeMap<&str, Vec<&str>>> {
        let mut folders: BTreeMap<&str, BTreeMap<&str, Vec<&str>>> = BTreeMap::new();
        for path in self.files.keys() {
            let Some((folder, file)) = path.rsplit_once('/') else {
                continue;
            };
            if let Some((parent, name)) = folder.rsplit_once('/')
                && !name.starts_with(['_', '.'])
            {
                let named = folders.entry(parent).or_default();
                named.entry(name).or_default().push(file);
            }
        }
        folders
    }
}

struct Importer<'a> {
    checkout: &'a Checkout,
    groups: Vec<ClusterGroup>,
    services: BTreeMap<ServiceName, (String, ServiceEntry)>,
    unplaced: BTreeSet<Unplaced>,
}

const HELMFILES: [&str; 2] = ["helmfile.yaml.gotmpl", "helmfile.yaml"];

impl Importer<'_> {
    fn leave(&mut self, path: &str, reason: impl Into<String>) {
        let (path, reason) = (path.to_owned(), reason.into());
        self.unplaced.insert(Unplaced { path, reason });
    }

    /// One word for all services of a folder that is no cluster group's.
    fn leave_unknown(&mut self, parent: &str, folders: &BTreeMap<&str, Vec<&str>>) {
        let is_service = |files: &Vec<&str>| files.iter().any(|file| HELMFILES.contains(file));
        if folders.values().any(is_service) {
            self.leave(parent, "no cluster group has this directory");
        }
    }

    fn folder(&mut self, parent: &str, name: &str, files: &[&str], groups: &[ClusterGroup]) {
        let folder = format!("{parent}/{name}");
        let Some(file) = HELMFILES.into_iter().find(|file| files.contains(file)) else {
            return self.leave(&folder, "it has no helmfile");
        };
        let service = match ServiceName::new(name) {
            Ok(service) => service,
            Err(error) => return self.leave(&folder, format!("the name of a service {error}")),
        };
        let helmfile = match Helmfile::read(self.checkout, &format!("{folder}/{file}")) {
            Ok(helmfile) => helmfile,
            Err(reason) => {
                let assumed = Helmfile::from_values(files, groups);
                if assumed.environments.is_empty() {
                    return self.leave(&folder, reason);
                }
                let guess = "its environments are those with a values file";
                self.leave(&folder, format!("{reason}; {guess}"));
                assumed
            }
        };
        let Some(group) = self.group(&folder, &helmfile, groups) else {
            return;
        };
        let environments = self.environments(&folder, &helmfile, group);
        if environments.is_empty() {
            let known = crate::error::list(group.environment_names());
            let group = &group.name;
            let reason =
                format!("it is left out: no environment is left (known in {group}: {known})");
            return self.leave(&folder, reason);
        }
        if let Some((other, _)) = self.services.get(&service) {
            let reason = format!("{other} has the same name: enter it by hand, under another one");
            return self.leave(&folder, reason);
        }
        let entry = ServiceEntry::new(group.name.as_str(), name, environments);
        self.services.insert(service, (folder, entry));
    }

    /// The one of the groups that knows most of the environments.
    fn group<'g>(
        &mut self,
        folder: &str,
        helmfile: &Helmfile,
        groups: &'g [ClusterGroup],
    ) -> Option<&'g ClusterGroup> {
        let known = |group: &ClusterGroup| {
            let names = helmfile.environments.iter();
            names
                .filter(|(name, _)| find(group, name).is_some())
                .count()
        };
        let most = groups.iter().map(known).max()?;
        let mut best = groups.iter().filter(|group| known(group) == most);
        match (best.next(), best.next()) {
            (Some(first), Some(second)) if most > 0 => {
                let reason = format!(
                    "both cluster groups {} and {} have its directory and environments",
                    first.name, second.name
                );
                self.leave(folder, reason);
                None
            }
            (first, _) => first,
        }
    }

    /// In the group's order.
    fn environments(
        &mut self,
        folder: &str,
        helmfile: &Helmfile,
        group: &ClusterGroup,
    ) -> Vec<Placed> {
        let mut placed: Vec<(usize, Placed)> = Vec::new();
        for (name, installed) in &helmfile.environments {
            let found = EnvironmentName::new(name.as_str())
                .ok()
                .zip(find(group, name));
            let Some((environment, index)) = found else {
                let group = &group.name;
                self.leave(folder, format!("environment {name} is none of {group}"));
                continue;
            };
            if let Some((_, (other, _))) = placed.iter().find(|(known, _)| *known == index) {
                let reason = format!("environments {other} and {name} are the same one");
                self.leave(folder, reason);
                continue;
            }
            let Some(releases) = self.releases(folder, name, installed.as_deref(), group) else {
                continue;
            };
            placed.push((index, (environment, releases)));
        }
        placed.sort_by_key(|(index, _)| *index);
        placed.into_iter().map(|(_, placed)| placed).collect()
    }

    /// All releases where one of them has a stage of its own, else none: they need not be listed. Absent where
    /// nothing is installed.
    fn releases(
        &mut self,
        folder: &str,
        environment: &str,
        installed: Option<&[String]>,
        group: &ClusterGroup,
    ) -> Option<Vec<(ReleaseName, Option<StageName>)>> {
        let Some(installed) = installed else {
            let reason = "the helmfile does not say which releases are installed: \
                          list them if one has a stage of its own";
            self.leave(folder, format!("environment {environment}: {reason}"));
            return Some(Vec::new());
        };
        if installed.is_empty() {
            self.leave(folder, format!("nothing is installed in {environment}"));
            return None;
        }
        let is_canary = |name: &str| name.split(['-', '_']).any(|word| word == "canary");
        let mut stages = group.stages.iter();
        let stage = stages.find(|stage| is_canary(&stage.as_str().to_lowercase()));
        let stage = stage.filter(|_| installed.iter().any(|name| is_canary(name)));
        let Some(stage) = stage else {
            return Some(Vec::new());
        };
        let mut releases = Vec::new();
        for name in installed {
            match ReleaseName::new(name.as_str()) {
                Ok(release) => {
                    let stage = is_canary(name).then(|| stage.clone());
                    releases.push((release, stage));
                }
                Err(error) => self.leave(folder, format!("the name of release '{name}' {error}")),
            }
        }
        Some(releases)
    }

    fn finish(self) -> Import {
        let services: Vec<_> = self
            .services
            .into_iter()
            .map(|(name, (_, entry))| (name, entry))
            .collect();
        let count = services.len();
        Import {
            catalog: entry::catalog(services),
            services: count,
            unplaced: self.unplaced.into_iter().collect(),
        }
    }
}

fn find(group: &ClusterGroup, name: &str) -> Option<usize> {
    let name = EnvironmentName::new(name).ok()?;
    let mut environments = group.environments.iter();
    environments.position(|environment| environment.is_called(&name))
}
