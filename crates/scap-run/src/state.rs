//! What is known of a run: the fold of its events. Nothing here was not in an event.

use crate::evidence::{Evidence, Tick, Verdict};
use crate::{
    AbortKind, Cause, Choice, ErrorExample, Failure, FailureKind, Finding, OtherRun, Outcome,
    Question, QuestionId, QuestionKind, Readback, RunId, Sent, TestReport, TimerId, UnixMillis,
};
use scap_plan::{Counters, Gate, Observation, Plan, Step, StepId, WaveId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A run, as far as it has come.
#[derive(Debug, Clone)]
pub struct RunState {
    pub run: RunId,
    pub plan: Plan,
    pub person: String,
    pub reason: Option<String>,
    pub created: UnixMillis,
    /// When the last event happened.
    pub changed: UnixMillis,
    pub approved: bool,
    /// Whether the targets were seen again before anybody was asked to approve.
    pub seen_again: bool,
    pub locked: bool,
    /// Findings of locks and preflight; absent before preflight.
    pub findings: Option<Vec<Finding>>,
    pub steps: Vec<StepState>,
    /// By wave, then by gate.
    pub gates: Vec<Vec<GateState>>,
    pub questions: Vec<Question>,
    pub timers: BTreeMap<TimerId, Timer>,
    pub abort: Option<Abort>,
    pub frozen: Option<Freeze>,
    pub undo: Option<Undo>,
    pub stuck: Option<Stuck>,
    pub outcome: Option<Outcome>,
    /// Who has watched it for long enough.
    pub finished_by: Option<String>,
    /// How often a runner took it over.
    pub resumed: u32,
}

/// A step's progress.
#[derive(Debug, Clone, Default)]
pub struct StepState {
    pub status: StepStatus,
    /// How often it was started.
    pub attempt: u32,
    /// How often its undo was started.
    pub undo_attempt: u32,
    /// How many of those were before a person mended what the run was stuck with: they count against it no longer.
    pub forgiven_undo_attempts: u32,
    /// When it was started first, and when it ended.
    pub started: Option<UnixMillis>,
    pub ended: Option<UnixMillis>,
    pub readback: Option<Readback>,
    pub failure: Option<Failure>,
    /// What was last seen to run there after an interruption.
    pub observation: Option<Observation>,
}

/// The status of a step.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StepStatus {
    #[default]
    Waiting,
    /// Its target is being changed.
    Started,
    /// A runner died while its target was being changed.
    Interrupted,
    /// Changed, and waits to be read back.
    Acted,
    Succeeded,
    Failed,
    /// Its target is being put back.
    Undoing,
    /// A runner died while its target was being put back.
    UndoInterrupted,
    Undone,
    UndoFailed,
}

/// A gate's progress.
#[derive(Debug, Clone, Default)]
pub struct GateState {
    pub verdict: Option<Verdict>,
    /// Why, in a sentence.
    pub why: Option<String>,
    pub reports: Option<Vec<TestReport>>,
    /// For an evidence gate.
    pub evidence: Option<Evidence>,
    pub ticks: Vec<Tick>,
    /// When each of them was written down.
    pub times: Vec<UnixMillis>,
    /// Log of the e-value after each tick.
    pub curve: Vec<f64>,
    /// What could not be read in the last tick.
    pub missing: Vec<String>,
    /// Who changed production too while a shared signal spoke against the version; absent before it was looked at.
    pub others: Option<Vec<OtherRun>>,
    /// How many of the requests were scap's own.
    pub sent: Sent,
    /// How often a person chose to hold on.
    pub round: u32,
    pub concluded: Option<UnixMillis>,
    /// Of what it failed for; absent before they were looked for.
    pub examples: Option<Vec<ErrorExample>>,
    /// Why there are none.
    pub missing_examples: Option<String>,
}

/// A timer that was started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timer {
    pub milliseconds: u64,
    pub until: UnixMillis,
    pub fired: bool,
}

/// A wish to end the run early.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Abort {
    pub kind: AbortKind,
    pub by: String,
    pub reason: Option<String>,
}

/// A freeze that holds the run between steps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Freeze {
    pub by: String,
    pub reason: String,
}

/// The way back.
#[derive(Debug, Clone)]
pub struct Undo {
    pub cause: Cause,
    /// Tests of the waves that were undone; absent before they ran.
    pub checked: Option<Vec<TestReport>>,
}

/// Why a person is needed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Stuck {
    pub why: String,
    pub commands: Vec<String>,
}

/// Where the run is, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Waits for a yes to its plan.
    Planned,
    /// Waits for locks or preflight.
    Preparing,
    Deploying,
    /// A gate is open.
    Judging,
    /// A question is open.
    Asking,
    /// Held by a freeze.
    Frozen,
    Stopping,
    RollingBack,
    Stuck,
    Finished,
}

