//! A run as JSON: what `scap show` and `scap explain` print for programs.

use scap_plan::{Gate, PlanView, StepId};
use scap_run::evidence::{Counts, Explanation, SignatureCounts, Verdict};
use scap_run::{
    Cause, Failure, Finding, GateState, Outcome, Phase, Question, Readback, RunId, RunState, Sent,
    StepStatus, TestReport, UnixMillis,
};
use serde::Serialize;

/// All that is known of a run.
#[derive(Serialize)]
pub(crate) struct Report<'a> {
    run: RunId,
    service: &'a str,
    version: String,
    person: &'a str,
    reason: Option<&'a str>,
    created: UnixMillis,
    changed: UnixMillis,
    phase: Phase,
    outcome: Option<Outcome>,
    plan: PlanView,
    findings: Option<&'a [Finding]>,
    steps: Vec<StepReport<'a>>,
    gates: Vec<GateReport<'a>>,
    questions: &'a [Question],
    abort: Option<&'a scap_run::Abort>,
    undo: Option<Cause>,
    undo_tests: Option<&'a [TestReport]>,
    stuck: Option<&'a scap_run::Stuck>,
}

#[derive(Serialize)]
struct StepReport<'a> {
    step: StepId,
    name: String,
    before: Option<String>,
    status: StepStatus,
    attempt: u32,
    started: Option<UnixMillis>,
    ended: Option<UnixMillis>,
    readback: Option<&'a Readback>,
    failure: Option<&'a Failure>,
}

#[derive(Serialize)]
struct GateReport<'a> {
    wave: &'a str,
    gate: usize,
    /// Whether nothing follows from the verdict.
    is_shadow: bool,
    verdict: Option<Verdict>,
    why: Option<&'a str>,
    tests: Option<&'a [TestReport]>,
    evidence: Option<EvidenceReport<'a>>,
}

#[derive(Serialize)]
struct EvidenceReport<'a> {
    canary: Counts,
    control: Counts,
    signatures: Vec<SignatureCounts>,
    /// Natural logarithm of the e-value after each tick.
    curve: &'a [f64],
    /// Where the curve raises the alarm.
    limit: f64,
    explanation: Explanation,
    /// What would have changed the verdict.
    counterfactual: Option<String>,
    missing: &'a [String],
    /// How many of the requests were scap's own.
    sent: Sent,
}

impl<'a> Report<'a> {
    pub(crate) fn of(state: &'a RunState) -> Self {
        Self {
            run: state.run,
            service: state.plan.service.as_str(),
            version: state.plan.version(),
            person: &state.person,
            reason: state.reason.as_deref(),
            created: state.created,
            changed: state.changed,
            phase: state.phase(),
            outcome: state.outcome,
            plan: PlanView::new(&state.plan),
            findings: state.findings.as_deref(),
            steps: state.plan.step_ids().map(|id| step(state, id)).collect(),
            gates: gates(state),
            questions: &state.questions,
            abort: state.abort.as_ref(),
            undo: state.undo.as_ref().map(|undo| undo.cause),
            undo_tests: state.undo.as_ref().and_then(|undo| undo.checked.as_deref()),
            stuck: state.stuck.as_ref(),
        }
    }
}

fn step(state: &RunState, id: StepId) -> StepReport<'_> {
    let (step, progress) = (state.step(id), state.step_state(id));
    StepReport {
        step: id,
        name: step.to_string(),
        before: step.before.as_ref().map(scap_plan::Observation::version),
        status: progress.status,
        attempt: progress.attempt,
        started: progress.started,
        ended: progress.ended,
        readback: progress.readback.as_ref(),
        failure: progress.failure.as_ref(),
    }
}

fn gates(state: &RunState) -> Vec<GateReport<'_>> {
    let waves = state.plan.waves.iter().zip(&state.gates);
    waves
        .flat_map(|(wave, gates)| {
            let gates = wave.gates.iter().zip(gates).enumerate();
            gates.map(|(index, gate)| report(&wave.name, index, gate))
        })
        .collect()
}

fn report<'a>(
    wave: &'a str,
    index: usize,
    (planned, gate): (&Gate, &'a GateState),
) -> GateReport<'a> {
    let evidence = gate.evidence.as_ref().map(|evidence| {
        let explanation = evidence.explain(gate.verdict.is_some(), &gate.ticks);
        EvidenceReport {
            canary: evidence.canary(),
            control: evidence.control(),
            signatures: evidence
                .signatures()
                .iter()
                .map(|kind| SignatureCounts {
                    signature: kind.signature().to_owned(),
                    canary: kind.canary(),
                    control: kind.control(),
                })
                .collect(),
            curve: &gate.curve,
            limit: evidence.limit(),
            counterfactual: explanation.hint(),
            explanation,
            missing: &gate.missing,
            sent: gate.sent,
        }
    });
    GateReport {
        wave,
        gate: index,
        is_shadow: planned.is_shadow(),
        verdict: gate.verdict,
        why: gate.why.as_deref(),
        tests: gate.reports.as_deref(),
        evidence,
    }
}
