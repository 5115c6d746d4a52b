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

/// The lines of one message.
fn told(terminal: &Terminal, from: u64) -> Vec<String> {
    let piece = terminal.piece(from).unwrap().unwrap();
    let Told::Lines {
        from: first, lines, ..
    } = serde_json::from_str(&piece.text).unwrap()
    else {
        panic!("{}", piece.text);
    };
    assert_eq!((first, first + number(lines.len())), (from, piece.next));
    lines
}

#[test]
fn events_and_lines_are_numbered_in_the_order_in_which_they_came() {
    let (folder, journal, run) = place();
    let terminals = Terminals::new(folder.path(), journal).unwrap();
    let terminal = terminals.open(run).unwrap();
    let begun = *terminal.lines().borrow();
    assert_eq!(begun, 1, "the run's first event");
    terminal.line(StepId(0), "\u{1b}[31mfailed\u{1b}[0m");
    let lines = told(&terminal, 0);
    assert!(lines[0].contains("ada"), "{lines:?}");
    assert!(lines[1].contains("\u{1b}[31mfailed"), "{lines:?}");
    assert_eq!(told(&terminal, 1), lines[1..]);
    assert!(terminal.piece(9).unwrap().is_none());
}

#[test]
fn the_next_runner_goes_on_where_the_last_one_stopped_and_tells_nothing_twice() {
    let (folder, journal, run) = place();
    let before = {
        let terminals = Terminals::new(folder.path(), journal.clone()).unwrap();
        let terminal = terminals.open(run).unwrap();
        terminal.line(StepId(0), "one");
        told(&terminal, 0)
    };
    let path = folder.path().join(format!("terminals/{run}.txt"));
    let mut file = OpenOptions::new().append(true).open(path).unwrap();
    file.write_all(b"1\ttorn").unwrap();
    let terminals = Terminals::new(folder.path(), journal).unwrap();
    let terminal = terminals.open(run).unwrap();
    assert_eq!(told(&terminal, 0), before);
    terminal.line(StepId(0), "two");
    assert_eq!(told(&terminal, 2).len(), 1);
}

#[test]
fn whoever_is_at_the_same_place_is_told_the_same_and_misses_nothing() {
    let (folder, journal, run) = place();
    let terminals = Terminals::new(folder.path(), journal).unwrap();
    let terminal = terminals.open(run).unwrap();
    let first = terminal.piece(0).unwrap().unwrap();
    terminal.line(StepId(0), "one");
    terminal.line(StepId(0), "two");
    let again = terminal.piece(0).unwrap().unwrap();
    assert!(Arc::ptr_eq(&first.text, &again.text), "made once");
    assert_eq!(told(&terminal, first.next).len(), 2);
    for line in 0..LINES_OF_A_MESSAGE {
        terminal.line(StepId(0), &line.to_string());
    }
    for place in [2, 500] {
        let piece = terminal.piece(place).unwrap().unwrap();
        assert_eq!(piece.next, LINES_OF_A_MESSAGE, "one place for all");
    }
}

#[test]
fn a_run_that_never_was_has_no_terminal() {
    let (folder, journal, _) = place();
    let terminals = Terminals::new(folder.path(), journal).unwrap();
    assert!(terminals.open(RunId(99)).is_err());
}
