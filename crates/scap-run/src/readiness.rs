//! How far a step is that goes on. It may be lost, and is never folded.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How far a step is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Readiness {
    /// Hosts or pods that are ready, of those that there should be.
    pub done: usize,
    pub total: usize,
    /// In words that follow "waiting for"; empty where nothing is.
    pub waiting_for: String,
    /// Those of the new version, as far as they can be seen.
    pub instances: Vec<InstanceReadiness>,
}

/// One host or pod.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstanceReadiness {
    pub name: String,
    pub state: InstanceState,
    /// Why it is no further.
    pub why: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum InstanceState {
    /// The version from before runs there.
    Old,
    Starting,
    New,
    Failing,
}
