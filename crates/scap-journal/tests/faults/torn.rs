//! Files that were cut off, are missing or full of rubbish: all that was acknowledged is there, or it is said that it is not.

use crate::content::{Content, Files, Verdict, assert_named};
use crate::folder;
use scap_journal::{Journal, JournalError};
use std::path::Path;

const SECTOR: usize = 512;

/// What a journal of these files says.
fn look(files: &Files, written: &Content, fault: &str) -> Verdict {
    let folder = folder();
    files.write(folder.path());
    look_into(folder.path(), written, fault)
}

fn look_into(folder: &Path, written: &Content, fault: &str) -> Verdict {
    match Journal::open(folder) {
        Ok(journal) => written.compare(&Content::of(&journal), fault),
        Err(error) => {
            assert_named(&error, fault);
            Verdict::Refused
        }
    }
}

#[test]
fn a_file_cut_off_at_any_sector_is_refused() {
    let files = Files::of_a_journal_at_rest(1);
    let written = files.written();
    for length in (0..files.database.len()).step_by(SECTOR) {
        let database = files.database[..length].to_vec();
        let cut = Files {
            database,
            ..files.clone()
        };
        let fault = format!("journal.db of {length} bytes");
        assert_eq!(look(&cut, &written, &fault), Verdict::Refused, "{fault}");
    }
    let files = Files::of_a_varied_journal(1);
    let written = files.written();
    for length in (0..files.log.len()).step_by(SECTOR) {
        let log = files.log[..length].to_vec();
        let cut = Files {
            log,
            ..files.clone()
        };
        let fault = format!("journal.db-wal of {length} bytes");
        assert_eq!(look(&cut, &written, &fault), Verdict::Refused, "{fault}");
    }
}

#[test]
fn what_was_cut_off_is_left_for_those_who_can_mend_it() {
    let files = Files::of_a_varied_journal(1);
    let folder = folder();
    let half = files.log.len() / 2;
    let log = files.log[..half].to_vec();
    Files {
        log: log.clone(),
        ..files
    }
    .write(folder.path());
    for _ in 0..2 {
        let error = Journal::open(folder.path()).unwrap_err();
        assert!(error.is_damage(), "{error}");
        assert!(error.hint().unwrap().contains("journal.mark"));
        assert_eq!(
            std::fs::read(folder.path().join("journal.db-wal")).unwrap(),
            log
        );
    }
    std::fs::remove_file(folder.path().join("journal.mark")).unwrap();
    assert!(
        Journal::open(folder.path()).is_ok(),
        "whoever takes the mark away has decided to go on without what is lost"
    );
}

#[test]
fn a_journal_whose_file_is_gone_is_not_begun_anew() {
    let files = Files::of_a_varied_journal(1);
    for left in [
        &["journal.db-wal"][..],
        &["journal.mark"],
        &["journal.db-wal", "journal.mark"],
    ] {
        let folder = folder();
        files.write(folder.path());
        for name in ["journal.db", "journal.db-wal", "journal.mark"] {
            if !left.contains(&name) {
                std::fs::remove_file(folder.path().join(name)).unwrap();
            }
        }
        let error = Journal::open(folder.path()).unwrap_err();
        let JournalError::Open { source, .. } = error else {
            panic!("{error}")
        };
        assert!(matches!(*source, JournalError::Gone), "{left:?}: {source}");
        for name in left {
            assert!(folder.path().join(name).exists());
        }
    }
}

#[test]
fn rubbish_in_the_index_of_the_log_does_no_harm() {
    let files = Files::of_a_varied_journal(1);
    let written = files.written();
    for rubbish in [
        vec![0; 10],
        vec![0xA5; 32_768],
        b"not an index".repeat(5_000),
    ] {
        let folder = folder();
        files.write(folder.path());
        std::fs::write(folder.path().join("journal.db-shm"), &rubbish).unwrap();
        let fault = format!("{} bytes of rubbish", rubbish.len());
        assert_eq!(
            look_into(folder.path(), &written, &fault),
            Verdict::Identical
        );
    }
}

#[test]
fn a_mark_that_says_nothing_is_written_anew() {
    let files = Files::of_a_varied_journal(1);
    let written = files.written();
    for mark in [Vec::new(), vec![0xFF; 16], vec![1; 7]] {
        let fault = format!("mark of {} bytes", mark.len());
        let marked = Files {
            mark,
            ..files.clone()
        };
        assert_eq!(look(&marked, &written, &fault), Verdict::Identical);
    }
}
