//! The hash chain over a run's events: what was stored is what is read, or it is refused.

use crate::JournalError;
use rusqlite::{Transaction, params};
use scap_run::{RunId, UnixMillis};

/// Hash of an event and all before it in its run.
pub(crate) type Link = [u8; 32];

/// The link before a run's first event.
pub(crate) const START: Link = [0; 32];

/// One event as it lies in its row.
pub(crate) struct Row<'a> {
    pub(crate) run: RunId,
    pub(crate) seq: u64,
    pub(crate) at: UnixMillis,
    pub(crate) version: u32,
    pub(crate) body: &'a str,
}

impl Row<'_> {
    pub(crate) fn link(&self, previous: &Link) -> Link {
        let mut hasher = blake3::Hasher::new();
        hasher.update(previous);
        hasher.update(&self.run.0.to_le_bytes());
        hasher.update(&self.seq.to_le_bytes());
        hasher.update(&self.at.0.to_le_bytes());
        hasher.update(&self.version.to_le_bytes());
        hasher.update(self.body.as_bytes());
        *hasher.finalize().as_bytes()
    }

    pub(crate) fn insert(
        &self,
        transaction: &Transaction<'_>,
        epoch: u64,
        link: &Link,
    ) -> Result<(), JournalError> {
        let mut insert = transaction.prepare_cached(
            "INSERT INTO events (run, seq, at, epoch, version, body, link) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?;
        insert.execute(params![
            self.run.0,
            self.seq,
            self.at.0,
            epoch,
            self.version,
            self.body,
            link
        ])?;
        Ok(())
    }
}
