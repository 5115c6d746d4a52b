//! Runs in one line each, with the wave line in small.

use super::ready::Ready;
use crate::spiderpig::Porter;
use crate::view;
use scap_journal::RunSummary;
use scap_plan::{StepId, WaveId};
use scap_run::{Outcome, Phase, RunId, RunState, StepStatus, UnixMillis};
use schemars::JsonSchema;
use serde::Serialize;
use spiderpig_protocol::Problem;

#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(super) struct RunLine {
    pub(super) run: RunId,
    pub(super) service: String,
    pub(super) person: String,
    pub(super) version: String,
    digest: String,
    pub(super) created: UnixMillis,
    pub(super) changed: UnixMillis,
    pub(super) phase: Phase,
    pub(super) outcome: Option<Outcome>,
    /// What ran before, where that is one version.
    pub(super) before: Option<String>,
    waves: Vec<WaveMark>,
}

/// A wave, or a gate after one.
#[derive(Debug, Clone, Serialize, JsonSchema)]
struct WaveMark {
    name: String,
    kind: MarkKind,
    state: WaveState,
    /// From 0 to 1, while it goes on and that is known.
    done: Option<f64>,
}

#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum MarkKind {
    Wave,
    Gate,
}

/// What a mark of a wave line says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum WaveState {
    Waiting,
    Going,
    Done,
    Failed,
    Asking,
    Undone,
}

impl WaveState {
    /// By the word that a terminal has for it.
    fn of(word: &str) -> Self {
        match word {
            "waiting" => Self::Waiting,
            "failed" | "undo failed" => Self::Failed,
            "of concern" | "without data" => Self::Asking,
            "undone" => Self::Undone,
            "going on" | "reading back" | "judging" | "undoing" | "interrupted"
            | "undo interrupted" => Self::Going,
            _ => Self::Done,
        }
    }
}

impl Porter {
    pub(super) fn line(&self, summary: RunSummary) -> Result<RunLine, Problem> {
        self.line_of_going(summary, &[])
    }

    /// With how far steps are that go on.
    pub(super) fn line_of_going(
        &self,
        summary: RunSummary,
        ready: &[Ready],
    ) -> Result<RunLine, Problem> {
        let state = self.board.state(&self.desk.journal, summary.run)?;
        Ok(RunLine {
            run: summary.run,
            service: summary.service,
            person: state.person.clone(),
            version: summary.version,
            digest: summary.digest,
            created: summary.created,
            changed: summary.changed,
            phase: summary.phase,
            outcome: summary.outcome,
            before: view::words::before_all(&state.plan),
            waves: marks(&state, ready),
        })
    }
}

fn marks(state: &RunState, ready: &[Ready]) -> Vec<WaveMark> {
    let mut marks = Vec::new();
    for (index, wave) in state.plan.waves.iter().enumerate() {
        let id = WaveId(index);
        marks.push(WaveMark {
            name: wave.name.clone(),
            kind: MarkKind::Wave,
            state: WaveState::of(view::mark::wave(state, id).word),
            done: done(state, &wave.steps, ready),
        });
        let gates = wave.gates.iter().enumerate();
        marks.extend(gates.map(|(gate, planned)| WaveMark {
            name: view::words::gate_name(planned),
            kind: MarkKind::Gate,
            state: WaveState::of(view::mark::gate(state, id, gate).word),
            done: None,
        }));
    }
    marks
}

/// The mean of all steps of a wave, where one of them tells how far it is.
#[expect(clippy::cast_precision_loss, reason = "steps and pods are few")]
fn done(state: &RunState, steps: &[StepId], ready: &[Ready]) -> Option<f64> {
    let going = |step: &StepId| ready.iter().find(|it| it.step == *step)?.share();
    steps.iter().find_map(going)?;
    let part = |step: &StepId| match state.status(*step) {
        StepStatus::Succeeded => 1.0,
        _ => going(step).unwrap_or(0.0),
    };
    Some(steps.iter().map(part).sum::<f64>() / steps.len() as f64)
}
