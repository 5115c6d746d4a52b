//! What a journal keeps, refuses and hands out.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use rusqlite::Connection;
use scap_journal::{
    Acquisition, Bar, Creation, Cursor, FreezeOrder, Journal, JournalError, Lease, Reply, Request,
};
use scap_plan::{Plan, Policy, ServiceName, Step, WaveId};
use scap_run::evidence::Verdict;
use scap_run::{
    AbortKind, Cause, Choice, Event, GateState, Outcome, Phase, QuestionId, RunId, RunState, Undo,
    UnixMillis,
};
use std::path::Path;

const NOW: UnixMillis = UnixMillis(1_700_000_000_000);

fn later(milliseconds: u64) -> UnixMillis {
    NOW.after(milliseconds)
}

fn plan(steps: Vec<Step>) -> Plan {
    Plan {
        service: ServiceName::new("shop").unwrap(),
        cluster_group: None,
        primary_datacenter: None,
        steps,
        waves: Vec::new(),
        unchanged: Vec::new(),
        policy: Policy::default(),
        links: std::collections::BTreeMap::new(),
    }
}

fn plan_of_hosts(revision: &str) -> Plan {
    let group = serde_json::json!({
        "kind": "host_group", "group": "canary", "hosts": ["shop1"], "failure_limit": 0, "repository": "/srv/shop", "revision": revision,
        "deploy_directory": "/srv/deployment/shop", "kept_revisions": 5, "restart_command": [], "service_port": null,
        "service_timeout": "60s", "reason": "the only wave", "before": null,
    });
    plan(vec![serde_json::from_value(group).unwrap()])
}

fn creation() -> Event {
    let plan = plan(Vec::new());
    Event::RunCreated {
        plan: Box::new(plan),
        person: "ada".to_owned(),
        reason: None,
        approved: true,
    }
}

fn create(journal: &Journal) -> (Lease, RunState) {
    journal.create(&new(&creation()), "first").unwrap()
}

fn new(event: &Event) -> Creation<'_> {
    Creation {
        event,
        version: "v2",
        at: NOW,
    }
}

fn record(
    journal: &Journal,
    lease: &mut Lease,
    state: &mut RunState,
    event: &Event,
) -> Result<(), JournalError> {
    state.apply(NOW, event).unwrap();
    journal.append(lease, NOW, event, state)
}

fn freeze_began() -> Event {
    Event::FreezeBegan {
        by: "grace".to_owned(),
        reason: "incident".to_owned(),
    }
}

fn aborted() -> Event {
    Event::AbortRequested {
        by: "ada".to_owned(),
        kind: AbortKind::Undo,
        reason: None,
    }
}

fn finished(outcome: Outcome) -> Event {
    Event::RunFinished { outcome }
}

fn queue(journal: &Journal) -> Vec<i64> {
    let mut open = journal.open_runs().unwrap().runs;
    journal.sort_queue(&mut open).unwrap();
    open.into_iter().map(|run| run.run.0).collect()
}

#[test]
fn who_waits_may_be_given_another_turn_and_who_comes_later_comes_last() {
    let journal = Journal::in_memory().unwrap();
    let enqueue = || journal.enqueue(&new(&creation())).unwrap();
    let waiting = [(); 4].map(|()| enqueue());
    for (run, before, order) in [
        (3, Some(1), [3, 1, 2, 4]),
        (2, Some(3), [2, 3, 1, 4]),
        (2, Some(2), [2, 3, 1, 4]),
        (2, Some(4), [3, 1, 2, 4]),
        (3, None, [1, 2, 4, 3]),
    ] {
        journal
            .move_in_queue(RunId(run), before.map(RunId))
            .unwrap();
        assert_eq!(queue(&journal), order, "run {run} before {before:?}");
    }
    let last = enqueue();
    assert_eq!(queue(&journal), [1, 2, 4, 3, last.0]);
    journal.claim(waiting[3], "runner", NOW).unwrap();
    assert_eq!(
        queue(&journal),
        [4, 1, 2, 3, last.0],
        "what was begun comes first"
    );
    for (run, before) in [(4, None), (1, Some(4)), (1, Some(99))] {
        let refused = journal.move_in_queue(RunId(run), before.map(RunId));
        assert!(matches!(refused, Err(JournalError::NotQueued(_))));
    }
    assert_eq!(queue(&journal), [4, 1, 2, 3, last.0]);
    assert_eq!(journal.verify().unwrap().damages, []);
}

