//! Disks that are full, fail, are slow or may not be written: it is said, and all that was acknowledged is there.

use crate::folder;
use crate::story::{NOW, created, creation, record, work};
use crate::writer::{ACCOUNT, FOLDER, TURNS, kind};
use scap_journal::{Journal, JournalError, Lease};
use scap_run::{RunId, RunState};
use std::path::Path;
use std::process::{Command, Output};
use tempfile::TempDir;

/// What each disk that fails does to a system call.
const FAULTS: [(&str, &str, &str); 5] = [
    ("pwrite64", "error=EIO", "disk"),
    ("pwrite64", "error=ENOSPC", "full"),
    ("fsync,fdatasync", "error=EIO", "disk"),
    ("fsync,fdatasync", "error=ENOSPC", "disk"),
    ("fsync,fdatasync", "delay_enter=20000", "nothing"),
];

#[test]
fn a_disk_that_fails_at_any_call_loses_nothing_that_was_acknowledged() {
    if !is_there("strace") {
        println!("not tried: strace is not there");
        return;
    }
    let points = crate::size("SCAP_CHAOS_CALLS", 4);
    for (calls, fault, told) in FAULTS {
        let mut struck = 0;
        for point in 0..points {
            // Strides that meet writes of the header, of pages and of the mark.
            let nth = 1 + point * 7 % 90;
            let what = format!("{calls} {nth}: {fault}");
            let notes = write_under(&format!("{calls}:{fault}:when={nth}"), &what);
            check(&notes, told, &what);
            struck += usize::from(notes.iter().any(|note| note.starts_with("failed ")));
        }
        println!("{calls} {fault}: {struck} of {points} were noticed");
        assert_eq!(struck > 0, told != "nothing", "{calls} {fault}");
    }
}

/// Runs a writer whose system calls fail, and returns what it wrote down.
fn write_under(injection: &str, what: &str) -> Vec<String> {
    let (journal, account) = (folder(), folder());
    let account = account.path().join("account");
    let before = Journal::open(journal.path()).unwrap();
    before.enqueue(&creation(&created("shop"))).unwrap();
    drop(before);
    let strace = [
        "-f",
        "-qq",
        "-o",
        "/dev/null",
        "-e",
        &format!("inject={injection}"),
    ];
    let output = program("strace")
        .args(strace)
        .arg(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "writer::writer"])
        .env(FOLDER, journal.path())
        .env(ACCOUNT, &account)
        .output()
        .unwrap();
    assert!(output.status.success(), "{what}: {}", text(&output));
    let notes = std::fs::read_to_string(&account).unwrap();
    let notes: Vec<String> = notes.lines().map(str::to_owned).collect();
    let journal = Journal::open(journal.path()).unwrap();
    assert_eq!(journal.verify().unwrap().damages, [], "{what}");
    let last = notes.iter().rev().find_map(|note| acknowledged(note));
    if let Some((run, seq)) = last {
        let (_, cursor) = journal.fold(run).unwrap();
        assert!(
            cursor.seq() >= seq,
            "{what}: event {seq} was acknowledged and lost"
        );
    }
    notes
}

/// What a note says was acknowledged.
fn acknowledged(note: &str) -> Option<(RunId, u64)> {
    let (run, seq) = note.strip_prefix("wrote ")?.split_once(' ')?;
    Some((RunId(run.parse().ok()?), seq.parse().ok()?))
}

/// A failed disk is not believed any more, a full one is once there is room; calls that nobody needs may fail unnoticed.
fn check(notes: &[String], told: &str, what: &str) {
    let failed: Vec<&str> = notes
        .iter()
        .filter_map(|note| note.strip_prefix("failed "))
        .collect();
    let is_last = notes.last().is_some_and(|note| note.starts_with("failed "));
    match failed.first() {
        None => assert_eq!(notes.len(), 1 + 2 * TURNS, "{what}: {notes:?}"),
        Some(&"disk") => {
            assert!(
                is_last,
                "{what}: something was acknowledged afterwards: {notes:?}"
            );
            assert_eq!(told, "disk", "{what}: {notes:?}");
        }
        // The index of the log could not grow: SQLite does not say why, and lack of room is what it nearly always is.
        Some(&"full") if notes.len() == 1 => {}
        Some(&"full") => {
            assert_eq!(told, "full", "{what}: {notes:?}");
            assert!(!is_last, "{what}: the work did not go on: {notes:?}");
        }
        Some(other) => panic!("{what}: {other}"),
    }
}

