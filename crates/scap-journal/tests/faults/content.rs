//! All that can be read of a journal, piece by piece, to be compared with what was written.

use crate::folder;
use crate::recording::Recording;
use crate::story::{NOW, created, creation};
use rusqlite::Connection;
use scap_journal::{
    Cursor, FreezeOrder, Journal, JournalError, Listing, Reply, Request, RequestId,
};
use scap_run::{AbortKind, Choice, QuestionId, RunId, UnixMillis};
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::path::Path;

const SERVICES: [&str; 3] = ["shop", "mathoid", "echostore"];
/// Well after every lease.
const LATER: UnixMillis = UnixMillis(NOW.0 + 36_000_000);
/// More than there are in any of these journals.
const RUNS: i64 = 40;
const REQUESTS: i64 = 30;

/// A journal's files, while runs are going on: part of it in the file itself, part of it in its log.
#[derive(Clone)]
pub(crate) struct Files {
    pub(crate) database: Vec<u8>,
    pub(crate) log: Vec<u8>,
    pub(crate) mark: Vec<u8>,
}

impl Files {
    /// With that many `recordings` of runs in the file, and one in the log.
    pub(crate) fn of_a_varied_journal(recordings: usize) -> Self {
        Self::of(recordings, 1)
    }

    /// The same without a log: all is in the file.
    pub(crate) fn of_a_journal_at_rest(recordings: usize) -> Self {
        Self::of(recordings, 0)
    }

    fn of(recordings: usize, in_the_log: usize) -> Self {
        let folder = folder();
        let journal = Journal::open(folder.path()).unwrap();
        let all = Recording::all();
        // A stride that meets all kinds of ends.
        let mut varied = all.iter().cycle().step_by(7);
        fill(&journal, varied.by_ref().take(recordings));
        fold_the_log_in(folder.path());
        if in_the_log > 0 {
            fill(&journal, varied.take(in_the_log));
        }
        assert_eq!(journal.verify().unwrap().damages, []);
        let read = |name| std::fs::read(folder.path().join(name)).unwrap();
        Self {
            database: read("journal.db"),
            log: read("journal.db-wal"),
            mark: read("journal.mark"),
        }
    }

    /// What a journal of these files says.
    pub(crate) fn written(&self) -> Content {
        let folder = folder();
        self.write(folder.path());
        Content::of(&Journal::open(folder.path()).unwrap())
    }

    pub(crate) fn write(&self, folder: &Path) {
        for (name, content) in [
            ("journal.db", &self.database),
            ("journal.db-wal", &self.log),
            ("journal.mark", &self.mark),
        ] {
            std::fs::write(folder.join(name), content).unwrap();
        }
    }
}

fn fold_the_log_in(folder: &Path) {
    let connection = Connection::open(folder.join("journal.db")).unwrap();
    // A connection that has read nothing does not know of the log.
    let count = |query| {
        connection
            .query_row(query, [], |row| row.get::<_, i64>(0))
            .unwrap()
    };
    assert!(count("SELECT count(*) FROM runs") > 0);
    assert_eq!(
        count("PRAGMA wal_checkpoint(TRUNCATE)"),
        0,
        "the log was in use"
    );
}

/// Runs of several services in every state, with all that may lie beside them.
fn fill<'a>(journal: &Journal, recordings: impl Iterator<Item = &'a Recording>) {
    for (recording, service) in recordings.zip(SERVICES.iter().cycle()) {
        let waiting = journal.enqueue(&creation(&created(service))).unwrap();
        journal.move_in_queue(waiting, None).unwrap();
        let events = recording.events.len();
        recording.replay(journal, service, events);
        let open = recording.replay(journal, service, events / 2);
        let keys = [format!("lock of {service}"), "lock of all".to_owned()];
        journal
            .acquire((open.run(), open.epoch()), &keys, &[], NOW)
            .unwrap();
        let answer = Request::Answer {
            question: QuestionId(0),
            choice: Choice::Undo,
        };
        let refused = Reply::Refused("too late".to_owned());
        for reply in [Reply::Waiting, Reply::Granted, refused] {
            let id = journal.ask(open.run(), "ada", &answer, NOW).unwrap();
            journal.reply(id, &reply).unwrap();
        }
        let (kind, reason) = (AbortKind::Stop, None);
        let abort = Request::Abort { kind, reason };
        journal.ask(open.run(), "grace", &abort, NOW).unwrap();
    }
    let order = FreezeOrder {
        person: "grace".to_owned(),
        reason: "incident".to_owned(),
        since: NOW,
        until: None,
    };
    journal.freeze(&order).unwrap();
    journal
        .lock("service/shop", "linus", Some("maintenance"), NOW)
        .unwrap();
}

