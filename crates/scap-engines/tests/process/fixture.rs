//! The programs of tests/process: `supervise FOLDER [EPOCH]`, and `run BASE ID PROGRAM_FILE [EPOCH]`, a runner that can be
//! killed. Its own file name says how it behaves, since a supervisor gets nothing else from a test.

use std::path::Path;
use std::process::ExitCode;

use rustix::process::{Signal, getpid, kill_process};
use scap_engines::process::{Containment, Supervisor, supervise};
use scap_engines::secrets::KnownSecrets;
use tokio_util::sync::CancellationToken;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        [name, "supervise", folder] => supervise(Path::new(folder), None, ways(name)),
        [name, "supervise", folder, epoch] => {
            if name.ends_with("stopped-before-it-starts") {
                stop();
            }
            supervise(Path::new(folder), Some(number(epoch)), ways(name))
        }
        [_, "run", base, id, program] => run(base, id, program, 0),
        [name, "run", base, id, program, epoch] => {
            if name.ends_with("stopped-after-its-intent") {
                stop();
            }
            run(base, id, program, number(epoch))
        }
        _ => ExitCode::FAILURE,
    }
}

fn ways(name: &str) -> &'static [Containment] {
    let all = &Containment::ALL;
    let by = |way: &str| name.ends_with(way);
    match () {
        () if by("by-cgroup") => &all[..1],
        () if by("by-freezer") => &all[1..2],
        () if by("by-descent") => &all[2..],
        () => all,
    }
}

/// Until the test lets it go on.
fn stop() {
    kill_process(getpid(), Signal::STOP).expect("one may stop oneself");
}

fn number(text: &str) -> u64 {
    text.parse().expect("the test gave a number")
}

#[tokio::main(flavor = "current_thread")]
async fn run(base: &str, id: &str, program: &str, epoch: u64) -> ExitCode {
    let program = std::fs::read(program).expect("the test wrote it");
    let program = serde_json::from_slice(&program).expect("the test wrote a program");
    let id = id.parse().expect("the test chose a good name");
    // The very file that runs, under the name that it was given.
    let executable = std::env::args().next().expect("it has a name");
    let supervisor = Supervisor::new(executable, base, KnownSecrets::default()).under(epoch);
    let abort = CancellationToken::new();
    match supervisor.run(&id, &program, &abort, |_| {}).await {
        Ok(exit) if exit.succeeded() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            let _ = std::fs::write(Path::new(base).join("refusal"), error.to_string());
            ExitCode::FAILURE
        }
    }
}
