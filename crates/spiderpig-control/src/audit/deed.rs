//! What somebody did, and what there is to know of it.

use crate::SessionId;
use scap_plan::RuleName;
use scap_run::RunId;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// Who did what, to what, from where and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deed {
    pub person: String,
    pub act: Act,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<IpAddr>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<SessionId>,
    /// A person that something was done to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<RunId>,
    /// Of the plan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// Of the policy, that decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<RuleName>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What was done, in the past tense.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    SignedIn,
    FactorShown,
    FactorRefused,
    FactorEnrolled,
    FactorRemoved,
    AccountForgotten,
    LoggedOut,
    Banned,
    Unbanned,
    Saw,
    Unmasked,
    Deployed,
    RolledBack,
    /// What was deployed or rolled back is carried out from now on, or waits for its turn.
    CreatedRun,
    Answered,
    ApprovalAsked,
    Approved,
    Aborted,
    HandedOver,
    Finished,
    BrokeGlass,
    Locked,
    Unlocked,
    QueueEdited,
    Frozen,
    Thawed,
    Administered,
    /// The policy did not allow it; the reason says what.
    Refused,
    PolicyChanged,
    /// An older copy of identity.db was found in its place.
    IdentityPutBack,
    AuditPruned,
    /// Entries that had been acknowledged were found to be gone.
    AuditCutOff,
}

impl Deed {
    pub fn new(person: impl Into<String>, act: Act) -> Self {
        Self {
            person: person.into(),
            act,
            address: None,
            session: None,
            to: None,
            service: None,
            run: None,
            digest: None,
            rule: None,
            reason: None,
        }
    }
}

impl Act {
    /// As it is kept.
    pub fn word(self) -> String {
        let word = serde_json::to_value(self).ok();
        let word = word.as_ref().and_then(serde_json::Value::as_str);
        word.unwrap_or_default().to_owned()
    }
}
