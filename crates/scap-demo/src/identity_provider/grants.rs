//! Codes and access tokens that were given out: codes count once and within a minute.

use super::people::Person;
use super::request::{Asked, Redeemed};
use openidconnect::{PkceCodeChallenge, PkceCodeVerifier};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

const LONGEST_CODE: Duration = Duration::from_mins(1);
pub(super) const LONGEST_ACCESS: Duration = Duration::from_hours(1);

#[derive(Default)]
pub(super) struct Grants {
    codes: Mutex<HashMap<String, Grant>>,
    accesses: Mutex<HashMap<String, (&'static Person, Instant)>>,
}

/// What a code stands for.
pub(super) struct Grant {
    pub(super) person: &'static Person,
    pub(super) nonce: String,
    challenge: String,
    since: Instant,
}

impl Grants {
    /// The code.
    pub(super) fn grant(&self, person: &'static Person, asked: &Asked) -> String {
        let code = random();
        let grant = Grant {
            person,
            nonce: asked.nonce.clone(),
            challenge: asked.code_challenge.clone(),
            since: Instant::now(),
        };
        let mut codes = self.codes.lock().unwrap_or_else(PoisonError::into_inner);
        codes.retain(|_, grant| grant.since.elapsed() < LONGEST_CODE);
        codes.insert(code.clone(), grant);
        code
    }

    /// For who has the verifier. Whoever tries without it has used the code up.
    pub(super) fn redeem(&self, redeemed: &Redeemed) -> Option<Grant> {
        let mut codes = self.codes.lock().unwrap_or_else(PoisonError::into_inner);
        let grant = codes.remove(&redeemed.code)?;
        let verifier = PkceCodeVerifier::new(redeemed.code_verifier.clone());
        // Others cannot be hashed.
        let is_verifier = (43..=128).contains(&redeemed.code_verifier.len());
        let is_right = is_verifier
            && PkceCodeChallenge::from_code_verifier_sha256(&verifier).as_str() == grant.challenge;
        (is_right && grant.since.elapsed() < LONGEST_CODE).then_some(grant)
    }

    /// A token for userinfo.
    pub(super) fn access(&self, person: &'static Person) -> String {
        let token = random();
        let mut accesses = self.accesses.lock().unwrap_or_else(PoisonError::into_inner);
        accesses.retain(|_, (_, since)| since.elapsed() < LONGEST_ACCESS);
        accesses.insert(token.clone(), (person, Instant::now()));
        token
    }

    pub(super) fn person(&self, token: &str) -> Option<&'static Person> {
        let accesses = self.accesses.lock().unwrap_or_else(PoisonError::into_inner);
        let (person, since) = accesses.get(token)?;
        (since.elapsed() < LONGEST_ACCESS).then_some(*person)
    }
}

fn random() -> String {
    format!(
        "{:032x}{:032x}",
        rand::random::<u128>(),
        rand::random::<u128>()
    )
}
