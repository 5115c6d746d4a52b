//! Checkpoints: places of the chain that the runner signed, and the only ones up to which entries may be taken out.

use super::{Act, Audit, Deed, Link, append, end};
use crate::ControlError;
use ed25519_dalek::{Signature, Signer, VerifyingKey};
use rusqlite::{Connection, OptionalExtension, Row, params};
use scap_run::UnixMillis;

/// The runner's word for all entries up to one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    pub seq: u64,
    pub at: UnixMillis,
    pub(super) link: Link,
    signature: Vec<u8>,
    pruned: Option<Vec<u8>>,
}

/// What a signature means; one cannot stand for the other.
const SIGNED: &[u8] = b"scap audit 1: checkpoint";
const PRUNED: &[u8] = b"scap audit 1: pruned up to";

impl Audit {
    /// Signs the chain as it is now. Nothing to sign where nothing was recorded.
    pub fn checkpoint(&self, now: UnixMillis) -> Result<Option<Checkpoint>, ControlError> {
        self.store.write(|transaction| {
            let head = end(transaction)?;
            if head.seq == 0 {
                return Ok(None);
            }
            let message = message(SIGNED, head.seq, now, &head.link);
            let signature = self.key.sign(&message).to_bytes();
            transaction.execute(
                "INSERT OR IGNORE INTO checkpoints (seq, at, link, signature) VALUES (?1, ?2, ?3, ?4)",
                params![head.seq, now.0, head.link, signature],
            )?;
            find(transaction, head.seq)
        })
    }

    /// All of them, in order.
    pub fn checkpoints(&self) -> Result<Vec<Checkpoint>, ControlError> {
        self.store.read(all)
    }

    /// Takes out all entries up to a checkpoint, and records that.
    pub fn prune(&self, seq: u64, person: &str, now: UnixMillis) -> Result<(), ControlError> {
        let head = self.store.write(|transaction| {
            let missing = || ControlError::NoSuchCheckpoint(seq);
            let checkpoint = find(transaction, seq)?.ok_or_else(missing)?;
            if !checkpoint.is_signed(&self.public_key()) {
                return Err(ControlError::Damaged("the checkpoints of the audit"));
            }
            let message = message(PRUNED, seq, checkpoint.at, &checkpoint.link);
            transaction.execute(
                "UPDATE checkpoints SET pruned = ?2 WHERE seq = ?1",
                params![seq, self.key.sign(&message).to_bytes()],
            )?;
            transaction.execute("DELETE FROM entries WHERE seq <= ?1", [seq])?;
            let mut deed = Deed::new(person, Act::AuditPruned);
            deed.reason = Some(format!("up to checkpoint {seq}"));
            append(transaction, &deed, now)
        })?;
        self.acknowledge(&head);
        Ok(())
    }

    /// The last entry that was taken out.
    pub(super) fn pruned_up_to(&self) -> Result<u64, ControlError> {
        let pruned = |it: &Checkpoint| it.is_pruned(&self.public_key()).then_some(it.seq);
        Ok(self
            .checkpoints()?
            .iter()
            .filter_map(pruned)
            .max()
            .unwrap_or(0))
    }
}

impl Checkpoint {
    /// Whether the runner signed it.
    pub fn is_signed(&self, key: &VerifyingKey) -> bool {
        let message = message(SIGNED, self.seq, self.at, &self.link);
        is_signed(key, &message, &self.signature)
    }

    /// Whether it has a word for what is missing; true or false.
    pub(super) fn claims_pruned(&self) -> bool {
        self.pruned.is_some()
    }

    /// Whether the runner itself took out what was before.
    pub(super) fn is_pruned(&self, key: &VerifyingKey) -> bool {
        let message = message(PRUNED, self.seq, self.at, &self.link);
        let signature = self.pruned.as_ref();
        signature.is_some_and(|signature| is_signed(key, &message, signature))
    }
}

pub(super) fn all(connection: &Connection) -> Result<Vec<Checkpoint>, ControlError> {
    let mut query = connection
        .prepare_cached("SELECT seq, at, link, signature, pruned FROM checkpoints ORDER BY seq")?;
    let rows = query.query_map([], checkpoint)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn find(connection: &Connection, seq: u64) -> Result<Option<Checkpoint>, ControlError> {
    let mut query = connection.prepare_cached(
        "SELECT seq, at, link, signature, pruned FROM checkpoints WHERE seq = ?1",
    )?;
    Ok(query.query_row([seq], checkpoint).optional()?)
}

fn checkpoint(row: &Row<'_>) -> rusqlite::Result<Checkpoint> {
    Ok(Checkpoint {
        seq: row.get(0)?,
        at: UnixMillis(row.get(1)?),
        link: row.get(2)?,
        signature: row.get(3)?,
        pruned: row.get(4)?,
    })
}

fn message(meaning: &[u8], seq: u64, at: UnixMillis, link: &Link) -> Vec<u8> {
    [meaning, &seq.to_le_bytes(), &at.0.to_le_bytes(), link].concat()
}

fn is_signed(key: &VerifyingKey, message: &[u8], signature: &[u8]) -> bool {
    let signature = Signature::from_slice(signature);
    signature.is_ok_and(|signature| key.verify_strict(message, &signature).is_ok())
}
