//! What people do from a browser.

use scap_plan::{PersonName, StepId};
use scap_run::{AbortKind, Choice, QuestionId, RunId, UnixMillis};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Something to be planned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Wanted {
    Rollback(RollbackWanted),
    Deployment(DeploymentWanted),
}

/// What ran before a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RollbackWanted {
    pub rollback: RunId,
}

/// A service, as it is in its files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeploymentWanted {
    pub service: String,
    /// Of a service on hosts.
    #[serde(default)]
    pub version: Option<String>,
    /// All where none is named.
    #[serde(default)]
    pub environments: Vec<String>,
}

/// A second factor, as the browser has it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// One code, or two that follow each other, with a blank between them.
    Totp(String),
    /// What the authenticator signed.
    Passkey(Value),
}

/// Something that changes something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case", deny_unknown_fields)]
pub enum Act {
    /// Makes a run of a plan that this person was shown.
    Deploy {
        digest: String,
        reason: Option<String>,
    },
    Run {
        run: RunId,
        request: RunAct,
    },
    Freeze {
        reason: String,
        until: Option<UnixMillis>,
    },
    Thaw {
        reason: String,
    },
    /// Gives back a lock that a person took by hand.
    Unlock {
        key: String,
        reason: String,
    },
    Ban {
        person: PersonName,
        reason: String,
        until: Option<UnixMillis>,
    },
    Unban {
        person: PersonName,
        reason: String,
    },
    /// Ends all sessions of a person, or all sessions.
    LogOutPerson {
        person: Option<PersonName>,
        reason: String,
    },
    /// Ends one of the person's own sessions; this one where none is named.
    LogOut {
        session: Option<String>,
    },
}

/// What is asked of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "request", rename_all = "snake_case", deny_unknown_fields)]
pub enum RunAct {
    Answer {
        question: QuestionId,
        choice: Choice,
    },
    Abort {
        kind: AbortKind,
        #[serde(default)]
        reason: Option<String>,
    },
    Resume {},
    /// Takes a run that has not begun out of the queue.
    Cancel {},
    /// Lets the version that it rolled back be deployed again.
    Unbar {
        reason: String,
    },
    /// Shows what its programs printed, without the mask: once, to this person.
    Unmask {
        /// Of all steps where none is named.
        #[serde(default)]
        step: Option<StepId>,
        reason: String,
    },
}

impl std::fmt::Debug for Proof {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Proof(…)")
    }
}
