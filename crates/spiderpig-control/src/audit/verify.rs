//! Reads all of the audit, and names the first entry that is not as it was written.

use super::checkpoint::{self, Checkpoint};
use super::{Act, Audit, Head, Link, START, entry, head, kept, link};
use crate::ControlError;
use ed25519_dalek::VerifyingKey;
use rusqlite::Connection;
use serde::Serialize;
use std::collections::BTreeMap;

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AuditVerification {
    /// Those that are as they were written, up to the first that is not.
    pub entries: u64,
    /// The last one of these; 0 where there is none.
    pub last: u64,
    pub damages: Vec<AuditDamage>,
}

/// Something that is not as it was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AuditDamage {
    /// The first entry that is wrong or missing.
    pub seq: u64,
    pub what: String,
}

impl Audit {
    /// Holds the chain against itself, against what the runner signed, against the file beside it, and against `heads` that
    /// were kept on another host. Without those, whoever can write all files of the folder can make up another past.
    pub fn verify(
        &self,
        heads: &[Head],
        key: &VerifyingKey,
    ) -> Result<AuditVerification, ControlError> {
        self.store.read(|connection| {
            let checkpoints = match checkpoint::all(connection) {
                Ok(checkpoints) => checkpoints,
                Err(error) => return Ok(unreadable(0, &error)),
            };
            let mut walk = Walk::begin(&checkpoints, key);
            if let Err(error) = walk.entries(connection) {
                let next = walk.last + 1;
                walk.damage(next, format!("cannot be read: {error}"));
            }
            walk.checkpoints(&checkpoints, key);
            match head::read(&self.head) {
                Ok(Some(head)) => walk.head(&head, "the file beside the audit"),
                Ok(None) if walk.last > 0 => {
                    walk.damage(walk.last, "audit.head is missing".to_owned());
                }
                Ok(None) => {}
                Err(error) => walk.damage(walk.last, format!("audit.head cannot be read: {error}")),
            }
            for head in heads {
                walk.head(head, "a head that was kept elsewhere");
            }
            Ok(walk.end())
        })
    }
}

fn unreadable(seq: u64, error: &ControlError) -> AuditVerification {
    let what = format!("cannot be read: {error}");
    AuditVerification {
        entries: 0,
        last: 0,
        damages: vec![AuditDamage { seq, what }],
    }
}

/// Goes along the chain.
struct Walk {
    /// After which entry it began.
    start: u64,
    last: u64,
    links: BTreeMap<u64, Link>,
    damages: Vec<AuditDamage>,
}

impl Walk {
    /// Where the runner took entries out, behind those; else at the very beginning.
    fn begin(checkpoints: &[Checkpoint], key: &VerifyingKey) -> Self {
        let pruned = checkpoints
            .iter()
            .rfind(|it| it.is_signed(key) && it.is_pruned(key));
        let (start, link) = pruned.map_or((0, START), |it| (it.seq, it.link));
        Self {
            start,
            last: start,
            links: [(start, link)].into(),
            damages: Vec::new(),
        }
    }

    fn damage(&mut self, seq: u64, what: String) {
        self.damages.push(AuditDamage { seq, what });
    }

    /// Up to the first that is wrong: nothing vouches for what follows it.
    fn entries(&mut self, connection: &Connection) -> Result<(), ControlError> {
        let mut query =
            connection.prepare_cached("SELECT seq, at, body, link FROM entries ORDER BY seq")?;
        let mut rows = query.query([])?;
        while let Some(row) = rows.next()? {
            let kept = kept(row)?;
            let wanted = self.last + 1;
            if kept.seq != wanted {
                let what = if kept.seq < wanted {
                    format!("entry {} was put in", kept.seq)
                } else {
                    "is missing".to_owned()
                };
                self.damage(kept.seq.min(wanted), what);
                return Ok(());
            }
            let link = link(&self.links[&self.last], kept.seq, kept.at, &kept.body);
            if kept.link != link {
                self.damage(wanted, "is not what was written".to_owned());
                return Ok(());
            }
            if entry(&kept)?.deed.act == Act::AuditCutOff {
                self.damage(wanted, "says that entries before it are gone".to_owned());
            }
            self.last = wanted;
            self.links.insert(wanted, link);
        }
        Ok(())
    }

    fn checkpoints(&mut self, checkpoints: &[Checkpoint], key: &VerifyingKey) {
        for it in checkpoints {
            if !it.is_signed(key) || it.claims_pruned() && !it.is_pruned(key) {
                self.damage(
                    it.seq,
                    "has a checkpoint that the runner did not sign".to_owned(),
                );
            } else {
                let head = Head {
                    seq: it.seq,
                    link: it.link,
                };
                self.head(&head, "its checkpoint");
            }
        }
    }

    /// What was taken out cannot be held against anything.
    fn head(&mut self, head: &Head, whose: &str) {
        if head.seq < self.start || head.seq == 0 {
            return;
        }
        match self.links.get(&head.seq) {
            Some(link) if *link == head.link => {}
            Some(_) => self.damage(head.seq, format!("is not what {whose} knows")),
            None if self.damages.is_empty() => {
                let what = format!("is missing, and {whose} knows entry {}", head.seq);
                self.damage(self.last + 1, what);
            }
            // It follows what was found already.
            None => {}
        }
    }

    fn end(mut self) -> AuditVerification {
        self.damages.sort_by_key(|damage| damage.seq);
        AuditVerification {
            entries: self.last - self.start,
            last: self.last,
            damages: self.damages,
        }
    }
}
