//! Why something is not answered or done.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a person is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Problem {
    pub kind: ProblemKind,
    pub message: String,
    pub causes: Vec<String>,
    pub hints: Vec<String>,
}

/// What sort of problem it is; each has a status of HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProblemKind {
    /// Nobody is signed in, or not any more.
    SignedOut,
    /// It is done once a fresh second factor comes with it.
    SecondFactorNeeded,
    /// A second factor was shown, and does not count.
    SecondFactorRefused,
    /// It is done once a second person agrees.
    ApprovalNeeded,
    /// This person may not do it.
    Forbidden,
    NotFound,
    /// What was asked makes no sense.
    Invalid,
    /// It cannot be done as things stand.
    Refused,
    /// The runner does not answer the web process.
    Unavailable,
    Defect,
}

impl ProblemKind {
    pub fn status(self) -> u16 {
        match self {
            Self::SignedOut => 401,
            Self::SecondFactorNeeded
            | Self::SecondFactorRefused
            | Self::ApprovalNeeded
            | Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::Invalid => 400,
            Self::Refused => 409,
            Self::Unavailable => 503,
            Self::Defect => 500,
        }
    }
}

impl Problem {
    pub fn new(kind: ProblemKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            causes: Vec::new(),
            hints: Vec::new(),
        }
    }

    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }
}
