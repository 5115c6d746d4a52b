//! What a team declares for its service: tests, error counters, and what to do when they speak against a version.

use crate::Period;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What happens when a deployment fails.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RollbackPolicy {
    /// Undo by itself.
    #[default]
    Automatic,
    /// Ask a person first.
    Ask,
    /// Never undo (one-way migrations): stop and leave everything as it is.
    Never,
}

/// A test that passes or fails, run on every instance of a wave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Test {
    pub name: String,
    /// How long it may take.
    pub timeout: Period,
    #[serde(flatten)]
    pub kind: TestKind,
}

/// The kinds of tests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum TestKind {
    /// A GET that must answer with `status`, and with `text` in its body.
    Http {
        path: String,
        /// TCP port; the service's own when absent.
        port: Option<u16>,
        status: u16,
        text: Option<String>,
    },
    /// A TCP port that must accept a connection; the service's own when absent.
    Port { port: Option<u16> },
    /// A program that must exit with 0. It is started without a shell, in the service's directory, with SERVICE,
    /// INSTANCE and ADDRESS in its environment beside what is given here.
    Command {
        command: Vec<String>,
        environment: BTreeMap<String, String>,
    },
}

/// Error counters that every instance exposes (Prometheus text), compared between canary and control.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Counters {
    pub name: String,
    /// TCP port; the service's own when absent.
    pub port: Option<u16>,
    pub path: String,
    /// The counter of requests.
    pub requests: String,
    /// The counter of errors.
    pub errors: String,
    /// The label of the error counter by whose value errors are grouped.
    pub signature: Option<String>,
    pub settings: CountersSettings,
}

/// How counters are judged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CountersSettings {
    /// Share of healthy rollouts that may be stopped by mistake.
    pub false_alarm_rate: f64,
    /// Ratio of canary's to control's error rate that is still tolerated.
    pub tolerated_ratio: f64,
    /// Canary's error rate that must be refuted before an early promotion.
    pub error_budget: f64,
    /// Requests that the canary must have served before it may be promoted.
    pub minimum_requests: u64,
    pub minimum_hold: Period,
    pub maximum_hold: Period,
}

impl Default for CountersSettings {
    fn default() -> Self {
        Self {
            false_alarm_rate: 0.01,
            tolerated_ratio: 1.25,
            error_budget: 0.005,
            minimum_requests: 100,
            minimum_hold: Period::from_secs(30),
            maximum_hold: Period::from_secs(600),
        }
    }
}
