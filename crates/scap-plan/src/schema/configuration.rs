//! The shape of scap.yaml.
#![expect(dead_code, reason = "only the schemas of these types are used")]

use super::checks::{Check, Test};
use super::{Name, Text};
use crate::Period;
use crate::catalog::signals;
use crate::configuration::retention;
use crate::configuration::spiderpig::{self, sign_in};
use crate::configuration::{
    BumpPolicy, Configuration as Settings, DEFAULT_INDEX, DEFAULT_TIME_FIELD, HIGHEST_CONCURRENCY,
    Push, RunnerPolicy, Transport,
};
use schemars::JsonSchema;
use std::collections::BTreeMap;
use std::net::IpAddr;

/// How scap is set up on this machine. Paths are relative to this file's folder.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Configuration {
    #[schemars(extend("default" = Settings::default().service_catalog))]
    service_catalog: Option<Text>,
    #[schemars(extend("default" = Settings::default().cluster_groups))]
    cluster_groups: Option<Text>,
    #[schemars(extend("default" = Settings::default().conftool_state))]
    conftool_state: Option<Text>,
    /// The folder that has a folder for each cluster group.
    #[schemars(extend("default" = Settings::default().deployments_dir))]
    deployments_dir: Option<Text>,
    /// A path in which `{namespace}` and `{environment}` are replaced.
    #[schemars(
        regex(pattern = "^([^{}]|\\{namespace\\}|\\{environment\\})+$"),
        extend("default" = Settings::default().kubeconfig.as_str())
    )]
    kubeconfig: Option<String>,
    binaries: Option<Binaries>,
    hosts: Option<Hosts>,
    /// Whether runs must be left to `scap runner`.
    #[schemars(extend("default" = Settings::default().runner))]
    runner: Option<RunnerPolicy>,
    /// Where the runner answers, if not at `cli.sock` in the folder where runs are kept.
    socket: Option<String>,
    /// Steps of one wave that run at once, at most.
    #[schemars(range(min = 1, max = HIGHEST_CONCURRENCY), extend("default" = Settings::default().concurrency))]
    concurrency: Option<usize>,
    /// How long the pods of a release may take to become ready.
    #[schemars(extend("default" = Settings::default().ready_timeout))]
    ready_timeout: Option<Period>,
    retention: Option<Retention>,
    /// The file that `scap runner` appends what runs do and print to, masked, as lines of JSON with ECS fields. Left out: none.
    ecs_log: Option<Text>,
    bump: Option<Bump>,
    /// The file of Hiera that has the versions of the Beta Cluster.
    hiera: Option<Text>,
    /// What is asked in place of a registry, by the `HOST` or `HOST:PORT` that images name; the others are asked over TLS.
    #[schemars(extend("minProperties" = 1))]
    registry_mirrors: Option<BTreeMap<RegistryHost, MirrorUrl>>,
    metrics: Option<Metrics>,
    logs: Option<Logs>,
    defaults: Option<Defaults>,
    /// What is watched at every deployment, on hosts too, by its name: such as the error rate of a service that others may harm.
    #[schemars(extend("minProperties" = 1))]
    watched: Option<BTreeMap<Name, SharedSignal>>,
    spiderpig: Option<Spiderpig>,
}

/// The web UI.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Spiderpig {
    /// What people's browsers call it, without a path: https, or http on localhost, 127.0.0.1 or `[::1]`.
    #[schemars(regex(pattern = sign_in::ORIGIN))]
    url: String,
    /// Where the runner answers the web process, if not at `web.sock` in the folder where runs are kept.
    socket: Option<Text>,
    /// The user whose process may connect to that socket. Left out: the runner's own.
    web_user: Option<Name>,
    /// The file of the policy.
    policy: Text,
    sign_in: SignIn,
    /// Where `scap spiderpig web` listens.
    #[schemars(regex(pattern = "^(\\[[0-9a-fA-F:.]+\\]|[0-9.]+):[0-9]+$"), extend("default" = spiderpig::DEFAULT_LISTEN.to_string()))]
    listen: Option<String>,
    /// Proxies whose `X-Forwarded-For` is believed.
    #[schemars(extend("default" = [] as [&str; 0], "uniqueItems" = true))]
    trusted_proxies: Option<Vec<IpAddr>>,
    /// The folder of the built page; without it, the page that scap was built with.
    page: Option<Text>,
}

