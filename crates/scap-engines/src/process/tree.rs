//! All processes that a program has become, and how they are stopped: the one place that kills.
//!
//! A control group is killed as one, where the program has got one. Then, and without one, processes are found in /proc;
//! one that forks faster than /proc can be read could run away from that, though not from us without being seen: a
//! subreaper knows whether it has children.

use std::collections::HashSet;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use procfs::ProcResult;
use procfs::process::{Process, Stat, StatFlags, all_processes};
use rustix::process::{
    Pid, PidfdFlags, Signal, getpid, kill_process, pidfd_open, pidfd_send_signal,
};

use super::cgroup::Cgroup;
use super::program::MARKER;

/// How long killed processes may take to go away.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);
pub(super) const PAUSE: Duration = Duration::from_millis(2);
/// How often a tree without a supervisor is looked for again while processes vanish as they are looked at: one of them
/// may have left a child.
const UNCERTAIN_LOOKS: u32 = 20;
/// For so long at most a process has neither arguments nor an environment because it is becoming another program.
const BECOMING: Duration = Duration::from_millis(200);

pub(super) enum Tree {
    /// Everything below this process, which is a subreaper: nobody gets out by a double fork or a session of its own.
    BelowSelf,
    /// Everything whose environment names this folder, and what is below that; for a tree that has lost its supervisor.
    Marked(PathBuf),
}

/// What was seen of a tree.
struct Look {
    living: Vec<Stat>,
    /// Whether processes vanished while they were looked at.
    uncertain: bool,
}

impl Tree {
    /// The living processes of the tree.
    pub(super) fn members(&self) -> ProcResult<Vec<Stat>> {
        Ok(self.look()?.living)
    }

    fn look(&self) -> ProcResult<Look> {
        let (mut all, mut uncertain) = (Vec::new(), false);
        for process in all_processes()? {
            match process.and_then(|process| process.stat()) {
                Ok(stat) => all.push(stat),
                Err(_) => uncertain = true,
            }
        }
        let own = getpid().as_raw_pid();
        let mut found: HashSet<i32> = match self {
            Self::BelowSelf => HashSet::from([own]),
            Self::Marked(folder) => all
                .iter()
                .filter(|stat| is_marked(stat, folder))
                .map(|stat| stat.pid)
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
        let living = all;
        Ok(Look { living, uncertain })
    }

    /// Kills the tree until none of it is left, first what is in `group`, and says which processes would not go. `reap`
    /// collects the dead, and says whether this process has children still.
    pub(super) fn kill(
        &self,
        group: Option<&Cgroup>,
        mut reap: impl FnMut() -> bool,
    ) -> ProcResult<Vec<i32>> {
        if let Some(group) = group {
            group.kill(|| _ = reap());
        }
        let (deadline, mut uncertain_looks) = (Instant::now() + PATIENCE, 0);
        loop {
            let Look { living, uncertain } = self.freeze(deadline)?;
            // After the look, so that nobody who was found dead is left unreaped.
            let children_left = reap();
            uncertain_looks += u32::from(uncertain);
            let is_certain = match self {
                Self::BelowSelf => !children_left,
                Self::Marked(_) => !uncertain || uncertain_looks > UNCERTAIN_LOOKS,
            };
            if living.is_empty() && is_certain || Instant::now() > deadline {
                let mut survivors: Vec<i32> = living.iter().map(|stat| stat.pid).collect();
                survivors.extend(group.map(Cgroup::members).unwrap_or_default());
                survivors.sort_unstable();
                survivors.dedup();
                return Ok(survivors);
            }
            for stat in &living {
                signal(stat, Signal::KILL);
            }
            if living.is_empty() && children_left {
                chase_children();
            }
            thread::sleep(PAUSE);
        }
    }

    /// Stops every member, so that none can fork away from the kill.
    fn freeze(&self, deadline: Instant) -> ProcResult<Look> {
        let mut stopped = HashSet::new();
        loop {
            let look = self.look()?;
            let before = stopped.len();
            for stat in &look.living {
                if stopped.insert((stat.pid, stat.starttime)) {
                    signal(stat, Signal::STOP);
                }
            }
            if stopped.len() == before || Instant::now() > deadline {
                return Ok(look);
            }
        }
    }
}

/// Kills children that are gone before a look at all of /proc comes to them: each has left a child of its own to us.
fn chase_children() {
    const CHASES: usize = 200;
    for _ in 0..CHASES {
        let main = Process::myself().and_then(|process| process.task_main_thread());
        let children = main.and_then(|main| main.children()).unwrap_or_default();
        let pids = children
            .into_iter()
            .filter_map(|pid| i32::try_from(pid).ok());
        for pid in pids.filter_map(Pid::from_raw) {
            // A child's id is nobody else's before we have reaped it.
            let _ = kill_process(pid, Signal::KILL);
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

fn is_marked(stat: &Stat, folder: &Path) -> bool {
    let is_kernels = stat
        .flags()
        .is_ok_and(|it| it.contains(StatFlags::PF_KTHREAD));
    if is_kernels || !is_alive(stat) {
        return false;
    }
    let read = |file| fs::read(format!("/proc/{}/{file}", stat.pid)).unwrap_or_default();
    let (deadline, mut environment) = (Instant::now() + BECOMING, read("environ"));
    while environment.is_empty() && read("cmdline").is_empty() && Instant::now() < deadline {
        thread::sleep(PAUSE);
        environment = read("environ");
    }
    environment.split(|byte| *byte == 0).any(|variable| {
        let value = variable.strip_prefix(MARKER.as_bytes());
        value.and_then(|value| value.strip_prefix(b"=")) == Some(folder.as_os_str().as_bytes())
    })
}
