//! scap.yaml: the tool's own configuration.

pub(crate) mod bump;
mod registries;
pub(crate) mod retention;
pub(crate) mod spiderpig;
mod stores;

use crate::catalog::{signals, team};
use crate::error::{ConfigError, Source, quoted};
use crate::reader::{Entry, Item, read_file};
use crate::{Defaults, EnvironmentName, HostName, Namespace, Period, SharedSignal, UrlPattern};
pub use bump::{BumpPolicy, Push};
pub use registries::RegistryMirrors;
pub use retention::Retention;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
pub use spiderpig::{
    CasConfiguration, OidcConfiguration, SignInConfiguration, SignInProvider,
    SpiderpigConfiguration,
};
use std::collections::BTreeMap;
use std::net::IpAddr;
pub(crate) use stores::{DEFAULT_INDEX, DEFAULT_TIME_FIELD};
#[cfg(test)]
pub(crate) use stores::{LOGS_KEYS, METRICS_KEYS};
pub use stores::{LogStore, MetricsStore};

/// How scap is set up on this machine. Paths are as written: whoever uses them resolves them against the file's folder.
#[derive(Debug, Clone, PartialEq)]
pub struct Configuration {
    pub service_catalog: String,
    pub cluster_groups: String,
    pub conftool_state: String,
    /// The folder that has a folder for each cluster group.
    pub deployments_dir: String,
    pub kubeconfig: KubeconfigPattern,
    pub binaries: Binaries,
    pub hosts: HostsConfiguration,
    pub runner: RunnerPolicy,
    /// Where the runner answers, if not in the folder of its runs.
    pub socket: Option<String>,
    /// Steps of one wave that run at once, at most.
    pub concurrency: usize,
    /// How long the pods of a release may take to become ready.
    pub ready_timeout: Period,
    /// Of what programs printed.
    pub retention: Retention,
    /// The file that what runs do and print is written to for a log store, if any.
    pub ecs_log: Option<String>,
    pub bump: BumpPolicy,
    /// The file of Hiera that has the versions of the Beta Cluster.
    pub hiera: Option<String>,
    /// Registries that are asked elsewhere, or over plain HTTP; the others over TLS.
    pub registry_mirrors: RegistryMirrors,
    /// Where counters are asked for that are not read from instances.
    pub metrics: Option<MetricsStore>,
    /// Where errors are looked up.
    pub logs: Option<LogStore>,
    /// Checks and tests of all services in Kubernetes.
    pub defaults: Defaults,
    /// What is watched at every deployment.
    pub watched: Vec<SharedSignal>,
    /// The web UI, where there is one.
    pub spiderpig: Option<SpiderpigConfiguration>,
}

/// Where the programs are that scap starts: a path, or a name to look up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binaries {
    pub git: String,
    pub helm: String,
    pub helmfile: String,
    pub kubectl: String,
}

/// How hosts are reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostsConfiguration {
    pub transport: Transport,
    /// The folder that holds a folder for each host.
    pub root: Option<String>,
    /// Where a host answers, if its name does not say so.
    pub addresses: BTreeMap<HostName, IpAddr>,
}

/// The way to a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Transport {
    /// Each host is a folder on this machine.
    Local,
}

/// Whether runs must be left to `scap runner`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RunnerPolicy {
    Required,
    Optional,
}

/// A path with `{namespace}` and `{environment}` in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KubeconfigPattern(String);

pub(crate) const KEYS: &[&str] = &[
    "service_catalog",
    "cluster_groups",
    "conftool_state",
    "deployments_dir",
    "kubeconfig",
    "binaries",
    "hosts",
    "runner",
    "socket",
    "concurrency",
    "ready_timeout",
    "retention",
    "ecs_log",
    "bump",
    "hiera",
    "registry_mirrors",
    "metrics",
    "logs",
    "defaults",
    "watched",
    "spiderpig",
];
pub(crate) const BINARIES_KEYS: &[&str] = &["git", "helm", "helmfile", "kubectl"];
pub(crate) const HOSTS_KEYS: &[&str] = &["transport", "root", "addresses"];

