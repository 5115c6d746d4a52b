//! One run: what `scap show RUN --format json` says, and what a page needs beside it.

use super::body;
use super::ready::Ready;
use crate::clock::link_times;
use crate::queries::{self, GateQueries};
use crate::report::Report;
use crate::spiderpig::Porter;
use scap_plan::{GateName, HostName, Plan, Right, StepId, StepKind};
use scap_run::{
    InstanceReadiness, InstanceState, Outcome, Phase, RunId, RunState, StepStatus, UnixMillis,
};
use schemars::JsonSchema;
use serde::Serialize;
use spiderpig_control::Asker;
use spiderpig_protocol::Problem;
use std::collections::BTreeMap;

/// A run as a page shows it.
#[derive(Serialize, JsonSchema)]
pub(super) struct RunDocument<'a> {
    #[serde(flatten)]
    report: Report<'a>,
    waves: Vec<WaveView>,
    ready: Vec<Ready>,
    instances: Vec<Instance>,
    usual_milliseconds: Option<u64>,
    /// How many lines its terminal has so far.
    lines: u64,
    links: Vec<Link>,
    mending: Option<Mending>,
    rights: Vec<RunRight>,
}

/// A wave by its name, with its steps and with the gates after it in order, readiness left out.
#[derive(Clone, Serialize, JsonSchema)]
pub(super) struct WaveView {
    name: String,
    steps: Vec<StepId>,
    gates: Vec<GateName>,
}

/// A host or pod of a step.
#[derive(Serialize, JsonSchema)]
struct Instance {
    step: StepId,
    name: String,
    state: InstanceState,
    why: Option<String>,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Link {
    name: String,
    url: String,
}

/// What a person does next, after an undo.
#[derive(Serialize, JsonSchema)]
struct Mending {
    barred_by: Option<RunId>,
}

/// What may be asked of a run.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum RunRight {
    Answer,
    Abort,
    Resume,
    Rollback,
    HandOver,
    Finish,
    Unbar,
    Unmask,
}

impl Instance {
    fn of(step: StepId, seen: InstanceReadiness) -> Self {
        let InstanceReadiness { name, state, why } = seen;
        Self {
            step,
            name,
            state,
            why,
        }
    }
}

impl Porter {
    /// As JSON, since the report borrows from the run.
    pub(super) fn run(&self, asker: &Asker, run: RunId) -> Result<serde_json::Value, Problem> {
        let state = self.board.state(&self.desk.journal, run)?;
        self.may_see(asker, &state.plan.service)?;
        let queries = self.queries(&state);
        let terminal = self.desk.terminals.open(run);
        let lines = terminal.map_or(0, |terminal| *terminal.lines().borrow());
        let document = RunDocument {
            report: Report::explaining(&state, &queries),
            waves: waves(&state.plan),
            ready: self.ready(&state),
            instances: self.instances(&state),
            usual_milliseconds: self.usual_milliseconds(state.plan.service.as_str()),
            lines,
            links: links(&state.plan.links, (state.created, state.changed)),
            mending: state.has_proved_bad().then_some(Mending {
                barred_by: Some(run),
            }),
            rights: self.rights(asker, &state),
        };
        Ok(body(document))
    }

    /// Those of a step that goes on are as its engine sees them. Hosts are known from the plan, pods by nobody else.
    fn instances(&self, state: &RunState) -> Vec<Instance> {
        let mut seen = self.desk.runner.seen(state.run).ready;
        let mut instances = Vec::new();
        for step in state.plan.step_ids() {
            let goes_on = matches!(state.status(step), StepStatus::Started | StepStatus::Acted);
            let seen = seen.remove(&step).filter(|_| goes_on);
            match (seen, &state.plan.step(step).kind) {
                (Some(seen), _) if !seen.instances.is_empty() => {
                    instances.extend(seen.instances.into_iter().map(|it| Instance::of(step, it)));
                }
                (_, StepKind::HostGroup(group)) => {
                    instances.extend(group.hosts.iter().map(|host| instance(state, step, host)));
                }
                (_, StepKind::Release(_)) => {}
            }
        }
        instances
    }

