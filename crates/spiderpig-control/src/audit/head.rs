//! The end of the chain in one line: for the file beside the audit, and for another host.

use super::Link;
use crate::identity::token::hex;
use std::fmt;
use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;
use std::str::FromStr;

/// How far the chain goes, and the hash of all of it: `42 1f3a…`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// 0 where nothing was recorded yet.
    pub seq: u64,
    pub(super) link: Link,
}

/// A text is no head.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be a number and 64 hexadecimal digits, not {0:?}")]
pub struct HeadError(String);

impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.seq, hex(&self.link))
    }
}

impl FromStr for Head {
    type Err = HeadError;

    fn from_str(text: &str) -> Result<Self, HeadError> {
        let wrong = || HeadError(text.chars().take(100).collect());
        let (seq, link) = text.trim().split_once(' ').ok_or_else(wrong)?;
        let link = blake3::Hash::from_hex(link.trim()).map_err(|_| wrong())?;
        Ok(Self {
            seq: seq.parse().map_err(|_| wrong())?,
            link: *link.as_bytes(),
        })
    }
}

/// None where there is no such file yet.
pub(super) fn read(path: &Path) -> Result<Option<Head>, HeadError> {
    match std::fs::read_to_string(path) {
        Ok(text) => text.parse().map(Some),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(HeadError(error.to_string())),
    }
}

/// In one piece and of one length, so that none is ever half there. It is written after the entry is durable, and need not
/// be so itself: it may be behind, and is never ahead.
pub(super) fn write(path: &Path, head: &Head) -> io::Result<()> {
    let mut options = OpenOptions::new();
    let options = options.write(true).create(true).truncate(false);
    let line = format!("{:020} {}\n", head.seq, hex(&head.link));
    options
        .mode(0o600)
        .open(path)?
        .write_all_at(line.as_bytes(), 0)
}