const TRANSPORTS: &[(&str, Transport)] = &[("local", Transport::Local)];
const RUNNER_POLICIES: &[(&str, RunnerPolicy)] = &[
    ("required", RunnerPolicy::Required),
    ("optional", RunnerPolicy::Optional),
];
pub(crate) const HIGHEST_CONCURRENCY: usize = 1000;

impl Configuration {
    pub fn read(source: &Source) -> Result<Self, Vec<ConfigError>> {
        read_file(source, "configuration", configuration)
    }
}

fn configuration(item: &Item<'_>) -> Option<Configuration> {
    let default = Configuration::default();
    let fields = item.fields(KEYS)?;
    let text = |key, default| fields.or(key, default, Item::owned_text);
    let service_catalog = text("service_catalog", default.service_catalog);
    let cluster_groups = text("cluster_groups", default.cluster_groups);
    let conftool_state = text("conftool_state", default.conftool_state);
    let deployments_dir = text("deployments_dir", default.deployments_dir);
    let kubeconfig = fields.or("kubeconfig", default.kubeconfig, Item::parsed);
    let binaries = fields.or("binaries", default.binaries, binaries);
    let hosts = fields.or("hosts", default.hosts, hosts);
    let runner = fields.or("runner", default.runner, |item| {
        item.choice(RUNNER_POLICIES)
    });
    let socket = fields.optional("socket", Item::owned_text);
    let concurrency = fields.or("concurrency", default.concurrency, |item| {
        item.whole(1..=HIGHEST_CONCURRENCY)
    });
    let ready_timeout = fields.or("ready_timeout", default.ready_timeout, Item::period);
    let retention = fields.or("retention", default.retention, retention::read);
    let ecs_log = fields.optional("ecs_log", Item::owned_text);
    let bump = fields.or("bump", default.bump, bump::read);
    let hiera = fields.optional("hiera", Item::owned_text);
    let registry_mirrors = fields.or(
        "registry_mirrors",
        default.registry_mirrors,
        registries::mirrors,
    );
    let metrics = fields.optional("metrics", stores::metrics);
    let logs = fields.optional("logs", stores::logs);
    let defaults = fields.or("defaults", default.defaults, team::defaults);
    let watched = fields.or("watched", default.watched, |item| {
        let stores = (metrics.as_ref()?.as_ref(), logs.as_ref()?.as_ref());
        watched(item, stores)
    });
    let spiderpig = fields.optional("spiderpig", spiderpig::read);
    Some(Configuration {
        service_catalog: service_catalog?,
        cluster_groups: cluster_groups?,
        conftool_state: conftool_state?,
        deployments_dir: deployments_dir?,
        kubeconfig: kubeconfig?,
        binaries: binaries?,
        hosts: hosts?,
        runner: runner?,
        socket: socket?,
        concurrency: concurrency?,
        ready_timeout: ready_timeout?,
        retention: retention?,
        ecs_log: ecs_log?,
        bump: bump?,
        hiera: hiera?,
        registry_mirrors: registry_mirrors?,
        metrics: metrics?,
        logs: logs?,
        defaults: defaults?,
        watched: watched?,
        spiderpig: spiderpig?,
    })
}

/// What all share is asked of the stores as a whole.
fn watched(
    item: &Item<'_>,
    (metrics, logs): (Option<&MetricsStore>, Option<&LogStore>),
) -> Option<Vec<SharedSignal>> {
    let signals = signals::signals(item)?;
    let urls = [
        ("metrics", metrics.map(|store| &store.url)),
        ("logs", logs.map(|store| &store.url)),
    ];
    for (store, url) in urls {
        if url.is_some_and(UrlPattern::has_placeholders) {
            item.refuse_with_hint(
                &format!("cannot be asked: the url of {store} is another one for each release"),
                format!("name a store under `{store}` that has what all of them have"),
            );
            return None;
        }
    }
    Some(signals)
}

fn binaries(item: &Item<'_>) -> Option<Binaries> {
    let fields = item.fields(BINARIES_KEYS)?;
    let path = |name: &str| fields.or(name, name.to_owned(), Item::owned_text);
    let (git, helm, helmfile, kubectl) =
        (path("git"), path("helm"), path("helmfile"), path("kubectl"));
    Some(Binaries {
        git: git?,
        helm: helm?,
        helmfile: helmfile?,
        kubectl: kubectl?,
    })
}

