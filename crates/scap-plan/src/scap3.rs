//! A scap3 repository: `scap/scap.cfg` and the target files that it names.

mod ini;
mod keys;
mod settings;
mod targets;
mod values;

use crate::error::{ConfigError, Source};
use crate::{HostGroupName, HostName};
pub use settings::Scap3Settings;
use std::collections::BTreeMap;

/// A key that scap3 knows and this version does not act on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LaterKey {
    pub file: String,
    /// From 1.
    pub line: usize,
    pub key: String,
}

/// How many hosts of a group may fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureLimit {
    Hosts(usize),
    /// Of the group's hosts, in hundredths, rounded down.
    Percent(u8),
}

/// A group whose hosts stand in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetFile {
    pub group: HostGroupName,
    /// As written: relative to the folder of scap.cfg.
    pub path: String,
    pub failure_limit: FailureLimit,
}

/// A repository with its target files read: what a plan is made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scap3Repository {
    pub settings: Scap3Settings,
    /// In the order of deployment, none of them empty.
    pub groups: Vec<HostGroup>,
}

/// A group of hosts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostGroup {
    pub name: HostGroupName,
    pub hosts: Vec<HostName>,
    /// Hosts of its file that belong to an earlier group.
    pub taken: Vec<(HostName, HostGroupName)>,
    pub failure_limit: usize,
}

impl Scap3Settings {
    /// Takes the texts of the [`TargetFile`]s, by their path as written.
    pub fn with_targets(
        self,
        texts: &BTreeMap<String, Source>,
    ) -> Result<Scap3Repository, Vec<ConfigError>> {
        let groups = targets::read(&self.targets, texts)?;
        Ok(Scap3Repository {
            settings: self,
            groups,
        })
    }
}

impl FailureLimit {
    /// How many of `hosts` may fail.
    pub fn of(self, hosts: usize) -> usize {
        match self {
            Self::Hosts(count) => count.min(hosts),
            Self::Percent(share) => hosts * usize::from(share) / 100,
        }
    }
}