#[test]
fn a_run_is_handed_over_while_it_waits_and_keeps_its_turn() {
    let journal = Journal::in_memory().unwrap();
    let run = journal.enqueue(&new(&creation())).unwrap();
    let hand_over = |to: &str| {
        let to = to.to_owned();
        let asked = journal
            .ask(run, "ada", &Request::HandOver { to }, NOW)
            .unwrap();
        journal.reply_to(asked).unwrap()
    };
    assert!(matches!(hand_over("ada"), Reply::Refused(why) if why.contains("theirs already")));
    assert_eq!(hand_over("grace"), Reply::Granted);
    let waiting = journal.run(run).unwrap();
    assert!(waiting.is_queued());
    assert_eq!(waiting.person, "grace");
    assert!(journal.pending_requests(run).unwrap().is_empty());
    let (lease, state) = journal.claim(run, "runner", NOW).unwrap();
    assert_eq!((state.person.as_str(), lease.epoch()), ("grace", 1));
    assert_eq!(journal.verify().unwrap().damages, []);
}

#[test]
fn who_gets_a_run_gets_its_locks() {
    let journal = Journal::in_memory().unwrap();
    let (mut lease, mut state) = create(&journal);
    let keys = ["a".to_owned()];
    journal
        .acquire((lease.run(), lease.epoch()), &keys, &[], NOW)
        .unwrap();
    let handed_over = Event::HandedOver {
        to: "grace".to_owned(),
        by: "ada".to_owned(),
    };
    record(&journal, &mut lease, &mut state, &handed_over).unwrap();
    assert_eq!(journal.locks().unwrap()[0].person, "grace");
    assert_eq!(journal.run(lease.run()).unwrap().person, "grace");
    assert_eq!(journal.verify().unwrap().damages, []);
}

#[test]
fn events_come_back_in_order_and_fold_to_the_same_state() {
    let journal = Journal::in_memory().unwrap();
    let (mut lease, mut state) = create(&journal);
    for event in [
        Event::LocksAcquired,
        Event::PreflightFinished {
            findings: Vec::new(),
        },
        freeze_began(),
    ] {
        record(&journal, &mut lease, &mut state, &event).unwrap();
    }
    let mut cursor = Cursor::start(lease.run());
    let first = journal.events(&mut cursor, 2).unwrap();
    let rest = journal.events(&mut cursor, 10).unwrap();
    let seqs: Vec<u64> = first
        .iter()
        .chain(&rest)
        .map(|recorded| recorded.seq)
        .collect();
    assert_eq!(seqs, [0, 1, 2, 3]);
    assert_eq!(rest[1].event, freeze_began());
    let (folded, _) = journal.fold(lease.run()).unwrap();
    assert_eq!(format!("{folded:?}"), format!("{state:?}"));
}

#[test]
fn runs_that_wait_or_lost_their_runner_can_be_claimed_and_no_others() {
    let journal = Journal::in_memory().unwrap();
    let (mut ended, mut state) = create(&journal);
    for event in [aborted(), finished(Outcome::Cancelled)] {
        record(&journal, &mut ended, &mut state, &event).unwrap();
    }
    let (lost, _) = create(&journal);
    let queued = journal.enqueue(&new(&creation())).unwrap();
    let claimable = |after, at| {
        let found = journal.claimable(after, at, 10).unwrap();
        found.iter().map(|it| it.run).collect::<Vec<_>>()
    };
    assert_eq!(claimable(None, later(3_000)), [queued]);
    assert_eq!(claimable(None, later(6_000)), [lost.run(), queued]);
    assert_eq!(claimable(Some(lost.run()), later(6_000)), [queued]);
    let waiting = journal.run(queued).unwrap();
    assert!(waiting.is_queued() && !waiting.is_orphaned(later(6_000)));
    let (first, _) = journal.claim(queued, "first", NOW).unwrap();
    assert_eq!(first.epoch(), 1);
    assert!(!journal.run(queued).unwrap().is_queued());
    assert_eq!(claimable(None, later(3_000)), []);
}

