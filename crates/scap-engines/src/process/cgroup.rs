//! A control group of its own for each program, where the kernel gives us one: nothing that the program starts leaves it,
//! so that all of it is killed, however fast it forks and wherever it hides.
//!
//! It is a child of the group that the supervisor is in, of version 2 or of version 1's freezer. Without `unsafe`,
//! nothing can be done between fork and exec; so the supervisor enters the group, starts the program, and leaves it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use procfs::process::Process;
use rustix::process::{Pid, Signal, kill_process};
use serde::{Deserialize, Serialize};

use super::tree::{PATIENCE, PAUSE};

/// What keeps the processes of a program together, the strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Containment {
    /// A control group of version 2, which the kernel kills as one.
    Cgroup,
    /// A control group of version 1's freezer: while it is frozen nobody in it forks, and each is killed.
    Freezer,
    /// Descent from the supervisor alone, which is a subreaper.
    Descent,
}

impl Containment {
    pub const ALL: [Self; 3] = [Self::Cgroup, Self::Freezer, Self::Descent];
}

/// The group of one program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Cgroup {
    containment: Containment,
    path: PathBuf,
}

const PROCESSES: &str = "cgroup.procs";
const KILL: &str = "cgroup.kill";
const FREEZER_STATE: &str = "freezer.state";
/// Names of ours are `scap-PID-START-TIME`: the supervisor's process id, when it started in ticks since the boot, and the
/// wall clock's time, so that no name comes again after a boot.
const PREFIX: &str = "scap-";
/// How long members of a group may take to be frozen; they are killed then as they are.
const FREEZING_PATIENCE: Duration = Duration::from_millis(500);

impl Cgroup {
    /// Makes a group by the first of `ways` that works here, and enters it; nothing when only descent is left.
    pub(super) fn enter_first(ways: &[Containment], unix_milliseconds: u64) -> Option<Self> {
        let mut groups = ways.iter().map_while(|way| match way {
            Containment::Descent => None,
            way => Some(Self::enter_new(*way, unix_milliseconds).ok()),
        });
        groups.find_map(|group| group)
    }

    fn enter_new(containment: Containment, unix_milliseconds: u64) -> io::Result<Self> {
        let above = own_group(containment).ok_or(io::ErrorKind::NotFound)?;
        remove_abandoned(&above);
        let own = Process::myself().and_then(|process| process.stat());
        let own = own.map_err(io::Error::other)?;
        let name = format!("{PREFIX}{}-{}-{unix_milliseconds}", own.pid, own.starttime);
        let group = Self {
            containment,
            path: above.join(name),
        };
        fs::create_dir(&group.path)?;
        let entered = group
            .expect_killable()
            .and_then(|()| move_into(&group.path));
        if let Err(error) = entered {
            group.remove();
            return Err(error);
        }
        Ok(group)
    }

    /// Older kernels know groups that they cannot kill.
    fn expect_killable(&self) -> io::Result<()> {
        let file = match self.containment {
            Containment::Cgroup => KILL,
            Containment::Freezer | Containment::Descent => FREEZER_STATE,
        };
        fs::metadata(self.path.join(file)).map(|_| ())
    }

    /// Goes back to where the supervisor came from; what it has started stays.
    pub(super) fn leave(&self) -> io::Result<()> {
        move_into(self.path.parent().expect("it was made inside of another"))
    }

    /// Kills all that is in the group until nothing is left; `reap` collects the dead.
    pub(super) fn kill(&self, mut reap: impl FnMut()) {
        let start = Instant::now();
        while !self.members().is_empty() && start.elapsed() < PATIENCE {
            // Whatever fails here is tried again, and what lives after all is found by who looks.
            match self.containment {
                Containment::Cgroup => _ = fs::write(self.path.join(KILL), "1"),
                Containment::Freezer | Containment::Descent => self.kill_frozen(),
            }
            reap();
            thread::sleep(PAUSE);
        }
    }

