//! A code is tried: counted, checked and used up in one transaction.

use super::guard::{AddressGuard, PersonGuard, Turn};
use super::{Identity, factors, people, row, totp};
use crate::ControlError;
use rusqlite::{OptionalExtension, Transaction, params};
use scap_plan::{Factor, PersonName};
use scap_run::UnixMillis;
use std::net::IpAddr;

/// How long wrong codes are remembered at the most, in milliseconds.
const REMEMBERED: i64 = 24 * 3_600 * 1_000;
/// Addresses and people whose wrong codes are remembered: more of them than any deployment has are an attack.
const MOST: u32 = 100_000;

/// What a person types.
#[derive(Debug, Clone, Copy)]
pub enum Codes<'a> {
    One(&'a str),
    /// Two that follow each other.
    Two(&'a str, &'a str),
}

impl<'a> Codes<'a> {
    /// With a blank between two.
    pub fn typed(text: &'a str) -> Self {
        let mut codes = text.split_ascii_whitespace();
        match (codes.next(), codes.next()) {
            (Some(first), Some(second)) => Self::Two(first, second),
            (first, _) => Self::One(first.unwrap_or_default()),
        }
    }
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CodeAnswer {
    Right(Proof),
    Wrong,
    /// It was right once: the next one counts.
    Used,
    /// Somebody was wrong too often; a single code counts again from then on.
    TwoNeeded(UnixMillis),
    /// From this address too much was wrong.
    Wait(UnixMillis),
    /// The person has no such factor.
    NoFactor,
}

/// A second factor was shown: only what checks factors can make it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    pub(super) person: PersonName,
    pub(super) factor: Factor,
    pub(super) at: UnixMillis,
}

impl Proof {
    pub fn person(&self) -> &PersonName {
        &self.person
    }

    pub fn factor(&self) -> Factor {
        self.factor
    }

    pub fn at(&self) -> UnixMillis {
        self.at
    }
}

impl Identity {
    /// Tries a code of a person, or two. Nothing is checked, and nothing learnt from it, while it is not this address's turn.
    pub fn try_code(
        &self,
        (person, address): (&PersonName, IpAddr),
        codes: Codes<'_>,
        now: UnixMillis,
    ) -> Result<CodeAnswer, ControlError> {
        let (person_key, address_key) = (format!("person {person}"), address_key(address));
        self.write_sealed(|transaction| {
            people::refuse_banned(transaction, person, now)?;
            let mut by_person: PersonGuard = load(transaction, &person_key)?.unwrap_or_default();
            let by_address: Option<AddressGuard> = load(transaction, &address_key)?;
            let mut by_address = by_address.unwrap_or_else(|| AddressGuard::new(now));
            let until = by_address.until(now);
            if until > now {
                return Ok(CodeAnswer::Wait(until));
            }
            if let (Turn::Two(until), Codes::One(_)) = (by_person.turn(now), codes) {
                return Ok(CodeAnswer::TwoNeeded(until));
            }
            let answer = self.check(transaction, person, codes, now)?;
            if matches!(answer, CodeAnswer::Wrong | CodeAnswer::Used) {
                if let Codes::One(_) = codes {
                    by_person.fail(now);
                    keep(transaction, &person_key, &by_person, now)?;
                }
                by_address.fail(now);
                keep(transaction, &address_key, &by_address, now)?;
                forget(transaction, now)?;
            }
            Ok(answer)
        })
    }

    fn check(
        &self,
        transaction: &Transaction<'_>,
        person: &PersonName,
        codes: Codes<'_>,
        now: UnixMillis,
    ) -> Result<CodeAnswer, ControlError> {
        let Some(factor) = self.totp(transaction, person)? else {
            return Ok(CodeAnswer::NoFactor);
        };
        let moment = (factor.last_step, now);
        let (step, last) = match codes {
            Codes::One(code) => (totp::accepted(&factor.secret, code, moment), code),
            Codes::Two(first, second) => {
                let step = totp::both_accepted(&factor.secret, (first, second), moment);
                (step, second)
            }
        };
        Ok(match step {
            Some(step) => {
                factors::use_up(transaction, (factor.factor, step), now)?;
                CodeAnswer::Right(Proof {
                    person: person.clone(),
                    factor: Factor::Totp,
                    at: now,
                })
            }
            None if matches!(codes, Codes::One(_))
                && totp::is_used(&factor.secret, last, moment) =>
            {
                CodeAnswer::Used
            }
            None => CodeAnswer::Wrong,
        })
    }
}

/// Who has an address of IPv6 has all of its network.
fn address_key(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => format!("address {address}"),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("address {a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

fn load<T: serde::de::DeserializeOwned>(
    transaction: &Transaction<'_>,
    subject: &str,
) -> Result<Option<T>, ControlError> {
    let mut query = transaction.prepare_cached("SELECT body FROM failures WHERE subject = ?1")?;
    let body: Option<String> = query.query_row([subject], |row| row.get(0)).optional()?;
    body.map(|body| row::json(&body, "the wrong codes"))
        .transpose()
}

fn keep(
    transaction: &Transaction<'_>,
    subject: &str,
    guard: &impl serde::Serialize,
    now: UnixMillis,
) -> Result<(), ControlError> {
    transaction
        .prepare_cached(
            "INSERT OR REPLACE INTO failures (subject, body, last) VALUES (?1, ?2, ?3)",
        )?
        .execute(params![subject, row::text(guard), now.0])?;
    Ok(())
}

/// What is too old to matter; of too many addresses the oldest. People are not forgotten by what comes from many addresses.
fn forget(transaction: &Transaction<'_>, now: UnixMillis) -> Result<(), ControlError> {
    transaction
        .prepare_cached("DELETE FROM failures WHERE last <= ?1")?
        .execute([now.0.saturating_sub(REMEMBERED)])?;
    transaction
        .prepare_cached(
            "DELETE FROM failures WHERE subject IN
             (SELECT subject FROM failures WHERE subject LIKE 'address %' ORDER BY last DESC LIMIT -1 OFFSET ?1)",
        )?
        .execute([MOST])?;
    Ok(())
}
