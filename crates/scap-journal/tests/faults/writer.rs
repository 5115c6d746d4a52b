//! A writer: a process that appends to a journal and writes down what was acknowledged and what was not, for tests that break its disk.

use crate::story::{NOW, created, creation, record, work};
use scap_journal::{Journal, JournalError};
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::Path;

/// What a writer's process is told.
pub(crate) const FOLDER: &str = "SCAP_WRITER_FOLDER";
pub(crate) const ACCOUNT: &str = "SCAP_WRITER_ACCOUNT";
/// How often it tries to store each event.
pub(crate) const ATTEMPTS: usize = 3;
pub(crate) const TURNS: usize = 6;

#[test]
#[ignore = "a process that the tests of storage start"]
fn writer() {
    let Some(folder) = std::env::var_os(FOLDER) else {
        return;
    };
    let account = std::env::var_os(ACCOUNT).unwrap();
    let account = OpenOptions::new().append(true).create(true).open(account);
    let mut account = account.unwrap();
    if let Err(error) = write(Path::new(&folder), &mut account) {
        note(&mut account, &format!("failed {}", kind(&error)));
    }
}

fn write(folder: &Path, account: &mut File) -> Result<(), JournalError> {
    let journal = Journal::open(folder)?;
    let (mut lease, mut state) = journal.create(&creation(&created("shop")), "writer")?;
    let run = lease.run();
    note(account, &format!("wrote {run} {}", lease.seq()));
    for event in (0..TURNS).flat_map(|turn| work("ada", turn)) {
        let mut written = Ok(());
        for _ in 0..ATTEMPTS {
            written = record(&journal, &mut lease, &mut state, NOW, &event);
            match &written {
                Ok(()) => break,
                Err(error) => note(account, &format!("failed {}", kind(error))),
            }
        }
        written?;
        note(account, &format!("wrote {run} {}", lease.seq()));
    }
    Ok(())
}

/// One write, so that a killed writer leaves whole lines.
fn note(account: &mut File, line: &str) {
    account.write_all(format!("{line}\n").as_bytes()).unwrap();
}

pub(crate) fn kind(error: &JournalError) -> &'static str {
    match error {
        JournalError::Open { source, .. } => kind(source),
        JournalError::Mark(source) => match source.kind() {
            ErrorKind::StorageFull => "full",
            ErrorKind::ReadOnlyFilesystem => "read-only",
            _ => "disk",
        },
        JournalError::Full(_) => "full",
        JournalError::ReadOnly(_) => "read-only",
        JournalError::Disk(_) => "disk",
        JournalError::Stopped => "stopped",
        JournalError::Busy(_) => "busy",
        error if error.is_damage() => "damage",
        error => panic!("{error:?}"),
    }
}
