//! A deploy host in one folder that is gone with its trial: configuration, repository, hosts, charts, and scap's state.

#[path = "../it/environment/git.rs"]
mod git;

use crate::cluster::{Cluster, NAMESPACE};
use crate::ledger::Ledger;
use crate::scenario::Scenario;
use crate::world::{Contents, World};
use crate::{api, processes, service};
use git::git;
use scap_journal::Journal;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, LazyLock};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

/// The first one is the canary, the others are the group `default`.
pub(crate) const HOSTS: [&str; 3] = ["web1", "web2", "web3"];
/// Commits of the repository, oldest first.
pub(crate) const VERSIONS: [&str; 3] = ["v1", "v2", "v3"];

/// Serves all worlds.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());

/// What all fake tools are: a script that asks the test what to do, and says and ends so.
const TOOL: &str = r#"#!/bin/bash
trap 'printf "interrupted\n" >&3' INT TERM
exec 3<>/dev/tcp/127.0.0.1/PORT
printf '%s|%s|%s|%s\n' "${0##*/}" "${SCAP_HOST-}${INSTANCE-}" "${SCAP_COMMIT-}" "$*" >&3
while IFS= read -r line <&3; do
    case $line in
    "say "*) printf '%s\n' "${line#say }" ;;
    "exit "*) exit "${line#exit }" ;;
    esac
done
exit 70
"#;
const TOOLS: [&str; 4] = ["restart", "probe", "helm", "helmfile"];

/// A folder with a world; worlds like it begin as copies of both.
pub(crate) struct Place {
    folder: TempDir,
    pub(crate) world: Arc<World>,
    commits: BTreeMap<String, String>,
}

impl Place {
    /// A repository with all versions, charts, and nothing deployed.
    pub(crate) fn bare() -> Self {
        let folder = TempDir::with_prefix("chaos-").unwrap();
        let shop = folder.path().join("shop");
        fs::create_dir_all(&shop).unwrap();
        git(&shop, &["init", "--quiet"]);
        let commits = VERSIONS.map(|version| {
            fs::write(shop.join("version"), version).unwrap();
            git(&shop, &["add", "--all"]);
            git(&shop, &["commit", "--quiet", "--message", version]);
            (git(&shop, &["rev-parse", "HEAD"]), version.to_owned())
        });
        for host in HOSTS {
            fs::create_dir_all(folder.path().join("hosts").join(host)).unwrap();
        }
        let empty = (Cluster::default(), BTreeMap::new());
        Self::around(folder, commits.into(), empty, &Scenario::EMPTY)
    }

    /// The same once more, in a folder of its own, for this scenario.
    pub(crate) fn copy(&self, scenario: &Scenario) -> Self {
        let folder = TempDir::with_prefix("chaos-").unwrap();
        let copied = command("cp")
            .arg("-a")
            .arg(self.path("."))
            .arg(folder.path())
            .status();
        assert!(copied.unwrap().success());
        let state = self.world.state();
        let world = (state.cluster.clone(), state.running.clone());
        drop(state);
        Self::around(folder, self.commits.clone(), world, scenario)
    }

    fn around(
        folder: TempDir,
        commits: BTreeMap<String, String>,
        (cluster, running): (Cluster, BTreeMap<String, String>),
        scenario: &Scenario,
    ) -> Self {
        let contents = Contents {
            cluster,
            running,
            unknown: BTreeSet::new(),
            ledger: Ledger::new(&folder.path().join("ledger")),
        };
        let world = World::new(contents, commits.clone(), scenario.behaviours);
        let place = Self {
            folder,
            world,
            commits,
        };
        place.set_up(scenario);
        place
    }

    /// Writes all that tells scap where this world is.
    fn set_up(&self, scenario: &Scenario) {
        let (tools, api, port) = RUNTIME.block_on(async {
            let tools = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let api = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let ports = [&tools, &api].map(|listener| listener.local_addr().unwrap().port());
            tokio::spawn(Arc::clone(&self.world).serve(tools));
            let router = api::router(Arc::clone(&self.world));
            tokio::spawn(async move { axum::serve(api, router).await });
            let port = if scenario.serves {
                Some(service::serve(&self.world, &HOSTS).await)
            } else {
                None
            };
            (ports[0], ports[1], port)
        });
        for tool in TOOLS {
            let name = format!("bin/{tool}");
            self.write(&name, &TOOL.replace("PORT", &tools.to_string()));
            fs::set_permissions(self.path(&name), fs::Permissions::from_mode(0o755)).unwrap();
        }
        self.write("scap.yaml", &configuration(api));
        self.write(
            &format!("{NAMESPACE}-deploy-eqiad.config"),
            &kubeconfig(api),
        );
        self.write("service-catalog.yaml", &self.catalog(scenario));
        self.write("cluster-groups.yaml", CLUSTER_GROUPS);
        self.write("conftool-state.yaml", "mw: {primary_dc: eqiad}\n");
        self.write("shop/scap/targets", &(HOSTS.join("\n") + "\n"));
        self.write("shop/scap/canaries", &format!("{}\n", HOSTS[0]));
        let port = port.map(|port| format!("service_port: {port}\n"));
        let settings = SCAP_CFG.to_owned() + scenario.scap_cfg + &port.unwrap_or_default();
        self.write("shop/scap/scap.cfg", &settings);
        self.write(
            "charts/page/Chart.yaml",
            "{apiVersion: v2, name: page, version: 1.2.3}\n",
        );
        self.write(
            &format!("charts/services/{NAMESPACE}/helmfile.yaml"),
            "releases: []\n",
        );
        self.set_tag(scenario.tag);
    }

