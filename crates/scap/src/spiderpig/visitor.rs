//! Who asks: a session's person, with the groups they are in.

use super::passkeys::of_passkey;
use super::{Porter, sign_in};
use crate::clock::now;
use crate::trouble::{Trouble, refused_code};
use scap_plan::PersonName;
use spiderpig_control::{
    Asker, CodeAnswer, Codes, ControlError, Deed, Proof as Shown, Purpose, Session, SessionEnd,
    SessionId, Token, WholeSession,
};
use spiderpig_protocol::{Client, Problem, ProblemKind, Proof};
use std::net::{IpAddr, Ipv4Addr};

/// Somebody who has signed in with two factors.
pub(super) struct Visitor {
    pub(super) session: SessionId,
    /// With no factor shown: each act needs its own.
    pub(super) asker: Asker,
    pub(super) client: Client,
}

impl Visitor {
    pub(super) fn name(&self) -> &str {
        self.asker.name.as_str()
    }

    /// Something that this person did, from where they are.
    pub(super) fn deed(&self, act: spiderpig_control::Act) -> Deed {
        let mut deed = Deed::new(self.name(), act);
        deed.address = self.client.address;
        deed.session = Some(self.session.clone());
        deed
    }
}

impl Porter {
    /// Refuses whoever is not signed in as a whole.
    pub(super) async fn visitor(
        &self,
        token: Option<&str>,
        client: Client,
    ) -> Result<Visitor, Problem> {
        let session = self.session(token)?.whole();
        let session = session.map_err(signed_out)?;
        let asker = self.asker(&session).await?;
        Ok(Visitor {
            session: session.id,
            asker,
            client,
        })
    }

    /// Whoever holds the token, with one factor or two.
    pub(super) fn session(&self, token: Option<&str>) -> Result<Session, Problem> {
        let token = token.and_then(Token::parse);
        let token = token.ok_or_else(|| signed_out(SessionEnd::Unknown))?;
        let session = self.identity.session(&token, now()).map_err(of_control)?;
        session.map_err(signed_out)
    }

    /// With the groups that they are in now, as far as the provider can be asked again, and with no factor shown.
    pub(super) async fn asker(&self, session: &WholeSession) -> Result<Asker, Problem> {
        if let Ok(asker) = session.asker(now()) {
            return Ok(without_factors(asker));
        }
        let groups = self.provider.groups(&session.id, now()).await;
        match groups.map_err(|error| sign_in::unknown(&error))? {
            Some(groups) => {
                let read = self.identity.read_groups(&session.id, &groups, now());
                read.map_err(of_control)?;
                Ok(Asker::new(session.person.clone(), groups))
            }
            None => self.known_asker(session),
        }
    }

    /// As they were read last, for as long as they count.
    pub(super) fn known_asker(&self, session: &WholeSession) -> Result<Asker, Problem> {
        let valid = self.configuration.sign_in.groups_valid.milliseconds();
        let asker = session.asker_within(valid, now());
        asker.map(without_factors).map_err(signed_out)
    }

    /// Uses a second factor up, once and for one thing. A passkey must have been shown in this session and for this purpose.
    pub(super) fn try_factor(
        &self,
        (person, session): (&PersonName, &SessionId),
        proof: &Proof,
        purpose: Purpose,
        client: &Client,
    ) -> Result<Shown, Problem> {
        let tried = match proof {
            Proof::Totp(typed) => self.try_codes(person, typed, client)?,
            Proof::Passkey(signed) => {
                let (passkeys, who) = (self.passkeys()?, (person, session));
                let shown = passkeys.prove(&self.identity, who, (purpose, signed), now());
                shown.map_err(of_passkey)
            }
        };
        if let Err(problem) = &tried
            && problem.kind == ProblemKind::SecondFactorRefused
        {
            let mut deed = Deed::new(person.as_str(), spiderpig_control::Act::FactorRefused);
            deed.address = client.address;
            self.audit.record(&deed, now()).map_err(of_control)?;
        }
        tried
    }

    /// Within, why a code does not count.
    fn try_codes(
        &self,
        person: &PersonName,
        typed: &str,
        client: &Client,
    ) -> Result<Result<Shown, Problem>, Problem> {
        // Whoever hides where they are waits with all others who do.
        let address = client.address.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        let tried = self
            .identity
            .try_code((person, address), Codes::typed(typed), now());
        Ok(match tried.map_err(of_control)? {
            CodeAnswer::Right(proof) => Ok(proof),
            answer => Err(Problem {
                kind: ProblemKind::SecondFactorRefused,
                ..Trouble::from(refused_code(&answer)).problem()
            }),
        })
    }
}

/// Each act needs its own.
fn without_factors(mut asker: Asker) -> Asker {
    asker.shown.clear();
    asker
}

pub(super) fn signed_out(end: SessionEnd) -> Problem {
    Problem::new(ProblemKind::SignedOut, end.to_string()).hint("sign in again")
}

/// What people are told of trouble with sessions and the audit.
pub(super) fn of_control(error: ControlError) -> Problem {
    match error {
        ControlError::Banned { .. } => Problem::new(ProblemKind::SignedOut, error.to_string()),
        ControlError::OtherAccount(_) => Problem {
            kind: ProblemKind::Refused,
            ..Trouble::from(error).problem()
        },
        error => Trouble::from(error).problem(),
    }
}
