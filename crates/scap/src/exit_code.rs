//! Exit codes that scripts rely on.

use scap_run::{Outcome, RunState};
use serde::{Deserialize, Serialize};
use std::process::ExitCode;

/// How scap ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Exit {
    Done = 0,
    /// Refused, or failed before any change.
    Refused = 1,
    /// Wrong use or configuration.
    WrongUse = 2,
    RolledBack = 3,
    /// A person is needed.
    Stuck = 4,
    Cancelled = 5,
    /// Stopped on purpose.
    Stopped = 6,
    /// What was compared differs, and the caller asked to be told by the exit code.
    Differs = 7,
    /// A defect of ours.
    Defect = 70,
}

impl Exit {
    /// Of a run that has ended, is stuck, or whose runner is gone.
    pub(crate) fn of(state: &RunState) -> Self {
        match state.outcome {
            Some(Outcome::Succeeded | Outcome::SucceededWithStragglers) => Self::Done,
            Some(Outcome::RolledBack) => Self::RolledBack,
            Some(Outcome::Stopped) => Self::Stopped,
            Some(Outcome::Cancelled) => Self::Cancelled,
            Some(Outcome::Refused) => Self::Refused,
            None => Self::Stuck,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