    fn catalog(&self, scenario: &Scenario) -> String {
        let probe = self.path("bin/probe").display().to_string();
        let team = scenario.team.replace("PROBE", &probe);
        let team: Vec<String> = team.lines().map(|line| format!("    {line}\n")).collect();
        let team = team.concat();
        format!(
            "services:\n  shop:\n    hosts: {{repository: shop}}\n{team}  {NAMESPACE}:\n    cluster_group: wikikube\n    namespaces:\n      \
             {NAMESPACE}: {{environments: {{eqiad: {{releases: {{canary: {{stage: CANARY}}, main: {{}}}}}}}}}}\n"
        )
    }

    /// What helm would bring from now on.
    pub(crate) fn set_tag(&self, tag: &str) {
        let name = format!("charts/services/{NAMESPACE}/values.yaml");
        self.write(&name, &format!("tag: {tag}\n"));
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// scap's arguments as a scenario has them: `v2` stands for a commit.
    pub(crate) fn arguments(&self, words: &[&str]) -> Vec<String> {
        let given = ["--config", "scap.yaml", "--state-dir", "state"];
        let real = |word: &&str| {
            let mut commits = self.commits.iter();
            let commit = commits.find(|(_, version)| version == word);
            commit.map_or_else(|| (*word).to_owned(), |(commit, _)| commit.clone())
        };
        let json = ["--format", "json"];
        given.iter().chain(words).chain(&json).map(real).collect()
    }

    /// A program that works in this folder and knows nothing of where the test came from.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = command(program);
        command
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("HOME", self.path("home"))
            .current_dir(self.folder.path())
            .stdin(Stdio::null());
        command
    }

    /// The journal, once there is one.
    pub(crate) fn journal(&self) -> Option<Journal> {
        let state = self.path("state");
        let is_there = state.join("journal.db").exists();
        is_there.then(|| Journal::open(&state).unwrap())
    }

    /// From now on, commands ask `scap runner` or nobody.
    pub(crate) fn leave_runs_to_a_runner(&self) {
        let configuration = fs::read_to_string(self.path("scap.yaml")).unwrap();
        self.write("scap.yaml", &(configuration + "runner: required\n"));
    }

    /// Kills all that scap has started. What became of restarts whose supervisors are killed with them, nobody can know.
    pub(crate) fn kill_children(&self) {
        processes::kill_programs_of(self.folder.path());
        for program in programs(&self.path("state/programs")) {
            let has = |file: &str| program.join(file).exists();
            let name = program.file_name().unwrap().to_string_lossy();
            if has("supervisor.json") && !has("exit.json") && name.contains("restart-") {
                let host = name.rsplit('-').next().unwrap();
                self.world.state().unknown.insert(host.to_owned());
            }
        }
    }

    /// What is deployed on a host, by its symlink.
    pub(crate) fn deployed(&self, host: &str) -> String {
        let link = self.path("hosts").join(host).join("srv/deployment/shop");
        let target = fs::read_link(link).ok();
        let commit = target.as_deref().and_then(Path::file_name);
        let commit = commit.and_then(|name| name.to_str()).unwrap_or_default();
        self.world.name(commit)
    }

    /// Whether a host was left with a restart that is due.
    pub(crate) fn restart_is_due(&self, host: &str) -> bool {
        let beside = self.path("hosts").join(host);
        beside
            .join("srv/deployment/shop-cache/restart-due")
            .exists()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        processes::kill_all_of(self.folder.path());
    }
}

/// The folders of all programs that runs have started.
fn programs(base: &Path) -> Vec<PathBuf> {
    let folders = |path: &Path| {
        let entries = fs::read_dir(path).into_iter().flatten();
        entries
            .map(|entry| entry.unwrap().path())
            .collect::<Vec<_>>()
    };
    folders(base).iter().flat_map(|run| folders(run)).collect()
}

#[expect(
    clippy::disallowed_methods,
    reason = "a test starts scap as its users do, and what it needs itself"
)]
fn command(program: &str) -> Command {
    Command::new(program)
}

fn configuration(api: u16) -> String {
    let addresses = HOSTS.iter().zip(1..);
    let addresses: Vec<String> = addresses
        .map(|(host, last)| format!("{host}: {}", service::address(last)))
        .collect();
    format!(
        "service_catalog: service-catalog.yaml\ncluster_groups: cluster-groups.yaml\nconftool_state: conftool-state.yaml\n\
         deployments_dir: charts\nkubeconfig: \"{{namespace}}-deploy-{{environment}}.config\"\n\
         binaries: {{helm: bin/helm, helmfile: bin/helmfile}}\nregistry_mirrors: {{registry.example: \"http://127.0.0.1:{api}\"}}\n\
         hosts: {{root: hosts, addresses: {{{}}}}}\ndefaults: {{bake: 100ms}}\n",
        addresses.join(", ")
    )
}

fn kubeconfig(api: u16) -> String {
    format!(
        "{{apiVersion: v1, kind: Config, current-context: c, contexts: [{{name: c, context: {{cluster: k, user: u}}}}],\n\
         clusters: [{{name: k, cluster: {{server: 'http://127.0.0.1:{api}'}}}}], users: [{{name: u, user: {{token: secret}}}}]}}\n"
    )
}

const SCAP_CFG: &str = "[global]
git_repo: shop
dsh_targets: targets
server_groups: canary, default
canary_dsh_targets: canaries
restart_command: /bin/sh -c 'exec $SCAP_HOST_ROOT/../../bin/restart'
";

const CLUSTER_GROUPS: &str = "wikikube:
  dir: services
  environments:
    eqiad: { datacenter: eqiad, type: PRODUCTION }
  environment_stages: [CANARY, PRODUCTION]
  environment_default_stage: PRODUCTION
";
