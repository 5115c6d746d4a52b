//! All processes that a program has become, and how they are stopped: the one place that kills.
//!
//! Processes are found in /proc. A program that forks faster than /proc can be read could run away from that; a cgroup
//! of its own cannot be left, so where one is delegated, [`Tree::kill`] is where `cgroup.kill` belongs.

use std::collections::HashSet;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use procfs::ProcResult;
use procfs::process::{Process, Stat, all_processes};
use rustix::process::{Pid, PidfdFlags, Signal, getpid, pidfd_open, pidfd_send_signal};

use super::program::MARKER;

/// How long killed processes may take to go away.
const PATIENCE: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(2);

pub(super) enum Tree {
    /// Everything below this process, which is a subreaper: nobody gets out by a double fork or a session of its own.
    BelowSelf,
    /// Everything whose environment names this folder, and what is below that; for a tree that has lost its supervisor.
    Marked(PathBuf),
}

impl Tree {
    /// The living processes of the tree.
    pub(super) fn members(&self) -> ProcResult<Vec<Stat>> {
        let mut all = Vec::new();
        for process in all_processes()? {
            // One that ends while it is read is none.
            all.extend(process.and_then(|process| process.stat()).ok());
        }
        let own = getpid().as_raw_pid();
        let mut found: HashSet<i32> = match self {
            Self::BelowSelf => HashSet::from([own]),
            Self::Marked(folder) => all
                .iter()
                .map(|stat| stat.pid)
                .filter(|pid| is_marked(*pid, folder))
                .collect(),
        };
        loop {
            let before = found.len();
            let below = all.iter().filter(|stat| found.contains(&stat.ppid));
            found.extend(below.map(|stat| stat.pid).collect::<Vec<_>>());
            if found.len() == before {
                break;
            }
        }
        all.retain(|stat| stat.pid != own && found.contains(&stat.pid) && is_alive(stat));
        Ok(all)
    }

    /// Kills the tree until none of it is left, and says which processes would not go. `reap` collects the dead.
    pub(super) fn kill(&self, mut reap: impl FnMut()) -> ProcResult<Vec<i32>> {
        let start = Instant::now();
        loop {
            let members = self.freeze()?;
            // After the look, so that nobody who was found dead is left unreaped.
            reap();
            if members.is_empty() || start.elapsed() > PATIENCE {
                return Ok(members.iter().map(|stat| stat.pid).collect());
            }
            for stat in &members {
                signal(stat, Signal::KILL);
            }
            thread::sleep(PAUSE);
        }
    }

    /// Stops every member, so that none can fork away from the kill.
    fn freeze(&self) -> ProcResult<Vec<Stat>> {
        let mut stopped = HashSet::new();
        loop {
            let members = self.members()?;
            let before = stopped.len();
            for stat in &members {
                if stopped.insert((stat.pid, stat.starttime)) {
                    signal(stat, Signal::STOP);
                }
            }
            if stopped.len() == before {
                return Ok(members);
            }
        }
    }
}

/// Signals this very process, never another one that has got its pid since.
pub(super) fn signal(stat: &Stat, signal: Signal) {
    let same = || {
        let now = Process::new(stat.pid).and_then(|process| process.stat());
        now.is_ok_and(|now| now.starttime == stat.starttime)
    };
    let Some(pid) = Pid::from_raw(stat.pid) else {
        return;
    };
    if let Ok(process) = pidfd_open(pid, PidfdFlags::empty())
        && same()
    {
        // It may have ended, or be another user's; who asks looks again.
        let _ = pidfd_send_signal(process, signal);
    }
}

/// A dead process waits for its parent as a zombie; a zombie with further threads is alive.
fn is_alive(stat: &Stat) -> bool {
    !matches!(stat.state, 'Z' | 'X') || stat.num_threads > 1
}

fn is_marked(pid: i32, folder: &Path) -> bool {
    let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
    environment.split(|byte| *byte == 0).any(|variable| {
        let value = variable.strip_prefix(MARKER.as_bytes());
        value.and_then(|value| value.strip_prefix(b"=")) == Some(folder.as_os_str().as_bytes())
    })
}
