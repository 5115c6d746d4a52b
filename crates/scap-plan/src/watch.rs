//! A time in which a version has no control beside it any more, and is judged against the past.

use crate::Period;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a gate of evidence without a control is held. It pauses and asks; it never turns back by itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Watch {
    /// How long, if nothing speaks against the version.
    pub period: Period,
    /// When absent, what the control of the run's earlier gates has shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub past: Option<Past>,
}

/// What a check counted before, in windows that are as long as those that are judged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Past {
    pub source: PastSource,
    pub requests: u64,
    pub errors: u64,
    pub windows: u32,
    /// Variance of the errors of a window over their mean: 1 where each error comes by itself.
    pub dispersion: f64,
    /// Absent where too few windows are alike.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub high: Option<HighWindow>,
}

/// Who has counted the past.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "from", rename_all = "snake_case")]
pub enum PastSource {
    /// Former runs, what ran well in them.
    Runs { runs: u32 },
    /// The check's own store.
    Store { days: u32 },
    /// The control of earlier gates of the same run.
    Control,
}

/// Of ten windows with about as many requests, one had a higher rate of errors than this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HighWindow {
    pub requests: u64,
    pub errors: u64,
    /// Of the windows that it was found among.
    pub typical_requests: u64,
}

impl Watch {
    pub fn new(period: Period) -> Self {
        Self { period, past: None }
    }
}
