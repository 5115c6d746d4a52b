//! What people do from a browser.

use scap_plan::{PersonName, StepId};
use scap_run::{AbortKind, Choice, QuestionId, RunId, UnixMillis};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Something to be planned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Wanted {
    Rollback(RollbackWanted),
    Approval(ApprovalWanted),
    Deployment(DeploymentWanted),
}

/// A plan that somebody wants consent to, as they were shown it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ApprovalWanted {
    /// The digest.
    pub approval: String,
    pub person: PersonName,
}

/// What ran before a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RollbackWanted {
    pub rollback: RunId,
}

/// A service, as it is in its files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// One code, or two that follow each other, with a blank between them.
    Totp(String),
    /// What the authenticator signed.
    Passkey(Value),
}

/// Something that changes something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "act", rename_all = "snake_case", deny_unknown_fields)]
pub enum Act {
    /// Makes a run of a plan that this person was shown.
    Deploy {
        digest: String,
        reason: Option<String>,
        /// Goes on without the second person that the policy demands.
        #[serde(default)]
        break_glass: bool,
    },
    /// Asks for a second person's consent to a plan that this person was shown.
    AskApproval {
        digest: String,
        reason: Option<String>,
    },
    /// Agrees with a plan of another person.
    Approve {
        digest: String,
        person: PersonName,
    },
    Run {
        run: RunId,
        request: RunAct,
    },
    /// No run starts a step from now on.
    Freeze {
        reason: String,
        until: Option<UnixMillis>,
    },
    /// Ends a freeze.
    Thaw {
        reason: String,
    },
    /// Gives back a lock that a person took by hand.
    Unlock {
        key: String,
        reason: String,
    },
    /// Keeps a person out, until it ends by itself or is lifted.
    Ban {
        person: PersonName,
        reason: String,
        until: Option<UnixMillis>,
    },
    /// Lifts a ban.
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "request", rename_all = "snake_case", deny_unknown_fields)]
pub enum RunAct {
    /// Answers its open question.
    Answer {
        question: QuestionId,
        choice: Choice,
    },
    /// Ends it early.
    Abort {
        kind: AbortKind,
        #[serde(default)]
        reason: Option<String>,
    },
    /// Tries once more what left it stuck.
    Resume {},
    /// Takes a run that has not begun out of the queue.
    Cancel {},
    /// Gives a run that waits another turn.
    Move {
        /// Right before this one; after all others where none is named.
        before: Option<RunId>,
    },
    /// Makes it somebody else's.
    HandOver { to: PersonName },
    /// Ends the watch of a version that is everywhere.
    Finish {},
    /// Lets the version that it rolled back be deployed again.
    Unbar { reason: String },
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
