//! Passkeys as they are kept: sealed, each for its person, with a counter that never goes back.

use super::NewPasskey;
use crate::ControlError;
use crate::identity::{Identity, people, row, seal};
use rusqlite::{Connection, params};
use scap_plan::{Factor, PersonName};
use scap_run::UnixMillis;
use webauthn_rs::prelude::{AuthenticationResult, Passkey};

/// How many a person has at the most.
const MOST: usize = 10;

impl Identity {
    /// Keeps a passkey that its person has confirmed; not one that they have already, and not one too many.
    pub fn keep_passkey(
        &self,
        passkey: &NewPasskey,
        now: UnixMillis,
    ) -> Result<bool, ControlError> {
        let NewPasskey {
            person,
            name,
            credential,
        } = passkey;
        let sealed = self.seal_passkey(person, credential)?;
        self.write_sealed(|transaction| {
            people::refuse_banned(transaction, person, now)?;
            people::meet(transaction, person, now)?;
            let known = self.open_passkeys(transaction, person)?;
            let is_known = |(_, it): &(i64, Passkey)| it.cred_id() == credential.cred_id();
            if known.len() >= MOST || known.iter().any(is_known) {
                return Ok(false);
            }
            transaction.execute(
                "INSERT INTO factors (person, kind, since, secret, last_step, name) VALUES (?1, ?2, ?3, ?4, 0, ?5)",
                params![person.as_str(), row::text(&Factor::Passkey), now.0, sealed, name],
            )?;
            Ok(true)
        })
    }

    pub(super) fn passkeys(&self, person: &PersonName) -> Result<Vec<Passkey>, ControlError> {
        self.store.read(|connection| {
            seal::check(connection, &self.keeper)?;
            let known = self.open_passkeys(connection, person)?;
            Ok(known.into_iter().map(|(_, passkey)| passkey).collect())
        })
    }

    /// Takes in that a passkey was shown; whether the person still has it and its counter has grown. Challenges that were
    /// made side by side know an older counter than this.
    pub(super) fn count_passkey(
        &self,
        person: &PersonName,
        shown: &AuthenticationResult,
        now: UnixMillis,
    ) -> Result<bool, ControlError> {
        self.write_sealed(|transaction| {
            people::refuse_banned(transaction, person, now)?;
            let known = self.open_passkeys(transaction, person)?;
            let mut known = known.into_iter();
            let Some((factor, mut passkey)) = known.find(|(_, it)| it.cred_id() == shown.cred_id())
            else {
                return Ok(false);
            };
            passkey.update_credential(shown);
            let sealed = self.seal_passkey(person, &passkey)?;
            // Many passkeys never count: they say 0 each time.
            let counted = transaction.execute(
                "UPDATE factors SET secret = ?2, last_step = ?3, used = ?4
                 WHERE factor = ?1 AND (last_step < ?3 OR (last_step = 0 AND ?3 = 0))",
                params![factor, sealed, shown.counter(), now.0],
            )?;
            Ok(counted > 0)
        })
    }

    fn open_passkeys(
        &self,
        connection: &Connection,
        person: &PersonName,
    ) -> Result<Vec<(i64, Passkey)>, ControlError> {
        let mut query = connection
            .prepare_cached("SELECT factor, secret FROM factors WHERE person = ?1 AND kind = ?2")?;
        let mut rows = query.query(params![person.as_str(), row::text(&Factor::Passkey)])?;
        let mut passkeys = Vec::new();
        while let Some(row) = rows.next()? {
            let sealed: Vec<u8> = row.get(1)?;
            let text = self.keeper.open(&sealed, &owner(person))?;
            let passkey = serde_json::from_slice(&text);
            let passkey = passkey.map_err(|_| ControlError::Damaged("the second factors"))?;
            passkeys.push((row.get(0)?, passkey));
        }
        Ok(passkeys)
    }

    fn seal_passkey(
        &self,
        person: &PersonName,
        passkey: &Passkey,
    ) -> Result<Vec<u8>, ControlError> {
        self.keeper
            .seal(row::text(passkey).as_bytes(), &owner(person))
    }
}

/// What a sealed passkey belongs to.
fn owner(person: &PersonName) -> String {
    format!("passkey of {person}")
}
