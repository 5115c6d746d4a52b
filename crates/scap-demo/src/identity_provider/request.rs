//! What a client asks for, and whether it may.

use super::Client;
use serde::{Deserialize, Serialize};

/// That somebody signs in. Without a challenge it cannot be read.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Asked {
    response_type: String,
    client_id: String,
    redirect_uri: String,
    scope: String,
    pub(super) state: String,
    pub(super) nonce: String,
    pub(super) code_challenge: String,
    code_challenge_method: String,
}

/// The same with the button that was pressed.
#[derive(Debug, Deserialize)]
pub(super) struct Chosen {
    pub(super) person: String,
    #[serde(flatten)]
    pub(super) asked: Asked,
}

/// That a code becomes a token.
#[derive(Debug, Deserialize)]
pub(super) struct Redeemed {
    grant_type: String,
    client_id: String,
    redirect_uri: String,
    pub(super) code: String,
    pub(super) code_verifier: String,
}

impl Asked {
    /// What is wrong with it, in a sentence.
    pub(super) fn check(&self, client: &Client) -> Result<(), &'static str> {
        let faults = [
            (self.client_id != client.id, "This client is not known."),
            (
                self.redirect_uri != client.callback,
                "This is not where the client may send people back to.",
            ),
            (self.response_type != "code", "There are codes here only."),
            (
                self.code_challenge_method != "S256" || self.code_challenge.len() != 43,
                "PKCE with S256 is needed.",
            ),
            (
                !self.scope.split(' ').any(|scope| scope == "openid"),
                "The scope `openid` is needed.",
            ),
        ];
        let fault = faults.into_iter().find(|(is_wrong, _)| *is_wrong);
        fault.map_or(Ok(()), |(_, fault)| Err(fault))
    }
}

impl Redeemed {
    /// What the standard calls its fault.
    pub(super) fn check(&self, client: &Client) -> Result<(), &'static str> {
        if self.grant_type != "authorization_code" {
            return Err("unsupported_grant_type");
        }
        if self.client_id != client.id {
            return Err("invalid_client");
        }
        if self.redirect_uri != client.callback {
            return Err("invalid_grant");
        }
        Ok(())
    }
}
