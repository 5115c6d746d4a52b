//! Copies of a journal that is being written.

use crate::folder;
use crate::story::{FINISHED, NOW, created, creation, record, work};
use scap_journal::{Journal, JournalError};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

#[test]
fn a_backup_of_a_journal_under_load_is_sound_and_a_journal_of_its_own() {
    let (folder, copies) = (folder(), folder());
    let journal = Journal::open(folder.path()).unwrap();
    // Before the first copy there is something to be copied.
    run_through(&journal);
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let other = Journal::open(folder.path()).unwrap();
            while !is_over.load(Ordering::SeqCst) {
                run_through(&other);
            }
        });
        let mut runs = 0;
        for number in 0..5 {
            let state = copies.path().join(format!("copy{number}"));
            std::fs::create_dir(&state).unwrap();
            let verified = journal.backup(&state.join("journal.db")).unwrap();
            assert_eq!(verified.damages, []);
            assert!(verified.runs >= runs, "a later copy has no less");
            runs = verified.runs;
            let files: Vec<_> = std::fs::read_dir(&state).unwrap().collect();
            assert_eq!(files.len(), 1, "it is one file");
            goes_on(&state, runs);
        }
        is_over.store(true, Ordering::SeqCst);
        writer.join().unwrap();
    });
    assert_eq!(journal.verify().unwrap().damages, []);
}

/// A journal in the copy's place has all that was copied, and takes in more.
fn goes_on(state: &Path, runs: u64) {
    let restored = Journal::open(state).unwrap();
    assert_eq!(
        restored.runs(None, u32::MAX).unwrap().runs.len() as u64,
        runs
    );
    run_through(&restored);
    assert_eq!(restored.verify().unwrap().damages, []);
}

fn run_through(journal: &Journal) {
    let (mut lease, mut state) = journal
        .create(&creation(&created("shop")), "first")
        .unwrap();
    for event in work("ada", 0).into_iter().chain([FINISHED]) {
        record(journal, &mut lease, &mut state, NOW, &event).unwrap();
    }
}

#[test]
fn a_backup_never_takes_the_place_of_a_file() {
    let folder = folder();
    let journal = Journal::open(folder.path()).unwrap();
    let path = folder.path().join("notes");
    std::fs::write(&path, "somebody's notes").unwrap();
    for path in [
        &path,
        &folder.path().join("journal.db"),
        &folder.path().join("no/such/folder"),
    ] {
        let refused = journal.backup(path).unwrap_err();
        assert!(
            matches!(refused, JournalError::Backup { .. }),
            "{refused:?}"
        );
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "somebody's notes");
}

#[test]
fn damage_is_named_in_the_copy_too() {
    let folder = folder();
    let journal = Journal::open(folder.path()).unwrap();
    run_through(&journal);
    run_through(&journal);
    rusqlite::Connection::open(folder.path().join("journal.db"))
        .unwrap()
        .execute(
            "UPDATE events SET body = replace(body, 'ada', 'eve') WHERE run = 2 AND seq = 1",
            [],
        )
        .unwrap();
    for verified in [
        journal.verify().unwrap(),
        journal.backup(&folder.path().join("copy")).unwrap(),
    ] {
        let [damage] = &verified.damages[..] else {
            panic!("{verified:?}")
        };
        assert_eq!(
            (damage.run.map(|run| run.0), damage.event),
            (Some(2), Some(1))
        );
        assert_eq!(damage.what, "event 1 of run 2 is not what was written");
        assert_eq!(verified.runs, 2);
    }
    assert_eq!(
        journal.runs(None, 10).unwrap().runs.len(),
        2,
        "both are listed"
    );
    run_through(&journal);
}
