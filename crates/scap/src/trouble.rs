//! Everything that a command can end with but success, and the exit code for it.

use crate::clock::now;
use crate::exit_code::Exit;
use crate::view::failure::{self as view, FailureKind, Place};
use crate::view::page::Colors;
use scap_execute::ExecuteError;
use scap_journal::JournalError;
use scap_plan::{ConfigError, SelectionError};
use scap_run::{Failure, RunId};
use serde::{Deserialize, Serialize};
use spiderpig_control::{CodeAnswer, ControlError};
use spiderpig_protocol::{Problem, ProblemKind};
use std::io::Write;

/// Why a command could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Trouble {
    #[error("the configuration is wrong")]
    Config(Vec<ConfigError>),
    #[error(transparent)]
    Selection(#[from] SelectionError),
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error(transparent)]
    Control(#[from] ControlError),
    #[error(transparent)]
    Execute(#[from] ExecuteError),
    /// Wrong use.
    #[error("{message}")]
    Usage {
        message: String,
        hint: Option<String>,
    },
    /// Refused, or failed before any change.
    #[error(transparent)]
    Failed(#[from] Failure),
    #[error("output could not be written")]
    Output(#[from] std::io::Error),
    #[error("run {0} goes on, and this terminal cannot follow it")]
    Unfollowed(RunId, #[source] Box<Self>),
    /// As the runner told it.
    #[error("{}", .0.in_a_line())]
    Told(Told),
}

/// What went wrong elsewhere.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Told {
    exit: Exit,
    failures: Vec<view::Failure>,
}

/// Why a code of a second factor does not count.
pub(crate) fn refused_code(answer: &CodeAnswer) -> Failure {
    match answer {
        CodeAnswer::Used => {
            Failure::failed("this code was used already").hint("wait for the next one")
        }
        CodeAnswer::TwoNeeded(_) => Failure::failed("too many codes were wrong: two are needed")
            .hint("type a code and the one after it, with a blank between them"),
        CodeAnswer::Wait(until) => {
            let seconds = now().until(*until).div_ceil(1_000);
            Failure::failed("too many codes were wrong").hint(format!("try again in {seconds} s"))
        }
        CodeAnswer::NoFactor => Failure::failed("there is no second factor yet")
            .hint("`scap spiderpig user enrol` on the deploy host makes one"),
        CodeAnswer::Wrong | CodeAnswer::Right(_) => {
            Failure::failed("the code is wrong").hint("see that the clock of the phone is right")
        }
    }
}

impl Told {
    fn in_a_line(&self) -> String {
        in_a_line(&self.failures)
    }
}

impl Trouble {
    pub(crate) fn usage(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Usage {
            message: message.into(),
            hint: Some(hint.into()),
        }
    }

    /// Whether it is only that nobody reads any more, as with `| head`.
    pub(crate) fn is_gone(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == std::io::ErrorKind::BrokenPipe)
    }

    pub(crate) fn exit(&self) -> Exit {
        match self {
            _ if self.is_gone() => Exit::Done,
            Self::Config(_) | Self::Selection(_) | Self::Usage { .. } => Exit::WrongUse,
            Self::Journal(_) | Self::Control(_) | Self::Failed(_) | Self::Output(_) => {
                Exit::Refused
            }
            Self::Told(told) => told.exit,
            Self::Execute(ExecuteError::Defect(_)) => Exit::Defect,
            // The run may be in the middle of something: whoever reads the exit code must know that it is not over.
            Self::Execute(ExecuteError::Journal(_)) | Self::Unfollowed(..) => Exit::Stuck,
        }
    }

    pub(crate) fn hints(&self) -> Vec<String> {
        match self {
            Self::Config(_) | Self::Output(_) | Self::Told(_) => Vec::new(),
            Self::Selection(error) => error.hint().into_iter().collect(),
            Self::Journal(error) | Self::Execute(ExecuteError::Journal(error)) => {
                error.hint().into_iter().collect()
            }
            Self::Execute(ExecuteError::Defect(_)) => {
                vec!["this is a defect of scap; please report it".to_owned()]
            }
            Self::Unfollowed(run, _) => vec![format!("`scap log {run} --follow` follows it again")],
            Self::Control(error) => error.hint().map(str::to_owned).into_iter().collect(),
            Self::Usage { hint, .. } => hint.iter().cloned().collect(),
            Self::Failed(failure) => failure.hints.clone(),
        }
    }
}

impl Trouble {
    /// Says it on stderr, once, in the form that the medium wants.
    pub(crate) fn tell(&self, is_json: bool, colors: Colors) -> Exit {
        if self.is_gone() {
            return self.exit();
        }
        let mut stderr = std::io::stderr().lock();
        for failure in self.failures() {
            // Nobody is left to be told when stderr is gone.
            let _ = if is_json {
                writeln!(stderr, "{}", failure.json())
            } else {
                failure.page().write(&mut stderr, colors)
            };
        }
        self.exit()
    }

    /// With its causes and without hints, for a line of a table.
    pub(crate) fn in_a_line(&self) -> String {
        in_a_line(&self.failures())
    }

    /// For somebody elsewhere to tell.
    pub(crate) fn told(&self) -> Told {
        Told {
            exit: self.exit(),
            failures: self.failures(),
        }
    }

    /// For somebody at a browser.
    pub(crate) fn problem(&self) -> Problem {
        let kind = match (self, self.exit()) {
            (Self::Selection(_), _) => ProblemKind::NotFound,
            (_, Exit::WrongUse) => ProblemKind::Invalid,
            (_, Exit::Defect) => ProblemKind::Defect,
            _ => ProblemKind::Refused,
        };
        let mut problem = Problem::new(kind, "");
        for failure in self.failures() {
            let separator = if problem.message.is_empty() { "" } else { "; " };
            problem.message = format!("{}{separator}{}", problem.message, failure.message);
            problem.causes.extend(failure.causes);
            problem.hints.extend(failure.hints);
        }
        problem
    }

    fn failures(&self) -> Vec<view::Failure> {
        let kind = match self {
            Self::Config(errors) => return errors.iter().map(located).collect(),
            Self::Told(told) => return told.failures.clone(),
            Self::Selection(_) | Self::Usage { .. } => FailureKind::Usage,
            Self::Execute(ExecuteError::Defect(_)) => FailureKind::Internal,
            _ => FailureKind::Error,
        };
        let mut failure = view::Failure::of(kind, self);
        if let Self::Failed(Failure { causes, .. }) = self {
            failure.causes.clone_from(causes);
        }
        failure.hints = self.hints();
        vec![failure]
    }
}

fn in_a_line(failures: &[view::Failure]) -> String {
    let lines = failures.iter().map(|failure| {
        let parts = std::iter::once(&failure.message).chain(&failure.causes);
        parts.cloned().collect::<Vec<_>>().join(": ")
    });
    lines.collect::<Vec<_>>().join("; ")
}

fn located(error: &ConfigError) -> view::Failure {
    let ConfigError {
        file,
        line,
        column,
        message,
        hint,
    } = error.clone();
    let failure = view::Failure::new(FailureKind::Config, message);
    view::Failure {
        hints: hint.into_iter().collect(),
        place: Some(Place { file, line, column }),
        ..failure
    }
}
