//! What older versions wrote is understood for ever.

use crate::end::end;
use crate::folder;
use crate::recording::{Recording, Written};
use crate::story::{created, creation};
use rusqlite::{Connection, params};
use scap_journal::{Journal, JournalError};
use scap_run::UnixMillis;
use std::path::Path;

const MIGRATIONS: [&str; 3] = [
    include_str!("../../migrations/1.sql"),
    include_str!("../../migrations/2.sql"),
    include_str!("../../migrations/3.sql"),
];

#[test]
fn recorded_journals_fold_to_their_recorded_ends() {
    let recordings = Recording::all();
    assert!(recordings.len() >= 30);
    for recording in recordings {
        assert_eq!(end(&recording.fold()), recording.end, "{}", recording.name);
    }
}

#[test]
fn a_journal_of_today_that_is_made_of_recorded_ones_is_sound() {
    let journal = Journal::in_memory().unwrap();
    let recordings = Recording::all();
    for recording in &recordings {
        recording.replay(&journal, "shop", recording.events.len());
    }
    let verified = journal.verify().unwrap();
    assert_eq!(verified.damages, []);
    assert_eq!(verified.runs, recordings.len() as u64);
}

#[test]
fn tables_of_every_older_version_are_brought_up_to_date() {
    for version in 1..=MIGRATIONS.len() {
        let folder = folder();
        let recordings = Recording::all();
        write_as_version(version, folder.path(), &recordings);
        let journal = Journal::open(folder.path()).unwrap();
        assert_eq!(journal.verify().unwrap().damages, [], "version {version}");
        let listing = journal.runs(Some("shop"), u32::MAX).unwrap();
        assert_eq!(listing.runs.len(), recordings.len());
        for (summary, recording) in listing.runs.iter().rev().zip(&recordings) {
            let (state, _) = journal.fold(summary.run).unwrap();
            assert_eq!(end(&state), recording.end, "{}", recording.name);
        }
        let open = recordings
            .iter()
            .filter(|recording| recording.end["outcome"].is_null());
        assert_eq!(journal.open_runs().unwrap().runs.len(), open.count());
        assert_eq!(journal.locks().unwrap()[0].person, "linus");
        drop(journal);
        Journal::open(folder.path()).unwrap();
    }
}

#[test]
fn a_journal_from_before_the_queue_had_an_order_gets_one() {
    let folder = folder();
    let journal = Journal::open(folder.path()).unwrap();
    let waiting = journal.enqueue(&creation(&created("shop"))).unwrap();
    drop(journal);
    Connection::open(folder.path().join("journal.db"))
        .unwrap()
        .execute_batch(
            "DROP TABLE queue; DELETE FROM seals WHERE name = 'queue'; PRAGMA user_version = 4;",
        )
        .unwrap();
    let journal = Journal::open(folder.path()).unwrap();
    journal.move_in_queue(waiting, None).unwrap();
    assert_eq!(journal.verify().unwrap().damages, []);
}

#[test]
fn a_newer_journal_is_left_as_it_is() {
    let folder = folder();
    drop(Journal::open(folder.path()).unwrap());
    let path = folder.path().join("journal.db");
    Connection::open(&path)
        .unwrap()
        .pragma_update(None, "user_version", 6)
        .unwrap();
    let before = std::fs::read(&path).unwrap();
    let refused = Journal::open(folder.path()).unwrap_err();
    assert!(
        matches!(refused, JournalError::Newer { found: 6, known: 5 }),
        "{refused}"
    );
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

/// Writes what a scap with the tables of that version would have left behind.
fn write_as_version(version: usize, folder: &Path, recordings: &[Recording]) {
    let connection = Connection::open(folder.join("journal.db")).unwrap();
    connection
        .pragma_update(None, "journal_mode", "WAL")
        .unwrap();
    for migration in &MIGRATIONS[..version] {
        connection.execute_batch(migration).unwrap();
    }
    connection
        .pragma_update(None, "user_version", version)
        .unwrap();
    connection
        .execute(
            "INSERT INTO locks (key, person, reason, since) VALUES ('service/shop', 'linus', 'maintenance', 1)",
            [],
        )
        .unwrap();
    for (run, recording) in (1..).zip(recordings) {
        write_run(&connection, run, recording);
    }
}

fn write_run(connection: &Connection, run: i64, recording: &Recording) {
    let state = recording.fold();
    let word = |value: &serde_json::Value| value.as_str().map(str::to_owned);
    connection
        .execute(
            "INSERT INTO runs (run, service, person, version, digest, created, changed, phase, outcome, epoch)
             VALUES (?1, 'shop', ?2, 'v2', ?3, ?4, ?5, ?6, ?7, 1)",
            params![
                run,
                state.person,
                state.plan.digest(),
                state.created.0,
                state.changed.0,
                word(&recording.end["phase"]),
                word(&recording.end["outcome"])
            ],
        )
        .unwrap();
    let mut link = [0; 32];
    for (seq, Written { at, version, body }) in (0..).zip(&recording.events) {
        link = next_link(&link, run, seq, (*at, *version, body));
        connection
            .execute(
                "INSERT INTO events (run, seq, at, epoch, version, body, link) VALUES (?1, ?2, ?3, 1, ?4, ?5, ?6)",
                params![run, seq, at.0, version, body, link],
            )
            .unwrap();
    }
}

/// The hash chain as it was from the first version on.
fn next_link(
    previous: &[u8; 32],
    run: i64,
    seq: u64,
    (at, version, body): (UnixMillis, u32, &str),
) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(previous);
    hasher.update(&run.to_le_bytes());
    hasher.update(&seq.to_le_bytes());
    hasher.update(&at.0.to_le_bytes());
    hasher.update(&version.to_le_bytes());
    hasher.update(body.as_bytes());
    *hasher.finalize().as_bytes()
}
