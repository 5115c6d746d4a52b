//! What was seen to run at a step's target: the fact that a plan starts from and that undo goes back to.

use crate::{HostName, Plan};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What runs at a step's target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Observation {
    Release(ReleaseObservation),
    HostGroup {
        hosts: BTreeMap<HostName, HostObservation>,
    },
}

/// A helm release as its history tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReleaseObservation {
    pub status: ReleaseStatus,
    /// The newest revision; absent before the first install.
    pub revision: Option<u32>,
    /// The newest revision that was deployed completely: what undo restores.
    pub deployed_revision: Option<u32>,
    pub chart: Option<String>,
    pub images: Vec<String>,
    /// Hash of the newest revision's manifest.
    pub manifest_digest: Option<String>,
}

/// The state of a helm release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReleaseStatus {
    Absent,
    Deployed,
    Failed,
    /// An install, upgrade or rollback was begun and not ended.
    Pending,
    /// Uninstalled, uninstalling or unknown to us.
    Other,
}

/// One host of a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HostObservation {
    /// The revision that the deployment directory points at; absent before the first deployment.
    pub revision: Option<String>,
    /// Why the host could not be asked.
    pub unreachable: Option<String>,
}

impl Observation {
    /// Whether nothing of the service runs there.
    pub fn is_nothing(&self) -> bool {
        match self {
            Self::Release(release) => release.deployed_revision.is_none(),
            Self::HostGroup { hosts } => hosts.values().all(|host| host.revision.is_none()),
        }
    }

    /// The version in one line, for people: `3f2c91a0b7d2` or `revision 7, shop:2026-03-01`; `nothing` before the first deployment.
    pub fn version(&self) -> String {
        match self {
            Self::Release(release) => release.version(),
            Self::HostGroup { hosts } => {
                let mut versions: Vec<&str> = hosts
                    .values()
                    .map(|host| host.revision.as_deref().map_or("nothing", Plan::short))
                    .collect();
                versions.sort_unstable();
                versions.dedup();
                versions.join(", ")
            }
        }
    }
}

impl HostObservation {
    pub fn runs(&self, revision: &str) -> bool {
        self.revision.as_deref() == Some(revision)
    }
}

impl ReleaseObservation {
    fn version(&self) -> String {
        match (self.deployed_revision, self.images.as_slice()) {
            (None, _) => "nothing".to_owned(),
            (Some(revision), []) => format!("revision {revision}"),
            (Some(revision), images) => format!("revision {revision}, {}", images.join(", ")),
        }
    }
}
