//! Another run in which the same signal is watched: what the signal says may be its doing.

use crate::{RunId, RunState, UnixMillis};
use scap_plan::{Counters, EnvironmentType, ServiceName};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A run that changed production at the same time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OtherRun {
    pub run: RunId,
    pub service: ServiceName,
    pub person: String,
    /// When its first step in production was started.
    pub since: UnixMillis,
    /// When it ended, if it has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<UnixMillis>,
}

impl OtherRun {
    /// What `run` is to those who watch the same and look at what happened from `begin` on; nothing if it has another signal,
    /// or has changed nothing since.
    pub fn of(run: &RunState, signal: &Counters, begin: UnixMillis) -> Option<Self> {
        let has_signal = signal.is_shared && run.gates_counting(signal).next().is_some();
        let until = run.outcome.map(|_| run.changed);
        let is_beside = until.is_none_or(|until| until >= begin);
        Some(Self {
            run: run.run,
            service: run.plan.service.clone(),
            person: run.person.clone(),
            since: run.in_production_since()?,
            until,
        })
        .filter(|_| has_signal && is_beside)
    }

    /// `run 12 of cart by grace has changed production for 42 s`
    pub fn told(&self, now: UnixMillis) -> String {
        let Self {
            run,
            service,
            person,
            since,
            until,
        } = self;
        let seconds = |from: UnixMillis, to: UnixMillis| from.until(to) / 1_000;
        match until {
            None => format!(
                "run {run} of {service} by {person} has changed production for {} s",
                seconds(*since, now)
            ),
            Some(until) => format!(
                "run {run} of {service} by {person} changed production for {} s, until {} s ago",
                seconds(*since, *until),
                seconds(*until, now)
            ),
        }
    }
}

impl RunState {
    /// When its first step in production was started.
    pub fn in_production_since(&self) -> Option<UnixMillis> {
        let in_production = self.plan.step_ids().filter(|id| {
            let release = self.step(*id).release();
            release.is_none_or(|step| step.environment_type == EnvironmentType::Production)
        });
        let started = in_production.filter_map(|id| self.step_state(id).started);
        started.min()
    }
}
