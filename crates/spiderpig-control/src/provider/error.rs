//! Why nobody is signed in. None of it shows a secret, a code or a token.

use super::FetchError;
use crate::ControlError;
use scap_plan::NameError;

/// Trouble with a sign-in.
#[derive(Debug, thiserror::Error)]
pub enum ProviderError {
    /// The client's secret cannot be read, or there is no randomness.
    #[error(transparent)]
    Control(#[from] ControlError),
    #[error(
        "this sign-in was not begun in this browser, has been finished before, or took more than 10 minutes"
    )]
    NoFlow,
    #[error("the browser came back from another sign-in than the one that it began last")]
    OtherState,
    /// What the provider calls its reason, in letters and `_`.
    #[error("the identity provider refused: `{0}`")]
    Refused(String),
    #[error("the identity provider cannot be asked")]
    Unreachable(#[from] FetchError),
    #[error("what the identity provider announces cannot be used: {0}")]
    Announcement(&'static str),
    #[error("the answer of the identity provider is not believed: {0}")]
    Unbelievable(&'static str),
    #[error("the identity provider does not say who it is: there is no `{0}`")]
    Nobody(String),
    #[error("the identity provider calls the person what nobody can be called here, in `{claim}`")]
    BadName { claim: String, source: NameError },
    /// Groups can be read no more, before that was to be expected.
    #[error("the identity provider no longer vouches for this session")]
    Revoked,
}

impl ProviderError {
    /// What mends it.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Control(error) => error.hint(),
            Self::NoFlow | Self::OtherState | Self::Revoked => Some("sign in again, in one tab"),
            Self::Refused(reason) => match reason.as_str() {
                "access_denied" => Some("ask those who run the identity provider for access"),
                "invalid_client" | "unauthorized_client" => Some(
                    "`client_id` and `client_secret_file` in scap.yaml must be as the provider knows them",
                ),
                "invalid_scope" => {
                    Some("`scopes` in scap.yaml must be among those that the provider grants")
                }
                _ => Some("sign in again; the provider's own log says more"),
            },
            Self::Unreachable(_) => Some(
                "the issuer or url of `sign_in` in scap.yaml must answer from the runner's host",
            ),
            Self::Announcement(_) => Some(
                "compare `sign_in` in scap.yaml with what ISSUER/.well-known/openid-configuration says",
            ),
            Self::Unbelievable(_) => Some(
                "sign in again; if it stays so, compare clocks and `sign_in` in scap.yaml, and think of an attack",
            ),
            Self::Nobody(_) | Self::BadName { .. } => Some(
                "`person_claim` in scap.yaml names what has the person's account; `scopes` must ask for it",
            ),
        }
    }
}
