//! The story against a fake scap: told to its end when all is true, and never when something is not.
#![expect(
    clippy::disallowed_methods,
    reason = "the demo is a program, and these tests run it"
)]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::io::{BufRead as _, BufReader, ErrorKind, Read as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// When a test that waits for an end gives up.
const PATIENCE: Duration = Duration::from_secs(30);

/// Starts the demo with a scap that treats v3 as `behaviour` says.
fn demo(behaviour: &str, directory: &Path) -> Child {
    let scap = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fake/scap.sh");
    Command::new(env!("CARGO_BIN_EXE_scap-demo"))
        .arg("demo")
        .args([&scap, directory])
        .env("DEMO_PROGRAM", env!("CARGO_BIN_EXE_scap-demo"))
        .env("DEMO_BEHAVIOUR", behaviour)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn output_of(behaviour: &str) -> (Output, TempDir) {
    let directory = TempDir::new().unwrap();
    let output = demo(behaviour, directory.path())
        .wait_with_output()
        .unwrap();
    (output, directory)
}

/// The folders that demos left in `directory`.
fn left_in(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}

#[test]
fn a_demo_in_which_all_is_true_is_told_to_its_end() {
    let (output, directory) = output_of("undo");
    let told = String::from_utf8(output.stdout).unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{told}\n{errors}");
    assert!(
        told.contains("$ scap explain 3\nrun 3: rolled back"),
        "{told}"
    );
    assert!(
        told.contains("All six hosts say that they serve v2."),
        "{told}"
    );
    assert!(told.contains("What to try next"), "{told}");
    assert_eq!(left_in(directory.path()), Vec::<PathBuf>::new());
}

#[test]
fn a_bad_version_that_goes_everywhere_fails_the_demo() {
    let (output, directory) = output_of("promote");
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success());
    assert!(
        errors.contains("`scap deploy-service shop --yes` to exit with 3"),
        "{errors}"
    );
    assert_eq!(
        left_in(directory.path()).len(),
        1,
        "the files stay for a look"
    );
}

#[test]
fn an_undo_that_did_not_happen_fails_the_demo() {
    let (output, _directory) = output_of("claim");
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success());
    assert!(
        errors.contains("`shop1` to serve v2") && errors.contains("v3"),
        "{errors}"
    );
}

/// A demo that is in the middle of deploying v3, a connection to one of its hosts, and where that host's service listens.
struct Stalled {
    demo: Child,
    directory: TempDir,
    host: UnixStream,
    service: SocketAddr,
}

fn stalled() -> Stalled {
    let directory = TempDir::new().unwrap();
    let mut demo = demo("stall", directory.path());
    let output = BufReader::new(demo.stdout.as_mut().unwrap());
    let last = output
        .lines()
        .map(Result::unwrap)
        .find(|line| line == "stalled");
    assert!(last.is_some(), "the demo ended before v3");
    let folder = left_in(directory.path()).remove(0);
    let port = fs::read_to_string(folder.join("shop/scap/scap.cfg")).unwrap();
    let port = port
        .lines()
        .find_map(|line| line.strip_prefix("service_port: "));
    let service = SocketAddr::from((Ipv4Addr::new(127, 0, 1, 4), port.unwrap().parse().unwrap()));
    TcpStream::connect(service).unwrap();
    let host = UnixStream::connect(folder.join("hosts/shop4/run/init.sock")).unwrap();
    host.set_read_timeout(Some(PATIENCE)).unwrap();
    Stalled {
        demo,
        directory,
        host,
        service,
    }
}

impl Stalled {
    fn signal(&mut self, signal: Signal) -> i32 {
        let process = Pid::from_child(&self.demo);
        // Waiting would close it, and with it end the scap that stalls.
        let _input = self.demo.stdin.take();
        kill_process(process, signal).unwrap();
        self.demo.wait().unwrap().code().unwrap_or_default()
    }

    /// Fails when host or service still hold their ends after `PATIENCE`.
    fn expect_nothing_runs(&mut self) {
        // Reset instead of closed, if the host had not yet turned to this connection.
        let end = self.host.read(&mut [0]).map_err(|error| error.kind());
        assert!(
            matches!(end, Ok(0) | Err(ErrorKind::ConnectionReset)),
            "{end:?}"
        );
        // A service that ends closes its port and its connections in no certain order.
        let given_up = Instant::now() + PATIENCE;
        while TcpStream::connect(self.service).is_ok() {
            assert!(Instant::now() < given_up, "the service still answers");
            std::thread::yield_now();
        }
    }
}

#[test]
fn hosts_and_services_die_with_a_demo_that_is_killed() {
    let mut stalled = stalled();
    stalled.signal(Signal::KILL);
    stalled.expect_nothing_runs();
}

#[test]
fn an_interrupted_demo_cleans_up() {
    let mut stalled = stalled();
    assert_eq!(stalled.signal(Signal::INT), 1);
    stalled.expect_nothing_runs();
    assert_eq!(left_in(stalled.directory.path()), Vec::<PathBuf>::new());
}