/// Who tells who people are, and in which groups.
#[derive(JsonSchema)]
#[schemars(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum SignIn {
    /// A provider of `OpenID Connect`. It must know `URL/api/sign-in/finish` as a redirect address.
    Oidc {
        /// What the button says.
        name: Text,
        /// How long groups count that cannot be read anew, at most 12h.
        #[schemars(extend("default" = sign_in::LONGEST_GROUPS))]
        groups_valid: Option<Period>,
        /// As the provider writes it, to the letter.
        #[schemars(regex(pattern = sign_in::ADDRESS))]
        issuer: String,
        client_id: Text,
        /// The file with the client's secret, which only the runner's user may read. Left out: the client is public.
        client_secret_file: Option<Text>,
        /// The claim that names the person.
        #[schemars(extend("default" = sign_in::DEFAULT_PERSON_CLAIM))]
        person_claim: Option<Word>,
        /// The claim that lists the person's groups.
        #[schemars(extend("default" = sign_in::DEFAULT_GROUPS_CLAIM))]
        groups_claim: Option<Word>,
        /// What is asked for besides `openid`.
        #[schemars(extend("default" = sign_in::DEFAULT_SCOPES, "uniqueItems" = true))]
        scopes: Option<Vec<Word>>,
    },
    /// A CAS server, of version 3 of the protocol.
    Cas {
        /// What the button says.
        name: Text,
        /// How long groups count, which cannot be read anew; at most 12h.
        #[schemars(extend("default" = sign_in::LONGEST_GROUPS))]
        groups_valid: Option<Period>,
        /// What `/login` and `/p3/serviceValidate` are appended to.
        #[schemars(regex(pattern = sign_in::ADDRESS))]
        url: String,
        /// The attribute that lists the person's groups.
        #[schemars(extend("default" = sign_in::DEFAULT_GROUPS_ATTRIBUTE))]
        groups_attribute: Option<Word>,
    },
}

/// One word of ASCII.
#[derive(JsonSchema)]
#[schemars(inline)]
pub(super) struct Word(#[schemars(regex(pattern = "^[!#-\\[\\]-~]+$"))] String);

/// A signal that all deployments share: compared with its own past, so that it asks at the most.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct SharedSignal {
    /// Of the type `prometheus` or `logs`, without placeholders, as the stores' addresses are then.
    check: Check,
    /// Whether no team may leave it out by `unwatched`.
    #[schemars(extend("default" = true))]
    required: Option<bool>,
    /// How long it is watched after each wave of production, at the least; as long as the wave's other gates in any case.
    #[schemars(extend("default" = signals::DEFAULT_PERIOD))]
    period: Option<Period>,
}

/// How long it is kept what programs of ended runs printed.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Retention {
    /// Since it was written last.
    #[schemars(extend("default" = Settings::default().retention.age))]
    age: Option<Period>,
    /// Of all runs together; the oldest goes first.
    #[schemars(range(min = 1, max = retention::MOST_GIBIBYTES), extend("default" = Settings::default().retention.gibibytes))]
    gibibytes: Option<u64>,
}

/// How a new image tag is committed and published.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Bump {
    /// Committed in the checkout itself (`none`), or pushed from a copy of the remote branch: to the branch, or to Gerrit for review.
    #[schemars(extend("default" = BumpPolicy::default().push))]
    push: Option<Push>,
    /// A remote of the checkout.
    #[schemars(regex(pattern = super::NAME), extend("default" = BumpPolicy::default().remote))]
    remote: Option<String>,
    /// Left out: the branch that is checked out.
    #[schemars(regex(pattern = crate::configuration::bump::BRANCH))]
    branch: Option<String>,
    /// `NAME <MAIL>`, in which `{person}` is replaced. Left out: the person on this host.
    #[schemars(regex(pattern = "^[^<>]*[^<> ][^<>]* <[^<> ]+>$"))]
    author: Option<String>,
    /// In which `{service}`, `{tag}` and `{previous}` are replaced.
    #[schemars(extend("default" = BumpPolicy::default().message))]
    message: Option<Text>,
}

