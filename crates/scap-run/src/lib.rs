//! In: a `Plan` and `Event`s.
//! Out: the folded `RunState`, and from it, by `decide`, the next `Action`s; verdict mathematics; the traits `Engine`, `Inspect` and `Check`.
//! Never: IO, a clock, an async runtime.

mod action;
mod apply;
mod chart;
mod decide;
mod event;
pub mod evidence;
mod example;
mod failure;
pub mod history;
mod other_run;
mod outcome;
mod past;
mod question;
mod readiness;
mod replay;
mod snapshot;
mod standing;
mod state;
mod world;

pub use action::{Action, Nature};
pub use apply::IllegalEvent;
pub use chart::{Chart, ChartKind, ChartPoint, RatioEstimate, VerdictMark};
pub use decide::decide;
pub use event::{
    AbortKind, Cause, Event, Finding, Readback, Sent, Severity, Straggler, TestReport, TimerId,
};
pub use example::{ErrorExample, WantedExamples};
pub use failure::{Failure, FailureKind};
pub use other_run::OtherRun;
pub use outcome::Outcome;
pub use past::{of_former_runs as past_of_runs, of_histories as past_of_histories};
pub use question::{Choice, Question, QuestionId, QuestionKind};
pub use readiness::{InstanceReadiness, InstanceState, Readiness};
pub use replay::{Called, Judgement, Rejudged, Replay, Score, replay};
pub use snapshot::{InstanceCounters, Snapshot};
pub use standing::{Standing, standing};
pub use state::{Abort, Freeze, GateState, Phase, RunState, StepState, StepStatus, Stuck, Undo};
pub use world::{Check, Engine, Expectation, Inspect, Order, Progress, Stop, Stopper, Work};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Number of a run in its journal, from 1.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct RunId(pub i64);

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Wall time in milliseconds since 1970: for people and for deadlines that outlive a process, never for order.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct UnixMillis(pub i64);

impl UnixMillis {
    /// `milliseconds` later; stays at the end of time rather than wrap.
    #[must_use]
    pub fn after(self, milliseconds: u64) -> Self {
        Self(self.0.saturating_add_unsigned(milliseconds))
    }

    /// Milliseconds from `self` until `later`; none when it has passed.
    pub fn until(self, later: Self) -> u64 {
        u64::try_from(later.0.saturating_sub(self.0)).unwrap_or(0)
    }
}
