//! One host as a process of its own: it runs what is deployed, when it is asked to.
#![expect(
    clippy::disallowed_methods,
    reason = "a host is a program, and these tests run it"
)]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use scap_demo::{RestartError, restart, status};
use tempfile::TempDir;

struct Host {
    root: TempDir,
    address: SocketAddr,
    process: Child,
}

impl Host {
    /// Starts a host on an address of its own, `127.0.2.NUMBER`, so that no other test takes its port.
    fn start(number: u8) -> Self {
        let root = TempDir::new().unwrap();
        let free = TcpListener::bind((Ipv4Addr::new(127, 0, 2, number), 0)).unwrap();
        let address = free.local_addr().unwrap();
        drop(free);
        let mut process = Command::new(env!("CARGO_BIN_EXE_scap-demo"))
            .arg("demo-host")
            .arg(root.path())
            .arg(address.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.as_mut().unwrap())
            .read_line(&mut line)
            .unwrap();
        assert_eq!(line, "ready\n");
        Self {
            root,
            address,
            process,
        }
    }

    /// Switches the symlink to `version`, made of the first version's files.
    fn deploy(&self, version: &str) {
        let deployment = self.root.path().join("srv/deployment");
        let revision = deployment.join(version);
        fs::create_dir_all(revision.join("pages")).unwrap();
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("shop/v1");
        for file in ["shop.json", "pages/layout.html", "pages/home.html"] {
            fs::copy(source.join(file), revision.join(file)).unwrap();
        }
        fs::write(revision.join("version"), version).unwrap();
        symlink(version, deployment.join("new")).unwrap();
        fs::rename(deployment.join("new"), deployment.join("shop")).unwrap();
    }

    fn get(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(self.address).unwrap();
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nhost: shop\r\nconnection: close\r\n\r\n"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer.rsplit("\r\n").next().unwrap().trim().to_owned()
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        self.process.wait().unwrap();
    }
}

#[test]
fn nothing_runs_before_the_first_deployment() {
    let host = Host::start(1);
    assert_eq!(status(host.root.path()).unwrap(), "stopped");
    let refusal = restart(host.root.path()).unwrap_err().to_string();
    assert!(refusal.contains("nothing is deployed"), "{refusal}");
}

#[test]
fn a_restart_follows_the_symlink_and_only_a_restart_does() {
    let host = Host::start(2);
    host.deploy("v1");
    restart(host.root.path()).unwrap();
    assert_eq!(host.get("/version"), "v1");
    let first = status(host.root.path()).unwrap();

    host.deploy("v2");
    assert_eq!(host.get("/version"), "v1");
    restart(host.root.path()).unwrap();
    assert_eq!(host.get("/version"), "v2");
    assert_eq!(host.get("/healthz"), "ok v2");
    assert_ne!(status(host.root.path()).unwrap(), first);
}

#[test]
fn a_restart_ends_although_a_customer_holds_a_connection() {
    let host = Host::start(3);
    host.deploy("v1");
    restart(host.root.path()).unwrap();
    let customer = TcpStream::connect(host.address).unwrap();
    restart(host.root.path()).unwrap();
    assert_eq!(host.get("/version"), "v1");
    drop(customer);
}

#[test]
fn a_revision_that_cannot_start_fails_the_restart_and_says_why() {
    let host = Host::start(4);
    host.deploy("v1");
    restart(host.root.path()).unwrap();
    fs::write(host.root.path().join("srv/deployment/v1/shop.json"), "{").unwrap();
    let Err(RestartError::Failed { reason }) = restart(host.root.path()) else {
        panic!("the restart must fail");
    };
    assert!(reason.contains("ended before it was ready"), "{reason}");
    assert_eq!(status(host.root.path()).unwrap(), "stopped");
}

#[test]
fn a_service_that_died_comes_back() {
    let host = Host::start(5);
    host.deploy("v1");
    restart(host.root.path()).unwrap();
    let first = status(host.root.path()).unwrap();
    let id = first.strip_prefix("running ").unwrap().parse().unwrap();
    let process = rustix::process::Pid::from_raw(id).unwrap();
    rustix::process::kill_process(process, rustix::process::Signal::KILL).unwrap();
    // The host answers all the while; it starts the service again by itself.
    while [&first, "stopped"].contains(&status(host.root.path()).unwrap().as_str()) {
        std::thread::yield_now();
    }
    assert_eq!(host.get("/version"), "v1");
}

#[test]
fn without_a_host_a_restart_is_refused() {
    let root = TempDir::new().unwrap();
    assert!(matches!(
        restart(root.path()),
        Err(RestartError::Unreachable { .. })
    ));
}
