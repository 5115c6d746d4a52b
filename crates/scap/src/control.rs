//! Where what people ask is answered: in this process, or by the runner of this host. Commands cannot tell which.

mod client;
mod desk;
mod plans;
pub(crate) mod socket;
pub(crate) mod verb;

use crate::context::Context;
use crate::person;
use crate::settings;
use crate::trouble::Trouble;
use client::Line;
pub(crate) use desk::Desk;
pub(crate) use plans::PATIENCE as PLAN_PATIENCE;
use scap_execute::ExecuteError;
use scap_journal::{Cursor, JournalError};
use scap_plan::RunnerPolicy;
use scap_run::{Failure, RunId, RunState};
use verb::{Ask, ReadEvents};

/// What apps that make codes show beside the person's name.
pub(crate) const ISSUER: &str = "SpiderPig";

/// Answers what is asked.
pub(crate) enum Control {
    Here(Box<Desk>),
    Runner(Line),
}

impl Control {
    /// The runner where one answers, else this process if that is allowed.
    pub(crate) async fn open(context: &Context) -> Result<Self, Trouble> {
        let settings = context.settings().ok();
        let socket = settings::socket(&context.global, settings.as_ref())?;
        if let Some(line) = Line::open(&socket).await? {
            return Ok(Self::Runner(line));
        }
        let policy = settings.map(|settings| settings.configuration.runner);
        if policy == Some(RunnerPolicy::Required) {
            let failure = Failure::failed(format!(
                "runs are left to `scap runner` here, and none answers on `{}`",
                socket.display()
            ));
            return Err(failure
                .hint("ask who looks after this host to start it")
                .into());
        }
        let desk = Desk::of_person(context.global.clone())?;
        Ok(Self::Here(Box::new(desk)))
    }

    /// Asks, in the name of the person whose process this is.
    pub(crate) async fn ask<A: Ask>(&self, ask: A) -> Result<A::Answer, Trouble> {
        let verb = ask.into();
        let answer = match self {
            Self::Here(desk) => desk.answer(&person::name(), verb).await?,
            Self::Runner(line) => line.ask(&verb).await?,
        };
        serde_json::from_value(answer).map_err(|error| {
            Failure::failed("the runner's answer cannot be understood")
                .caused_by(&error)
                .hint("the runner is of another version: it has to be started anew")
                .into()
        })
    }

    pub(crate) fn is_here(&self) -> bool {
        matches!(self, Self::Here(_))
    }

    /// Whether this process was to carry the run out and does so no more.
    pub(crate) fn has_left(&self, run: RunId) -> bool {
        match self {
            Self::Here(desk) => !desk.runner.carries(run),
            Self::Runner(_) => false,
        }
    }

    /// Waits for the end of a run that this process carries out; nothing of one that it does not.
    pub(crate) async fn end(&self, run: RunId) -> Result<Option<RunState>, ExecuteError> {
        match self {
            Self::Here(desk) => desk.runner.end(run).await.transpose(),
            Self::Runner(_) => Ok(None),
        }
    }

    /// The run's state after all its events.
    pub(crate) async fn fold(&self, run: RunId) -> Result<RunState, Trouble> {
        let cursor = Cursor::start(run);
        let (mut events, mut cursor) = self.ask(ReadEvents { cursor }).await?;
        let (created, rest) = events.split_first().ok_or(JournalError::NoSuchRun(run))?;
        let mut state = created.begin(run)?;
        rest.iter()
            .try_for_each(|recorded| recorded.apply_to(&mut state))?;
        while !events.is_empty() {
            (events, cursor) = self.ask(ReadEvents { cursor }).await?;
            events
                .iter()
                .try_for_each(|recorded| recorded.apply_to(&mut state))?;
        }
        Ok(state)
    }
}

#[cfg(test)]
mod tests;
