//! scap that is killed at a point of its way: at a write of its journal, or once somebody has seen an event.

use crate::place::Place;
use rustix::process::{Pid, Signal, kill_process};
use scap_journal::{Cursor, Journal, Recorded};
use scap_run::{RunId, UnixMillis};
use std::collections::BTreeMap;
use std::fmt;
use std::fs::{self, File};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitStatus};
use std::str::FromStr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// In which every scap comes to its end, far beyond what a busy machine needs.
const PATIENCE: Duration = Duration::from_mins(2);
const PAUSE: Duration = Duration::from_millis(2);

/// Where scap is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Point {
    /// As soon as so many events more can be read.
    Seen(usize),
    /// Before the n-th write to the journal's files that one of its threads makes.
    Write(usize),
    /// Before the n-th time that one of its threads has them put on disk.
    Sync(usize),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Kill {
    pub(crate) point: Point,
    /// Whether supervisors and what they run are killed with it.
    pub(crate) with_children: bool,
}

impl fmt::Display for Kill {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, number) = match self.point {
            Point::Seen(number) => ("seen", number),
            Point::Write(number) => ("write", number),
            Point::Sync(number) => ("sync", number),
        };
        let children = if self.with_children { "-children" } else { "" };
        write!(f, "{what}-{number}{children}")
    }
}

impl FromStr for Kill {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut words = text.split('-');
        let (what, number) = (words.next(), words.next().and_then(|it| it.parse().ok()));
        let number = number.ok_or_else(|| format!("`{text}` has no number"))?;
        let point = match what {
            Some("seen") => Point::Seen(number),
            Some("write") => Point::Write(number),
            Some("sync") => Point::Sync(number),
            _ => return Err(format!("`{text}` is none of `seen`, `write` and `sync`")),
        };
        Ok(Self {
            point,
            with_children: words.next() == Some("children"),
        })
    }
}

/// What becomes of a scap.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Fate {
    /// Left alone, and nothing of it is looked at.
    Unharmed,
    /// Left alone, and its writes are counted.
    Counted,
    Killed(Kill),
}

/// How a scap ended.
pub(crate) struct End {
    /// Absent when it was killed.
    pub(crate) code: Option<i32>,
    pub(crate) at: UnixMillis,
    /// Of its run, as it stood then.
    pub(crate) lease_until: Option<UnixMillis>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    /// What was read of its run before the kill.
    pub(crate) seen: Vec<Recorded>,
    /// Writes and syncs of the busiest thread, when they were counted.
    pub(crate) writes: usize,
    pub(crate) syncs: usize,
}

/// scap on its way.
pub(crate) struct Victim<'a> {
    place: &'a Place,
    label: String,
    child: Child,
    fate: Fate,
    process: Pid,
    seen: Vec<Recorded>,
    /// What ends it, as people would.
    stop: Option<&'a AtomicBool>,
}

impl<'a> Victim<'a> {
    /// Begins scap; `label` tells its files from those of others in the same place.
    pub(crate) fn begin(place: &'a Place, label: &str, words: &[&str], fate: Fate) -> Self {
        let file = |what: &str| place.path(&format!("{label}.{what}"));
        // The place may be a copy of one in which another had this label.
        let _ = fs::remove_file(file("pid"));
        let mut command = if fate.is_traced() {
            traced(place, label, fate.injection().as_deref())
        } else {
            place.command(env!("CARGO_BIN_EXE_scap"))
        };
        command
            .args(place.arguments(words))
            .stdout(File::create(file("stdout")).unwrap())
            .stderr(File::create(file("stderr")).unwrap());
        let child = command.spawn().unwrap();
        let mut process = (!fate.is_traced()).then(|| Pid::from_child(&child));
        until("a scap begins", || {
            let text = fs::read_to_string(file("pid")).unwrap_or_default();
            let known = text.strip_suffix('\n').and_then(|it| it.parse().ok());
            process = process.or(known.and_then(Pid::from_raw));
            process.is_some()
        });
        Self {
            place,
            label: label.to_owned(),
            child,
            fate,
            process: process.unwrap(),
            seen: Vec::new(),
            stop: None,
        }
    }

    /// The same, of a scap that does not end by itself.
    pub(crate) fn asked_to_stop_when(mut self, stop: &'a AtomicBool) -> Self {
        self.stop = Some(stop);
        self
    }

    /// Sees it to its end; `run` finds its run as soon as there is one, `known` is how many events that has already.
    pub(crate) fn end(mut self, run: impl Fn(&Journal) -> Option<RunId>, known: usize) -> End {
        if let Fate::Killed(Kill {
            point: Point::Seen(number),
            ..
        }) = self.fate
        {
            self.kill_when_seen(&run, known + number);
        }
        until("a scap ends", || self.has_ended());
        let at = now();
        if let Fate::Killed(kill) = self.fate
            && kill.with_children
            && self.was_killed()
        {
            self.place.kill_children();
        }
        let [stdout, stderr] = ["stdout", "stderr"].map(|what| self.read(what));
        let [writes, syncs] = ["pwrite64", "f"].map(|call| self.most_calls(call));
        let code = (!self.was_killed()).then(|| exit_code(self.child.wait().unwrap()));
        let (seen, mut child) = (self.seen, self.child);
        // strace stays for as long as what scap has started.
        std::thread::spawn(move || child.wait());
        End {
            code,
            at,
            lease_until: None,
            stdout,
            stderr,
            seen,
            writes,
            syncs,
        }
    }

