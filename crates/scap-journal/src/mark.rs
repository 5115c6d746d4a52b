//! The mark: a second witness of how far the journal was acknowledged. A log that was cut off looks like one that was never longer;
//! the mark knows better.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;

const LENGTH: usize = 16;

/// The number of the last commit that was acknowledged, in a small file beside the journal. It is written after the commit is
/// durable, and need not be so itself: it may be behind, and is never ahead.
#[derive(Debug)]
pub struct Mark(File);

impl Mark {
    /// The number that the file says; nothing where there is none or nobody can tell.
    pub fn read(path: &Path) -> Option<u64> {
        let bytes = std::fs::read(path).ok()?;
        let number = u64::from_le_bytes(bytes.get(..8)?.try_into().ok()?);
        (bytes == content(number)).then_some(number)
    }

    /// Opens the file to write it, making it where it is missing.
    pub fn open(path: &Path) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        let options = options.write(true).create(true).truncate(false);
        Ok(Self(options.mode(0o600).open(path)?))
    }

    /// Keeps other processes from opening the journal until [`Self::unlock`], or until this is dropped.
    pub fn lock(&self) -> io::Result<()> {
        self.0.lock()
    }

    pub fn unlock(&self) -> io::Result<()> {
        self.0.unlock()
    }

    /// Of several processes the last one to write may be one behind.
    pub fn put(&self, number: u64) -> io::Result<()> {
        self.0.write_all_at(&content(number), 0)
    }
}

fn content(number: u64) -> [u8; LENGTH] {
    let mut content = [0; LENGTH];
    content[..8].copy_from_slice(&number.to_le_bytes());
    content[8..].copy_from_slice(&blake3::hash(&number.to_le_bytes()).as_bytes()[..8]);
    content
}
