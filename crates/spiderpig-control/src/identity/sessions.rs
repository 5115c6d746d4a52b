//! Sessions: begun, made whole, looked up, ended.

use super::session::Kept;
use super::{
    Account, Device, Identity, Proof, Session, SessionEnd, SessionId, Token, accounts, people,
    raise, row,
};
use crate::ControlError;
use rusqlite::{Connection, OptionalExtension, Transaction, params};
use scap_plan::{GroupName, PersonName};
use scap_run::UnixMillis;
use serde::Serialize;
use std::collections::BTreeSet;
use std::net::IpAddr;

/// A session that is heard of is written so often at the most, in milliseconds.
const HEARD: u64 = 30_000;

/// Somebody whom the identity provider vouches for.
#[derive(Debug, Clone)]
pub struct SignIn {
    pub person: PersonName,
    /// None where the provider tells people apart by their names.
    pub account: Option<Account>,
    pub groups: BTreeSet<GroupName>,
    pub address: Option<IpAddr>,
    pub device: Device,
}

/// A session in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SessionLine {
    pub id: SessionId,
    pub person: PersonName,
    /// Whether a second factor was shown.
    pub is_whole: bool,
    pub began: UnixMillis,
    /// To within half a minute.
    pub seen: UnixMillis,
    pub address: Option<IpAddr>,
    pub device: Device,
}

impl Identity {
    /// Begins a session that may do nothing yet but show a second factor.
    pub fn sign_in(
        &self,
        who: &SignIn,
        now: UnixMillis,
    ) -> Result<(Token, SessionId), ControlError> {
        let (token, id) = (Token::new()?, SessionId::new()?);
        self.write_sealed(|transaction| {
            people::refuse_banned(transaction, &who.person, now)?;
            people::meet(transaction, &who.person, now)?;
            if let Some(account) = &who.account {
                accounts::claim(transaction, &who.person, account)?;
            }
            transaction.execute("DELETE FROM sessions WHERE ends <= ?1", [now.0])?;
            let kept = Kept {
                is_whole: false,
                began: now,
                seen: now,
                address: who.address,
                device: who.device.clone(),
                groups: who.groups.clone(),
                groups_read: now,
                shown: [].into(),
            };
            self.keep(transaction, (&id, &who.person), &token.hash(), &kept)
        })?;
        Ok((token, id))
    }

    /// Makes a session whole, or shows that the person is still there. The token that it had is over.
    pub fn prove(
        &self,
        token: &Token,
        proof: &Proof,
        now: UnixMillis,
    ) -> Result<Result<Token, SessionEnd>, ControlError> {
        let fresh = Token::new()?;
        self.write(|transaction| {
            let Some((id, person, mut kept)) = self.find(transaction, "token", &token.hash())?
            else {
                return Ok(Err(SessionEnd::Unknown));
            };
            if let Err(end) = kept.open((&id, &person), &self.limits, now) {
                return Ok(Err(end));
            }
            if *proof.person() != person {
                return Ok(Err(SessionEnd::Unknown));
            }
            kept.is_whole = true;
            kept.seen = now;
            kept.shown.insert(proof.factor(), proof.at());
            self.keep(transaction, (&id, &person), &fresh.hash(), &kept)?;
            Ok(Ok(()))
        })
        .map(|proven| proven.map(|()| fresh))
    }

    /// Who holds the token. That they were heard of keeps the session from being idle.
    pub fn session(
        &self,
        token: &Token,
        now: UnixMillis,
    ) -> Result<Result<Session, SessionEnd>, ControlError> {
        let found = self
            .store
            .read(|connection| self.find(connection, "token", &token.hash()))?;
        let Some((id, person, kept)) = found else {
            return Ok(Err(SessionEnd::Unknown));
        };
        let session = kept.open((&id, &person), &self.limits, now);
        if session.is_ok() && kept.seen.until(now) >= HEARD {
            self.change(&id, |kept| kept.seen = now.max(kept.seen))?;
        }
        Ok(session)
    }

    /// Whether a session still is what it was: for streams that stay open. It does not keep the session from being idle.
    pub fn still(
        &self,
        id: &SessionId,
        now: UnixMillis,
    ) -> Result<Result<Session, SessionEnd>, ControlError> {
        let found = self
            .store
            .read(|connection| self.find(connection, "id", &id.0))?;
        Ok(match found {
            Some((id, person, kept)) => kept.open((&id, &person), &self.limits, now),
            None => Err(SessionEnd::Unknown),
        })
    }

    /// Takes in which groups the person is in now. Whoever has lost one has lost it everywhere within a second.
    pub fn read_groups(
        &self,
        id: &SessionId,
        groups: &BTreeSet<GroupName>,
        now: UnixMillis,
    ) -> Result<(), ControlError> {
        self.write(|transaction| {
            if let Some((id, person, kept)) = self.find(transaction, "id", &id.0)? {
                if !kept.groups.is_subset(groups) {
                    raise(transaction)?;
                }
                let kept = Kept {
                    groups: groups.clone(),
                    groups_read: now,
                    ..kept
                };
                self.put(transaction, (&id, &person), &kept)?;
            }
            Ok(())
        })
    }

