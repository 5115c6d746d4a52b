//! What a run wants done next.

use crate::evidence::Verdict;
use crate::{
    AbortKind, Cause, Choice, Event, Outcome, QuestionId, QuestionKind, TimerId, UnixMillis,
};
use scap_plan::{StepId, WaveId};

/// One thing to do. Each is one call through a trait, one timer, or only an event to be written down.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Action {
    SeeTargets,
    TakeLocks,
    RunPreflight,
    StartStep {
        step: StepId,
        attempt: u32,
    },
    VerifyStep {
        step: StepId,
    },
    ObserveStep {
        step: StepId,
    },
    StopStep {
        step: StepId,
    },
    WatchStep {
        step: StepId,
    },
    RunTests {
        wave: WaveId,
        gate: usize,
    },
    GatherEvidence {
        wave: WaveId,
        gate: usize,
    },
    LookForOtherRuns {
        wave: WaveId,
        gate: usize,
    },
    ConcludeGate {
        wave: WaveId,
        gate: usize,
        verdict: Verdict,
        why: String,
    },
    FindExamples {
        wave: WaveId,
        gate: usize,
    },
    StartTimer {
        timer: TimerId,
        milliseconds: u64,
    },
    AwaitTimer {
        timer: TimerId,
    },
    /// The first choice is the default.
    AskQuestion {
        question: QuestionId,
        kind: QuestionKind,
        choices: Vec<Choice>,
        milliseconds: u64,
    },
    StartUndo {
        cause: Cause,
    },
    UndoStep {
        step: StepId,
        attempt: u32,
    },
    CheckUndo,
    BecomeStuck {
        why: String,
        commands: Vec<String>,
    },
    Finish {
        outcome: Outcome,
    },
}

/// How an action is to be treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nature {
    /// Its event is all there is to it.
    Record,
    /// Changes the world: its intent is written down first, and it is never dropped, only asked to stop.
    Change,
    /// Only looks: started when wanted, dropped when wanted no more, started again after a restart.
    Watch,
    /// Asks a change to stop.
    Stop,
}

impl Action {
    pub fn nature(&self) -> Nature {
        match self {
            Self::ConcludeGate { .. }
            | Self::StartTimer { .. }
            | Self::AskQuestion { .. }
            | Self::StartUndo { .. }
            | Self::BecomeStuck { .. }
            | Self::Finish { .. } => Nature::Record,
            Self::StartStep { .. } | Self::UndoStep { .. } => Nature::Change,
            Self::StopStep { .. } => Nature::Stop,
            // Taking locks changes our own journal only, and taking them twice is taking them once.
            Self::SeeTargets
            | Self::TakeLocks
            | Self::RunPreflight
            | Self::VerifyStep { .. }
            | Self::ObserveStep { .. }
            | Self::WatchStep { .. }
            | Self::RunTests { .. }
            | Self::GatherEvidence { .. }
            | Self::LookForOtherRuns { .. }
            | Self::FindExamples { .. }
            | Self::AwaitTimer { .. }
            | Self::CheckUndo => Nature::Watch,
        }
    }

    /// The event to write down before it begins.
    pub fn intent(&self, now: UnixMillis) -> Option<Event> {
        Some(match self.clone() {
            Self::StartStep { step, attempt } => Event::StepStarted { step, attempt },
            Self::UndoStep { step, attempt } => Event::StepUndoStarted { step, attempt },
            Self::ConcludeGate {
                wave,
                gate,
                verdict,
                why,
            } => Event::GateConcluded {
                wave,
                gate,
                verdict,
                why,
            },
            Self::StartTimer {
                timer,
                milliseconds,
            } => Event::TimerStarted {
                timer,
                milliseconds,
                until: now.after(milliseconds),
            },
            Self::AskQuestion {
                question,
                kind,
                choices,
                milliseconds,
            } => Event::QuestionAsked {
                question,
                kind,
                choices,
                milliseconds,
                until: now.after(milliseconds),
            },
            Self::StartUndo { cause } => Event::UndoStarted { cause },
            Self::BecomeStuck { why, commands } => Event::RunStuck { why, commands },
            Self::Finish { outcome } => Event::RunFinished { outcome },
            _ => return None,
        })
    }
}

impl AbortKind {
    pub fn word(self) -> &'static str {
        match self {
            Self::Stop => "stop here",
            Self::Undo => "undo",
        }
    }
}