#[test]
fn a_runner_that_lost_its_lease_can_write_no_more() {
    let journal = Journal::in_memory().unwrap();
    let (mut first, mut state) = create(&journal);
    let run = first.run();
    let held = journal.claim(run, "second", later(3_000)).unwrap_err();
    assert!(matches!(held, JournalError::Held { holder, .. } if holder == "first"));
    let (lease, _) = journal.claim(run, "second", later(6_000)).unwrap();
    assert_eq!(lease.epoch(), 2);
    assert!(matches!(
        journal.renew(&first, later(6_001)),
        Err(JournalError::Fenced(_))
    ));
    let written = record(&journal, &mut first, &mut state, &Event::LocksAcquired);
    assert!(matches!(written, Err(JournalError::Fenced(_))));
    assert_eq!(
        journal.events(&mut Cursor::start(run), 10).unwrap().len(),
        1,
        "the stale event was kept"
    );
}

#[test]
fn a_runner_that_lost_its_run_takes_no_locks() {
    let journal = Journal::in_memory().unwrap();
    let (first, _) = create(&journal);
    let run = first.run();
    let (mut lease, mut state) = journal.claim(run, "second", later(6_000)).unwrap();
    let keys = ["a".to_owned()];
    let take = |lease: (RunId, u64)| journal.acquire(lease, &keys, &[], NOW);
    let over = (run, first.epoch());
    assert!(matches!(take(over), Err(JournalError::Fenced(_))));
    assert!(journal.locks().unwrap().is_empty());

    for event in [aborted(), finished(Outcome::Cancelled)] {
        record(&journal, &mut lease, &mut state, &event).unwrap();
    }
    let ended = (run, lease.epoch());
    assert!(matches!(take(ended), Err(JournalError::Fenced(_))));
    assert!(journal.locks().unwrap().is_empty());
}

#[test]
fn a_renewed_lease_is_kept_and_one_given_up_is_free_at_once() {
    let journal = Journal::in_memory().unwrap();
    let (lease, _) = create(&journal);
    let run = lease.run();
    journal.renew(&lease, later(3_000)).unwrap();
    assert!(matches!(
        journal.claim(run, "second", later(6_000)),
        Err(JournalError::Held { .. })
    ));
    journal.give_up(lease).unwrap();
    assert!(journal.claim(run, "second", later(6_000)).is_ok());
}

#[test]
fn a_clock_that_was_put_back_does_not_lock_a_run_up() {
    let journal = Journal::in_memory().unwrap();
    let (lease, _) = create(&journal);
    let an_hour_before = UnixMillis(NOW.0 - 3_600_000);
    assert!(journal.claim(lease.run(), "second", an_hour_before).is_ok());
}

/// Changes the file behind the journal's back.
fn tamper(folder: &Path, statement: &str) {
    let connection = Connection::open(folder.join("journal.db")).unwrap();
    assert_eq!(connection.execute(statement, []).unwrap(), 1);
}

#[test]
fn a_row_that_was_changed_removed_or_moved_is_refused_by_its_number() {
    let faults = [
        (
            "UPDATE events SET body = replace(body, 'incident', 'incidenT') WHERE seq = 2",
            2,
        ),
        ("UPDATE events SET at = at + 1 WHERE seq = 1", 1),
        ("UPDATE events SET link = zeroblob(32) WHERE seq = 0", 0),
        ("DELETE FROM events WHERE seq = 1", 2),
    ];
    for (statement, bad) in faults {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::open(folder.path()).unwrap();
        let (mut lease, mut state) = create(&journal);
        record(&journal, &mut lease, &mut state, &Event::LocksAcquired).unwrap();
        record(&journal, &mut lease, &mut state, &freeze_began()).unwrap();
        tamper(folder.path(), statement);
        let error = journal.fold(lease.run()).unwrap_err();
        assert!(
            matches!(error, JournalError::Corrupted { seq, .. } if seq == bad),
            "{statement}: {error}"
        );
        assert!(error.hint().unwrap().contains("backup"));
    }
}

