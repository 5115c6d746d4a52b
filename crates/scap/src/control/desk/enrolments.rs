//! Second factors that people make on the deploy host: there the peer of the socket is the person, whoever has their password.

use super::Desk;
use crate::clock::now;
use crate::control::ISSUER;
use crate::control::verb::{BegunEnrolment, ConfirmEnrolment, ConfirmPasskey};
use crate::person;
use crate::trouble::Trouble;
use scap_plan::PersonName;
use scap_run::{Failure, UnixMillis};
use spiderpig_control::{
    Act, Audit, ControlError, Deed, Enrolment, Identity, Limits, NewPasskey, WaitingPasskeys,
};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Those that were begun: codes, of each person the last ones, and passkeys.
#[derive(Default)]
pub(super) struct Enrolments {
    codes: Mutex<HashMap<String, Enrolment>>,
    passkeys: WaitingPasskeys,
}

impl Desk {
    pub(super) fn begin_enrolment(&self, person: &str) -> Result<BegunEnrolment, Trouble> {
        let enrolment = Enrolment::begin(named(person)?)?;
        let begun = BegunEnrolment {
            uri: enrolment.uri(ISSUER).to_string(),
            secret: enrolment.secret().to_string(),
        };
        let codes = &self.enrolments.codes;
        let mut enrolments = codes.lock().unwrap_or_else(PoisonError::into_inner);
        enrolments.insert(person.to_owned(), enrolment);
        Ok(begun)
    }

    pub(super) fn confirm_enrolment(
        &self,
        person: &str,
        ask: &ConfirmEnrolment,
    ) -> Result<bool, Trouble> {
        let now = now();
        let identity = Identity::open(&self.state_dir, Limits::default(), now)?;
        let audit = Audit::open(&self.state_dir, now)?;
        let codes = &self.enrolments.codes;
        let mut enrolments = codes.lock().unwrap_or_else(PoisonError::into_inner);
        let enrolment = enrolments.get(person).ok_or_else(|| {
            Failure::failed("no second factor was begun")
                .hint("`scap spiderpig user enrol` begins one")
        })?;
        if !identity.confirm(enrolment, &ask.code, now)? {
            return Ok(false);
        }
        enrolments.remove(person);
        audit.record(&Deed::new(person, Act::FactorEnrolled), now)?;
        Ok(true)
    }

    /// A passkey that was made on the page: the number under which its person finds it here, and until when.
    pub(crate) fn wait_for_person(
        &self,
        passkey: NewPasskey,
    ) -> Result<(String, UnixMillis), ControlError> {
        self.enrolments.passkeys.add(passkey, now())
    }

    pub(super) fn confirm_passkey(
        &self,
        person: &str,
        ask: &ConfirmPasskey,
    ) -> Result<String, Trouble> {
        let whose = ask.person.as_deref().unwrap_or(person);
        // Who writes the files anyway may look after those without an account on this host.
        if whose != person && person != person::name() {
            let failure = Failure::failed(format!("a passkey of `{whose}` is theirs to confirm"));
            let owner = person::name();
            return Err(failure
                .hint(format!("`{owner}` may, who keeps the state folder"))
                .into());
        }
        let (name, now) = (named(whose)?, now());
        let found = self.enrolments.passkeys.take(&name, &ask.number, now);
        let passkey = found.ok_or_else(|| {
            Failure::failed("no passkey of yours waits under this number")
                .hint("the page shows the number; it counts for ten minutes and once")
        })?;
        let identity = Identity::open(&self.state_dir, Limits::default(), now)?;
        let audit = Audit::open(&self.state_dir, now)?;
        if !identity.keep_passkey(&passkey, now)? {
            let failure = Failure::failed("you have this passkey already, or too many");
            return Err(failure
                .hint("`scap spiderpig user remove-factor` takes one away")
                .into());
        }
        let deed = Deed {
            to: (whose != person).then(|| whose.to_owned()),
            reason: Some(format!("passkey {}", passkey.name())),
            ..Deed::new(person, Act::FactorEnrolled)
        };
        audit.record(&deed, now)?;
        Ok(passkey.name().to_owned())
    }
}

fn named(person: &str) -> Result<PersonName, Trouble> {
    PersonName::new(person).map_err(|error| {
        let failure = Failure::failed(format!("`{person}` cannot have a second factor"));
        failure.caused_by(&error).into()
    })
}