    fn kill_frozen(&self) {
        let state = self.path.join(FREEZER_STATE);
        let start = Instant::now();
        let is_frozen = || fs::read_to_string(&state).is_ok_and(|text| text.trim() == "FROZEN");
        let _ = fs::write(&state, "FROZEN");
        while !is_frozen() && start.elapsed() < FREEZING_PATIENCE {
            thread::sleep(PAUSE);
        }
        // Nobody leaves a frozen group, and a process id of it is nobody else's.
        for pid in self.members().into_iter().filter_map(Pid::from_raw) {
            let _ = kill_process(pid, Signal::KILL);
        }
        let _ = fs::write(&state, "THAWED");
    }

    /// The process ids of the group and of those inside of it; dead ones are none.
    pub(super) fn members(&self) -> Vec<i32> {
        let mut all = Vec::new();
        for group in with_those_inside(&self.path) {
            let text = fs::read_to_string(group.join(PROCESSES)).unwrap_or_default();
            all.extend(text.lines().filter_map(|pid| pid.parse::<i32>().ok()));
        }
        all
    }

    /// Gives the group back, unless something lives in it; then a later supervisor does.
    pub(super) fn remove(&self) {
        remove(&self.path);
    }
}

/// The folder of the group that this process is in.
fn own_group(containment: Containment) -> Option<PathBuf> {
    const FREEZER: &str = "freezer";
    let myself = Process::myself().ok()?;
    let is_freezer = containment == Containment::Freezer;
    let groups = myself.cgroups().ok()?;
    let group = groups.into_iter().find(|group| {
        let has_freezer = group.controllers.iter().any(|name| name == FREEZER);
        has_freezer && is_freezer || group.hierarchy == 0 && !is_freezer
    })?;
    let mounts = myself.mountinfo().ok()?;
    mounts.into_iter().find_map(|mount| {
        let has_freezer = mount.super_options.contains_key(FREEZER);
        let wanted = if is_freezer { "cgroup" } else { "cgroup2" };
        let is_meant = mount.fs_type == wanted && has_freezer == is_freezer;
        let inside = Path::new(&group.pathname).strip_prefix(&mount.root).ok()?;
        let folder = mount.mount_point.join(inside);
        (is_meant && folder.join(PROCESSES).exists()).then_some(folder)
    })
}

/// Moves this process, with all its threads.
fn move_into(group: &Path) -> io::Result<()> {
    fs::write(group.join(PROCESSES), "0")
}

/// A group, after those inside of it.
fn with_those_inside(group: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in fs::read_dir(group).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            all.extend(with_those_inside(&entry.path()));
        }
    }
    all.push(group.to_owned());
    all
}

/// The kernel refuses what something lives in.
fn remove(group: &Path) {
    for group in with_those_inside(group) {
        let _ = fs::remove_dir(group);
    }
}

/// Removes groups whose supervisor is gone and whose processes are too: daemons that were left, trees that ended alone.
fn remove_abandoned(above: &Path) {
    for entry in fs::read_dir(above).into_iter().flatten().flatten() {
        if entry.file_name().to_str().is_some_and(is_abandoned) {
            remove(&entry.path());
        }
    }
}

fn is_abandoned(name: &str) -> bool {
    let numbers = name.strip_prefix(PREFIX).unwrap_or_default();
    let mut numbers = numbers.split('-').map(str::parse::<u64>);
    let (Some(Ok(pid)), Some(Ok(start))) = (numbers.next(), numbers.next()) else {
        return false;
    };
    let now = i32::try_from(pid).map(|pid| Process::new(pid).and_then(|process| process.stat()));
    !matches!(now, Ok(Ok(now)) if now.starttime == start)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_of_the_dead_are_told_from_those_of_the_living_and_from_others() {
        let own = Process::myself().unwrap().stat().unwrap();
        let (pid, start) = (own.pid, own.starttime);
        assert!(!is_abandoned(&format!("scap-{pid}-{start}-7")));
        assert!(is_abandoned(&format!("scap-{pid}-{}-7", start + 1)));
        for name in ["system.slice", "scap-", "scap-x-1", "scap-1", "scap-1-x"] {
            assert!(!is_abandoned(name), "{name}");
        }
    }
}
