//! A copy of the journal, made while runs write, and read through before it counts.

use crate::verify::{Verification, verify};
use crate::{Journal, JournalError};
use rusqlite::Connection;
use rusqlite::backup::Backup;
use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

impl Journal {
    /// Copies the journal as of one moment into a new file of its owner, and reads the copy through. What is damaged is copied and
    /// named, for nobody could tell what else is lost with it.
    pub fn backup(&self, path: &Path) -> Result<Verification, JournalError> {
        let failed = |source: io::Error| JournalError::Backup {
            path: path.to_owned(),
            source,
        };
        // Never over an older one.
        OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)
            .map_err(failed)?;
        let copied = self.copy(path);
        if copied.is_err() {
            std::fs::remove_file(path).map_err(failed)?;
        }
        copied
    }

    fn copy(&self, path: &Path) -> Result<Verification, JournalError> {
        let mut copy = Connection::open(path)?;
        let source = self.second_connection()?;
        match &source {
            Some(source) => copy_all(source, &mut copy)?,
            None => copy_all(&self.connection(), &mut copy)?,
        }
        // One file, without a log beside it.
        copy.pragma_update(None, "journal_mode", "DELETE")?;
        verify(&copy)
    }
}

/// In one step: a copy in several would begin again whenever somebody writes.
fn copy_all(source: &Connection, copy: &mut Connection) -> Result<(), JournalError> {
    Backup::new(source, copy)?.step(-1)?;
    Ok(())
}
