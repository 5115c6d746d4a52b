//! What people ask from browsers: the web process carries it, and the runner looks who it is, whether they may, writes it down,
//! and only then asks the desk as everybody does.

mod act;
pub(crate) mod api;
mod approvals;
mod documents;
mod follow;
mod passkeys;
mod rights;
mod sign_in;
mod signals;
pub(crate) mod socket;
mod visitor;

use crate::clock::now;
use crate::control::Desk;
use crate::trouble::Trouble;
use approvals::Approvals;
use documents::Board;
use follow::Shared;
use rights::Rules;
pub(crate) use rights::target;
use scap_plan::SpiderpigConfiguration;
use scap_run::Failure;
use serde::Serialize;
use serde_json::Value;
use signals::Signals;
use spiderpig_control::{Audit, Identity, Limits, Passkeys, Provider};
use spiderpig_protocol::{Problem, Question, Verb};
use std::sync::{Arc, Mutex};
use tokio_util::sync::CancellationToken;

/// Answers the web process; one for all its connections.
pub(crate) struct Porter {
    desk: Arc<Desk>,
    configuration: SpiderpigConfiguration,
    identity: Identity,
    audit: Audit,
    provider: Provider,
    /// None where the page has no name that browsers keep passkeys for.
    passkeys: Option<Passkeys>,
    rules: Mutex<Option<Arc<Rules>>>,
    board: Board,
    shared: Shared,
    signals: Signals,
    approvals: Approvals,
    closing: CancellationToken,
}

impl Porter {
    pub(crate) fn new(
        desk: Arc<Desk>,
        configuration: SpiderpigConfiguration,
        closing: CancellationToken,
    ) -> Result<Arc<Self>, Trouble> {
        let (folder, now) = (desk.state_dir().to_owned(), now());
        let settings = desk.settings()?;
        let provider = Provider::new(&configuration, &settings.path("."))
            .map_err(|error| Failure::failed("nobody can sign in").caused_by(&error))?;
        let porter = Arc::new(Self {
            identity: Identity::open(&folder, Limits::default(), now)?,
            audit: Audit::open(&folder, now)?,
            provider,
            passkeys: Passkeys::new(&configuration.url).ok(),
            rules: Mutex::default(),
            board: Board::default(),
            shared: Shared::default(),
            signals: Signals::default(),
            approvals: Approvals::default(),
            desk,
            configuration,
            closing,
        });
        porter.policy()?;
        tokio::spawn(follow::pulse(Arc::downgrade(&porter)));
        tokio::spawn(signals::look_after(Arc::downgrade(&porter)));
        Ok(porter)
    }

    /// Answers one question that is not to follow something.
    async fn answer(self: &Arc<Self>, question: Question) -> Result<Value, Problem> {
        let Question {
            token,
            client,
            verb,
        } = question;
        let token = token.as_deref();
        match verb {
            Verb::BeginSignIn { back } => told(self.begin_sign_in(&back).await),
            Verb::FinishSignIn { flow, query } => {
                told(self.finish_sign_in((&flow, &query), &client).await)
            }
            Verb::ShowFactor { proof } => told(self.show_factor(token, &proof, &client)),
            Verb::Challenge { act: None } => self.challenge_to_sign_in(token),
            Verb::Challenge { act: Some(act) } => {
                self.challenge(&self.visitor(token, client).await?, &act)
            }
            Verb::BeginPasskey => self.begin_passkey(&self.visitor(token, client).await?),
            Verb::FinishPasskey { name, credential } => {
                told(self.finish_passkey(&self.visitor(token, client).await?, (&name, &credential)))
            }
            Verb::Read { document } => self.read(token, document).await,
            Verb::Plan { wanted } => {
                told(self.plan(&self.visitor(token, client).await?, wanted).await)
            }
            Verb::Act { act, proof } => told(
                self.act(&self.visitor(token, client).await?, act, proof)
                    .await,
            ),
            Verb::Follow => Ok(Value::Null),
        }
    }
}

fn told<T: Serialize>(answer: Result<T, Problem>) -> Result<Value, Problem> {
    Ok(serde_json::to_value(answer?).expect("answers have string keys only"))
}
