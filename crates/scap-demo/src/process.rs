//! Starts programs: the demo's own processes, git, and scap.
#![expect(
    clippy::disallowed_methods,
    reason = "the demo uses scap from outside, as its users do, so that scap's own supervisor is not at hand"
)]

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, ChildStdin, Command};
use tokio::time::timeout;

/// How long a process of ours may take until it says that it is ready.
const READY_TIMEOUT: Duration = Duration::from_secs(10);

/// How long scap may take to end after it was asked to.
const END_TIMEOUT: Duration = Duration::from_secs(5);

/// Why a program did not do what it was started for.
#[derive(Debug, thiserror::Error)]
pub enum ProcessError {
    #[error("cannot start `{program}`")]
    Start { program: String, source: io::Error },
    #[error("`{program}` ended before it was ready: {last_words}")]
    NotReady { program: String, last_words: String },
    #[error("`{program}` was not ready after {} s", READY_TIMEOUT.as_secs())]
    Slow { program: String },
    #[error("`{program}` failed ({status}): {output}")]
    Failed {
        program: String,
        status: ExitStatus,
        output: String,
    },
}

/// A process of the demo. It ends when its standard input closes, so also when this process dies.
pub(crate) struct Daemon {
    child: Child,
    // Apart from the child, because `Child::wait` closes what it holds.
    input: ChildStdin,
}

impl Daemon {
    /// Starts `program` with its errors in `log`, and returns once it said one line.
    pub(crate) async fn start(program: &[OsString], log: &Path) -> Result<Self, ProcessError> {
        let name = name(program);
        let start = |source| ProcessError::Start {
            program: name.clone(),
            source,
        };
        let errors = File::options()
            .create(true)
            .append(true)
            .open(log)
            .map_err(start)?;
        let mut child = Command::new(&program[0])
            .args(&program[1..])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(errors)
            // Ctrl-C is for the demo, which then ends its processes in order.
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .map_err(start)?;
        let input = child.stdin.take().expect("standard input is piped");
        let output = child.stdout.take().expect("standard output is piped");
        let mut line = String::new();
        match timeout(READY_TIMEOUT, BufReader::new(output).read_line(&mut line)).await {
            Ok(Ok(1..)) => Ok(Self { child, input }),
            Ok(_) => Err(ProcessError::NotReady {
                program: name,
                last_words: last_line(log),
            }),
            Err(_) => Err(ProcessError::Slow { program: name }),
        }
    }

    pub(crate) fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// Returns once the process ended by itself.
    pub(crate) async fn ended(&mut self) {
        // Only a process that is not ours to wait for gives an error, and that one is gone as well.
        let _ = self.child.wait().await;
    }

    /// Asks the process to end, and kills it when it has not after `patience`.
    pub(crate) async fn stop(self, patience: Duration) {
        let Self { mut child, input } = self;
        drop(input);
        if timeout(patience, child.wait()).await.is_err() {
            let _ = child.kill().await;
        }
    }
}

/// Runs git in `directory`, the same whatever the user's configuration, names and clock are.
pub(crate) async fn git(directory: &Path, arguments: &[&str]) -> Result<(), ProcessError> {
    const PERSON: [(&str, &str); 6] = [
        ("GIT_AUTHOR_NAME", "scap demo"),
        ("GIT_AUTHOR_EMAIL", "demo@shop.example"),
        ("GIT_AUTHOR_DATE", "2026-01-01T00:00:00Z"),
        ("GIT_COMMITTER_NAME", "scap demo"),
        ("GIT_COMMITTER_EMAIL", "demo@shop.example"),
        ("GIT_COMMITTER_DATE", "2026-01-01T00:00:00Z"),
    ];
    let mut command = Command::new("git");
    command
        .args(arguments)
        .current_dir(directory)
        .env_clear()
        .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .envs(PERSON);
    let name = format!("git {}", arguments.join(" "));
    output(command, name).await.map(drop)
}

/// Runs scap on the user's terminal; returns its exit status, or none when `interrupted` came first.
pub(crate) async fn scap(
    program: &Path,
    arguments: &[OsString],
    interrupted: impl Future<Output = ()>,
) -> Result<Option<ExitStatus>, ProcessError> {
    let name = program.display().to_string();
    let start = |source| ProcessError::Start {
        program: name.clone(),
        source,
    };
    let mut child = clean(program, arguments)
        .kill_on_drop(true)
        .spawn()
        .map_err(start)?;
    tokio::select! {
        status = child.wait() => return status.map(Some).map_err(start),
        () = interrupted => {}
    }
    end_in_order(&mut child).await;
    Ok(None)
}

