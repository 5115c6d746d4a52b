//! What the web process asks of the runner, and what it is answered.

use crate::{Act, Document, Problem, Proof, Wanted};
use scap_run::UnixMillis;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::net::IpAddr;

/// One question; each connection carries one.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// Of the session, as the browser holds it.
    pub token: Option<String>,
    pub client: Client,
    pub verb: Verb,
}

/// Where the browser is, as the web process or its proxy sees it. It is written down, and trusted with nothing but delays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Client {
    pub address: Option<IpAddr>,
    /// What it says that it is.
    pub device: String,
}

/// All that can be asked.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "verb", rename_all = "snake_case", deny_unknown_fields)]
pub enum Verb {
    /// → [`BegunSignIn`]
    BeginSignIn {
        /// A path of the page, to return to.
        back: String,
    },
    /// What the identity provider sent the browser back with → [`FinishedSignIn`]
    FinishSignIn {
        flow: String,
        query: BTreeMap<String, String>,
    },
    /// The second factor of a session that has only the first → [`SignedIn`]
    ShowFactor { proof: Proof },
    /// A challenge for a passkey, good once, within two minutes, for this act or, without one, for signing in → options as `WebAuthn` has them
    Challenge { act: Option<Act> },
    /// What the browser makes a passkey by → options as `WebAuthn` has them
    BeginPasskey,
    /// The passkey that the browser made. It counts once its person has confirmed it on the deploy host → [`MadePasskey`]
    FinishPasskey {
        /// What the person calls it.
        name: String,
        credential: Value,
    },
    /// → the document
    Read { document: Document },
    /// Plans a deployment, and keeps the plan for a while → the plan's document
    Plan { wanted: Wanted },
    /// Does something, or says that a fresh second factor is needed first → what there is to say of it
    Act { act: Act, proof: Option<Proof> },
    /// From here on the connection carries [`crate::Ask`] and [`crate::Told`].
    Follow,
}

/// An answer, or why there is none.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    Answer(Value),
    Problem(Problem),
}

/// The way to the identity provider.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct BegunSignIn {
    pub url: String,
    /// For a cookie: only the browser that began may finish.
    pub flow: String,
}

/// The identity provider vouches for somebody.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FinishedSignIn {
    pub token: String,
    /// A path of the page.
    pub back: String,
}

/// A session under a new token; the one before is over.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SignedIn {
    pub token: String,
}

/// A passkey that waits to be confirmed.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct MadePasskey {
    /// Its person types it on the deploy host.
    pub number: String,
    /// When it waits no more.
    pub until: UnixMillis,
}
