//! A run as JSON: what `scap show` and `scap explain` print for programs.

use crate::queries::{self, AskedQuery, GateQueries};
use scap_plan::{PlanView, StepId};
use scap_run::evidence::{Counts, Explanation, Verdict};
use scap_run::{
    Cause, Chart, ErrorExample, Failure, Finding, GateState, OtherRun, Outcome, Phase, Question,
    Readback, RunId, RunState, Sent, StepStatus, TestReport, UnixMillis,
};
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde::Serialize;

/// All that is known of a run.
#[derive(Serialize, JsonSchema)]
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

#[derive(Serialize, JsonSchema)]
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

#[derive(Serialize, JsonSchema)]
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

#[derive(Serialize, JsonSchema)]
struct EvidenceReport<'a> {
    canary: Counts,
    control: Counts,
    chart: Option<Chart>,
    /// What was asked; only in an explanation.
    queries: &'a [AskedQuery],
    explanation: Explanation,
    /// What would have changed the verdict.
    counterfactual: Option<String>,
    /// What could not be read in the last tick.
    missing: &'a [String],
    /// How many of the requests were scap's own.
    sent: Sent,
    /// Who changed production too while a signal that all share spoke against the version.
    #[serde(skip_serializing_if = "<[OtherRun]>::is_empty")]
    others: &'a [OtherRun],
    /// What the errors look like, one of each kind that says most; null before a gate failed.
    examples: Option<&'a [ErrorExample]>,
    /// Why there are none.
    missing_examples: Option<&'a str>,
}

/// What the report looks like.
pub(crate) fn schema() -> Schema {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    settings
        .into_generator()
        .into_root_schema_for::<Report<'_>>()
}

impl<'a> Report<'a> {
    pub(crate) fn of(state: &'a RunState) -> Self {
        Self::explaining(state, &[])
    }

    /// With what was asked.
    pub(crate) fn explaining(state: &'a RunState, queries: &'a [GateQueries]) -> Self {
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
            gates: gates(state, queries),
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

fn gates<'a>(state: &'a RunState, queries: &'a [GateQueries]) -> Vec<GateReport<'a>> {
    let gates = state.planned_gates();
    let reports = gates.map(|((wave, gate), planned, progress)| GateReport {
        wave: &state.plan.wave(wave).name,
        gate,
        is_shadow: planned.is_shadow(),
        verdict: progress.verdict,
        why: progress.why.as_deref(),
        tests: progress.reports.as_deref(),
        evidence: evidence(progress, queries::of_gate(queries, wave, gate)),
    });
    reports.collect()
}

fn evidence<'a>(gate: &'a GateState, queries: &'a [AskedQuery]) -> Option<EvidenceReport<'a>> {
    let evidence = gate.evidence.as_ref()?;
    let explanation = evidence.explain(gate.verdict.is_some(), &gate.ticks);
    Some(EvidenceReport {
        canary: evidence.canary(),
        control: evidence.control(),
        chart: Chart::of(gate),
        queries,
        counterfactual: explanation.hint(),
        explanation,
        missing: &gate.missing,
        sent: gate.sent,
        others: gate.others.as_deref().unwrap_or_default(),
        examples: gate.examples.as_deref(),
        missing_examples: gate.missing_examples.as_deref(),
    })
}

#[cfg(test)]
mod tests;
