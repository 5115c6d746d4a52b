//! Questions that a run asks people, each with its choices, its deadline and what happens if nobody answers.

use crate::{Cause, UnixMillis};
use scap_plan::WaveId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Number of a question in its run, from 0.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct QuestionId(pub usize);

/// What a question is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "about", rename_all = "snake_case")]
pub enum QuestionKind {
    /// Whether the plan may be carried out.
    Approve,
    /// The evidence says neither yes nor no.
    Undecided { wave: WaveId, gate: usize },
    /// Something failed, and the policy is to ask before undoing.
    Failed { cause: Cause },
}

/// An answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// Carry the plan out.
    Approve,
    /// Do not begin.
    Decline,
    /// Go on in spite of what is known.
    Promote,
    /// Go on watching as long again.
    Hold,
    /// Put everything back.
    Undo,
    /// Stop here and leave everything as it is.
    Stop,
}

/// A question that was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Question {
    pub id: QuestionId,
    #[serde(flatten)]
    pub kind: QuestionKind,
    pub choices: Vec<Choice>,
    /// Taken when nobody answers in time.
    pub default: Choice,
    pub until: UnixMillis,
    pub answer: Option<Choice>,
}

impl Choice {
    pub fn word(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Decline => "decline",
            Self::Promote => "promote",
            Self::Hold => "hold",
            Self::Undo => "undo",
            Self::Stop => "stop",
        }
    }
}

impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}
