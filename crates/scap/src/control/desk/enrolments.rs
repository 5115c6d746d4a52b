//! Second factors that people make on the deploy host: there the peer of the socket is the person, whoever has their password.

use super::Desk;
use crate::clock::now;
use crate::control::ISSUER;
use crate::control::verb::{BegunEnrolment, ConfirmEnrolment};
use crate::trouble::Trouble;
use scap_plan::PersonName;
use scap_run::Failure;
use spiderpig_control::{Act, Audit, Deed, Enrolment, Identity, Limits};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Those that were begun, of each person the last one.
#[derive(Default)]
pub(super) struct Enrolments(Mutex<HashMap<String, Enrolment>>);

impl Desk {
    pub(super) fn begin_enrolment(&self, person: &str) -> Result<BegunEnrolment, Trouble> {
        let name = PersonName::new(person).map_err(|error| {
            Failure::failed(format!("`{person}` cannot have a second factor")).caused_by(&error)
        })?;
        let enrolment = Enrolment::begin(name)?;
        let begun = BegunEnrolment {
            uri: enrolment.uri(ISSUER).to_string(),
            secret: enrolment.secret().to_string(),
        };
        let mut enrolments = self
            .enrolments
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
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
        let mut enrolments = self
            .enrolments
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
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
}