    pub(super) fn failing(&self, state: &RunState) -> usize {
        let instances = self.instances(state).into_iter();
        let failing = instances.filter(|it| it.state == InstanceState::Failing);
        failing.count()
    }

    /// Never fails for the files: then it is not known where stores are.
    fn queries(&self, state: &RunState) -> Vec<GateQueries> {
        let settings = self.desk.settings().ok();
        let configuration = settings.as_ref().map(|it| &it.configuration);
        queries::of_run(state, configuration)
    }

    /// The same word for all who may ask the same of a run.
    pub(in crate::spiderpig) fn rights_word(&self, asker: &Asker, run: RunId) -> String {
        let Ok(state) = self.board.state(&self.desk.journal, run) else {
            return asker.name.to_string();
        };
        let may = |right: &Right| self.is_allowed(asker, *right, self.target(&state.plan));
        let rights = Right::OF_SERVICES.iter().filter(|right| may(right));
        let rights: Vec<&str> = rights.map(|right| right.word()).collect();
        let everything = spiderpig_control::Target::Everything;
        let administers = self.is_allowed(asker, Right::Administer, everything);
        format!("{} {administers}", rights.join(" "))
    }

    fn rights(&self, asker: &Asker, state: &RunState) -> Vec<RunRight> {
        let may = |right| self.is_allowed(asker, right, self.target(&state.plan));
        let is_over = state.outcome.is_some();
        let can_be_rolled_back = state.outcome.is_some_and(Outcome::is_success);
        let everything = spiderpig_control::Target::Everything;
        let rights = [
            (
                RunRight::Answer,
                state.open_question().is_some() && may(Right::Answer),
            ),
            (RunRight::Abort, !is_over && may(Right::Abort)),
            (
                RunRight::Resume,
                state.phase() == Phase::Stuck && may(Right::Answer),
            ),
            (
                RunRight::Rollback,
                can_be_rolled_back && may(Right::Rollback),
            ),
            (RunRight::HandOver, !is_over && may(Right::Answer)),
            (
                RunRight::Finish,
                state.is_only_watched() && may(Right::Answer),
            ),
            (RunRight::Unmask, may(Right::Unmask)),
            (
                RunRight::Unbar,
                state.has_proved_bad() && self.is_allowed(asker, Right::Administer, everything),
            ),
        ];
        let granted = rights.into_iter().filter(|(_, granted)| *granted);
        granted.map(|(right, _)| right).collect()
    }
}

pub(super) fn waves(plan: &Plan) -> Vec<WaveView> {
    let wave = |wave: &scap_plan::Wave| WaveView {
        name: wave.name.clone(),
        steps: wave.steps.clone(),
        gates: wave.gates.iter().map(GateName::of).collect(),
    };
    plan.waves.iter().map(wave).collect()
}

fn instance(state: &RunState, step: StepId, host: &HostName) -> Instance {
    let progress = &state.steps[step.0];
    let stragglers = progress.readback.iter().flat_map(|it| &it.stragglers);
    let straggler = stragglers
        .clone()
        .find(|straggler| straggler.name == host.as_str());
    let reached = match progress.status {
        StepStatus::Waiting | StepStatus::Undone => InstanceState::Old,
        StepStatus::Succeeded => InstanceState::New,
        StepStatus::Failed | StepStatus::UndoFailed => InstanceState::Failing,
        _ => InstanceState::Starting,
    };
    Instance {
        step,
        name: host.to_string(),
        state: straggler.map_or(reached, |_| InstanceState::Failing),
        why: straggler.map(|straggler| straggler.why.clone()),
    }
}

/// Each at that time, where its address has a place for it.
pub(super) fn links(
    named: &BTreeMap<String, String>,
    (from, to): (UnixMillis, UnixMillis),
) -> Vec<Link> {
    let times = link_times(from, to);
    let links = named.iter();
    links
        .map(|(name, address)| Link {
            name: name.clone(),
            url: times.filled_in(address),
        })
        .collect()
}
