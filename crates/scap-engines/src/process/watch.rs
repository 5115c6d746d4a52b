//! A running program under its supervisor: output, time-out, the steps of a stop, and the end.

use std::os::fd::OwnedFd;
use std::process::Child;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use procfs::ProcResult;
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, Signal, WaitOptions, WaitStatus, pidfd_open, wait};

use super::cgroup::Cgroup;
use super::exit::{Ending, Exit, Interruption};
use super::folder::Folder;
use super::pipes::Pipes;
use super::program::{Leftovers, Program};
use super::tree::{Tree, signal};

/// How soon a request to abort is seen, and in a stop, that the program is gone.
const TICK: Duration = Duration::from_millis(100);
const STOP_TICK: Duration = Duration::from_millis(10);

pub(super) struct Watch<'a> {
    program: &'a Program,
    folder: &'a Folder,
    stop_requested: &'a AtomicBool,
    child: Reaper,
    /// That of the program, if it has one.
    group: Option<&'a Cgroup>,
    /// To be woken by the child's end; without it the tick is what notices.
    child_end: Option<OwnedFd>,
    deadline: Option<Instant>,
    stop: Option<Stop>,
}

/// The steps of a stop: INT, grace, TERM, grace, kill.
#[derive(Clone, Copy)]
struct Stop {
    interruption: Interruption,
    sent: Signal,
    since: Instant,
}

impl<'a> Watch<'a> {
    pub(super) fn new(
        program: &'a Program,
        folder: &'a Folder,
        stop_requested: &'a AtomicBool,
        (child, group): (&Child, Option<&'a Cgroup>),
    ) -> Self {
        let child = Reaper::of(child);
        Self {
            program,
            folder,
            stop_requested,
            group,
            child_end: pidfd_open(child.pid, PidfdFlags::empty()).ok(),
            child,
            deadline: program.timeout.and_then(|t| Instant::now().checked_add(t)),
            stop: None,
        }
    }

    /// Returns when nothing is left of the program but what it may leave behind.
    pub(super) fn until_end(mut self, mut pipes: Pipes, started: u64) -> ProcResult<Exit> {
        loop {
            let child_end = self.child_end.as_ref();
            let running = !self.child.has_ended();
            pipes.wait(child_end.filter(|_| running), self.tick());
            pipes.copy();
            self.child.reap();
            if self.is_over()? {
                let kill = self.stop.is_some() || self.program.leftovers == Leftovers::Kill;
                let survivors = if kill && self.has_members() {
                    Tree::BelowSelf.kill(self.group, || {
                        self.child.reap();
                        self.child.children_left
                    })?
                } else {
                    Vec::new()
                };
                return Ok(Exit {
                    interruption: self.stop.map(|stop| stop.interruption),
                    output: pipes.finish(),
                    survivors,
                    ..Exit::now(started, self.child.ending())
                });
            }
        }
    }

    fn has_members(&self) -> bool {
        self.child.children_left || self.group.is_some_and(|group| !group.members().is_empty())
    }

    fn tick(&self) -> Duration {
        let tick = if self.stop.is_some() { STOP_TICK } else { TICK };
        self.deadline
            .map(|deadline| deadline.saturating_duration_since(Instant::now()))
            .filter(|_| self.stop.is_none())
            .map_or(tick, |left| left.min(tick))
    }

    /// Takes the next step of a stop when it is due. Over: the program has ended, or had all the grace there is.
    fn is_over(&mut self) -> ProcResult<bool> {
        let ended = self.child.has_ended();
        let Some(stop) = self.stop else {
            if !ended && let Some(interruption) = self.interruption_due() {
                self.send(interruption, Signal::INT)?;
            }
            return Ok(ended);
        };
        // The group's other members clean up too: helm, when helmfile has ended already.
        if ended && self.process_group()?.is_empty() {
            return Ok(true);
        }
        if stop.since.elapsed() < self.program.grace {
            return Ok(false);
        }
        if stop.sent == Signal::INT {
            self.send(stop.interruption, Signal::TERM)?;
            return Ok(false);
        }
        Ok(true)
    }

    fn interruption_due(&self) -> Option<Interruption> {
        if self.stop_requested.load(Ordering::Relaxed) || self.folder.abort_requested() {
            return Some(Interruption::Aborted);
        }
        let late = self
            .deadline
            .is_some_and(|deadline| Instant::now() >= deadline);
        late.then_some(Interruption::TimedOut)
    }

    fn send(&mut self, interruption: Interruption, sent: Signal) -> ProcResult<()> {
        for stat in self.process_group()? {
            signal(&stat, sent);
        }
        let since = Instant::now();
        self.stop = Some(Stop {
            interruption,
            sent,
            since,
        });
        Ok(())
    }

    /// The living processes of the program's own process group.
    fn process_group(&self) -> ProcResult<Vec<procfs::process::Stat>> {
        let mut members = Tree::BelowSelf.members()?;
        members.retain(|stat| stat.pgrp == self.child.pid.as_raw_pid());
        Ok(members)
    }
}

/// Collects the program's exit status, and the orphans that come to a subreaper.
struct Reaper {
    pid: Pid,
    status: Option<WaitStatus>,
    /// Without any child there is no tree.
    children_left: bool,
}

impl Reaper {
    fn of(child: &Child) -> Self {
        Self {
            pid: Pid::from_child(child),
            status: None,
            children_left: true,
        }
    }

    fn has_ended(&self) -> bool {
        self.status.is_some() || !self.children_left
    }

    fn reap(&mut self) {
        self.children_left = loop {
            match wait(WaitOptions::NOHANG) {
                Ok(Some((pid, status))) if pid == self.pid && self.status.is_none() => {
                    self.status = Some(status);
                }
                Ok(Some(_)) | Err(Errno::INTR) => {}
                Ok(None) => break true,
                Err(_) => break false,
            }
        };
    }

    fn ending(&self) -> Ending {
        let code = self.status.and_then(WaitStatus::exit_status);
        let signal = self.status.and_then(WaitStatus::terminating_signal);
        match (code, signal) {
            (Some(code), _) => Ending::Exited { code },
            (_, Some(signal)) => Ending::Signaled { signal },
            // It would not die: see the survivors.
            _ => Ending::Lost,
        }
    }
}