/// As a newer scap would have written the first event.
fn write_as_version_99(folder: &Path, run: RunId) {
    let connection = Connection::open(folder.join("journal.db")).unwrap();
    let (at, body): (i64, String) = connection
        .query_row("SELECT at, body FROM events", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .unwrap();
    let mut link = blake3::Hasher::new();
    link.update(&[0; 32]);
    link.update(&run.0.to_le_bytes());
    link.update(&0_u64.to_le_bytes());
    link.update(&at.to_le_bytes());
    link.update(&99_u32.to_le_bytes());
    link.update(body.as_bytes());
    let link = link.finalize();
    connection
        .execute("UPDATE events SET link = ?1", [link.as_bytes()])
        .unwrap();
}

#[test]
fn a_journal_or_an_event_of_a_newer_version_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(folder.path()).unwrap();
    let (lease, _) = create(&journal);
    tamper(folder.path(), "UPDATE events SET version = 99");
    assert!(
        matches!(
            journal.fold(lease.run()),
            Err(JournalError::Corrupted { seq: 0, .. })
        ),
        "a version that nobody wrote is damage"
    );
    write_as_version_99(folder.path(), lease.run());
    assert!(matches!(
        journal.fold(lease.run()),
        Err(JournalError::Newer { found: 99, .. })
    ));
    drop(journal);
    Connection::open(folder.path().join("journal.db"))
        .unwrap()
        .pragma_update(None, "user_version", 99)
        .unwrap();
    let error = Journal::open(folder.path()).unwrap_err();
    assert!(
        matches!(
            error,
            JournalError::Newer {
                found: 99,
                known: 5
            }
        ),
        "{error}"
    );
}

#[test]
fn a_file_that_is_no_database_is_refused_and_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    std::fs::write(&path, "not a database at all, but somebody's notes").unwrap();
    assert!(matches!(
        Journal::open(folder.path()),
        Err(JournalError::Open { .. })
    ));
    assert_eq!(
        std::fs::read_to_string(&path).unwrap(),
        "not a database at all, but somebody's notes"
    );
}

#[test]
fn the_state_folder_is_made_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("a/state");
    Journal::open(&state).unwrap();
    assert_eq!(
        std::fs::metadata(&state).unwrap().permissions().mode() & 0o777,
        0o700
    );
}

#[test]
fn a_new_journal_may_be_opened_by_many_at_once() {
    for _ in 0..10 {
        let folder = tempfile::tempdir().unwrap();
        let start = std::sync::Barrier::new(8);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    start.wait();
                    create(&Journal::open(folder.path()).unwrap());
                });
            }
        });
        let journal = Journal::open(folder.path()).unwrap();
        assert_eq!(journal.runs(None, 100).unwrap().runs.len(), 8);
    }
}

#[test]
fn locks_are_taken_all_or_none_and_in_turn() {
    let journal = Journal::in_memory().unwrap();
    let [a, b, c] = [(); 3].map(|()| create(&journal).0);
    let keys = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
    let take = |lease: &Lease, names: &[&str]| {
        journal
            .acquire((lease.run(), lease.epoch()), &keys(names), &[], NOW)
            .unwrap()
    };
    assert_eq!(take(&a, &["x", "y"]), Acquisition::Held);
    assert_eq!(
        take(&a, &["x", "y"]),
        Acquisition::Held,
        "taking twice is taking once"
    );
    let Acquisition::Refused(locks) = take(&b, &["y", "z"]) else {
        panic!("y was taken twice")
    };
    assert_eq!((locks[0].key.as_str(), locks[0].run), ("y", Some(a.run())));
    // z is free, but b has waited for it longer than c.
    assert!(
        matches!(take(&c, &["z"]), Acquisition::Refused(locks) if locks[0].run == Some(b.run()))
    );
    let held = journal.locks().unwrap();
    assert_eq!(
        held.iter()
            .map(|lock| lock.key.as_str())
            .collect::<Vec<_>>(),
        ["x", "y"]
    );
    assert_eq!(held[1].waiting, [b.run()]);
}

