//! The policy's file: which groups of people may do what, to which services, where, and under which demands.

pub(crate) mod cases;
mod pattern;
mod right;
pub(crate) mod rule;
mod warnings;

use crate::error::{ConfigError, Located, Source};
use crate::reader::{Entry, read_file};
use crate::{EnvironmentName, EnvironmentType, GroupName, RuleName, Service};
pub use cases::{Expectation, PolicyCase, policy_cases};
pub use pattern::{NamePattern, PatternNameError, Patterns};
pub use right::Right;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;

/// All rules, as they are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyFile {
    /// The file's name as it was given.
    file: String,
    groups: Vec<Located<GroupName>>,
    /// In the order of the file; no two have one name.
    pub rules: Vec<Rule>,
}

/// What some people may do or may not do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    pub name: RuleName,
    pub effect: Effect,
    /// Without `all`: the rights that the rule is about, each by itself.
    pub rights: BTreeSet<Right>,
    /// Absent for everybody who is signed in.
    pub groups: Option<BTreeSet<GroupName>>,
    pub services: Patterns,
    /// By their names or aliases.
    pub environments: Patterns,
    /// Absent for environments of all types.
    pub environment_types: Option<BTreeSet<EnvironmentType>>,
    pub step_up: Option<StepUpDemand>,
    pub approval: Option<ApprovalDemand>,
}

/// Whether a rule gives or takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    Allow,
    Deny,
}

/// A second factor that was shown not long ago.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepUpDemand {
    /// How long ago at the most, in seconds.
    pub within_seconds: u64,
    /// Any one of these.
    pub factors: BTreeSet<Factor>,
}

/// The consent of a second person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApprovalDemand {
    /// One who is in this group.
    pub group: GroupName,
}

/// A second factor.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Factor {
    /// A code of six digits that changes every 30 s.
    Totp,
    /// A key that answers to this site only.
    Passkey,
}

/// An environment as the policy sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnvironmentPlace {
    /// Its own name first, then its aliases.
    pub names: Vec<EnvironmentName>,
    pub environment_type: EnvironmentType,
}

pub(crate) const KEYS: &[&str] = &["groups", "rules"];

impl PolicyFile {
    /// Reads the file; says everything that is wrong with it.
    pub fn read(source: &Source) -> Result<Self, Vec<ConfigError>> {
        read_file(source, "policy", |item| {
            let fields = item.fields(KEYS)?;
            let groups = fields.required("groups").each(("group", "groups"), group);
            let rules = fields.required("rules").each(("rule", "rules"), |entry| {
                rule::read(&entry, groups.as_deref())
            });
            Some(Self {
                file: source.file.clone(),
                groups: groups?,
                rules: rules?,
            })
        })
    }
}

/// A group has a description, for those who read the file.
fn group(entry: Entry<'_, GroupName>) -> Option<Located<GroupName>> {
    entry.item.text()?;
    Some(entry.item.located_at_key(entry.name))
}

impl Service {
    /// Where the service is deployed to, each environment once; nothing of a service on hosts.
    pub fn environments(&self) -> Vec<EnvironmentPlace> {
        let mut places: Vec<EnvironmentPlace> = Vec::new();
        if let crate::Target::Kubernetes(deployment) = &self.target {
            for destination in &deployment.destinations {
                let environment = &deployment.group.environments[destination.environment];
                let place = EnvironmentPlace {
                    names: environment.names().cloned().collect(),
                    environment_type: environment.kind,
                };
                if !places.contains(&place) {
                    places.push(place);
                }
            }
        }
        places
    }
}

impl fmt::Display for Factor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Totp => "totp",
            Self::Passkey => "passkey",
        })
    }
}
