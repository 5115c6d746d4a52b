//! Challenges that wait for an authenticator: each counts once, for a while, in one session and for one purpose.

use crate::SessionId;
use scap_plan::PersonName;
use scap_run::UnixMillis;
use std::mem::discriminant;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How long one counts, in milliseconds.
pub(super) const VALID: u64 = 120_000;
/// How many of one kind a session, or a person, has at the most: the oldest goes.
const MOST_OF_SESSION: usize = 4;
const MOST_OF_PERSON: usize = 64;

/// What an authenticator is asked to sign for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    SignIn,
    /// A hash of the act.
    Act([u8; 32]),
    Enrolment,
}

/// `S` is what the library must know to look at the answer.
pub(super) struct Challenges<S>(Mutex<Vec<Challenge<S>>>);

struct Challenge<S> {
    text: String,
    person: PersonName,
    session: SessionId,
    purpose: Purpose,
    state: S,
    until: UnixMillis,
}

impl Purpose {
    /// An act, in the words in which it will be carried out.
    pub fn of_act(words: &[u8]) -> Self {
        Self::Act(blake3::derive_key("scap spiderpig 2026 act", words))
    }
}

impl<S> Challenges<S> {
    pub(super) fn add(
        &self,
        (text, (person, session)): (&str, (&PersonName, &SessionId)),
        (purpose, state): (Purpose, S),
        now: UnixMillis,
    ) {
        let mut open = self.open(now);
        // Of one kind: who has only a password cannot push out what a whole session has begun.
        let is_alike = |it: &Challenge<S>| {
            it.person == *person && discriminant(&it.purpose) == discriminant(&purpose)
        };
        let is_of_session = |it: &Challenge<S>| is_alike(it) && it.session == *session;
        keep_below(&mut open, MOST_OF_SESSION, is_of_session);
        keep_below(&mut open, MOST_OF_PERSON, is_alike);
        open.push(Challenge {
            text: text.to_owned(),
            person: person.clone(),
            session: session.clone(),
            purpose,
            state,
            until: now.after(VALID),
        });
    }

    /// Takes it out, if it was asked of this person in this session: nobody uses up those of others.
    pub(super) fn take(
        &self,
        (text, (person, session)): (&str, (&PersonName, &SessionId)),
        now: UnixMillis,
    ) -> Option<(Purpose, S)> {
        let mut open = self.open(now);
        let is_it =
            |it: &Challenge<S>| it.text == text && it.person == *person && it.session == *session;
        let index = open.iter().position(is_it)?;
        let taken = open.remove(index);
        Some((taken.purpose, taken.state))
    }

    /// Without those that are too old.
    fn open(&self, now: UnixMillis) -> MutexGuard<'_, Vec<Challenge<S>>> {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|it| now < it.until);
        open
    }
}

/// Makes room for one more; the oldest stand first.
fn keep_below<S>(
    open: &mut Vec<Challenge<S>>,
    most: usize,
    is_meant: impl Fn(&Challenge<S>) -> bool,
) {
    if open.iter().filter(|it| is_meant(it)).count() >= most
        && let Some(oldest) = open.iter().position(is_meant)
    {
        open.remove(oldest);
    }
}

impl<S> Default for Challenges<S> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}