#[test]
fn who_holds_locks_takes_them_again_before_an_earlier_run_that_waits_for_them() {
    let journal = Journal::in_memory().unwrap();
    let [earlier, holder] = [(); 2].map(|()| create(&journal).0);
    let take = |lease: &Lease| {
        journal
            .acquire((lease.run(), lease.epoch()), &["x".to_owned()], &[], NOW)
            .unwrap()
    };
    assert_eq!(take(&holder), Acquisition::Held);
    assert!(matches!(take(&earlier), Acquisition::Refused(_)));
    // As after a kill between the taking and the word of it.
    assert_eq!(take(&holder), Acquisition::Held);
}

#[test]
fn a_dead_waiter_does_not_hold_up_the_others() {
    let journal = Journal::in_memory().unwrap();
    let [holder, dead, third] = [(); 3].map(|()| create(&journal).0);
    let take = |lease: &Lease, now| {
        journal
            .acquire((lease.run(), lease.epoch()), &["x".to_owned()], &[], now)
            .unwrap()
    };
    assert_eq!(take(&holder, NOW), Acquisition::Held);
    assert!(matches!(take(&dead, NOW), Acquisition::Refused(_)));
    let mut state = journal.fold(holder.run()).unwrap().0;
    let mut holder = holder;
    record(
        &journal,
        &mut holder,
        &mut state,
        &Event::RunFinished {
            outcome: Outcome::Cancelled,
        },
    )
    .unwrap();
    assert!(
        matches!(take(&third, later(1_000)), Acquisition::Refused(_)),
        "the second is still believed to live"
    );
    assert_eq!(take(&third, later(10_000)), Acquisition::Held);
}

#[test]
fn a_lock_by_hand_keeps_runs_out_until_it_is_given_back() {
    let journal = Journal::in_memory().unwrap();
    let (lease, _) = create(&journal);
    assert_eq!(
        journal
            .lock("service/shop", "linus", Some("maintenance"), NOW)
            .unwrap(),
        None
    );
    let take = || {
        journal
            .acquire(
                (lease.run(), lease.epoch()),
                &["x".to_owned()],
                &["service/shop".to_owned()],
                NOW,
            )
            .unwrap()
    };
    let Acquisition::Refused(locks) = take() else {
        panic!("the lock did not hold")
    };
    assert_eq!(
        (locks[0].person.as_str(), locks[0].reason.as_deref()),
        ("linus", Some("maintenance"))
    );
    assert_eq!(
        journal
            .lock("service/shop", "ada", None, NOW)
            .unwrap()
            .unwrap()
            .person,
        "linus"
    );
    assert!(journal.unlock("service/shop").unwrap());
    assert!(!journal.unlock("service/shop").unwrap());
    assert_eq!(take(), Acquisition::Held);
    assert!(
        !journal.unlock("x").unwrap(),
        "a run's lock is not given back by hand"
    );
}

#[test]
fn a_finished_run_has_no_lock_and_no_holder_and_a_stuck_one_keeps_its_own() {
    let journal = Journal::in_memory().unwrap();
    let (mut lease, mut state) = create(&journal);
    journal
        .acquire((lease.run(), lease.epoch()), &["x".to_owned()], &[], NOW)
        .unwrap();
    let stuck = Event::RunStuck {
        why: "undo failed".to_owned(),
        commands: Vec::new(),
    };
    record(&journal, &mut lease, &mut state, &stuck).unwrap();
    assert_eq!(journal.locks().unwrap().len(), 1);
    let summary = journal.run(lease.run()).unwrap();
    assert_eq!(summary.phase, Phase::Stuck);
    assert!(summary.holder.is_some());
    let resumed = Event::RunResumed {
        epoch: 1,
        by: "first".to_owned(),
    };
    record(&journal, &mut lease, &mut state, &resumed).unwrap();
    record(
        &journal,
        &mut lease,
        &mut state,
        &Event::RunFinished {
            outcome: Outcome::Cancelled,
        },
    )
    .unwrap();
    assert_eq!(journal.locks().unwrap(), []);
    let summary = journal.run(lease.run()).unwrap();
    assert_eq!(
        (summary.phase, summary.outcome),
        (Phase::Finished, Some(Outcome::Cancelled))
    );
    // Even if it dies before it can give the run up.
    assert_eq!(summary.holder, None);
    assert!(!summary.is_orphaned(later(100_000)));
}