fn queue(journal: &Journal) -> Result<Said, JournalError> {
    let mut open = journal.open_runs()?.runs;
    journal.sort_queue(&mut open)?;
    Ok(lines(open))
}

/// What each way to look says, or why it says nothing.
pub(crate) struct Content(BTreeMap<String, Result<Said, JournalError>>);

/// One answer, as lines.
type Said = Vec<String>;

impl Content {
    pub(crate) fn of(journal: &Journal) -> Self {
        let mut content = Self(BTreeMap::new());
        let mut say = |name: String, said| content.0.insert(name, said);
        say("all runs".into(), journal.runs(None, u32::MAX).map(listed));
        say("open runs".into(), journal.open_runs().map(listed));
        say(
            "claimable".into(),
            journal.claimable(None, LATER, 100).map(lines),
        );
        say("queue".into(), queue(journal));
        say("locks".into(), journal.locks().map(lines));
        say("freeze".into(), journal.frozen(NOW).map(lines));
        for service in SERVICES {
            say(
                format!("runs of {service}"),
                journal.runs(Some(service), 5).map(listed),
            );
            say(
                format!("bars of {service}"),
                journal.bars(service).map(lines),
            );
        }
        for run in (1..=RUNS).map(RunId) {
            say(
                format!("run {run}"),
                journal.run(run).map(|line| lines([line])),
            );
            let events = journal.events(&mut Cursor::start(run), u32::MAX);
            say(format!("events of {run}"), events.map(lines));
            say(
                format!("state of {run}"),
                journal.fold(run).map(|state| lines([state])),
            );
            say(
                format!("requests of {run}"),
                journal.pending_requests(run).map(lines),
            );
        }
        for id in (1..=REQUESTS).map(RequestId) {
            say(
                format!("reply {}", id.0),
                journal.reply_to(id).map(|reply| lines([reply])),
            );
        }
        content
    }

    /// Whether all is as it was; refused when something says that it is not. Panics where something else is said than was written.
    pub(crate) fn compare(&self, found: &Self, fault: &str) -> Verdict {
        let mut verdict = Verdict::Identical;
        for (name, written) in &self.0 {
            match (written, &found.0[name]) {
                (Ok(written), Ok(said)) if written == said => {}
                (Err(written), Err(said)) if written.to_string() == said.to_string() => {}
                (_, Err(said)) => {
                    assert_named(said, fault);
                    verdict = Verdict::Refused;
                }
                (Ok(written), Ok(said)) if found.says_what_is_missing(written, said) => {
                    verdict = Verdict::Refused;
                }
                (written, said) => panic!("{fault}: {name} was\n{written:?}\nand is\n{said:?}"),
            }
        }
        verdict
    }

    /// Lists may leave out runs of which they, or the runs' own lines, say that they are damaged.
    fn says_what_is_missing(&self, written: &Said, said: &Said) -> bool {
        let damaged: Vec<&String> = said
            .iter()
            .filter(|line| line.starts_with(DAMAGED))
            .collect();
        let is_damaged = |line: &String| {
            let (_, run) = line.split_once("run: RunId(").unwrap();
            let (run, _) = run.split_once(')').unwrap();
            self.0
                .get(&format!("run {run}"))
                .is_some_and(Result::is_err)
        };
        let others = said.iter().filter(|line| !line.starts_with(DAMAGED));
        let missing: Vec<&String> = written.iter().filter(|line| !said.contains(line)).collect();
        others.clone().all(|line| written.contains(line))
            && (missing.len() == damaged.len() || missing.into_iter().all(is_damaged))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verdict {
    Identical,
    Refused,
}

/// An error that a person can do something with.
pub(crate) fn assert_named(error: &JournalError, fault: &str) {
    let is_newer = matches!(error, JournalError::Newer { .. });
    assert!(
        error.is_damage() || is_newer,
        "{fault}: damage is not named by: {error:?}"
    );
    assert!(error.hint().is_some(), "{fault}: {error}");
}

const DAMAGED: &str = "damaged: ";

fn listed(listing: Listing) -> Said {
    let damaged = listing.damaged.iter();
    let damaged = damaged.map(|run| format!("{DAMAGED}{run}"));
    lines(listing.runs).into_iter().chain(damaged).collect()
}

fn lines<T: Debug>(items: impl IntoIterator<Item = T>) -> Said {
    items.into_iter().map(|item| format!("{item:?}")).collect()
}
