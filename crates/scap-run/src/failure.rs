//! Why something did not work, as data: one renderer a medium makes text of it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A failure with what caused it and what mends it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    pub kind: FailureKind,
    /// Lowercase fragment that names the object.
    pub message: String,
    /// From the nearest cause to the root.
    pub causes: Vec<String>,
    pub hints: Vec<String>,
    /// What a person would type to put it right by hand.
    pub commands: Vec<String>,
}

/// What a failure means for the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// It was tried and did not work.
    Failed,
    /// It was stopped because somebody asked for it.
    Stopped,
    /// What runs at the target cannot be seen, so nothing may be concluded.
    Unobservable,
}

impl Failure {
    pub fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            causes: Vec::new(),
            hints: Vec::new(),
            commands: Vec::new(),
        }
    }

    pub fn failed(message: impl Into<String>) -> Self {
        Self::new(FailureKind::Failed, message)
    }

    pub fn stopped(message: impl Into<String>) -> Self {
        Self::new(FailureKind::Stopped, message)
    }

    pub fn unobservable(message: impl Into<String>) -> Self {
        Self::new(FailureKind::Unobservable, message)
    }

    /// Takes `error` and all its sources as causes.
    #[must_use]
    pub fn caused_by(mut self, error: &dyn std::error::Error) -> Self {
        let mut next = Some(error);
        while let Some(cause) = next {
            self.causes.push(cause.to_string());
            next = cause.source();
        }
        self
    }

    /// The message and its causes, in one line.
    pub fn in_full(&self) -> String {
        let parts = std::iter::once(&self.message).chain(&self.causes);
        parts.map(String::as_str).collect::<Vec<_>>().join(": ")
    }

    #[must_use]
    pub fn cause(mut self, cause: impl Into<String>) -> Self {
        self.causes.push(cause.into());
        self
    }

    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    #[must_use]
    pub fn command(mut self, command: impl Into<String>) -> Self {
        self.commands.push(command.into());
        self
    }
}
