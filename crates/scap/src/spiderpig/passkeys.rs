//! Passkeys of people at browsers: asked for one act or for signing in, and made.

use super::Porter;
use super::visitor::{Visitor, of_control};
use crate::clock::now;
use serde_json::Value;
use spiderpig_control::{PasskeyError, Passkeys, Purpose, Session};
use spiderpig_protocol::{Act, MadePasskey, Problem, ProblemKind};
use std::error::Error as _;

impl Porter {
    /// For the second factor of a session that has only the first.
    pub(super) fn challenge_to_sign_in(&self, token: Option<&str>) -> Result<Value, Problem> {
        let Session::Half(session) = self.session(token)? else {
            let message = "you are signed in already";
            return Err(Problem::new(ProblemKind::Invalid, message));
        };
        let who = (&session.person, &session.id);
        let asked = self
            .passkeys()?
            .challenge(&self.identity, who, Purpose::SignIn, now());
        asked.map_err(of_passkey)
    }

    /// For an act that this person may do, and for no other one.
    pub(super) fn challenge(&self, visitor: &Visitor, act: &Act) -> Result<Value, Problem> {
        self.may_prove(visitor, act)?;
        let who = (&visitor.asker.name, &visitor.session);
        let asked = self
            .passkeys()?
            .challenge(&self.identity, who, purpose(act), now());
        asked.map_err(of_passkey)
    }

    pub(super) fn begin_passkey(&self, visitor: &Visitor) -> Result<Value, Problem> {
        let who = (&visitor.asker.name, &visitor.session);
        let begun = self.passkeys()?.begin(&self.identity, who, now());
        begun.map_err(of_passkey)
    }

    /// Whoever has taken over the web process, or somebody's session, gets no farther than this: the desk keeps it once the
    /// person says so from the deploy host.
    pub(super) fn finish_passkey(
        &self,
        visitor: &Visitor,
        named: (&str, &Value),
    ) -> Result<MadePasskey, Problem> {
        let who = (&visitor.asker.name, &visitor.session);
        let made = self.passkeys()?.finish(who, named, now());
        let waits = self.desk.wait_for_person(made.map_err(of_passkey)?);
        let (number, until) = waits.map_err(of_control)?;
        Ok(MadePasskey { number, until })
    }

    pub(super) fn passkeys(&self) -> Result<&Passkeys, Problem> {
        self.passkeys
            .as_ref()
            .ok_or_else(|| of_passkey(PasskeyError::NoName(self.configuration.url.clone())))
    }
}

/// In the words in which it will be carried out: what differs in one of them is another act.
pub(super) fn purpose(act: &Act) -> Purpose {
    Purpose::of_act(&serde_json::to_vec(act).expect("acts have string keys only"))
}

pub(super) fn of_passkey(error: PasskeyError) -> Problem {
    let kind = match error {
        PasskeyError::Control(error) => return of_control(error),
        PasskeyError::Unreadable | PasskeyError::Unnamed(_) | PasskeyError::NoName(_) => {
            ProblemKind::Invalid
        }
        PasskeyError::NoPasskey => ProblemKind::Refused,
        _ => ProblemKind::SecondFactorRefused,
    };
    let mut problem = Problem::new(kind, error.to_string());
    problem
        .causes
        .extend(error.source().map(ToString::to_string));
    problem.hints.extend(error.hint().map(str::to_owned));
    problem
}
