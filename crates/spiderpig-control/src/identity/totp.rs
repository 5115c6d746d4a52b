//! Codes that change every 30 s: how a secret is shown once, and which steps a code may be of.

use super::Identity;
use crate::{ControlError, key};
use scap_plan::PersonName;
use scap_run::UnixMillis;
use totp_rs::{Builder, Secret, Totp};
use zeroize::Zeroizing;

const STEP_MILLISECONDS: i64 = 30_000;
/// Bytes, as the RFC wants them.
const SECRET: usize = 20;
/// A clock may be wrong by a step.
const SKEW: u64 = 1;

/// A factor that a person was shown and has not shown to have yet.
pub struct Enrolment {
    person: PersonName,
    secret: Zeroizing<[u8; SECRET]>,
}

/// The step that a moment is in, from 1970 on.
pub(super) fn step(now: UnixMillis) -> u64 {
    u64::try_from(now.0.div_euclid(STEP_MILLISECONDS)).unwrap_or(0)
}

impl Enrolment {
    pub fn begin(person: PersonName) -> Result<Self, ControlError> {
        Ok(Self {
            person,
            secret: key::random()?,
        })
    }

    pub fn person(&self) -> &PersonName {
        &self.person
    }

    /// What an app is told, as it reads it from a picture. It has the secret.
    pub fn uri(&self, issuer: &str) -> Zeroizing<String> {
        // A colon ends the issuer's name.
        let issuer = issuer.replace(':', " ");
        let totp = Builder::new()
            .with_secret(Secret::new_stack(*self.secret))
            .with_account_name(self.person.as_str())
            .with_issuer(Some(issuer))
            .build()
            .and_then(|totp| totp.to_url());
        Zeroizing::new(totp.expect("a person's name has no colon, and the secret its length"))
    }

    /// What an app is told by hand.
    pub fn secret(&self) -> Zeroizing<String> {
        Zeroizing::new(Secret::new_stack(*self.secret).to_base32())
    }
}

impl Identity {
    /// Keeps the factor once the person shows a code of it, which is used up by that; whether the code was right and the
    /// person had no such factor yet.
    pub fn confirm(
        &self,
        enrolment: &Enrolment,
        code: &str,
        now: UnixMillis,
    ) -> Result<bool, ControlError> {
        let Some(step) = accepted(enrolment.secret.as_slice(), code, (0, now)) else {
            return Ok(false);
        };
        self.keep_totp(&enrolment.person, (enrolment.secret.as_slice(), step), now)
    }
}

/// The step after `last` that a code is of, if it counts `now`.
pub(super) fn accepted(secret: &[u8], code: &str, (last, now): (u64, UnixMillis)) -> Option<u64> {
    let totp = totp(secret)?;
    let now = step(now);
    let mut steps = now.saturating_sub(SKEW).max(last + 1)..=now + SKEW;
    steps.find(|step| is_code(&totp, code, *step))
}

/// As [`accepted`], of two codes that follow each other; the later one's step.
pub(super) fn both_accepted(
    secret: &[u8],
    (first, second): (&str, &str),
    (last, now): (u64, UnixMillis),
) -> Option<u64> {
    let totp = totp(secret)?;
    let now = step(now);
    // The first one may be a step older: the person waited for the second.
    let mut steps = now.saturating_sub(SKEW + 1).max(last + 1)..=now;
    let step = steps.find(|step| is_code(&totp, first, *step) && is_code(&totp, second, step + 1));
    step.map(|step| step + 1)
}

/// Whether a code that would count is used up.
pub(super) fn is_used(secret: &[u8], code: &str, (last, now): (u64, UnixMillis)) -> bool {
    accepted(secret, code, (0, now)).is_some_and(|step| step <= last)
}

fn totp(secret: &[u8]) -> Option<Totp> {
    Builder::new()
        .with_secret(secret.to_vec())
        .with_skew(0)
        .build()
        .ok()
}

fn is_code(totp: &Totp, code: &str, step: u64) -> bool {
    totp.check(code, step * totp.step()).is_some()
}
