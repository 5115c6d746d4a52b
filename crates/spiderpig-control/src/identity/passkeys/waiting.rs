//! Passkeys that a browser has made and that their person has not confirmed on the deploy host yet.

use super::PasskeyError;
use crate::{ControlError, key};
use scap_plan::PersonName;
use scap_run::UnixMillis;
use std::sync::{Mutex, PoisonError};
use webauthn_rs::prelude::Passkey;

/// How long one waits, in milliseconds.
const VALID: u64 = 600_000;
/// How many of a person wait at the most: the oldest goes.
const MOST: usize = 8;
/// In characters.
const LONGEST_NAME: usize = 40;

/// A passkey that counts for nothing yet.
#[derive(Debug, Clone)]
pub struct NewPasskey {
    pub(super) person: PersonName,
    pub(super) name: String,
    pub(super) credential: Passkey,
}

/// Those of all people, in memory only.
#[derive(Default)]
pub struct WaitingPasskeys(Mutex<Vec<Waiting>>);

struct Waiting {
    number: String,
    passkey: NewPasskey,
    until: UnixMillis,
}

impl NewPasskey {
    pub fn person(&self) -> &PersonName {
        &self.person
    }

    /// What the person calls it.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl WaitingPasskeys {
    /// The number that the page shows: whoever confirms another one confirms nothing of it. And when it waits no more.
    pub fn add(
        &self,
        passkey: NewPasskey,
        now: UnixMillis,
    ) -> Result<(String, UnixMillis), ControlError> {
        let (number, until) = (number()?, now.after(VALID));
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.retain(|it| now < it.until && it.number != number);
        let is_theirs = |it: &Waiting| it.passkey.person == passkey.person;
        if waiting.iter().filter(|it| is_theirs(it)).count() >= MOST
            && let Some(oldest) = waiting.iter().position(is_theirs)
        {
            waiting.remove(oldest);
        }
        waiting.push(Waiting {
            number: number.clone(),
            passkey,
            until,
        });
        Ok((number, until))
    }

    /// Takes one out, by what its person read on the page.
    pub fn take(&self, person: &PersonName, number: &str, now: UnixMillis) -> Option<NewPasskey> {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.retain(|it| now < it.until);
        let is_it = |it: &Waiting| it.passkey.person == *person && it.number == number;
        let index = waiting.iter().position(is_it)?;
        Some(waiting.remove(index).passkey)
    }
}

/// Six digits.
fn number() -> Result<String, ControlError> {
    let bytes = key::random::<8>()?;
    Ok(format!("{:06}", u64::from_le_bytes(*bytes) % 1_000_000))
}

/// Of what a person typed.
pub(super) fn name(typed: &str) -> Result<String, PasskeyError> {
    let name = typed.trim();
    let is_good = (1..=LONGEST_NAME).contains(&name.chars().count());
    if is_good && !name.contains(char::is_control) {
        return Ok(name.to_owned());
    }
    Err(PasskeyError::Unnamed(LONGEST_NAME))
}
