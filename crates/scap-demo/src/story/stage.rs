//! What the story plays on: a folder, six hosts, their customers, and scap.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;
use tempfile::TempDir;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use super::{Options, StoryError};
use crate::client;
use crate::fleet::{self, HOSTS};
use crate::load::{Load, Schedule};
use crate::process::{self, Asked, Daemon, Servant};
use crate::setup;

/// A little above the promised 600, so that no second falls short of it.
pub(super) const LOAD: Schedule = Schedule {
    requests_per_second: 660,
    requests: u64::MAX,
    seed: 2026,
};

/// A host gives its service a second, and needs a moment itself.
const PATIENCE: Duration = Duration::from_secs(3);

/// One row of `scap runs --format json`, as far as the story needs it.
#[derive(Debug, Deserialize)]
pub(super) struct RunRow {
    /// A number, or its text.
    pub(super) run: Value,
    outcome: Value,
}

pub(super) struct Stage {
    scap: PathBuf,
    folder: TempDir,
    addresses: [SocketAddr; 6],
    hosts: Vec<Daemon>,
    load: Load,
    interrupted: watch::Receiver<bool>,
}

impl Stage {
    pub(super) async fn build(options: &Options) -> Result<Self, StoryError> {
        let interrupted = interruptions().map_err(StoryError::Signals)?;
        let mut folder = tempfile::Builder::new();
        let folder = folder.prefix("scap-demo-");
        let folder = match &options.directory {
            Some(directory) => folder.tempdir_in(directory),
            None => folder.tempdir(),
        }
        .map_err(StoryError::Folder)?;
        let port = fleet::free_port().map_err(StoryError::Port)?;
        let addresses = fleet::addresses(port);
        setup::create(folder.path(), &options.scap, port).await?;
        let hosts = start_hosts(&options.scap, folder.path(), addresses).await?;
        let load = Load::start(&addresses, LOAD).map_err(StoryError::Client)?;
        Ok(Self {
            scap: options.scap.clone(),
            folder,
            addresses,
            hosts,
            load,
            interrupted,
        })
    }

    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(super) fn port(&self) -> u16 {
        self.addresses[0].port()
    }

    pub(super) fn load(&self) -> &Load {
        &self.load
    }

    /// Returns once Ctrl-C was pressed or the demo was asked to end.
    pub(super) async fn interrupted(&self) {
        // An error says that nobody can interrupt any more, as at the end of the runtime.
        let _ = self.interrupted.clone().wait_for(|it| *it).await;
    }

    /// Runs scap with the user's terminal.
    pub(super) async fn scap(&self, arguments: &[&str]) -> Result<ExitStatus, StoryError> {
        process::scap(&self.scap, &self.arguments(arguments), self.interrupted())
            .await?
            .ok_or(StoryError::Interrupted)
    }

    /// Starts scap to serve others, with what it says in a file of the demo's folder.
    pub(super) fn servant(&self, arguments: &[&str], log: &str) -> Result<Servant, StoryError> {
        let log = self.folder.path().join(log);
        Ok(Servant::start(
            &self.scap,
            &self.arguments(arguments),
            &log,
        )?)
    }

    /// Starts scap to ask it something.
    pub(super) fn ask(&self, arguments: &[&str]) -> Result<Asked, StoryError> {
        Ok(Asked::start(&self.scap, &self.arguments(arguments))?)
    }

    /// All runs that scap knows of.
    pub(super) async fn runs(&self) -> Result<Vec<RunRow>, StoryError> {
        let arguments = self.arguments(&["runs", "--format", "json"]);
        let output = process::scap_output(&self.scap, &arguments).await?;
        serde_json::from_slice(&output).map_err(StoryError::Runs)
    }

    fn arguments(&self, arguments: &[&str]) -> Vec<OsString> {
        let folder = self.folder.path();
        let mut all = vec![
            "--config".into(),
            folder.join("scap.yaml").into(),
            "--state-dir".into(),
            folder.join("state").into(),
        ];
        all.extend(arguments.iter().map(OsString::from));
        all
    }

    /// Asks each host which version it serves.
    pub(super) async fn expect_version(&self, version: &str) -> Result<(), StoryError> {
        let client = client::builder()
            .timeout(Duration::from_secs(5))
            .build()
            .map_err(StoryError::Client)?;
        for ((host, _), address) in HOSTS.iter().zip(self.addresses) {
            let ask = async || {
                let answer = client
                    .get(format!("http://{address}/version"))
                    .send()
                    .await?;
                answer.error_for_status()?.text().await
            };
            let found = ask()
                .await
                .map_err(|source| StoryError::Silent { host, source })?;
            if found.trim() != version {
                return Err(StoryError::Unexpected {
                    expected: format!("`{host}` to serve {version}"),
                    found: found.trim().to_owned(),
                });
            }
        }
        Ok(())
    }

    /// Keeps the folder beyond the end of the demo.
    pub(super) fn keep(&mut self) -> PathBuf {
        self.folder.disable_cleanup(true);
        self.folder.path().to_owned()
    }

    /// Stops everything, and removes the folder unless it is kept.
    pub(super) async fn strike(self) {
        drop(self.load);
        let stopping: tokio::task::JoinSet<()> = self
            .hosts
            .into_iter()
            .map(|host| host.stop(PATIENCE))
            .collect();
        stopping.join_all().await;
    }
}

impl RunRow {
    pub(super) fn number(&self) -> String {
        text(&self.run)
    }

    pub(super) fn rolled_back(&self) -> bool {
        matches!(
            text(&self.outcome).as_str(),
            "rolled back" | "rolled_back" | "RolledBack"
        )
    }
}

/// The text of a JSON string without its quotes, and of anything else as it stands.
fn text(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

async fn start_hosts(
    scap: &Path,
    folder: &Path,
    addresses: [SocketAddr; 6],
) -> Result<Vec<Daemon>, StoryError> {
    let mut hosts = Vec::new();
    for ((name, _), address) in HOSTS.iter().zip(addresses) {
        let root = folder.join("hosts").join(name);
        std::fs::create_dir_all(&root).map_err(StoryError::Folder)?;
        let log = root.join("init.log");
        let program = [
            scap.into(),
            "demo-host".into(),
            root.into(),
            address.to_string().into(),
        ];
        hosts.push(Daemon::start(&program, &log).await?);
    }
    Ok(hosts)
}

/// Becomes true with the first SIGINT, SIGTERM or SIGHUP.
fn interruptions() -> std::io::Result<watch::Receiver<bool>> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hang_up = signal(SignalKind::hangup())?;
    let (interrupted, receiver) = watch::channel(false);
    tokio::spawn(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hang_up.recv() => {}
        }
        interrupted.send_replace(true);
        // Kept until the end of the runtime, so that waiting for it never fails.
        interrupted.closed().await;
    });
    Ok(receiver)
}
