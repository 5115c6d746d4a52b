//! Whose a name is: the account of the identity provider that signed in by it first.

use super::{Identity, raise};
use crate::ControlError;
use rusqlite::{OptionalExtension, Transaction, params};
use scap_plan::PersonName;

/// Somebody as the identity provider keeps them apart; unlike a name it is never given to anybody else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    pub issuer: String,
    /// The claim `sub`.
    pub subject: String,
}

impl Identity {
    /// Lets the name be taken by whoever signs in by it next, and ends its sessions; whether it was somebody's.
    pub fn forget_account(&self, person: &PersonName) -> Result<bool, ControlError> {
        self.write_sealed(|transaction| {
            transaction.execute("DELETE FROM sessions WHERE person = ?1", [person.as_str()])?;
            raise(transaction)?;
            let forgotten = transaction.execute(
                "UPDATE people SET issuer = NULL, subject = NULL WHERE person = ?1 AND subject IS NOT NULL",
                [person.as_str()],
            )?;
            Ok(forgotten > 0)
        })
    }
}

/// Refuses another account than the one that has the name; who comes first, or from an issuer that is new here, gets it.
pub(super) fn claim(
    transaction: &Transaction<'_>,
    person: &PersonName,
    account: &Account,
) -> Result<(), ControlError> {
    let known = transaction
        .prepare_cached("SELECT subject FROM people WHERE person = ?1 AND issuer = ?2")?
        .query_row(params![person.as_str(), account.issuer], |row| {
            row.get::<_, String>(0)
        })
        .optional()?;
    match known {
        Some(subject) if subject == account.subject => Ok(()),
        Some(_) => Err(ControlError::OtherAccount(person.clone())),
        None => {
            transaction.execute(
                "UPDATE people SET issuer = ?2, subject = ?3 WHERE person = ?1",
                params![person.as_str(), account.issuer, account.subject],
            )?;
            Ok(())
        }
    }
}
