//! A repository with versions, hosts that are folders and addresses of this machine, and a plan for them.

use std::collections::BTreeMap;
use std::fs;
use std::net::{IpAddr, Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use scap_engines::Scratch;
use scap_engines::hosts::{Fleet, HostsEngine};
use scap_engines::process::Supervisor;
use scap_engines::search_path::find_program;
use scap_engines::secrets::KnownSecrets;
use scap_engines::sources::git::Git;
use scap_plan::{
    HostGroupName, HostGroupStep, HostName, HostObservation, Observation, Period, Plan, Policy,
    ServiceName, Step, StepId, StepKind, Wave,
};
use scap_run::{
    Engine, Expectation, Failure, Inspect, Order, Progress, Readback, Readiness, RunId, Stop,
};
use tempfile::TempDir;

use crate::repository::git;

pub(crate) const FIXTURE: &str = env!("CARGO_BIN_EXE_process-fixture");
pub(crate) const HOSTS: [&str; 3] = ["web1", "web2", "web3"];
/// Notes each restart in `restarts`, outside of the hosts; fails on a host that has a file `broken`.
const RESTART: &str = r#"echo "$SCAP_HOST $(cat "$SCAP_FINAL_PATH/version")" >> "$SCAP_HOST_ROOT/../../restarts"
test ! -e "$SCAP_HOST_ROOT/broken" || { echo "cannot bind"; exit 3; }"#;

pub(crate) struct World {
    folder: TempDir,
    pub(crate) engine: HostsEngine,
    pub(crate) group: HostGroupStep,
    pub(crate) before: BTreeMap<HostName, HostObservation>,
    pub(crate) progress: Lines,
    /// What the hosts' services listen on.
    pub(crate) listeners: Vec<TcpListener>,
    pub(crate) attempt: u32,
}

/// Keeps all that is reported.
#[derive(Default)]
pub(crate) struct Lines(pub(crate) Mutex<Vec<String>>);

impl Progress for Lines {
    fn line(&self, _: StepId, text: &str) {
        self.0.lock().unwrap().push(text.to_owned());
    }

    fn ready(&self, _: StepId, readiness: &Readiness) {
        let Readiness {
            done,
            total,
            waiting_for,
            ..
        } = readiness;
        self.0
            .lock()
            .unwrap()
            .push(format!("{done}/{total} {waiting_for}"));
    }
}

impl World {
    pub(crate) fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let (listeners, port) = listen();
        let addresses = HOSTS
            .iter()
            .zip(1..)
            .map(|(name, last)| (host(name), address(last)));
        let fleet = Fleet::local(folder.path().join("hosts"), addresses.collect());
        for name in HOSTS {
            fs::create_dir_all(folder.path().join("hosts").join(name)).unwrap();
        }
        let scratch = Scratch::new(
            FIXTURE,
            folder.path().join("scratch"),
            KnownSecrets::default(),
        );
        let git_program = find_program("git", Path::new("/")).unwrap();
        let supervisor = Supervisor::new(
            FIXTURE,
            folder.path().join("programs"),
            KnownSecrets::default(),
        );
        let engine = HostsEngine::new(supervisor, Git::new(scratch, git_program), fleet);
        let repository = folder.path().join("shop");
        fs::create_dir(&repository).unwrap();
        git(&repository, &["init", "--quiet"]);
        let group = HostGroupStep {
            group: HostGroupName::new("default").unwrap(),
            hosts: HOSTS.map(host).to_vec(),
            failure_limit: 0,
            repository: repository.display().to_string(),
            revision: String::new(),
            deploy_directory: "/srv/deployment/shop".to_owned(),
            kept_revisions: 5,
            restart_command: ["/bin/sh", "-c", RESTART].map(str::to_owned).to_vec(),
            service_port: Some(port),
            service_timeout: Period::from_secs(5),
            nrpe_directory: None,
        };
        Self {
            folder,
            engine,
            group,
            before: HOSTS.map(|name| (host(name), seen(None))).into(),
            progress: Lines::default(),
            listeners,
            attempt: 1,
        }
    }

    /// Commits a version and makes it the one that is planned.
    pub(crate) fn plan_version(&mut self, version: &str) -> String {
        let repository = self.path("shop");
        fs::write(repository.join("version"), format!("{version}\n")).unwrap();
        fs::create_dir_all(repository.join("pages")).unwrap();
        fs::write(
            repository.join("pages/home"),
            format!("home of {version}\n"),
        )
        .unwrap();
        git(&repository, &["add", "--all"]);
        git(&repository, &["commit", "--quiet", "--message", version]);
        self.group.revision = git(&repository, &["rev-parse", "HEAD"]);
        self.group.revision.clone()
    }

    /// Deploys a version everywhere, then takes it for what runs before the next.
    pub(crate) async fn have_version(&mut self, version: &str) -> String {
        let revision = self.plan_version(version);
        self.act().await.unwrap();
        self.attempt += 1;
        self.before = HOSTS.map(|name| (host(name), seen(Some(&revision)))).into();
        fs::write(self.path("restarts"), "").unwrap();
        revision
    }

    pub(crate) fn step(&self) -> Step {
        Step {
            kind: StepKind::HostGroup(self.group.clone()),
            reason: "a test".to_owned(),
            needs: Vec::new(),
            before: Some(Observation::HostGroup {
                hosts: self.before.clone(),
            }),
        }
    }

    pub(crate) fn plan(&self) -> Plan {
        Plan {
            service: ServiceName::new("shop").unwrap(),
            cluster_group: None,
            primary_datacenter: None,
            steps: vec![self.step()],
            waves: vec![Wave {
                name: "default".to_owned(),
                steps: vec![StepId(0)],
                gates: Vec::new(),
            }],
            unchanged: Vec::new(),
            policy: Policy::default(),
            links: BTreeMap::new(),
        }
    }

    pub(crate) fn order<'a>(&'a self, step: &'a Step, asked: Stop) -> Order<'a> {
        Order {
            run: RunId(41),
            epoch: 1,
            id: StepId(0),
            step,
            attempt: self.attempt,
            stop: asked,
            progress: &self.progress,
        }
    }

    pub(crate) async fn observe(&self) -> Result<Observation, Failure> {
        self.engine
            .observe(self.order(&self.step(), Stop::never()))
            .await
    }

    pub(crate) async fn act(&self) -> Result<(), Failure> {
        self.engine
            .act(self.order(&self.step(), Stop::never()))
            .await
    }

    pub(crate) async fn undo(&self) -> Result<(), Failure> {
        self.engine
            .undo(self.order(&self.step(), Stop::never()))
            .await
    }

    pub(crate) async fn verify(&self, expectation: Expectation) -> Result<Readback, Failure> {
        let step = self.step();
        self.engine
            .verify(self.order(&step, Stop::never()), expectation)
            .await
    }

    /// What preflight finds, a line each.
    pub(crate) async fn preflight(&self) -> Vec<String> {
        let findings = self.engine.preflight(&self.plan()).await;
        let line = |finding: &scap_run::Finding| {
            let text = finding
                .message
                .replace(&self.path("").display().to_string(), "/");
            format!("{:?}: {text}", finding.severity)
        };
        findings.iter().map(line).collect()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A path of a host.
    pub(crate) fn on(&self, host: &str, path: &str) -> PathBuf {
        self.path("hosts").join(host).join(path)
    }

    /// The version that a service on the host would read.
    pub(crate) fn version_on(&self, host: &str) -> Option<String> {
        let version = fs::read_to_string(self.on(host, "srv/deployment/shop/version")).ok()?;
        Some(version.trim().to_owned())
    }

    /// Which hosts were restarted, sorted, each with the version it had then.
    pub(crate) fn restarts(&self) -> Vec<String> {
        let text = fs::read_to_string(self.path("restarts")).unwrap_or_default();
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    }

    /// Names in the folder of revisions of a host, sorted.
    pub(crate) fn revisions_on(&self, host: &str) -> Vec<String> {
        let entries = fs::read_dir(self.on(host, "srv/deployment/shop-cache/revs")).unwrap();
        let name = |entry: std::io::Result<fs::DirEntry>| entry.unwrap().file_name().into_string();
        let mut names: Vec<String> = entries.map(|entry| name(entry).unwrap()).collect();
        names.sort();
        names
    }
}

pub(crate) fn host(name: &str) -> HostName {
    HostName::new(name).unwrap()
}

pub(crate) fn seen(revision: Option<&str>) -> HostObservation {
    HostObservation {
        revision: revision.map(str::to_owned),
        unreachable: None,
    }
}

fn address(last: u8) -> IpAddr {
    Ipv4Addr::new(127, 0, 41, last).into()
}

/// The same port on each host's address.
fn listen() -> (Vec<TcpListener>, u16) {
    for _ in 0..100 {
        let first = TcpListener::bind((address(1), 0)).unwrap();
        let port = first.local_addr().unwrap().port();
        let others = (2..)
            .take(HOSTS.len() - 1)
            .map(|last| TcpListener::bind((address(last), port)));
        if let Ok(mut listeners) = others.collect::<Result<Vec<_>, _>>() {
            listeners.insert(0, first);
            return (listeners, port);
        }
    }
    panic!("no port is free on all addresses");
}

/// Waits until `holds`; the deadline is for a test that fails, far beyond what a busy machine needs.
pub(crate) async fn until(holds: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_mins(1);
    while !holds() {
        assert!(Instant::now() < deadline, "it did not come to hold");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