fn hosts(item: &Item<'_>) -> Option<HostsConfiguration> {
    let fields = item.fields(HOSTS_KEYS)?;
    let transport = fields.or("transport", Transport::Local, |item| {
        item.choice(TRANSPORTS)
    });
    let root = fields.optional("root", Item::owned_text);
    let addresses = fields.or("addresses", Vec::new(), |item| {
        item.each(("host", "hosts"), address)
    });
    Some(HostsConfiguration {
        transport: transport?,
        root: root?,
        addresses: addresses?.into_iter().collect(),
    })
}

fn address(entry: Entry<'_, HostName>) -> Option<(HostName, IpAddr)> {
    let text = entry.item.text()?;
    let address = text.parse();
    if address.is_err() {
        entry
            .item
            .refuse(&format!("must be an IP address, not {}", quoted(text)));
    }
    Some((entry.name, address.ok()?))
}

impl Default for Configuration {
    fn default() -> Self {
        Self {
            service_catalog: "/etc/scap/service-catalog.yaml".to_owned(),
            cluster_groups: "/etc/scap/cluster-groups.yaml".to_owned(),
            conftool_state: "/etc/scap/conftool-state.yaml".to_owned(),
            deployments_dir: "/srv/deployment-charts/helmfile.d".to_owned(),
            kubeconfig: KubeconfigPattern::default(),
            binaries: Binaries::default(),
            hosts: HostsConfiguration::default(),
            runner: RunnerPolicy::Optional,
            socket: None,
            concurrency: crate::Policy::default().concurrency,
            ready_timeout: Period::from_secs(600),
            retention: Retention::default(),
            ecs_log: None,
            bump: BumpPolicy::default(),
            hiera: None,
            registry_mirrors: RegistryMirrors::new(),
            metrics: None,
            logs: None,
            defaults: Defaults::default(),
            watched: Vec::new(),
            spiderpig: None,
        }
    }
}

impl Default for Binaries {
    fn default() -> Self {
        Self {
            git: "git".to_owned(),
            helm: "helm".to_owned(),
            helmfile: "helmfile".to_owned(),
            kubectl: "kubectl".to_owned(),
        }
    }
}

impl Default for HostsConfiguration {
    fn default() -> Self {
        Self {
            transport: Transport::Local,
            root: None,
            addresses: BTreeMap::new(),
        }
    }
}

impl Default for KubeconfigPattern {
    fn default() -> Self {
        Self("/etc/kubernetes/{namespace}-deploy-{environment}.config".to_owned())
    }
}

/// Why a text is no pattern for kubeconfig files.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    #[error("has unknown placeholder `{{{0}}}` (known: {{namespace}}, {{environment}})")]
    UnknownPlaceholder(String),
    #[error("has a `{{` or `}}` without its other half")]
    UnpairedBrace,
}

impl TryFrom<String> for KubeconfigPattern {
    type Error = PatternError;

    fn try_from(text: String) -> Result<Self, PatternError> {
        let mut rest = text.as_str();
        while let Some(start) = rest.find(['{', '}']) {
            let inner = rest[start..]
                .strip_prefix('{')
                .ok_or(PatternError::UnpairedBrace)?;
            let (name, after) = inner.split_once('}').ok_or(PatternError::UnpairedBrace)?;
            if name.contains('{') {
                return Err(PatternError::UnpairedBrace);
            }
            if !["namespace", "environment"].contains(&name) {
                return Err(PatternError::UnknownPlaceholder(name.to_owned()));
            }
            rest = after;
        }
        Ok(Self(text))
    }
}

impl KubeconfigPattern {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The path for a namespace in an environment. Names have no braces, so one cannot stand for the other.
    pub fn path(&self, namespace: &Namespace, environment: &EnvironmentName) -> String {
        self.0
            .replace("{namespace}", namespace.as_str())
            .replace("{environment}", environment.as_str())
    }
}
