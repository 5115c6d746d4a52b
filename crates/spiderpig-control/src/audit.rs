//! What people did, for ever: entries in a chain of hashes, each of which vouches for all before it.

mod checkpoint;
mod deed;
mod head;
mod verify;

use crate::store::Store;
use crate::{ControlError, key};
pub use checkpoint::Checkpoint;
pub use deed::{Act, Deed};
use ed25519_dalek::{SigningKey, VerifyingKey};
pub use head::{Head, HeadError};
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use scap_run::UnixMillis;
use serde::Serialize;
use std::path::{Path, PathBuf};
pub use verify::{AuditDamage, AuditVerification};

/// Hash of an entry and all before it.
pub(crate) type Link = [u8; 32];
/// The link before the first entry.
const START: Link = [0; 32];

/// The audit of one state folder.
pub struct Audit {
    store: Store,
    head: PathBuf,
    key: SigningKey,
}

/// Something that was recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// From 1, without gaps.
    pub seq: u64,
    pub at: UnixMillis,
    #[serde(flatten)]
    pub deed: Deed,
}

/// An entry as it lies in its row.
struct Kept {
    seq: u64,
    at: UnixMillis,
    body: String,
    link: Vec<u8>,
}

impl Audit {
    /// Opens audit.db of a state folder, and makes it and its key where there is none yet. Entries that were acknowledged
    /// and are gone are noted as the next entry, so that no later one hides it.
    pub fn open(folder: &Path, now: UnixMillis) -> Result<Self, ControlError> {
        let audit = Self::open_to_look(folder)?;
        if let Ok(Some(known)) = head::read(&audit.head) {
            let there = audit
                .store
                .read(|connection| link_of(connection, known.seq))?;
            let last = audit.head()?.seq;
            if there != Some(known.link) && known.seq > audit.pruned_up_to()? {
                let mut deed = Deed::new("scap", Act::AuditCutOff);
                deed.reason = Some(format!(
                    "entry {} was acknowledged, entry {last} is the last",
                    known.seq
                ));
                audit.record(&deed, now)?;
            }
        }
        Ok(audit)
    }

    /// As [`Self::open`], and writes nothing: for those who only verify.
    pub fn open_to_look(folder: &Path) -> Result<Self, ControlError> {
        let path = folder.join("audit.db");
        let store = Store::open(&path, &[include_str!("../migrations/audit.sql")])?;
        let depends = store.read(|connection| {
            Ok(
                connection.query_row("SELECT EXISTS (SELECT 1 FROM checkpoints)", [], |row| {
                    row.get(0)
                })?,
            )
        })?;
        let key = key::load(&path.with_extension("key"), depends)?;
        Ok(Self {
            store,
            head: path.with_extension("head"),
            key: SigningKey::from_bytes(&key),
        })
    }

    /// By which everybody can check what the runner signed.
    pub fn public_key(&self) -> VerifyingKey {
        self.key.verifying_key()
    }

    /// Records something; it is durable when this returns. What cannot be recorded must not be done.
    pub fn record(&self, deed: &Deed, now: UnixMillis) -> Result<Head, ControlError> {
        let head = self
            .store
            .write(|transaction| append(transaction, deed, now))?;
        self.acknowledge(&head);
        Ok(head)
    }

    /// Where the chain ends now. Kept on another host, it shows when anything up to it is changed or cut off here.
    pub fn head(&self) -> Result<Head, ControlError> {
        self.store.read(end)
    }

    /// The newest entries that are `wanted`, the newest first.
    pub fn list(
        &self,
        wanted: impl Fn(&Entry) -> bool,
        most: usize,
    ) -> Result<Vec<Entry>, ControlError> {
        self.store.read(|connection| {
            let mut query = connection
                .prepare_cached("SELECT seq, at, body, link FROM entries ORDER BY seq DESC")?;
            let mut rows = query.query([])?;
            let mut entries = Vec::new();
            while let Some(row) = rows.next()? {
                let entry = entry(&kept(row)?)?;
                if wanted(&entry) {
                    entries.push(entry);
                }
                if entries.len() >= most {
                    break;
                }
            }
            Ok(entries)
        })
    }

    /// The entry is durable whether its head is noted or not.
    fn acknowledge(&self, head: &Head) {
        let _ = head::write(&self.head, head);
    }
}

fn append(
    transaction: &Transaction<'_>,
    deed: &Deed,
    now: UnixMillis,
) -> Result<Head, ControlError> {
    let last = end(transaction)?;
    let seq = last.seq + 1;
    let body = serde_json::to_string(deed).expect("a deed has string keys only");
    let link = link(&last.link, seq, now, &body);
    transaction
        .prepare_cached("INSERT INTO entries (seq, at, body, link) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![seq, now.0, body, link])?;
    Ok(Head { seq, link })
}

/// The last entry; where all were taken out, the checkpoint up to which they were.
fn end(connection: &Connection) -> Result<Head, ControlError> {
    let mut query = connection.prepare_cached(
        "SELECT seq, link FROM entries UNION ALL SELECT seq, link FROM checkpoints WHERE pruned IS NOT NULL
         ORDER BY seq DESC LIMIT 1",
    )?;
    let found = query.query_row([], |row| {
        Ok(Head {
            seq: row.get(0)?,
            link: row.get(1)?,
        })
    });
    Ok(found.optional()?.unwrap_or(Head {
        seq: 0,
        link: START,
    }))
}

fn link_of(connection: &Connection, seq: u64) -> Result<Option<Link>, ControlError> {
    let mut query = connection.prepare_cached("SELECT link FROM entries WHERE seq = ?1")?;
    let link: Option<Vec<u8>> = query.query_row([seq], |row| row.get(0)).optional()?;
    Ok(link.and_then(|link| link.try_into().ok()))
}

fn link(previous: &Link, seq: u64, at: UnixMillis, body: &str) -> Link {
    let mut hasher = blake3::Hasher::new();
    hasher.update(previous);
    hasher.update(&seq.to_le_bytes());
    hasher.update(&at.0.to_le_bytes());
    hasher.update(body.as_bytes());
    *hasher.finalize().as_bytes()
}

fn kept(row: &Row<'_>) -> rusqlite::Result<Kept> {
    Ok(Kept {
        seq: row.get(0)?,
        at: UnixMillis(row.get(1)?),
        body: row.get(2)?,
        link: row.get(3)?,
    })
}

fn entry(kept: &Kept) -> rusqlite::Result<Entry> {
    let deed = serde_json::from_str(&kept.body).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(2, Type::Text, Box::new(error))
    })?;
    Ok(Entry {
        seq: kept.seq,
        at: kept.at,
        deed,
    })
}
