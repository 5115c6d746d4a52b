//! Who asks, and for what.

use scap_plan::{EnvironmentPlace, Factor, GroupName, PersonName, Right, ServiceName};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A person who asks, with all that speaks for them at this moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asker {
    pub name: PersonName,
    pub groups: BTreeSet<GroupName>,
    /// How many seconds ago each second factor was shown last.
    pub shown: BTreeMap<Factor, u64>,
    /// The consent of others to plans that this person asks for.
    pub approvals: Vec<Approval>,
}

/// A person's consent to a plan of another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    pub person: PersonName,
    pub groups: BTreeSet<GroupName>,
    /// The plan's; the consent is to no other.
    pub digest: String,
}

/// What a person wants to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    pub right: Right,
    pub target: Target,
    /// Of the plan, where there is one.
    pub digest: Option<String>,
    /// Whether the person wants to go on without a second one.
    pub breaks_glass: bool,
}

/// What a wish is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    Everything,
    Service {
        name: ServiceName,
        /// All that are touched; none of a service on hosts.
        environments: Vec<EnvironmentPlace>,
    },
}

impl Asker {
    /// Somebody who has shown nothing and whom nobody has agreed with.
    pub fn new(name: PersonName, groups: BTreeSet<GroupName>) -> Self {
        Self {
            name,
            groups,
            shown: BTreeMap::new(),
            approvals: Vec::new(),
        }
    }
}

impl Wish {
    pub fn new(right: Right, target: Target) -> Self {
        Self {
            right,
            target,
            digest: None,
            breaks_glass: false,
        }
    }
}
