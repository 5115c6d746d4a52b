//! A deploy host, its repository and its three hosts, all in one folder that is gone with the test.

mod browser;
mod git;
mod leftovers;
mod running;
mod said;
mod servers;
mod version;

pub(crate) use browser::Browser;
pub(crate) use git::git;
pub(crate) use running::Running;
pub(crate) use said::Said;
pub(crate) use version::Version;

use serde_json::Value;
use servers::Servers;
use std::cell::RefCell;
use std::fs;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// The first one is the canary, the others are the group `default`.
pub(crate) const HOSTS: [&str; 3] = ["web1", "web2", "web3"];

/// Where a service `shop` is deployed from and to.
pub(crate) struct TestEnvironment {
    folder: TempDir,
    servers: Option<Servers>,
    /// With `SCAP_TEST_RUNNER`, all that a test asks of scap goes through one.
    runner: RefCell<Option<Running>>,
}

impl TestEnvironment {
    /// Hosts with nothing but a restart command.
    pub(crate) fn new() -> Self {
        Self::with_team("")
    }

    /// As [`Self::new`]; `team` is what the catalog's entry has besides, in YAML.
    pub(crate) fn with_team(team: &str) -> Self {
        Self::fill(tempfile::tempdir().unwrap(), team, None)
    }

    /// As [`Self::with_team`]; each host's service answers HTTP as its version says.
    pub(crate) fn serving(team: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let servers = Servers::start(&folder.path().join("hosts"));
        Self::fill(folder, team, Some(servers))
    }

    fn fill(folder: TempDir, team: &str, servers: Option<Servers>) -> Self {
        let runner = RefCell::default();
        let environment = Self {
            folder,
            servers,
            runner,
        };
        environment.write("scap.yaml", configuration());
        environment.write("service-catalog.yaml", Self::catalog(team));
        environment.write("shop/scap/targets", HOSTS.join("\n") + "\n");
        environment.write("shop/scap/canaries", HOSTS[0].to_owned() + "\n");
        environment.write("shop/scap/scap.cfg", SCAP_CFG);
        if environment.servers.is_some() {
            let port = format!(
                "service_port: {}\nservice_timeout: 60\n",
                environment.port()
            );
            environment.add("shop/scap/scap.cfg", &port);
        }
        for host in HOSTS {
            fs::create_dir_all(environment.path("hosts").join(host)).unwrap();
        }
        git(&environment.path("shop"), &["init", "--quiet"]);
        if std::env::var_os("SCAP_TEST_RUNNER").is_some() {
            environment
                .runner
                .replace(Some(environment.begin_runner(&[])));
        }
        environment
    }

    /// A runner that answers, from now on asked by every scap.
    pub(crate) fn begin_runner(&self, arguments: &[&str]) -> Running {
        let runner = self.begin(&[&["runner"], arguments].concat());
        runner.until_complains("listening on");
        runner
    }

    fn catalog(team: &str) -> String {
        let team: Vec<String> = team.lines().map(|line| format!("    {line}\n")).collect();
        format!(
            "services:\n  shop:\n    hosts:\n      repository: shop\n{}",
            team.concat()
        )
    }

