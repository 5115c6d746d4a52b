//! Starts operating system processes; nothing else in scap does.

use std::io;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::folder::{Folder, private};
use super::program::{MARKER, Program};

#[expect(
    clippy::disallowed_methods,
    reason = "this is the module that the others are sent to"
)]
fn command(executable: &Path) -> Command {
    let mut command = Command::new(executable);
    command.env_clear().stdin(Stdio::null());
    command
}

/// Starts `program` in a process group of its own, with pipes for its output.
pub(super) fn program(program: &Program, folder: &Folder) -> io::Result<Child> {
    command(&program.executable)
        .args(&program.arguments)
        .envs(&program.environment)
        .env(MARKER, folder.path())
        .current_dir(&program.directory)
        .process_group(0)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
}

/// Starts the supervisor of `folder`, which keeps nothing of ours open and lives on when we are gone.
pub(super) fn supervisor(
    executable: &Path,
    folder: &Folder,
    epoch: Option<u64>,
) -> io::Result<tokio::process::Child> {
    let log = private().append(true).open(folder.file("supervisor.log"))?;
    let mut command = command(executable);
    command
        .arg("supervise")
        .arg(folder.path())
        .args(epoch.map(|epoch| epoch.to_string()))
        .current_dir("/")
        .stdout(Stdio::null())
        .stderr(log);
    tokio::process::Command::from(command).spawn()
}
