//! Signing in: the identity provider first, then the second factor.

use super::Porter;
use super::visitor::{of_control, signed_out};
use crate::clock::now;
use crate::trouble::Trouble;
use scap_run::Failure;
use spiderpig_control::{Act, Deed, Device, ProviderError, Purpose, SessionEnd, SignIn, Token};
use spiderpig_protocol::{
    BegunSignIn, Client, FinishedSignIn, Problem, ProblemKind, Proof, SignedIn,
};
use std::collections::BTreeMap;

impl Porter {
    pub(super) async fn begin_sign_in(&self, back: &str) -> Result<BegunSignIn, Problem> {
        let begun = self
            .provider
            .begin(back, now())
            .await
            .map_err(|error| unknown(&error))?;
        Ok(BegunSignIn {
            url: begun.url,
            flow: begun.flow,
        })
    }

    pub(super) async fn finish_sign_in(
        &self,
        (flow, query): (&str, &BTreeMap<String, String>),
        client: &Client,
    ) -> Result<FinishedSignIn, Problem> {
        let finished = self.provider.finish(flow, query, now());
        let finished = finished.await.map_err(|error| unknown(&error))?;
        let who = SignIn {
            person: finished.person,
            account: finished.account,
            groups: finished.groups,
            address: client.address,
            device: Device::of(&client.device),
        };
        let mut deed = Deed::new(who.person.as_str(), Act::SignedIn);
        deed.address = client.address;
        let signed_in = self.identity.sign_in(&who, now()).map_err(of_control);
        // The name of somebody else; of who is banned there is an entry already.
        if let Err(problem) = &signed_in
            && problem.kind == ProblemKind::Refused
        {
            self.record_refusal(&deed, problem)?;
        }
        let (token, session) = signed_in?;
        if let Some(access) = finished.access {
            self.provider.remember(&session, access, now());
        }
        deed.session = Some(session);
        self.audit.record(&deed, now()).map_err(of_control)?;
        Ok(FinishedSignIn {
            token: token.reveal().to_string(),
            back: finished.back,
        })
    }

    /// Makes a session whole. The token that it had is over.
    pub(super) fn show_factor(
        &self,
        token: Option<&str>,
        proof: &Proof,
        client: &Client,
    ) -> Result<SignedIn, Problem> {
        let session = self.session(token)?;
        let who = (session.person(), session.id());
        let shown = self.try_factor(who, proof, Purpose::SignIn, client)?;
        let token = token.and_then(Token::parse);
        let token = token.ok_or_else(|| signed_out(SessionEnd::Unknown))?;
        let proven = self.identity.prove(&token, &shown, now());
        let proven = proven.map_err(of_control)?;
        let token = proven.map_err(signed_out)?;
        let mut deed = Deed::new(session.person().as_str(), Act::FactorShown);
        deed.address = client.address;
        self.audit.record(&deed, now()).map_err(of_control)?;
        Ok(SignedIn {
            token: token.reveal().to_string(),
        })
    }
}

/// Whom the identity provider does not vouch for.
pub(super) fn unknown(error: &ProviderError) -> Problem {
    let failure = Failure::failed("the identity provider does not say who you are");
    let mut problem = Trouble::from(failure.caused_by(error)).problem();
    problem.kind = ProblemKind::Refused;
    problem.hints.extend(error.hint().map(str::to_owned));
    problem
}
