//! How far steps are that go on.

use crate::spiderpig::Porter;
use crate::view::words;
use scap_plan::{StepId, StepKind};
use scap_run::{RunState, StepStatus, UnixMillis};
use schemars::JsonSchema;
use serde::Serialize;

/// How far a step is that goes on.
#[derive(Serialize, JsonSchema)]
pub(super) struct Ready {
    pub(super) step: StepId,
    /// Such as `canary in eqiad`.
    name: String,
    /// Of what they are: `hosts`, `pods`.
    things: &'static str,
    done: usize,
    total: usize,
    /// What the last of them lack, in words; empty where nothing is known to.
    waiting_for: String,
    since: UnixMillis,
    /// How long the step took in former runs.
    usual_milliseconds: Option<u64>,
}

impl Ready {
    /// From 0 to 1.
    #[expect(clippy::cast_precision_loss, reason = "pods are few")]
    pub(super) fn share(&self) -> Option<f64> {
        (self.total > 0).then(|| self.done as f64 / self.total as f64)
    }
}

impl Porter {
    pub(super) fn ready(&self, state: &RunState) -> Vec<Ready> {
        let seen = self.desk.runner.seen(state.run).ready.into_iter();
        let going = seen.filter(|(step, _)| {
            let status = state.status(*step);
            !matches!(
                status,
                StepStatus::Succeeded | StepStatus::Undone | StepStatus::Waiting
            )
        });
        let mut going = going.peekable();
        if going.peek().is_none() {
            return Vec::new();
        }
        let usual = self.usual_parts(state.plan.service.as_str());
        going
            .map(|(id, ready)| {
                let step = state.plan.step(id);
                Ready {
                    step: id,
                    name: words::short_name(step),
                    things: match step.kind {
                        StepKind::HostGroup(_) => "hosts",
                        StepKind::Release(_) => "pods",
                    },
                    done: ready.done,
                    total: ready.total,
                    waiting_for: ready.waiting_for,
                    since: state.step_state(id).started.unwrap_or(state.changed),
                    usual_milliseconds: usual.step(step),
                }
            })
            .collect()
    }
}