impl GateState {
    /// From when to when errors were counted.
    pub fn watched(&self) -> Option<(UnixMillis, UnixMillis)> {
        let first = self.times.first()?;
        let length = i64::from(self.ticks.first()?.milliseconds);
        Some((
            UnixMillis(first.0.saturating_sub(length)),
            *self.times.last()?,
        ))
    }

    /// When the canary had the first error of a kind.
    pub fn first_seen(&self, signature: &str) -> Option<UnixMillis> {
        let is_first = |tick: &Tick| {
            let mut kinds = tick.signatures.iter();
            kinds.any(|kind| kind.canary > 0 && kind.signature == signature)
        };
        self.times
            .get(self.ticks.iter().position(is_first)?)
            .copied()
    }
}

impl StepStatus {
    /// Whether a runner is changing the target.
    pub fn is_going_on(self) -> bool {
        matches!(self, Self::Started | Self::Undoing)
    }

    /// Whether the step was begun and has not come to its end.
    pub fn is_unsettled(self) -> bool {
        matches!(self, Self::Started | Self::Acted | Self::Interrupted)
    }
}

impl StepState {
    /// Whether the target may differ from what it was before. One that was interrupted and waits to be done again may.
    pub fn is_touched(&self) -> bool {
        self.attempt > 0 && self.status != StepStatus::Undone
    }

    /// Whether it failed after it had been read back as ready.
    pub fn has_fallen(&self) -> bool {
        self.readback.is_some() && self.failure.is_some()
    }

    /// Whether it failed because nobody could see what runs there.
    pub fn is_unobservable(&self) -> bool {
        self.failure
            .as_ref()
            .is_some_and(|failure| failure.kind == FailureKind::Unobservable)
    }
}

impl RunState {
    pub fn step(&self, id: StepId) -> &Step {
        self.plan.step(id)
    }

    pub fn step_state(&self, id: StepId) -> &StepState {
        &self.steps[id.0]
    }

    pub fn status(&self, id: StepId) -> StepStatus {
        self.steps[id.0].status
    }

