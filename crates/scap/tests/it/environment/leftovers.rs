//! Ends what a test leaves running: supervisors and restarts are meant to outlive scap.

use rustix::process::{Pid, Signal, kill_process};
use std::fs;
use std::path::Path;

/// Kills every process that works in `folder` or was told about it.
pub(super) fn end(folder: &Path) {
    // What is killed may have started another meanwhile.
    while {
        let found = processes_of(folder);
        for process in &found {
            // It may be gone by now.
            let _ = kill_process(*process, Signal::KILL);
        }
        !found.is_empty()
    } {}
}

fn processes_of(folder: &Path) -> Vec<Pid> {
    let own = std::process::id().to_string();
    let entries = fs::read_dir("/proc").unwrap().filter_map(Result::ok);
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    names
        .filter(|name| *name != own && belongs(name, folder))
        .filter_map(|name| Pid::from_raw(name.parse().ok()?))
        .collect()
}

/// A process that has ended has neither a folder nor a command line any more.
fn belongs(process: &str, folder: &Path) -> bool {
    let works_there =
        fs::read_link(format!("/proc/{process}/cwd")).is_ok_and(|place| place.starts_with(folder));
    let was_told = || {
        let line = fs::read(format!("/proc/{process}/cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&line).contains(&*folder.to_string_lossy())
    };
    works_there || was_told()
}