#[test]
fn requests_are_handed_out_in_order_and_answered_once() {
    let journal = Journal::in_memory().unwrap();
    let (lease, _) = create(&journal);
    let run = lease.run();
    let answer = Request::Answer {
        question: QuestionId(0),
        choice: Choice::Undo,
    };
    let [first, second] =
        ["ada", "grace"].map(|person| journal.ask(run, person, &answer, NOW).unwrap());
    let pending = journal.pending_requests(run).unwrap();
    assert_eq!(
        pending
            .iter()
            .map(|p| (p.id, p.person.as_str()))
            .collect::<Vec<_>>(),
        [(first, "ada"), (second, "grace")]
    );
    journal.reply(first, &Reply::Granted).unwrap();
    journal
        .reply(first, &Reply::Refused("too late".to_owned()))
        .unwrap();
    assert_eq!(journal.reply_to(first).unwrap(), Reply::Granted);
    journal
        .reply(second, &Reply::Refused("answered before".to_owned()))
        .unwrap();
    assert_eq!(
        journal.reply_to(second).unwrap(),
        Reply::Refused("answered before".to_owned())
    );
    assert!(journal.pending_requests(run).unwrap().is_empty());
    let nowhere = journal.ask(RunId(77), "ada", &answer, NOW);
    assert!(matches!(nowhere, Err(JournalError::NoSuchRun(_))));
}

#[test]
fn a_freeze_lasts_until_its_end_or_until_it_is_ended() {
    let journal = Journal::in_memory().unwrap();
    let order = |until| FreezeOrder {
        person: "grace".into(),
        reason: "incident".into(),
        since: NOW,
        until,
    };
    assert_eq!(journal.frozen(NOW).unwrap(), None);
    journal.freeze(&order(Some(later(1_000)))).unwrap();
    assert!(journal.frozen(later(999)).unwrap().is_some());
    assert_eq!(journal.frozen(later(1_000)).unwrap(), None);
    journal.freeze(&order(None)).unwrap();
    assert_eq!(journal.frozen(later(9_999_999)).unwrap(), Some(order(None)));
    assert!(journal.thaw().unwrap());
    assert!(!journal.thaw().unwrap());
}

#[test]
fn runs_are_listed_newest_first_and_by_service() {
    let journal = Journal::in_memory().unwrap();
    let [first, second] = [(); 2].map(|()| create(&journal).0.run());
    let listed = |service| {
        journal
            .runs(service, 10)
            .unwrap()
            .runs
            .iter()
            .map(|run| run.run)
            .collect::<Vec<_>>()
    };
    assert_eq!(listed(None), [second, first]);
    assert_eq!(listed(Some("shop")), [second, first]);
    assert_eq!(listed(Some("mathoid")), []);
    assert_eq!(journal.runs(None, 1).unwrap().runs.len(), 1);
}

#[test]
fn what_the_gates_spoke_against_is_barred_until_somebody_lifts_it() {
    let journal = Journal::in_memory().unwrap();
    let (mut lease, mut state) = create(&journal);
    let run = lease.run();
    // The plan of these tests brings nothing; this one brings a commit.
    state.plan = plan_of_hosts("3f2c91a0b7d2");
    state.undo = Some(Undo {
        cause: Cause::Gate {
            wave: WaveId(0),
            gate: 0,
        },
        checked: None,
    });
    let failed = GateState {
        verdict: Some(Verdict::Fail),
        ..GateState::default()
    };
    state.gates = vec![vec![failed]];
    state.outcome = Some(Outcome::RolledBack);
    let end = Event::RunFinished {
        outcome: Outcome::RolledBack,
    };
    journal.append(&mut lease, NOW, &end, &state).unwrap();
    let barred = Bar {
        version: "3f2c91a0b7d2".to_owned(),
        run,
        since: NOW,
    };
    assert_eq!(journal.bars("shop").unwrap(), [barred]);
    assert_eq!(journal.bars("other").unwrap(), []);
    assert!(
        journal
            .unbar(run, "ada", "it was the network", later(1))
            .unwrap()
    );
    assert_eq!(journal.bars("shop").unwrap(), []);
    assert!(!journal.unbar(run, "ada", "again", later(2)).unwrap());
}
