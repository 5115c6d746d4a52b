//! What all requests share, and how one of them asks the runner.

use crate::client::Asker;
use crate::cookies::Cookies;
use crate::live::Seats;
use crate::page::Page;
use crate::refusal::Refusal;
use crate::runner::{Following, Runner};
use crate::{Limits, Network, Origin, Settings};
use serde::de::DeserializeOwned;
use serde_json::Value;
use spiderpig_protocol::{Problem, ProblemKind, Question, Verb};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Nothing of it outlives the process, and nothing of it is of a person.
pub(crate) struct Site {
    pub(crate) origin: Origin,
    pub(crate) cookies: Cookies,
    pub(crate) trusted_proxies: Vec<Network>,
    pub(crate) page: Page,
    pub(crate) seats: Arc<Seats>,
    pub(crate) runner: Runner,
    pub(crate) limits: Limits,
    pub(crate) closing: CancellationToken,
}

impl Site {
    pub(crate) fn new(settings: Settings, limits: Limits, closing: CancellationToken) -> Self {
        Self {
            cookies: Cookies::of(&settings.url),
            origin: settings.url,
            trusted_proxies: settings.trusted_proxies,
            page: Page::of(settings.page.as_deref()),
            seats: Arc::new(Seats::new(&limits)),
            runner: Runner::new(settings.socket, &limits),
            limits,
            closing,
        }
    }

    pub(crate) async fn ask(&self, asker: Asker, verb: Verb) -> Result<Value, Refusal> {
        Ok(self.runner.ask(&question(asker, verb)).await?)
    }

    /// As [`Self::ask`], where the answer has a form that the web process knows.
    pub(crate) async fn ask_for<A: DeserializeOwned>(
        &self,
        asker: Asker,
        verb: Verb,
    ) -> Result<A, Refusal> {
        let answer = self.ask(asker, verb).await?;
        serde_json::from_value(answer).map_err(|_| misunderstood().into())
    }

    pub(crate) async fn follow(&self, asker: Asker) -> Result<Following, Problem> {
        self.runner.follow(&question(asker, Verb::Follow)).await
    }
}

fn question(asker: Asker, verb: Verb) -> Question {
    Question {
        token: asker.token,
        client: asker.client,
        verb,
    }
}

/// What the runner answers is not what was asked for.
pub(crate) fn misunderstood() -> Problem {
    let message = "the runner and the web process do not understand each other";
    Problem::new(ProblemKind::Defect, message)
        .hint("both must be of the same version: restart `scap-runner` and `scap-spiderpig-web`")
}
