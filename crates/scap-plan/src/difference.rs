//! What an apply would change of a release, object by object and field by field; secrets stay hidden.

mod equality;
mod fields;
mod lists;
mod mask;
mod objects;
mod path;
mod quantity;

pub use objects::compare;

use crate::ObjectName;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// All objects of a release, as they were, as they shall be and as they live; holds nothing secret.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Difference {
    /// In the order of the desired manifest, then those that it no longer has.
    pub objects: Vec<ObjectDifference>,
}

/// One object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ObjectDifference {
    /// Without its namespace where that is the release's.
    pub object: ObjectName,
    pub state: ObjectState,
    /// Whether helm puts drift back: it merges custom kinds without a look at what lives.
    pub drift_is_put_back: bool,
    /// Empty for an unchanged object, unless an autoscaler changed it.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub fields: Vec<FieldDifference>,
}

/// How an object differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ObjectState {
    Added,
    Removed,
    /// No longer in the manifest, but helm leaves it: its resource policy is `keep`.
    Kept,
    Changed,
    /// The manifest is the same; somebody changed the object outside.
    Drifted,
    /// Somebody deleted the object outside; its fields are what changes beside that.
    Missing,
    Unchanged,
}

/// One field of an object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FieldDifference {
    /// Elements of lists are named by what tells them apart: `spec.template.spec.containers[web].ports[80/TCP]`.
    pub path: String,
    pub state: FieldState,
    /// As it was applied last.
    #[serde(skip_serializing_if = "Shown::is_absent", default)]
    pub stored: Shown,
    /// As it shall be.
    #[serde(skip_serializing_if = "Shown::is_absent", default)]
    pub desired: Shown,
    /// As it is; absent unless that is something else than what was stored.
    #[serde(skip_serializing_if = "Shown::is_absent", default)]
    pub live: Shown,
    /// A checksum that follows a `ConfigMap` or Secret which changes too.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub is_consequence: bool,
}

/// How a field differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FieldState {
    Changed,
    /// Desired as it was stored; it was changed outside.
    Drifted,
    ChangedAndDrifted,
    /// Replicas that an autoscaler set: no difference.
    Autoscaled,
    /// A key of a Secret of which another key changes.
    Unchanged,
}

/// A value as far as everybody may see it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Shown {
    #[default]
    Absent,
    Hidden,
    /// Secret parts of it are replaced.
    Value(Value),
}

/// How many objects there are of each state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct DifferenceCounts {
    pub added: usize,
    /// Those that helm leaves are among them.
    pub removed: usize,
    pub changed: usize,
    /// Those that are missing are among them.
    pub drifted: usize,
    pub unchanged: usize,
}

impl Difference {
    /// Whether there is nothing to do: no change and no drift.
    pub fn is_empty(&self) -> bool {
        self.objects
            .iter()
            .all(|object| object.state == ObjectState::Unchanged)
    }

    pub fn counts(&self) -> DifferenceCounts {
        let mut counts = DifferenceCounts::default();
        for object in &self.objects {
            *match object.state {
                ObjectState::Added => &mut counts.added,
                ObjectState::Removed | ObjectState::Kept => &mut counts.removed,
                ObjectState::Changed => &mut counts.changed,
                ObjectState::Drifted | ObjectState::Missing => &mut counts.drifted,
                ObjectState::Unchanged => &mut counts.unchanged,
            } += 1;
        }
        counts
    }
}

impl Shown {
    pub fn is_absent(&self) -> bool {
        *self == Self::Absent
    }
}
