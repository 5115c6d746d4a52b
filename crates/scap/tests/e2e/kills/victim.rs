//! Who is killed: the processes of one place, found by its state folder in their command line or environment.

use rustix::process::{Pid, Signal, kill_process};
use std::fs;
use std::path::Path;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Victim {
    Scap,
    Helm,
    ScapAndHelm,
    /// scap, the supervisor, helmfile and helm.
    Everything,
}

#[derive(Debug, Clone)]
pub(crate) struct Process {
    pub(crate) pid: i32,
    program: String,
    /// Its command line, for people.
    pub(crate) words: String,
}

impl Victim {
    /// Those of it that live.
    pub(crate) fn find(self, state: &Path, scap: i32) -> Vec<Process> {
        let mut found = living(state);
        found.retain(|process| match self {
            Self::Scap => process.pid == scap,
            Self::Helm => process.program == "helm",
            Self::ScapAndHelm => process.pid == scap || process.program == "helm",
            Self::Everything => true,
        });
        found
    }

    pub(crate) fn has_helm(self) -> bool {
        self != Self::Scap
    }
}

impl Process {
    pub(crate) fn is_helm(&self) -> bool {
        self.program == "helm"
    }
}

/// All that runs for the place with this state folder.
pub(crate) fn living(state: &Path) -> Vec<Process> {
    let processes = fs::read_dir("/proc").unwrap().flatten();
    let pids = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter_map(|pid| process(pid, state)).collect()
}

fn process(pid: i32, state: &Path) -> Option<Process> {
    let read = |file: &str| fs::read(format!("/proc/{pid}/{file}")).ok();
    let program = String::from_utf8(read("comm")?).ok()?.trim().to_owned();
    // The supervisor is started as /proc/self/exe.
    if !["scap", "exe", "helmfile", "helm"].contains(&program.as_str()) {
        return None;
    }
    let (words, environment) = (read("cmdline")?, read("environ")?);
    let state = state.as_os_str().as_encoded_bytes();
    let names = |text: &[u8]| text.windows(state.len()).any(|part| part == state);
    // A zombie has no command line.
    if words.is_empty() || !(names(&words) || names(&environment)) {
        return None;
    }
    Some(Process {
        pid,
        program,
        words: String::from_utf8_lossy(&words).replace('\0', " "),
    })
}

/// At once; one that has ended meanwhile is none.
pub(crate) fn kill(processes: &[Process], signal: Signal) {
    for process in processes {
        let _ = kill_process(Pid::from_raw(process.pid).unwrap(), signal);
    }
}
