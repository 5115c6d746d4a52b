//! Where browsers ask what, by HTTP: what is served and what is documented are both made of this.

use crate::Proof;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

/// The paths of acts after `/api/`, but for those of a run, and what [`crate::Act`] calls them.
pub const ACTS: [(&str, &str); 10] = [
    ("runs", "deploy"),
    ("approvals/ask", "ask_approval"),
    ("approvals", "approve"),
    ("admin/freeze", "freeze"),
    ("admin/thaw", "thaw"),
    ("admin/unlock", "unlock"),
    ("admin/ban", "ban"),
    ("admin/unban", "unban"),
    ("admin/log-out", "log_out_person"),
    ("me/log-out", "log_out"),
];

/// Where what is asked of a run is posted, around its number.
pub const RUN_ACTS: (&str, &str) = ("runs/", "/requests");

/// What is neither a document nor an act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Route {
    Health,
    BeginSignIn,
    FinishSignIn,
    ShowFactor,
    Challenge,
    BeginPasskey,
    FinishPasskey,
    Plan,
    Follow,
    FollowEvents,
    DownloadLog,
}

/// The body of [`Route::ShowFactor`].
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ShownFactor {
    pub proof: Proof,
}

/// The body of [`Route::Challenge`]: what a passkey is wanted for. Without an act it is for signing in.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WantedChallenge {
    #[serde(default)]
    pub act: Option<MeantAct>,
}

/// What would be posted where.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MeantAct {
    /// After `/api/`.
    pub path: String,
    /// Without a proof.
    pub body: Map<String, Value>,
}

/// The body of [`Route::BeginPasskey`]: nothing is to be said of a passkey that is not made yet.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BeginPasskey {}

/// The body of [`Route::FinishPasskey`].
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FinishPasskey {
    /// What the person calls it.
    pub name: String,
    /// What the browser made.
    pub credential: Value,
}

impl Route {
    /// Nothing else is served.
    pub const ALL: [Self; 11] = [
        Self::Health,
        Self::BeginSignIn,
        Self::FinishSignIn,
        Self::ShowFactor,
        Self::Challenge,
        Self::BeginPasskey,
        Self::FinishPasskey,
        Self::Plan,
        Self::Follow,
        Self::FollowEvents,
        Self::DownloadLog,
    ];

    /// Everything else is only read.
    pub fn is_posted(self) -> bool {
        matches!(
            self,
            Self::ShowFactor
                | Self::Challenge
                | Self::BeginPasskey
                | Self::FinishPasskey
                | Self::Plan
        )
    }

    pub fn path(self) -> &'static str {
        match self {
            Self::Health => "/api/health",
            Self::BeginSignIn => "/api/sign-in",
            Self::FinishSignIn => "/api/sign-in/finish",
            Self::ShowFactor => "/api/sign-in/factor",
            Self::Challenge => "/api/challenges",
            Self::BeginPasskey => "/api/passkeys",
            Self::FinishPasskey => "/api/passkeys/finish",
            Self::Plan => "/api/plans",
            Self::Follow => "/api/live",
            Self::FollowEvents => "/api/live.events",
            Self::DownloadLog => "/api/runs/{run}/log.txt",
        }
    }
}