    /// Where the hosts' services listen.
    pub(crate) fn port(&self) -> u16 {
        self.servers
            .as_ref()
            .expect("this environment serves")
            .port()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Adds `text` at the end of a file.
    pub(crate) fn add(&self, name: &str, text: &str) {
        let before = fs::read_to_string(self.path(name)).unwrap_or_default();
        self.write(name, before + text);
    }

    pub(crate) fn remove(&self, name: &str) {
        fs::remove_file(self.path(name)).unwrap();
    }

    /// Commits a version, which is then what is checked out; its commit.
    pub(crate) fn commit(&self, version: &Version) -> String {
        let repository = self.path("shop");
        for (name, text) in version.files() {
            self.write(&format!("shop/{name}"), text);
        }
        git(&repository, &["add", "--all"]);
        git(
            &repository,
            &["commit", "--quiet", "--message", version.name],
        );
        git(&repository, &["rev-parse", "HEAD"])
    }

    /// A version that is good and runs on all hosts, before anything else happens; its commit.
    pub(crate) fn have(&self, version: &'static str) -> String {
        let commit = self.commit(&Version::good(version));
        self.deploy().exits(0);
        fs::write(self.path("restarts"), "").unwrap();
        commit
    }

    /// Deploys what is checked out.
    pub(crate) fn deploy(&self) -> Said {
        self.scap(&["deploy-service", "shop", "--yes"])
    }

    /// Deploys what is checked out, while the test looks elsewhere.
    pub(crate) fn begin_deploying(&self) -> Running {
        self.begin(&["deploy-service", "shop", "--yes"])
    }

    /// scap with this environment's configuration and state, to its end.
    pub(crate) fn scap(&self, arguments: &[&str]) -> Said {
        self.begin(arguments).ends()
    }

    /// scap, while the test looks elsewhere.
    pub(crate) fn begin(&self, arguments: &[&str]) -> Running {
        Running::start(self.told(arguments))
    }

    /// A runner that may have so many files open.
    pub(crate) fn begin_runner_with_files(&self, most: u32) -> Running {
        let told = self.told(&["runner"]);
        let mut limited = self.program("/bin/sh");
        let script = format!("ulimit -n {most}; exec \"$0\" \"$@\"");
        limited.args(["-c", &script]);
        limited.arg(told.get_program()).args(told.get_args());
        let runner = Running::start(limited);
        runner.until_complains("listening on");
        runner
    }

    /// scap of another user of the host.
    pub(crate) fn begin_as(&self, uid: u32, arguments: &[&str]) -> Running {
        let mut scap = self.told(arguments);
        scap.uid(uid).gid(uid);
        Running::start(scap)
    }

    fn told(&self, arguments: &[&str]) -> Command {
        let mut scap = self.bare();
        scap.arg("--config").arg(self.path("scap.yaml"));
        scap.arg("--state-dir")
            .arg(self.path("state"))
            .args(arguments);
        scap
    }

    /// scap that is told neither configuration nor state.
    pub(crate) fn bare(&self) -> Command {
        self.program(env!("CARGO_BIN_EXE_scap"))
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "a test starts scap as its users do"
    )]
    fn program(&self, path: &str) -> Command {
        let mut program = Command::new(path);
        let home = self.path("home");
        fs::create_dir_all(&home).unwrap();
        program
            .env_clear()
            .env("HOME", home)
            .current_dir(self.folder.path())
            .stdin(Stdio::null());
        program
    }

