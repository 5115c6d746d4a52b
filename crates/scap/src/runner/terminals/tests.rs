//! Terminals: what is told, in which order, and what the next runner makes of it.

use super::*;
use crate::view::stories;
use scap_journal::Creation;
use scap_plan::RollbackPolicy;
use scap_run::{Event, UnixMillis};

fn created() -> Event {
    Event::RunCreated {
        plan: Box::new(stories::shop(RollbackPolicy::Automatic)),
        person: "ada".to_owned(),
        reason: None,
        approved: true,
    }
}

fn place() -> (tempfile::TempDir, Journal, RunId) {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(folder.path()).unwrap();
    let creation = Creation {
        event: &created(),
        version: "v2",
        at: UnixMillis(0),
    };
    let run = journal.enqueue(&creation).unwrap();
    (folder, journal, run)
}

#[test]
fn events_and_lines_are_numbered_in_the_order_in_which_they_came() {
    let (folder, journal, run) = place();
    let terminals = Terminals::new(folder.path(), journal).unwrap();
    let terminal = terminals.open(run).unwrap();
    let begun = *terminal.lines().borrow();
    assert_eq!(begun, 1, "the run's first event");
    terminal.line(StepId(0), "\u{1b}[31mfailed\u{1b}[0m");
    let lines = terminal.read(0, 10).unwrap();
    assert!(lines[0].contains("ada"), "{lines:?}");
    assert!(lines[1].contains("\u{1b}[31mfailed"), "{lines:?}");
    assert_eq!(terminal.read(1, 10).unwrap(), lines[1..]);
    assert_eq!(terminal.read(9, 10).unwrap(), Vec::<String>::new());
}

#[test]
fn the_next_runner_goes_on_where_the_last_one_stopped_and_tells_nothing_twice() {
    let (folder, journal, run) = place();
    let before = {
        let terminals = Terminals::new(folder.path(), journal.clone()).unwrap();
        let terminal = terminals.open(run).unwrap();
        terminal.line(StepId(0), "one");
        terminal.read(0, 10).unwrap()
    };
    let path = folder.path().join(format!("terminals/{run}.txt"));
    let mut file = OpenOptions::new().append(true).open(path).unwrap();
    file.write_all(b"1\ttorn").unwrap();
    let terminals = Terminals::new(folder.path(), journal).unwrap();
    let terminal = terminals.open(run).unwrap();
    assert_eq!(terminal.read(0, 10).unwrap(), before);
    terminal.line(StepId(0), "two");
    assert_eq!(terminal.read(2, 10).unwrap().len(), 1);
}

#[test]
fn a_run_that_never_was_has_no_terminal() {
    let (folder, journal, _) = place();
    let terminals = Terminals::new(folder.path(), journal).unwrap();
    assert!(terminals.open(RunId(99)).is_err());
}