#[test]
fn a_full_disk_is_said_and_work_goes_on_once_there_is_room() {
    for size in [256 << 10, 1 << 20, 8 << 20] {
        let Some(disk) = Disk::new(size) else {
            println!("not tried: nothing may be mounted here");
            return;
        };
        let folder = disk.0.path();
        let ballast = folder.join("ballast");
        std::fs::write(&ballast, vec![1; size / 4]).unwrap();
        let journal = Journal::open(folder).unwrap();
        let (mut lease, mut state) = journal
            .create(&creation(&created("shop")), "first")
            .unwrap();
        let full = fill(&journal, &mut lease, &mut state);
        assert_eq!(kind(&full), "full", "{full:?}");
        assert!(full.hint().unwrap().contains("make room"));
        assert_eq!(journal.fold(lease.run()).unwrap().1.seq(), lease.seq());
        // Whoever comes now is told, or sees all of it.
        match Journal::open(folder) {
            Ok(other) => assert_eq!(other.fold(lease.run()).unwrap().1.seq(), lease.seq()),
            Err(error) => assert_eq!(kind(&error), "full"),
        }
        std::fs::remove_file(&ballast).unwrap();
        let before = lease.seq();
        fill(&journal, &mut lease, &mut state);
        assert!(lease.seq() > before, "the room was not used");
        assert_eq!(journal.fold(lease.run()).unwrap().1.seq(), lease.seq());
        assert_eq!(journal.verify().unwrap().damages, []);
    }
}

/// Appends until nothing more goes.
fn fill(journal: &Journal, lease: &mut Lease, state: &mut RunState) -> JournalError {
    let long = "x".repeat(1_000);
    loop {
        for event in work(&long, 0) {
            if state.frozen.is_some() != matches!(event, scap_run::Event::FreezeEnded) {
                continue;
            }
            if let Err(error) = record(journal, lease, state, NOW, &event) {
                return error;
            }
        }
    }
}

#[test]
fn a_folder_that_may_not_be_written_is_named() {
    let Some(disk) = Disk::new(4 << 20) else {
        println!("not tried: nothing may be mounted here");
        return;
    };
    drop(Journal::open(disk.0.path()).unwrap());
    disk.remount("ro");
    for folder in [disk.0.path().to_owned(), disk.0.path().join("new")] {
        let error = Journal::open(&folder).unwrap_err();
        let told = format!("{error:?} {:?}", error.hint());
        assert!(error.hint().unwrap().contains("--state-dir"), "{told}");
        assert!(told.contains("ReadOnlyFilesystem"), "{told}");
    }
}

/// A small disk of its own, in memory.
struct Disk(TempDir);

impl Disk {
    fn new(size: usize) -> Option<Self> {
        let disk = Self(tempfile::tempdir().unwrap());
        let options = format!("size={size},mode=700");
        let mounted = program("mount")
            .args(["-t", "tmpfs", "-o", &options, "tmpfs"])
            .arg(disk.0.path())
            .output();
        mounted
            .is_ok_and(|output| output.status.success())
            .then_some(disk)
    }

    fn remount(&self, how: &str) {
        let options = format!("remount,{how}");
        let output = program("mount")
            .args(["-o", &options])
            .arg(self.0.path())
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", text(&output));
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Where nothing could be mounted, nothing is to be taken away.
        let _ = program("umount").arg("--lazy").arg(self.0.path()).output();
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "these tests break disks by the programs made for it"
)]
fn program(name: &str) -> Command {
    Command::new(name)
}

fn is_there(name: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap();
    std::env::split_paths(&path)
        .any(|folder: std::path::PathBuf| Path::new(&folder).join(name).exists())
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
