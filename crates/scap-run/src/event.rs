//! What can happen to a run: the one enum that the live run, recovery, every view, replay and the simulation read.

use crate::evidence::{Tick, Verdict};
use crate::{
    Choice, ErrorExample, Failure, OtherRun, Outcome, QuestionId, QuestionKind, UnixMillis,
};
use scap_plan::{Observation, Plan, Quarantine, StepId, WaveId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Something that happened. Stored for ever: variants and fields are added, never changed in meaning.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// Always the first. `approved`: the person has seen this very plan and said yes.
    RunCreated {
        plan: Box<Plan>,
        person: String,
        reason: Option<String>,
        approved: bool,
    },
    /// What runs at the target of each step, now that its turn has come and before anybody is asked; absent where that cannot
    /// be seen. What was planned while another run went on was about a passing state.
    TargetsSeen {
        before: Vec<Option<Observation>>,
    },
    LocksAcquired,
    /// Somebody else holds a lock and nobody wants to wait.
    LocksRefused {
        findings: Vec<Finding>,
    },
    /// All findings at once; one of severity `error` forbids the run.
    PreflightFinished {
        findings: Vec<Finding>,
    },

    /// Intent: the step's target is about to be changed.
    StepStarted {
        step: StepId,
        attempt: u32,
    },
    /// The change was made and waits for being read back.
    StepActed {
        step: StepId,
    },
    /// Read back: the target runs what the plan says.
    StepSucceeded {
        step: StepId,
        readback: Readback,
    },
    StepFailed {
        step: StepId,
        failure: Failure,
    },
    /// What was read back as ready is so no more.
    StepFell {
        step: StepId,
        failure: Failure,
    },
    /// What runs at the target of an interrupted step.
    StepObserved {
        step: StepId,
        observation: Observation,
    },

    TestsFinished {
        wave: WaveId,
        gate: usize,
        reports: Vec<TestReport>,
    },
    /// Counts of one tick; `missing` says what could not be read.
    EvidenceRecorded {
        wave: WaveId,
        gate: usize,
        tick: Tick,
        missing: Vec<String>,
    },
    /// Other runs that changed production while a signal that they share spoke against the version.
    OtherRunsSeen {
        wave: WaveId,
        gate: usize,
        runs: Vec<OtherRun>,
    },
    /// What scap itself sent during the tick that is recorded next.
    LoadSent {
        wave: WaveId,
        gate: usize,
        sent: Sent,
    },
    GateConcluded {
        wave: WaveId,
        gate: usize,
        verdict: Verdict,
        why: String,
    },
    /// What the errors look like that a gate failed for; `missing` says why there is no example.
    ExamplesFound {
        wave: WaveId,
        gate: usize,
        examples: Vec<ErrorExample>,
        missing: Option<String>,
    },

    TimerStarted {
        timer: TimerId,
        milliseconds: u64,
        until: UnixMillis,
    },
    TimerFired {
        timer: TimerId,
    },
    /// The first choice is taken when nobody answers in time.
    QuestionAsked {
        question: QuestionId,
        kind: QuestionKind,
        choices: Vec<Choice>,
        milliseconds: u64,
        until: UnixMillis,
    },
    /// `by` is absent when the deadline answered.
    QuestionAnswered {
        question: QuestionId,
        choice: Choice,
        by: Option<String>,
    },

    AbortRequested {
        kind: AbortKind,
        by: String,
        reason: Option<String>,
    },
    /// From now on the run is `to`'s: they see to it.
    HandedOver {
        to: String,
        by: String,
    },
    /// What is everywhere and only watched need not be watched any longer.
    FinishRequested {
        by: String,
    },
    FreezeBegan {
        by: String,
        reason: String,
    },
    FreezeEnded,

    UndoStarted {
        cause: Cause,
    },
    /// Intent: the step's target is about to be put back.
    StepUndoStarted {
        step: StepId,
        attempt: u32,
    },
    /// Put back and read back.
    StepUndone {
        step: StepId,
    },
    StepUndoFailed {
        step: StepId,
        failure: Failure,
    },
    /// The tests of the waves that were undone, run again.
    UndoChecked {
        reports: Vec<TestReport>,
    },

    /// Nothing more can be done without a person; locks stay.
    RunStuck {
        why: String,
        commands: Vec<String>,
    },
    /// A runner took the run over: whatever was going on is no longer.
    RunResumed {
        epoch: u64,
        by: String,
    },
    RunFinished {
        outcome: Outcome,
    },
}

/// What is waited for.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(tag = "timer", rename_all = "snake_case")]
pub enum TimerId {
    /// The longest time that evidence is waited for.
    Hold {
        wave: WaveId,
        gate: usize,
        round: u32,
    },
    Bake {
        wave: WaveId,
        gate: usize,
    },
    Question {
        question: QuestionId,
    },
}

/// How a run is to be ended early.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AbortKind {
    /// Leave everything as it is.
    Stop,
    /// Put everything back.
    Undo,
}

/// Why a run turned back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "cause", rename_all = "snake_case")]
pub enum Cause {
    Step { step: StepId },
    Gate { wave: WaveId, gate: usize },
    Abort,
}

/// One thing that preflight found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    pub severity: Severity,
    /// Lowercase fragment that names the object.
    pub message: String,
    pub hint: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Forbids the run.
    Error,
    /// Is shown.
    Warning,
}

/// What a target was seen to run after a change.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Readback {
    /// For people: `3f2c91a0b7d2 on 5 hosts`.
    pub summary: String,
    pub stragglers: Vec<Straggler>,
}

/// A host that did not get the version, within the group's failure limit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Straggler {
    pub name: String,
    pub why: String,
}

/// Requests of scap's own that were answered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Sent {
    pub canary: u64,
    pub control: u64,
}

/// One test on one instance.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TestReport {
    pub test: String,
    pub instance: String,
    /// Absent when it passed; else that of the last attempt.
    pub failure: Option<String>,
    /// What people should read though it passed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remark: Option<String>,
    /// How often it was tried again.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub retries: u32,
    /// That of the test, unless it was over: what fails in it blocks nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quarantine: Option<Quarantine>,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands a reference over"
)]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl Sent {
    pub fn is_nothing(self) -> bool {
        self == Self::default()
    }

    pub fn add(&mut self, more: Self) {
        self.canary = self.canary.saturating_add(more.canary);
        self.control = self.control.saturating_add(more.control);
    }
}

impl TestReport {
    /// Why it failed, else its remark.
    pub fn said(&self) -> Option<&str> {
        self.failure.as_deref().or(self.remark.as_deref())
    }

    /// Whether the run must not go on for it.
    pub fn blocks(&self) -> bool {
        self.failure.is_some() && self.quarantine.is_none()
    }

    /// `, at attempt 3; in quarantine: flaky`; nothing for most.
    pub fn circumstances(&self) -> String {
        let attempt = (self.retries > 0).then(|| format!(", at attempt {}", self.retries + 1));
        let quarantine = self.quarantine.as_ref();
        let quarantine = quarantine.map(|quarantine| format!(", {quarantine}"));
        attempt.into_iter().chain(quarantine).collect()
    }
}

impl Finding {
    pub fn error(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            message: message.into(),
            hint: Some(hint.into()),
        }
    }

    pub fn warning(message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            message: message.into(),
            hint: None,
        }
    }

    /// Whether one of `findings` forbids the run.
    pub fn forbid(findings: &[Self]) -> bool {
        findings
            .iter()
            .any(|finding| finding.severity == Severity::Error)
    }
}
