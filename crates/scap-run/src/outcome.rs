//! How a run ends.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The end of a run. A stuck run has not ended: a person is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Succeeded,
    /// Everything but some hosts, which are listed.
    SucceededWithStragglers,
    RolledBack,
    /// Stopped on purpose, partly deployed.
    Stopped,
    /// Given up before anything was changed.
    Cancelled,
    /// Preflight or a lock forbade it; nothing was changed.
    Refused,
}

impl Outcome {
    /// Whether the version runs everywhere, or everywhere but on stragglers.
    pub fn is_success(self) -> bool {
        matches!(self, Self::Succeeded | Self::SucceededWithStragglers)
    }

    /// In words, for people.
    pub fn words(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::SucceededWithStragglers => "succeeded with stragglers",
            Self::RolledBack => "rolled back",
            Self::Stopped => "stopped on purpose",
            Self::Cancelled => "cancelled",
            Self::Refused => "refused",
        }
    }
}