/// A Prometheus, which checks of the types `prometheus` and `logs` ask.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Metrics {
    url: StoreUrl,
    link: Option<PageUrl>,
}

/// An OpenSearch or Elasticsearch, which checks of type `logs` ask.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Logs {
    url: StoreUrl,
    /// Names and patterns of indices, with commas between them.
    #[schemars(regex(pattern = "^[A-Za-z0-9*,:-][A-Za-z0-9_.*,:-]*$"), extend("default" = DEFAULT_INDEX))]
    index: Option<String>,
    /// The field with the time of a line.
    #[schemars(extend("default" = DEFAULT_TIME_FIELD))]
    time_field: Option<Text>,
    link: Option<PageUrl>,
}

/// Checks and tests of every service in Kubernetes that has none of the same name.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Defaults {
    #[schemars(extend("minProperties" = 1))]
    checks: Option<BTreeMap<Name, Check>>,
    #[schemars(extend("minProperties" = 1))]
    tests: Option<BTreeMap<Name, Test>>,
    /// How long no pod may fall over after the canaries of a service that has neither checks nor a `bake`.
    #[schemars(extend("default" = crate::Defaults::default().bake))]
    bake: Option<Period>,
    /// How long checks go on after the last wave of a service that declares no `watch`.
    #[schemars(extend("default" = "0s"))]
    watch: Option<Period>,
}

/// An address in which `{environment}` and `{datacenter}` are replaced.
#[derive(JsonSchema)]
#[schemars(inline)]
struct StoreUrl(
    #[schemars(regex(
        pattern = "^https?://([^{}/@?#\\\\\\s]|\\{environment\\}|\\{datacenter\\})([^{}@?#\\\\\\s]|\\{environment\\}|\\{datacenter\\})*$"
    ))]
    String,
);

/// The page where people see what a query finds. In it `{query}`, `{from}` and `{to}` (such as `2026-03-01T10:02:00.000Z`),
/// `{from_milliseconds}`, `{to_milliseconds}` (since 1970), `{environment}` and `{datacenter}` are replaced. In a text of
/// JSON it is `{query_json}` in place of `{query}`, in one of Rison `{query_rison}`. Braces of its own are written `%7B` and `%7D`.
#[derive(JsonSchema)]
#[schemars(inline)]
struct PageUrl(
    #[schemars(regex(
        pattern = "^https?://([^{}/\\s]|\\{(environment|datacenter)\\})([^{}\\s]|\\{(query|query_json|query_rison|from|to|from_milliseconds|to_milliseconds|environment|datacenter)\\})*$"
    ))]
    String,
);

/// `HOST` or `HOST:PORT`.
#[derive(JsonSchema, PartialEq, Eq, PartialOrd, Ord)]
#[schemars(inline)]
struct RegistryHost(
    #[schemars(regex(pattern = "^[A-Za-z0-9_:\\[\\]][A-Za-z0-9._:\\[\\]-]*$"))] String,
);

/// An address, without the path that all registries have.
#[derive(JsonSchema)]
#[schemars(inline)]
struct MirrorUrl(
    #[schemars(regex(pattern = "^https?://[^{}/@?#\\\\\\s][^{}@?#\\\\\\s]*$"))]
    String,
);

/// Where the programs are that scap starts: a path, or a name to look up.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Binaries {
    git: Option<Text>,
    helm: Option<Text>,
    helmfile: Option<Text>,
    kubectl: Option<Text>,
}

/// How hosts are reached.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Hosts {
    #[schemars(extend("default" = Settings::default().hosts.transport))]
    transport: Option<Transport>,
    /// The folder that holds a folder for each host.
    root: Option<Text>,
    /// Where a host answers, if its name does not say so.
    #[schemars(extend("minProperties" = 1))]
    addresses: Option<BTreeMap<Name, IpAddr>>,
}