    /// Ends one session; whether there was one.
    pub fn log_out(&self, id: &SessionId) -> Result<bool, ControlError> {
        self.end("DELETE FROM sessions WHERE id = ?1", &id.0)
            .map(|ended| ended > 0)
    }

    /// Ends all sessions of a person; how many there were.
    pub fn log_out_person(&self, person: &PersonName) -> Result<usize, ControlError> {
        self.end("DELETE FROM sessions WHERE person = ?1", person.as_str())
    }

    /// Ends all sessions; how many there were.
    pub fn log_out_everyone(&self) -> Result<usize, ControlError> {
        self.write(end_all)
    }

    fn end(&self, statement: &str, which: &str) -> Result<usize, ControlError> {
        self.write(|transaction| {
            raise(transaction)?;
            Ok(transaction.prepare_cached(statement)?.execute([which])?)
        })
    }

    /// Those that are not over, by person.
    pub fn sessions(&self, now: UnixMillis) -> Result<Vec<SessionLine>, ControlError> {
        self.store.read(|connection| {
            let mut query =
                connection.prepare_cached("SELECT id FROM sessions ORDER BY person, id")?;
            let ids = query.query_map([], |row| row.get(0))?;
            let ids: Vec<String> = ids.collect::<Result<_, _>>()?;
            let mut lines = Vec::new();
            for id in ids {
                let Some((id, person, kept)) = self.find(connection, "id", &id)? else {
                    continue;
                };
                if kept.open((&id, &person), &self.limits, now).is_ok() {
                    lines.push(SessionLine {
                        id,
                        person,
                        is_whole: kept.is_whole,
                        began: kept.began,
                        seen: kept.seen,
                        address: kept.address,
                        device: kept.device,
                    });
                }
            }
            Ok(lines)
        })
    }

    fn change(&self, id: &SessionId, change: impl FnOnce(&mut Kept)) -> Result<(), ControlError> {
        self.write(|transaction| {
            if let Some((id, person, mut kept)) = self.find(transaction, "id", &id.0)? {
                change(&mut kept);
                self.put(transaction, (&id, &person), &kept)?;
            }
            Ok(())
        })
    }

    /// By one of the columns; refused where the row is not as it was written.
    fn find(
        &self,
        connection: &Connection,
        column: &'static str,
        value: &dyn rusqlite::ToSql,
    ) -> Result<Option<(SessionId, PersonName, Kept)>, ControlError> {
        let statement =
            format!("SELECT id, token, person, body, checksum FROM sessions WHERE {column} = ?1");
        let mut query = connection.prepare_cached(&statement)?;
        let found = query
            .query_row([value], |row| {
                let (id, token): (String, Vec<u8>) = (row.get(0)?, row.get(1)?);
                let (body, checksum): (String, Vec<u8>) = (row.get(3)?, row.get(4)?);
                Ok((SessionId(id), token, row::person(row, 2)?, body, checksum))
            })
            .optional()?;
        let Some((id, token, person, body, checksum)) = found else {
            return Ok(None);
        };
        if self.checksum((&id, &person), &token, &body) != *checksum {
            return Err(ControlError::Damaged("the sessions"));
        }
        let kept = row::json(&body, "the sessions")?;
        Ok(Some((id, person, kept)))
    }

    /// Under a new token.
    fn keep(
        &self,
        transaction: &Transaction<'_>,
        (id, person): (&SessionId, &PersonName),
        token: &[u8],
        kept: &Kept,
    ) -> Result<(), ControlError> {
        let body = row::text(kept);
        let checksum = self.checksum((id, person), token, &body);
        let ends = kept.last_end(&self.limits);
        transaction
            .prepare_cached(
                "INSERT OR REPLACE INTO sessions (id, token, person, ends, body, checksum) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![id.0, token, person.as_str(), ends.0, body, checksum.as_bytes()])?;
        Ok(())
    }

    /// Under the token that it has.
    fn put(
        &self,
        transaction: &Transaction<'_>,
        who: (&SessionId, &PersonName),
        kept: &Kept,
    ) -> Result<(), ControlError> {
        let mut query = transaction.prepare_cached("SELECT token FROM sessions WHERE id = ?1")?;
        let token: Vec<u8> = query.query_row([&who.0.0], |row| row.get(0))?;
        self.keep(transaction, who, &token, kept)
    }

    fn checksum(
        &self,
        (id, person): (&SessionId, &PersonName),
        token: &[u8],
        body: &str,
    ) -> blake3::Hash {
        let mut hasher = self.keeper.hasher();
        for part in [
            id.0.as_bytes(),
            token,
            person.as_str().as_bytes(),
            body.as_bytes(),
        ] {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
        hasher.finalize()
    }
}

pub(super) fn end_all(transaction: &Transaction<'_>) -> Result<usize, ControlError> {
    raise(transaction)?;
    Ok(transaction.execute("DELETE FROM sessions", [])?)
}
