//! A folder of programs and one to run them in, with the real supervisor process.

use std::fs::{self, File};
use std::io::Read;
use std::os::unix::fs::{OpenOptionsExt, symlink};
use std::path::PathBuf;
use std::process::Child;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use scap_engines::process::{Exit, OutputLine, Program, Supervisor};
use scap_engines::secrets::KnownSecrets;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

pub(crate) const FIXTURE: &str = env!("CARGO_BIN_EXE_process-fixture");

/// A base folder, and a folder in which all programs of a test run, so that they can be counted.
pub(crate) struct Place {
    pub(crate) folder: TempDir,
    pub(crate) supervisor: Supervisor,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self::with("process-fixture")
    }

    /// A place whose supervisor processes behave as `behavior` says, see the fixture.
    pub(crate) fn with(behavior: &str) -> Self {
        let folder = TempDir::new().unwrap();
        fs::create_dir(folder.path().join("work")).unwrap();
        let place = Self {
            supervisor: Supervisor::new(FIXTURE, "/", KnownSecrets::default()),
            folder,
        };
        Self {
            supervisor: place.runner(behavior),
            ..place
        }
    }

    /// A runner of its own on the same programs.
    pub(crate) fn runner(&self, behavior: &str) -> Supervisor {
        let executable = self.fixture(behavior);
        Supervisor::new(executable, self.programs(), KnownSecrets::default())
    }

    /// The fixture under the name that makes it behave so.
    pub(crate) fn fixture(&self, behavior: &str) -> PathBuf {
        let path = self.folder.path().join(behavior);
        if !path.exists() {
            symlink(FIXTURE, &path).unwrap();
        }
        path
    }

    pub(crate) fn programs(&self) -> PathBuf {
        self.folder.path().join("programs")
    }

    /// What the supervisor wrote down when it was about to start the program.
    pub(crate) fn start(&self, id: &str) -> Option<serde_json::Value> {
        let text = fs::read_to_string(self.programs().join(id).join("supervisor.json")).ok()?;
        Some(serde_json::from_str(&text).unwrap())
    }

    /// Starts a runner in a process of its own, which runs `program` as `id`.
    pub(crate) fn start_runner(
        &self,
        behavior: &str,
        (id, epoch): (&str, u64),
        program: &Program,
    ) -> Child {
        let file = self.folder.path().join("program.json");
        fs::write(&file, serde_json::to_vec(program).unwrap()).unwrap();
        #[expect(clippy::disallowed_methods, reason = "a runner outside of scap")]
        std::process::Command::new(self.fixture(behavior))
            .arg("run")
            .arg(self.programs())
            .arg(id)
            .arg(file)
            .arg(epoch.to_string())
            .spawn()
            .unwrap()
    }

    pub(crate) fn work(&self) -> PathBuf {
        self.folder.path().join("work")
    }

    pub(crate) fn shell(&self, script: &str) -> Program {
        Program {
            arguments: vec!["-c".to_owned(), script.to_owned()],
            environment: [("PATH".to_owned(), "/usr/bin:/bin".to_owned())].into(),
            directory: self.work(),
            grace: Duration::from_millis(50),
            ..Program::new("a test's script", "/bin/sh")
        }
    }

    pub(crate) async fn run(&self, id: &str, program: &Program) -> (Exit, Vec<OutputLine>) {
        self.run_with(id, program, |_, _| {}).await
    }

    /// `on_line` may cancel the token.
    pub(crate) async fn run_with(
        &self,
        id: &str,
        program: &Program,
        mut on_line: impl FnMut(&OutputLine, &CancellationToken),
    ) -> (Exit, Vec<OutputLine>) {
        let abort = CancellationToken::new();
        let mut lines = Vec::new();
        let receive = |line| {
            on_line(&line, &abort);
            lines.push(line);
        };
        let id = id.parse().unwrap();
        let run = self.supervisor.run(&id, program, &abort, receive);
        (run.await.unwrap(), lines)
    }

    /// A pipe that a script reads from to wait for the test.
    pub(crate) fn fifo(&self, name: &str) -> PathBuf {
        let path = self.work().join(name);
        let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
        rustix::fs::mkfifoat(rustix::fs::CWD, &path, mode).unwrap();
        path
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.work().join(name)).unwrap()
    }

    /// The processes that live in this test's work folder, wherever they have forked to.
    pub(crate) fn living(&self) -> Vec<i32> {
        let work = fs::canonicalize(self.work()).unwrap();
        let all = procfs::process::all_processes().unwrap();
        let here = all.filter_map(Result::ok).filter(|process| {
            let alive = process.stat().is_ok_and(|stat| stat.state != 'Z');
            alive && process.cwd().is_ok_and(|directory| directory == work)
        });
        here.map(|process| process.pid).collect()
    }
}

pub(crate) fn texts(lines: &[OutputLine]) -> Vec<&str> {
    lines.iter().map(|line| line.text.as_str()).collect()
}

pub(crate) fn kill(pid: i32, signal: Signal) {
    kill_process(Pid::from_raw(pid).unwrap(), signal).unwrap();
}

pub(crate) fn supervisor_of(place: &Place, id: &str) -> i32 {
    let start = place.start(id).unwrap();
    i32::try_from(start["supervisor"].as_i64().unwrap()).unwrap()
}

/// Waits for something that must come, however long this machine takes for it.
pub(crate) async fn until(mut is_so: impl FnMut() -> bool) {
    while !is_so() {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// How much a suite does: a sample in ordinary tests.
pub(crate) fn amount(variable: &str, sample: u64) -> u64 {
    let told = std::env::var(variable).ok();
    told.map_or(sample, |told| told.parse().expect("it is a number"))
}

/// Tells whether any process of a tree lives whose descriptor 9 is `alive`, and cannot be run away from: the kernel counts.
pub(crate) struct Alive(File);

impl Alive {
    pub(crate) fn is_held(&mut self) -> bool {
        // Nobody writes: it would block while somebody could.
        match self.0.read(&mut [0]) {
            Ok(0) => false,
            Ok(_) => panic!("nobody writes into it"),
            Err(error) => {
                assert_eq!(error.kind(), std::io::ErrorKind::WouldBlock);
                true
            }
        }
    }
}

impl Place {
    pub(crate) fn alive(&self) -> Alive {
        let path = self.fifo("alive");
        let mut options = File::options();
        let nonblocking = rustix::fs::OFlags::NONBLOCK.bits();
        let options = options
            .read(true)
            .custom_flags(i32::try_from(nonblocking).unwrap());
        Alive(options.open(path).unwrap())
    }
}