    /// Steps whose target may differ from what it was before.
    pub fn touched(&self) -> impl Iterator<Item = StepId> + '_ {
        self.plan
            .step_ids()
            .filter(|id| self.step_state(*id).is_touched())
    }

    /// Gates as planned and as they stand, in the order of the waves, each with its wave and its number there.
    pub fn planned_gates(&self) -> impl Iterator<Item = ((WaveId, usize), &Gate, &GateState)> + '_ {
        let waves = self.plan.waves.iter().zip(&self.gates).enumerate();
        waves.flat_map(|(wave, (planned, gates))| {
            let gates = planned.gates.iter().zip(gates).enumerate();
            gates.map(move |(gate, (planned, progress))| ((WaveId(wave), gate), planned, progress))
        })
    }

    /// Those of evidence.
    pub fn evidence_gates(
        &self,
    ) -> impl Iterator<Item = ((WaveId, usize), &scap_plan::Evidence, &GateState)> + '_ {
        self.planned_gates()
            .filter_map(|(place, planned, progress)| match planned {
                Gate::Evidence(evidence) => Some((place, evidence, progress)),
                Gate::Tests { .. } | Gate::Bake { .. } => None,
            })
    }

    /// Those of evidence that count the same, whatever they are held to.
    pub fn gates_counting(
        &self,
        counters: &Counters,
    ) -> impl Iterator<Item = (&scap_plan::Evidence, &GateState)> {
        let gates = self
            .evidence_gates()
            .map(|(_, planned, gate)| (planned, gate));
        gates.filter(|(planned, _)| {
            planned.counters.name == counters.name
                && planned.counters.is_shared == counters.is_shared
                && planned.counters.source == counters.source
        })
    }

    /// The first wave that is not through all its gates; none when all are.
    pub fn current_wave(&self) -> Option<WaveId> {
        (0..self.plan.waves.len())
            .map(WaveId)
            .find(|wave| !self.is_wave_complete(*wave))
    }

    /// Whether the wave's steps have succeeded and its gates let the run go on.
    pub fn is_wave_complete(&self, wave: WaveId) -> bool {
        let steps_succeeded = self
            .plan
            .wave(wave)
            .steps
            .iter()
            .all(|step| self.status(*step) == StepStatus::Succeeded);
        steps_succeeded
            && self.gates[wave.0]
                .iter()
                .enumerate()
                .all(|(gate, _)| self.is_gate_open(wave, gate))
    }

    /// Whether the run may go on past the gate: it passed, it is a shadow and has spoken, or a person said so.
    pub fn is_gate_open(&self, wave: WaveId, gate: usize) -> bool {
        match self.gates[wave.0][gate].verdict {
            None => false,
            Some(_) if self.is_shadow(wave, gate) => true,
            Some(Verdict::Pass | Verdict::Inconclusive) => true,
            Some(Verdict::Fail) => {
                let kind = QuestionKind::Failed {
                    cause: Cause::Gate { wave, gate },
                };
                self.answer_to(&kind) == Some(Choice::Promote)
            }
            Some(Verdict::NoData | Verdict::Concern) => {
                self.answer_to(&QuestionKind::Undecided { wave, gate }) == Some(Choice::Promote)
            }
        }
    }

    /// Whether the version is everywhere, and nothing but watches that have not spoken hold the run.
    pub fn is_only_watched(&self) -> bool {
        let last = WaveId(self.plan.waves.len().saturating_sub(1));
        let goes_forward = self.undo.is_none() && self.abort.is_none() && self.stuck.is_none();
        if !goes_forward || self.current_wave() != Some(last) {
            return false;
        }
        let steps = &self.plan.wave(last).steps;
        let is_everywhere = steps
            .iter()
            .all(|step| self.status(*step) == StepStatus::Succeeded);
        let is_open_or_watch = |gate: usize| {
            let is_silent = self.gates[last.0][gate].verdict.is_none();
            let is_beside = self.is_shadow(last, gate) || self.is_watch(last, gate);
            self.is_gate_open(last, gate) || (is_silent && is_beside)
        };
        let watched = |gate: usize| self.is_watch(last, gate) && !self.is_shadow(last, gate);
        let gates = 0..self.gates[last.0].len();
        is_everywhere
            && gates.clone().all(is_open_or_watch)
            && gates
                .filter(|gate| watched(*gate))
                .any(|gate| !self.is_gate_open(last, gate))
    }

    /// Whether nothing follows from the gate's verdict.
    pub fn is_shadow(&self, wave: WaveId, gate: usize) -> bool {
        self.plan.wave(wave).gates[gate].is_shadow()
    }

    /// Whether the gate is held beside the others.
    pub fn is_watch(&self, wave: WaveId, gate: usize) -> bool {
        self.plan.wave(wave).gates[gate].is_watch()
    }

    /// The newest question of this kind.
    pub fn question_about(&self, kind: &QuestionKind) -> Option<&Question> {
        self.questions
            .iter()
            .rev()
            .find(|question| question.kind == *kind)
    }

    pub fn answer_to(&self, kind: &QuestionKind) -> Option<Choice> {
        self.question_about(kind)
            .and_then(|question| question.answer)
    }

    /// The question that waits for an answer.
    pub fn open_question(&self) -> Option<&Question> {
        self.questions
            .iter()
            .rev()
            .find(|question| question.answer.is_none())
    }

    pub fn question(&self, id: QuestionId) -> Option<&Question> {
        self.questions.get(id.0)
    }

    pub fn has_fired(&self, timer: TimerId) -> bool {
        self.timers.get(&timer).is_some_and(|timer| timer.fired)
    }

    /// Hosts that did not get the version, of all steps.
    pub fn stragglers(&self) -> impl Iterator<Item = &crate::Straggler> {
        self.steps
            .iter()
            .filter_map(|step| step.readback.as_ref())
            .flat_map(|readback| &readback.stragglers)
    }

    /// Whether nothing more is done without a person: it has an outcome, or is stuck.
    pub fn is_over(&self) -> bool {
        self.outcome.is_some() || self.stuck.is_some()
    }

    /// Whether a gate spoke against what the run brought, so that it was taken back.
    pub fn has_proved_bad(&self) -> bool {
        let is_by_verdict = |undo: &Undo| match undo.cause {
            Cause::Gate { wave, gate } => self.gates[wave.0][gate].verdict == Some(Verdict::Fail),
            Cause::Step { step } => self.step_state(step).has_fallen(),
            Cause::Abort => false,
        };
        self.outcome == Some(Outcome::RolledBack) && self.undo.as_ref().is_some_and(is_by_verdict)
    }

    /// Where the run is, in one word.
    pub fn phase(&self) -> Phase {
        if self.outcome.is_some() {
            Phase::Finished
        } else if self.stuck.is_some() {
            Phase::Stuck
        } else if self.undo.is_some() {
            Phase::RollingBack
        } else if self.abort.is_some() {
            Phase::Stopping
        } else if !self.approved {
            Phase::Planned
        } else if self.open_question().is_some() {
            Phase::Asking
        } else if !self.locked || self.findings.is_none() {
            Phase::Preparing
        } else if self.frozen.is_some() {
            Phase::Frozen
        } else if self.is_judging() {
            Phase::Judging
        } else {
            Phase::Deploying
        }
    }

    fn is_judging(&self) -> bool {
        self.current_wave().is_some_and(|wave| {
            self.plan
                .wave(wave)
                .steps
                .iter()
                .all(|step| self.status(*step) == StepStatus::Succeeded)
        })
    }
}
