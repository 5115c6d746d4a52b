//! The processes that belong to a folder: scap, its supervisors, and what they run.

use rustix::process::{Pid, Signal, kill_process};
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

/// What names a program's folder to all of its tree.
const MARKER: &str = "SCAP_PROGRAM=";

/// Kills every process of `folder`, and those that they start meanwhile.
pub(crate) fn kill_all_of(folder: &Path) {
    kill(|process, line| belongs(process, line, folder));
}

/// The same, but for those who only work there, as a person's command does.
pub(crate) fn kill_programs_of(folder: &Path) {
    kill(|process, line| is_named(process, line, folder));
}

fn kill(is_wanted: impl Fn(&str, &str) -> bool) {
    while {
        let found = find(&is_wanted);
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
        let found = find(|process, line| belongs(process, line, folder));
        if found.is_empty() || Instant::now() > deadline {
            return found.into_iter().map(|(_, told)| told).collect();
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Those that live, with their command lines.
fn find(is_wanted: impl Fn(&str, &str) -> bool) -> Vec<(Pid, String)> {
    let own = std::process::id().to_string();
    let entries = fs::read_dir("/proc").unwrap().filter_map(Result::ok);
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let found = names.filter(|name| *name != own).filter_map(|name| {
        let process = Pid::from_raw(name.parse().ok()?)?;
        let line = text(&name, "cmdline");
        is_wanted(&name, &line).then_some((process, line))
    });
    found.collect()
}

fn belongs(process: &str, line: &str, folder: &Path) -> bool {
    works_in(process, folder) || is_named(process, line, folder)
}

/// A process that has ended has neither a folder nor a command line any more.
fn works_in(process: &str, folder: &Path) -> bool {
    fs::read_link(format!("/proc/{process}/cwd")).is_ok_and(|place| place.starts_with(folder))
}

/// Whether its command line or its environment tells where it belongs.
fn is_named(process: &str, line: &str, folder: &Path) -> bool {
    let folder = folder.display().to_string();
    let is_marked = || {
        let environment = text(process, "environ");
        let mut variables = environment.split('\0');
        variables.any(|it| it.starts_with(&format!("{MARKER}{folder}")))
    };
    line.contains(&folder) || is_marked()
}

fn text(process: &str, file: &str) -> String {
    let bytes = fs::read(format!("/proc/{process}/{file}")).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}