    /// Follows its run as another terminal would, up to the event that it is not to outlive.
    fn kill_when_seen(&mut self, run: &impl Fn(&Journal) -> Option<RunId>, number: usize) {
        let (mut journal, mut cursor) = (None, None);
        let deadline = Instant::now() + PATIENCE;
        while !self.has_ended() && self.seen.len() < number {
            assert!(Instant::now() < deadline, "a scap goes on for ever");
            journal = journal.or_else(|| self.place.journal());
            if let Some(journal) = &journal {
                cursor = cursor.or_else(|| run(journal).map(Cursor::start));
                if let Some(cursor) = &mut cursor {
                    self.seen.extend(journal.events(cursor, u32::MAX).unwrap());
                }
            }
            std::thread::sleep(PAUSE);
        }
        // It may have been quicker.
        let _ = kill_process(self.process, Signal::KILL);
    }

    fn has_ended(&mut self) -> bool {
        if self
            .stop
            .take_if(|stop| stop.load(Ordering::SeqCst))
            .is_some()
        {
            // It may be killed by now.
            let _ = kill_process(self.process, Signal::TERM);
        }
        if !self.fate.is_traced() {
            return self.child.try_wait().unwrap().is_some();
        }
        // strace itself goes on for as long as anything that scap has started.
        let process = self.process.as_raw_pid();
        let state = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
        let state = state.rsplit(") ").next().and_then(|it| it.chars().next());
        !matches!(state, Some(state) if state != 'Z' && state != 'X')
    }

    fn was_killed(&mut self) -> bool {
        if !self.fate.is_traced() {
            let status = self.child.try_wait().unwrap();
            return status.is_some_and(|status| status.signal() == Some(Signal::KILL.as_raw()));
        }
        let process = self.process.as_raw_pid();
        let told = |ends: &[&str]| {
            let trace = self.read("trace");
            let mut lines = trace.lines().map(squeezed);
            lines.any(|line| {
                ends.iter()
                    .any(|end| line.starts_with(&format!("{process} +++ {end}")))
            })
        };
        // One that is asked to stop before it listens to that ends by it.
        let all = ["killed by SIGKILL", "killed by SIGTERM", "exited with "];
        until("strace tells how a scap ended", || told(&all));
        told(&all[..1])
    }

    fn read(&self, what: &str) -> String {
        let path = self.place.path(&format!("{}.{what}", self.label));
        String::from_utf8_lossy(&fs::read(path).unwrap_or_default()).into_owned()
    }

    /// Of the thread that makes the most; `call` is how their names begin.
    fn most_calls(&self, call: &str) -> usize {
        let mut calls: BTreeMap<String, usize> = BTreeMap::new();
        for line in self.read("trace").lines() {
            let line = squeezed(line);
            if let Some((thread, rest)) = line.split_once(' ')
                && rest.starts_with(call)
            {
                *calls.entry(thread.to_owned()).or_default() += 1;
            }
        }
        calls.into_values().max().unwrap_or(0)
    }
}

impl Fate {
    fn is_traced(self) -> bool {
        matches!(self, Self::Counted) || self.injection().is_some()
    }

    /// What strace is to do to it.
    fn injection(self) -> Option<String> {
        let Self::Killed(kill) = self else {
            return None;
        };
        let (call, number) = match kill.point {
            Point::Seen(_) => return None,
            Point::Write(number) => ("pwrite64", number),
            Point::Sync(number) => ("fsync,fdatasync", number),
        };
        Some(format!("inject={call}:signal=SIGKILL:when={number}"))
    }
}

/// scap under strace, which looks at its journal's files only.
fn traced(place: &Place, label: &str, injection: Option<&str>) -> Command {
    let mut command = place.command("strace");
    command.args(["-f", "-q", "-e", "trace=pwrite64,fsync,fdatasync", "-o"]);
    command.arg(place.path(&format!("{label}.trace")));
    for file in ["journal.db", "journal.db-wal"] {
        command.arg("-P").arg(place.path("state").join(file));
    }
    if let Some(injection) = injection {
        command.args(["-e", injection]);
    }
    // One thread that writes, so that points mean the same each time; its number is written down before it is scap.
    command.env("TOKIO_WORKER_THREADS", "1");
    command.args(["--", "/bin/sh", "-c", "echo $$ >\"$0\"; exec \"$@\""]);
    command
        .arg(place.path(&format!("{label}.pid")))
        .arg(env!("CARGO_BIN_EXE_scap"));
    command
}

/// As shells have it.
fn exit_code(status: ExitStatus) -> i32 {
    let signal = || 128 + status.signal().unwrap();
    status.code().unwrap_or_else(signal)
}

/// strace pads the numbers of processes.
fn squeezed(line: &str) -> String {
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

pub(crate) fn now() -> UnixMillis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    UnixMillis(i64::try_from(since.as_millis()).unwrap())
}

/// Waits until `holds`; the deadline is for a test that fails.
pub(crate) fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < deadline, "it never came to be: {what}");
        std::thread::sleep(PAUSE);
    }
}
