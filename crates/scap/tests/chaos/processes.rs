//! The processes that belong to a folder: scap, its supervisors, and what they run.

use rustix::process::{Pid, Signal, kill_process};
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

/// What names a program's folder to all of its tree.
const MARKER: &str = "SCAP_PROGRAM=";

/// Kills every process of `folder`, and those that they start meanwhile.
pub(crate) fn kill_all_of(folder: &Path) {
    while {
        let found = of(folder);
        for (process, _) in &found {
            // It may be gone by now.
            let _ = kill_process(*process, Signal::KILL);
        }
        !found.is_empty()
    } {}
}

/// Who of `folder` still lives once there was time to end.
pub(crate) fn left_of(folder: &Path) -> Vec<String> {
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        let found = of(folder);
        if found.is_empty() || Instant::now() > deadline {
            return found.into_iter().map(|(_, told)| told).collect();
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Those that live, with their command lines.
fn of(folder: &Path) -> Vec<(Pid, String)> {
    let own = std::process::id().to_string();
    let entries = fs::read_dir("/proc").unwrap().filter_map(Result::ok);
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let found = names.filter(|name| *name != own).filter_map(|name| {
        let process = Pid::from_raw(name.parse().ok()?)?;
        let line = text(&name, "cmdline");
        belongs(&name, &line, folder).then_some((process, line))
    });
    found.collect()
}

/// A process that has ended has neither a folder nor a command line any more.
fn belongs(process: &str, line: &str, folder: &Path) -> bool {
    let works_there =
        fs::read_link(format!("/proc/{process}/cwd")).is_ok_and(|place| place.starts_with(folder));
    let folder = folder.display().to_string();
    let is_marked = || {
        let environment = text(process, "environ");
        let mut variables = environment.split('\0');
        variables.any(|it| it.starts_with(&format!("{MARKER}{folder}")))
    };
    works_there || line.contains(&folder) || is_marked()
}

fn text(process: &str, file: &str) -> String {
    let bytes = fs::read(format!("/proc/{process}/{file}")).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}
