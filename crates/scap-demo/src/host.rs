//! One host of the demo: a process that keeps the deployed service running, as the init of a real host does.

mod client;

use std::ffi::OsString;
use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::time::{Instant, sleep_until};

pub use self::client::{RestartError, restart, status};
use crate::parent;
use crate::process::Daemon;

/// Where a deployment puts the symlink to the revision that serves, below the root of the host.
const DEPLOYED: &str = "srv/deployment/shop";

/// Where the host takes orders, below its root.
const SOCKET: &str = "run/init.sock";

/// How long the service may take to end before it is killed.
const PATIENCE: Duration = Duration::from_secs(1);

/// How long a service that died stays down before it is started again.
const PAUSE: Duration = Duration::from_secs(1);

/// Why a host cannot run.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    #[error("cannot prepare `{path}`")]
    Prepare { path: PathBuf, source: io::Error },
    #[error("cannot take orders")]
    Accept(#[source] io::Error),
}

struct Init<'a> {
    root: &'a Path,
    address: SocketAddr,
    service: &'a [OsString],
    running: Option<Daemon>,
    /// When a service that died is started again.
    restart_at: Option<Instant>,
}

/// Plays the host whose files are in `root` until standard input closes; its service listens on `address`.
///
/// `service` is the program with its first arguments; the folder to serve and the address follow them.
pub async fn host(root: &Path, address: SocketAddr, service: &[OsString]) -> Result<(), HostError> {
    let listener = prepare(root)?;
    let mut init = Init {
        root,
        address,
        service,
        running: None,
        restart_at: None,
    };
    if init.deployed().exists() {
        init.start_or_log().await;
    }
    let gone = parent::watch().gone();
    tokio::pin!(gone);
    parent::say("ready");
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let (stream, _) = accepted.map_err(HostError::Accept)?;
                tokio::select! {
                    // A client that went away has lost its own answer only.
                    _ = init.obey(stream) => {}
                    () = &mut gone => break,
                }
            }
            () = init.died() => init.start_or_log().await,
            () = &mut gone => break,
        }
    }
    init.stop().await;
    Ok(())
}

fn prepare(root: &Path) -> Result<UnixListener, HostError> {
    let prepare = |path: &Path| {
        let path = path.to_owned();
        |source| HostError::Prepare { path, source }
    };
    for folder in ["run", "var/log", "srv/deployment"] {
        let path = root.join(folder);
        fs::create_dir_all(&path).map_err(prepare(&path))?;
    }
    let socket = root.join(SOCKET);
    if socket.exists() {
        fs::remove_file(&socket).map_err(prepare(&socket))?;
    }
    UnixListener::bind(&socket).map_err(prepare(&socket))
}

impl Init<'_> {
    fn deployed(&self) -> PathBuf {
        self.root.join(DEPLOYED)
    }

    /// Reads one order, does it, and answers in one line when it is done.
    async fn obey(&mut self, stream: UnixStream) -> io::Result<()> {
        let mut stream = BufReader::new(stream);
        let mut order = String::new();
        stream.read_line(&mut order).await?;
        let answer = match order.trim() {
            "restart" => self.restart().await,
            "status" => self.status(),
            other => format!("failed: unknown order `{other}` (known: restart, status)"),
        };
        stream.write_all(format!("{answer}\n").as_bytes()).await
    }

    async fn restart(&mut self) -> String {
        self.stop().await;
        match self.start().await {
            Ok(()) => self.status(),
            Err(reason) => format!("failed: {reason}"),
        }
    }

    fn status(&self) -> String {
        match self.running.as_ref().and_then(Daemon::id) {
            Some(id) => format!("running {id}"),
            None => "stopped".to_owned(),
        }
    }

    async fn start(&mut self) -> Result<(), String> {
        // The revision, not the symlink: the service stays with what it was started from.
        let revision = fs::canonicalize(self.deployed())
            .map_err(|error| format!("nothing is deployed: {error}"))?;
        let mut program = self.service.to_vec();
        program.push(revision.into());
        program.push(self.address.to_string().into());
        let log = self.root.join("var/log/shop.log");
        let daemon = Daemon::start(&program, &log)
            .await
            .map_err(|error| error.to_string())?;
        self.running = Some(daemon);
        self.restart_at = None;
        Ok(())
    }

    async fn start_or_log(&mut self) {
        if let Err(reason) = self.start().await {
            parent::log(&reason);
        }
    }

    async fn stop(&mut self) {
        if let Some(daemon) = self.running.take() {
            daemon.stop(PATIENCE).await;
        }
    }

    /// Returns a while after the service died without having been asked to; never when none runs.
    async fn died(&mut self) {
        match &mut self.running {
            Some(daemon) => {
                daemon.ended().await;
                // Kept apart, because every order that comes meanwhile ends this wait, which then begins anew.
                let restart_at = *self
                    .restart_at
                    .get_or_insert_with(|| Instant::now() + PAUSE);
                sleep_until(restart_at).await;
                self.running = None;
            }
            None => std::future::pending().await,
        }
    }
}
