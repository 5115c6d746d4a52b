//! The programs of tests/process.rs: `supervise FOLDER`, and `run BASE ID PROGRAM_FILE`, a runner that can be killed.

use std::path::Path;
use std::process::ExitCode;

use scap_engines::process::{Supervisor, supervise};
use scap_engines::secrets::KnownSecrets;
use tokio_util::sync::CancellationToken;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["supervise", folder] => supervise(Path::new(folder)),
        ["run", base, id, program] => run(base, id, program),
        _ => ExitCode::FAILURE,
    }
}

#[tokio::main(flavor = "current_thread")]
async fn run(base: &str, id: &str, program: &str) -> ExitCode {
    let program = std::fs::read(program).expect("the test wrote it");
    let program = serde_json::from_slice(&program).expect("the test wrote a program");
    let id = id.parse().expect("the test chose a good name");
    let supervisor = Supervisor::new("/proc/self/exe", base, KnownSecrets::default());
    let abort = CancellationToken::new();
    match supervisor.run(&id, &program, &abort, |_| {}).await {
        Ok(exit) if exit.succeeded() => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}