/// Runs scap and returns what it wrote on standard output.
pub(crate) async fn scap_output(
    program: &Path,
    arguments: &[OsString],
) -> Result<Vec<u8>, ProcessError> {
    output(clean(program, arguments), program.display().to_string()).await
}

/// Scap as it serves others. It is asked to end, and killed if it does not.
pub(crate) struct Servant(Child);

impl Servant {
    /// Starts scap with all that it says in `log`.
    pub(crate) fn start(
        program: &Path,
        arguments: &[OsString],
        log: &Path,
    ) -> Result<Self, ProcessError> {
        let start = |source| ProcessError::Start {
            program: program.display().to_string(),
            source,
        };
        let log = File::create(log).map_err(start)?;
        let mut command = clean(program, arguments);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            // Ctrl-C is for the demo, which then ends its processes in order.
            .process_group(0)
            .kill_on_drop(true);
        command.spawn().map(Self).map_err(start)
    }

    pub(crate) async fn stop(mut self) {
        end_in_order(&mut self.0).await;
    }
}

/// Scap when it says something and waits for an answer.
pub(crate) struct Asked {
    name: String,
    child: Child,
}

impl Asked {
    pub(crate) fn start(program: &Path, arguments: &[OsString]) -> Result<Self, ProcessError> {
        let name = program.display().to_string();
        let mut command = clean(program, arguments);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true);
        match command.spawn() {
            Ok(child) => Ok(Self { name, child }),
            Err(source) => Err(ProcessError::Start {
                program: name,
                source,
            }),
        }
    }

    /// What it says first.
    pub(crate) async fn line(&mut self) -> Result<String, ProcessError> {
        let output = self.child.stdout.take().expect("standard output is piped");
        let mut line = String::new();
        let read = BufReader::new(output).read_line(&mut line).await;
        read.map_err(|source| ProcessError::Start {
            program: self.name.clone(),
            source,
        })?;
        Ok(line)
    }

    /// Answers, and waits until it ends.
    pub(crate) async fn answer(mut self, text: &str) -> Result<(), ProcessError> {
        let failed = |source| ProcessError::Start {
            program: self.name.clone(),
            source,
        };
        let mut input = self.child.stdin.take().expect("standard input is piped");
        let told = input.write_all(format!("{text}\n").as_bytes()).await;
        told.map_err(failed)?;
        drop(input);
        let status = self.child.wait().await.map_err(failed)?;
        if status.success() {
            return Ok(());
        }
        Err(ProcessError::Failed {
            program: self.name,
            status,
            output: String::new(),
        })
    }
}

/// Scap as the user starts it, but not inside of somebody else's git hook or scap configuration.
fn clean(program: &Path, arguments: &[OsString]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments);
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("GIT_") || text.starts_with("SCAP_") {
            command.env_remove(&name);
        }
    }
    command
}

/// SIGTERM first: a program that is killed leaves the terminal as its live view had set it.
async fn end_in_order(child: &mut Child) {
    let process = child
        .id()
        .and_then(|id| i32::try_from(id).ok())
        .and_then(rustix::process::Pid::from_raw);
    if let Some(process) = process {
        let _ = rustix::process::kill_process(process, rustix::process::Signal::TERM);
    }
    if timeout(END_TIMEOUT, child.wait()).await.is_err() {
        let _ = child.kill().await;
    }
}

/// Runs a program to its end and returns what it wrote on standard output; a failure carries its errors.
async fn output(mut command: Command, program: String) -> Result<Vec<u8>, ProcessError> {
    let ended = command
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await;
    match ended {
        Ok(output) if output.status.success() => Ok(output.stdout),
        Ok(output) => Err(ProcessError::Failed {
            program,
            status: output.status,
            output: String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        }),
        Err(source) => Err(ProcessError::Start { program, source }),
    }
}

fn name(program: &[OsString]) -> String {
    let words: Vec<_> = program.iter().map(|word| word.to_string_lossy()).collect();
    words.join(" ")
}

/// The last line of a log, empty if there is none to be read.
fn last_line(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    text.lines().next_back().unwrap_or_default().to_owned()
}