    /// What a command that succeeds says, as data.
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        let said = self
            .scap(&[arguments, &["--format", "json"]].concat())
            .exits(0);
        serde_json::from_str(&said.stdout).unwrap_or_else(|error| panic!("{error}: {said}"))
    }

    /// What is known of a run.
    pub(crate) fn run(&self, run: u32) -> Value {
        self.json(&["show", &run.to_string()])
    }

    /// Numbers of all runs with their outcomes, oldest first.
    pub(crate) fn outcomes(&self) -> Vec<(u64, Option<String>)> {
        let runs = self.json(&["runs"]);
        let line = |run: &Value| {
            (
                run["run"].as_u64().unwrap(),
                run["outcome"].as_str().map(str::to_owned),
            )
        };
        runs.as_array().unwrap().iter().rev().map(line).collect()
    }

    /// Names of a run's events, in order.
    pub(crate) fn events(&self, run: u32) -> Vec<String> {
        let said = self
            .scap(&["log", &run.to_string(), "--format", "json"])
            .exits(0);
        let event = |event: Value| match event["step"].as_u64() {
            Some(step) => format!("{} {step}", event["event"].as_str().unwrap()),
            None => event["event"].as_str().unwrap().to_owned(),
        };
        said.lines_of_data().into_iter().map(event).collect()
    }

    /// Waits until a run is in this phase.
    pub(crate) fn until_phase(&self, run: u32, phase: &str) {
        until(&format!("run {run} in phase `{phase}`"), || {
            let said = self.scap(&["show", &run.to_string(), "--format", "json"]);
            let shown: Option<Value> = serde_json::from_str(&said.stdout).ok();
            shown.is_some_and(|shown| shown["phase"] == phase)
        });
    }

    /// The version that is deployed on each host.
    pub(crate) fn versions(&self) -> [String; 3] {
        HOSTS.map(|host| {
            let version = fs::read_to_string(self.deployed(host).join("version"));
            version.map_or("nothing".to_owned(), |version| version.trim().to_owned())
        })
    }

    /// The symlink that a host's service is started from.
    pub(crate) fn deployed(&self, host: &str) -> PathBuf {
        self.path("hosts").join(host).join("srv/deployment/shop")
    }

    /// Where a revision lies on a host.
    pub(crate) fn revision(&self, host: &str, commit: &str) -> PathBuf {
        self.path("hosts")
            .join(host)
            .join("srv/deployment/shop-cache/revs")
            .join(commit)
    }

    /// Each restart that was begun, `HOST VERSION`, sorted.
    pub(crate) fn restarts(&self) -> Vec<String> {
        sorted_lines(&self.path("restarts"))
    }

    /// Each restart that came to its end well, `HOST VERSION`, sorted.
    pub(crate) fn finished_restarts(&self) -> Vec<String> {
        sorted_lines(&self.path("finished"))
    }

    /// Restarts on `host` wait from now on.
    pub(crate) fn hold(&self, host: &str) {
        self.write(&format!("hosts/{host}/hold"), "");
    }

    /// Restarts on `host` go on.
    pub(crate) fn release(&self, host: &str) {
        self.remove(&format!("hosts/{host}/hold"));
    }

    /// Restarts on `host` fail from now on.
    pub(crate) fn break_restarts(&self, host: &str) {
        self.write(&format!("hosts/{host}/broken"), "");
    }

    /// Restarts on `host` no longer fail.
    pub(crate) fn mend_restarts(&self, host: &str) {
        self.remove(&format!("hosts/{host}/broken"));
    }

    /// Waits until a restart was begun, `HOST VERSION`.
    pub(crate) fn until_restarting(&self, restart: &str) {
        until(&format!("restart of `{restart}`"), || {
            self.restarts().iter().any(|begun| begun == restart)
        });
    }

    /// Begins to deploy what is checked out, up to the canary's restart, which waits.
    pub(crate) fn deploy_up_to_the_canary(&self, version: &str) -> Running {
        self.hold("web1");
        let running = self.begin_deploying();
        self.until_restarting(&format!("web1 {version}"));
        running
    }
}

impl Drop for TestEnvironment {
    fn drop(&mut self) {
        leftovers::end(self.folder.path());
    }
}

/// Waits until `holds`; the deadline is for a test that fails, far beyond what a busy machine needs.
pub(crate) fn until(what: &str, holds: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_mins(3);
    while !holds() {
        assert!(Instant::now() < deadline, "it never came to hold: {what}");
        std::thread::sleep(Duration::from_millis(30));
    }
}

fn sorted_lines(path: &Path) -> Vec<String> {
    let text = fs::read_to_string(path).unwrap_or_default();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    lines.sort();
    lines
}

fn configuration() -> String {
    let addresses: Vec<String> = HOSTS
        .iter()
        .zip(1..)
        .map(|(host, last)| format!("    {host}: {}\n", servers::address(last)))
        .collect();
    format!(
        "service_catalog: service-catalog.yaml\nhosts:\n  root: hosts\n  addresses:\n{}",
        addresses.concat()
    )
}

/// Runs the restart script of the revision that was just promoted.
const SCAP_CFG: &str = "[global]
git_repo: shop
dsh_targets: targets
server_groups: canary, default
canary_dsh_targets: canaries
restart_command: /bin/sh -c '. \"$SCAP_FINAL_PATH/restart\"'
";
