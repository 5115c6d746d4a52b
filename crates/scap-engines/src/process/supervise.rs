//! What runs in the supervisor process: one program from its start to its recorded end.

use std::error::Error;
use std::io::{self, Write};
use std::path::Path;
use std::process::{Child, ExitCode};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use procfs::ProcError;
use procfs::process::Process;
use rustix::process::{getpid, set_child_subreaper, setsid};
use signal_hook::consts::{SIGCHLD, SIGHUP, SIGINT, SIGTERM};
use thiserror::Error;

use super::cgroup::{Cgroup, Containment};
use super::exit::{Ending, Exit, Interruption, unix_milliseconds};
use super::fence::{Fence, FenceError};
use super::folder::{Folder, FolderError, Start};
use super::pipes::Pipes;
use super::program::Program;
use super::recorder::Recorder;
use super::spawn;
use super::tree::Tree;
use super::watch::Watch;

#[derive(Debug, Error)]
enum SuperviseError {
    #[error(transparent)]
    Folder(#[from] FolderError),
    #[error(transparent)]
    Fence(#[from] FenceError),
    #[error("cannot become a supervisor")]
    System(#[from] io::Error),
    #[error("cannot see the processes in `/proc`")]
    Processes(#[from] ProcError),
    #[error("there is no program in this folder")]
    NoProgram,
}

/// Runs the program of the folder `directory` to its recorded end; the whole life of `scap supervise DIRECTORY [EPOCH]`.
///
/// Whoever comes second waits for the first and finds the end recorded. A program that was started once is never
/// started again: when its supervisor was killed, what is left of it is killed and it is recorded as lost. Nothing is
/// started under an `epoch` that is over; programs that belong to no run have none. Its processes are kept together by the
/// first of `ways` that works here. Errors go to stderr, which is `supervisor.log` in the folder.
pub fn supervise(directory: &Path, epoch: Option<u64>, ways: &[Containment]) -> ExitCode {
    let Err(error) = carry_out(directory, epoch, ways) else {
        return ExitCode::SUCCESS;
    };
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    let _ = writeln!(io::stderr(), "{text}");
    ExitCode::FAILURE
}

fn carry_out(
    directory: &Path,
    epoch: Option<u64>,
    ways: &[Containment],
) -> Result<(), SuperviseError> {
    let folder = Folder::open(directory)?;
    // Away from the runner's terminal. It fails for the leader of a group only: somebody's shell started us.
    let _ = setsid();
    set_child_subreaper(Some(getpid())).map_err(io::Error::from)?;
    let stop_requested = Arc::new(AtomicBool::new(false));
    for signal in [SIGTERM, SIGINT, SIGHUP] {
        signal_hook::flag::register(signal, Arc::clone(&stop_requested))?;
    }
    // Where it is ignored, as some who start us have it, exit statuses are thrown away.
    signal_hook::flag::register(SIGCHLD, Arc::default())?;
    let _lock = folder.lock()?;
    if folder.exit()?.is_some() {
        return Ok(());
    }
    Process::myself()?;
    folder.reserve_exit()?;
    let exit = match folder.start()? {
        Some(start) => bury(&folder, &start)?,
        None => run(&folder, epoch, ways, &stop_requested)?,
    };
    Ok(folder.record_exit(&exit)?)
}

fn bury(folder: &Folder, start: &Start) -> Result<Exit, SuperviseError> {
    let survivors = Tree::Marked(folder.path().to_owned()).kill(start.cgroup.as_ref(), || false)?;
    if let Some(group) = &start.cgroup {
        group.remove();
    }
    Ok(Exit {
        survivors,
        ..Exit::now(start.started_unix_milliseconds, Ending::Lost)
    })
}

fn run(
    folder: &Folder,
    epoch: Option<u64>,
    ways: &[Containment],
    stop_requested: &AtomicBool,
) -> Result<Exit, SuperviseError> {
    let program = folder.program()?.ok_or(SuperviseError::NoProgram)?;
    let started = unix_milliseconds();
    if folder.abort_requested() {
        let reason = "aborted before it started".to_owned();
        return Ok(Exit {
            interruption: Some(Interruption::Aborted),
            ..Exit::now(started, Ending::NotStarted { reason })
        });
    }
    let recorder = Recorder::new(folder.create_output()?, program.output_limit_bytes);
    let group = Cgroup::enter_first(ways, started);
    let start = Start {
        supervisor: getpid().as_raw_pid(),
        started_unix_milliseconds: started,
        cgroup: group.clone(),
    };
    let begun = begin(folder, epoch, &program, &start);
    // One that we are still in is not killed as a whole: what is below us is found by descent then.
    let left = group.as_ref().filter(|group| group.leave().is_ok());
    let exit = begun.and_then(|begun| match begun {
        Ok(mut child) => {
            folder.note_pid(child.id());
            let pipes = Pipes::of(&mut child, recorder)?;
            let watch = Watch::new(&program, folder, stop_requested, (&child, left));
            Ok(watch.until_end(pipes, started)?)
        }
        Err(error) => {
            let reason = error.to_string();
            Ok(Exit::now(started, Ending::NotStarted { reason }))
        }
    });
    if let Some(group) = &group {
        group.remove();
    }
    exit
}

/// Starts the program, unless the run is carried on under a later epoch. Who raises the fence after that sees the start.
fn begin(
    folder: &Folder,
    epoch: Option<u64>,
    program: &Program,
    start: &Start,
) -> Result<io::Result<Child>, SuperviseError> {
    let fence = epoch.map(|epoch| Fence::around(folder, epoch));
    let held = fence.map(|fence| fence.wait_and_hold()).transpose()?;
    folder.record_start(start)?;
    drop(held);
    Ok(spawn::program(program, folder))
}
