//! What a team declares for its service: tests, error counters, and what to do when they speak against a version.

mod load;
mod service_address;
mod terms;

pub use load::{Load, LoadSource};
pub use service_address::{BaseUrl, BaseUrlError};
pub use terms::{Date, DateError, Quarantine, Scope};

use crate::{HostPattern, Period, Query};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What happens when a deployment fails.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RollbackPolicy {
    /// Undo by itself.
    #[default]
    Automatic,
    /// Ask a person first.
    Ask,
    /// Never undo (one-way migrations): stop and leave everything as it is.
    Never,
}

/// A test that passes or fails, run on every instance of a wave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Test {
    pub name: String,
    /// How long it may take.
    pub timeout: Period,
    #[serde(flatten)]
    pub kind: TestKind,
    #[serde(default, skip_serializing_if = "Origin::is_team")]
    pub origin: Origin,
    /// The releases that it is for.
    #[serde(default, skip_serializing_if = "Scope::is_everywhere")]
    pub scope: Scope,
    /// Tests beside it that must have come to their end, well or not, before it begins.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<String>,
    /// How often it is tried again where it failed.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub retries: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quarantine: Option<Quarantine>,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands a reference over"
)]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl Test {
    /// A team's test as it is when nothing else is said.
    pub fn new(name: impl Into<String>, timeout: Period, kind: TestKind) -> Self {
        Self {
            name: name.into(),
            timeout,
            kind,
            origin: Origin::Team,
            scope: Scope::default(),
            after: Vec::new(),
            retries: 0,
            quarantine: None,
        }
    }
}

/// Who declared a check or a test.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// The service's team, in the catalog.
    #[default]
    Team,
    /// The operator, in scap.yaml, for all services in Kubernetes.
    Operator,
}

impl Origin {
    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "serde hands a reference over"
    )]
    fn is_team(&self) -> bool {
        *self == Self::Team
    }
}

/// The kinds of tests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum TestKind {
    /// A GET that must answer with `status`, and with `text` in its body. Pods are asked through the API server's proxy.
    Http {
        path: String,
        /// TCP port; when absent, the service's own, of a pod the first one that it declares.
        port: Option<u16>,
        status: u16,
        text: Option<String>,
    },
    /// A TCP port of hosts that must accept a connection; the service's own when absent.
    Port { port: Option<u16> },
    /// A program that must exit with 0. It is started without a shell, in the service's directory, beside what is given
    /// here with SERVICE and INSTANCE in its environment, and `base_url` as `BASE_URL`; with ADDRESS for each host, with
    /// ENVIRONMENT, NAMESPACE, RELEASE, STAGE and DATACENTER once for each release. `RESULT_FILE` is where it may write
    /// what its parts came to, as JSON: `{"reports": [{"test": "login", "instance": "web-1", "failure": null}]}`.
    Command {
        command: Vec<String>,
        environment: BTreeMap<String, String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        base_url: Option<BaseUrl>,
    },
    /// The tests that the release's chart brings, by `helm test`.
    HelmTest,
    /// Requests of httpbb's files, whose answers must be as the files say.
    Httpbb(HttpbbTest),
    /// The examples (`x-amples`) of an OpenAPI or Swagger specification, asked one after the other; each must be answered
    /// as it says. Operations with `x-monitor: false` are left out.
    #[serde(rename = "openapi")]
    OpenApi {
        #[serde(flatten)]
        specification: SpecificationPlace,
        /// As that of [`Self::Http`].
        port: Option<u16>,
    },
    /// As many GETs of one path, of which so many pass: are answered with a status from 200 to 399.
    Requests {
        path: String,
        /// As that of [`Self::Http`].
        port: Option<u16>,
        count: u32,
        /// How many at once.
        side_by_side: u32,
        passes: Passes,
    },
    /// A command of each host's own NRPE configuration, run there. Its exit status is 0 (OK), 1 (WARNING), 2 (CRITICAL) or
    /// another one (UNKNOWN).
    Nrpe {
        command: String,
        #[serde(default)]
        warning: Warning,
    },
    /// A script that the deployed revision has in `scap/scripts`, run on each host. It must exit with 0.
    Script { script: String },
}

/// What follows from a WARNING.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Warning {
    /// Nothing, but that it is said.
    #[default]
    Passes,
    Fails,
}

/// Where a specification is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SpecificationPlace {
    /// Each instance serves it there.
    Path(String),
    /// In the service's directory.
    File(String),
}

/// How many requests must and may pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Passes {
    pub at_least: u32,
    pub at_most: u32,
}

/// Which files of httpbb are sent where. The test's own time-out is for all requests of a host together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HttpbbTest {
    /// As they are written: relative to the service's directory.
    pub files: Vec<String>,
    /// Without any, the wave's own hosts.
    pub hosts: Vec<HostPattern>,
    /// TCP port; when absent, that of the base URL.
    pub https_port: Option<u16>,
    /// TCP port; when absent, the service's own on the wave's hosts, else that of the base URL.
    pub http_port: Option<u16>,
    /// Whether any certificate is good enough.
    pub insecure: bool,
    /// How long one request may take.
    pub request_timeout: Period,
    /// What the files said when the plan was made, by their paths: this is what is sent, whatever they say later.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub texts: BTreeMap<String, String>,
}

/// Counts of requests and errors, compared between canary and control.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Counters {
    pub name: String,
    #[serde(flatten)]
    pub source: CountersSource,
    pub settings: CountersSettings,
    #[serde(default, skip_serializing_if = "CheckMode::is_blocking")]
    pub mode: CheckMode,
    #[serde(default, skip_serializing_if = "Origin::is_team")]
    pub origin: Origin,
    /// Whether it counts the same whatever is deployed: its queries stand as they are.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_shared: bool,
}

/// What follows from a check's verdict.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum CheckMode {
    /// It holds the run, asks, and turns back.
    #[default]
    Blocking,
    /// Nothing: it is judged beside the others and shown, so that people learn whether it can be trusted.
    Shadow,
}

impl CheckMode {
    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "serde hands a reference over"
    )]
    fn is_blocking(&self) -> bool {
        *self == Self::Blocking
    }
}

/// Who counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "source", rename_all = "snake_case")]
pub enum CountersSource {
    Exposition(Exposition),
    Prometheus(PrometheusCounters),
    Logs(LogCounters),
    /// Slow requests in the place of errors.
    ExpositionHistogram(ExpositionHistogram),
    /// Slow requests in the place of errors.
    PrometheusHistogram(PrometheusHistogram),
}

impl CountersSource {
    /// How often there are new counts; absent where instances are asked, which count all the time.
    pub fn interval(&self) -> Option<Period> {
        match self {
            Self::Exposition(_) | Self::ExpositionHistogram(_) => None,
            Self::Prometheus(source) => Some(source.requests.interval),
            Self::PrometheusHistogram(source) => Some(source.requests.interval),
            Self::Logs(source) => Some(source.requests.interval),
        }
    }

    /// How long it takes until two looks differ.
    pub(crate) fn until_counts(&self) -> Period {
        let lag = match self {
            Self::Logs(source) => source.lag,
            _ => Period::default(),
        };
        let interval = self.interval().unwrap_or_default();
        Period::from(interval.duration() * 2 + lag.duration())
    }

    /// What stores are asked.
    pub(crate) fn queries(&self) -> Vec<&Query> {
        match self {
            Self::Exposition(_) | Self::ExpositionHistogram(_) => Vec::new(),
            Self::Prometheus(source) => vec![&source.requests.query, &source.errors],
            Self::PrometheusHistogram(source) => vec![&source.requests.query],
            Self::Logs(source) => vec![&source.requests.query, &source.errors],
        }
    }

    /// Where slow requests are counted in the place of errors: those are slow that took longer.
    pub fn slow_above(&self) -> Option<Period> {
        match self {
            Self::ExpositionHistogram(source) => Some(source.over),
            Self::PrometheusHistogram(source) => Some(source.over),
            Self::Exposition(_) | Self::Prometheus(_) | Self::Logs(_) => None,
        }
    }
}

/// Counters that every instance exposes as Prometheus text. Pods are asked through the API server's proxy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Exposition {
    /// TCP port; when absent, the service's own, of a pod the one that it is annotated with, else the first one declared.
    pub port: Option<u16>,
    pub path: String,
    /// The counter of requests.
    pub requests: String,
    /// The counter of errors.
    pub errors: String,
    /// The label of the error counter by whose value errors are grouped.
    pub signature: Option<String>,
}

/// A histogram of how long requests took, which every instance exposes as Prometheus text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ExpositionHistogram {
    /// As of an [`Exposition`].
    pub port: Option<u16>,
    pub path: String,
    /// The histogram, in seconds: its name without `_bucket`.
    pub histogram: String,
    /// Requests that took longer are slow. It is one of the histogram's bounds.
    pub over: Period,
}

/// A histogram of how long requests took, which Prometheus has scraped from a release's pods.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PrometheusHistogram {
    /// The requests of each bucket, in seconds, with the label `le`.
    #[serde(flatten)]
    pub requests: RequestsQuery,
    /// Requests that took longer are slow. It is one of the histogram's bounds.
    pub over: Period,
}

/// Counters that Prometheus has scraped from a release's pods.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PrometheusCounters {
    #[serde(flatten)]
    pub requests: RequestsQuery,
    /// What has as its value how many errors there ever were.
    pub errors: Query,
    /// The label by whose value errors are grouped.
    pub signature: Option<String>,
}

/// Errors that a log store has of a release's pods, beside their requests from Prometheus.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LogCounters {
    #[serde(flatten)]
    pub requests: RequestsQuery,
    /// What matches an error, as a query string.
    pub errors: Query,
    /// The field with the pod's name.
    pub instance_field: String,
    /// The field by whose value errors are grouped.
    pub signature: Option<String>,
    /// The field by whose value errors are told apart: lines that have the same are one error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distinct: Option<String>,
    /// How long a line may take until it can be found.
    pub lag: Period,
}

/// Requests of a release's pods, as Prometheus has them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RequestsQuery {
    /// What has as its value how many requests there ever were.
    #[serde(rename = "requests")]
    pub query: Query,
    /// The label with the pod's name; when absent, the first of [`INSTANCE_LABELS`] that there is.
    #[serde(rename = "instance")]
    pub label: Option<String>,
    /// How often the pods are scraped: in between nothing new can be seen.
    pub interval: Period,
}

/// Labels that usually have the name of what was scraped.
pub const INSTANCE_LABELS: [&str; 3] = ["kubernetes_pod_name", "pod", "instance"];

/// How counters are judged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CountersSettings {
    /// Share of healthy rollouts that may be stopped by mistake.
    pub false_alarm_rate: f64,
    /// Ratio of canary's to control's error rate that is still tolerated.
    pub tolerated_ratio: f64,
    /// Canary's error rate that must be refuted before an early promotion.
    pub error_budget: f64,
    /// Requests that the canary must have served before it may be promoted.
    pub minimum_requests: u64,
    pub minimum_hold: Period,
    pub maximum_hold: Period,
    /// How long instances that have just started are not judged at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warm_up: Option<Period>,
    /// How long one cause goes on writing errors; when absent, what is ordinary of the service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub burst: Option<Period>,
}

/// What the counters of former runs have shown to be ordinary of a service.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Ordinary {
    /// Kinds of errors that there were: more of them are no wonder while instances start.
    pub signatures: BTreeSet<String>,
    /// Whether enough was seen to know that no cause of errors goes on writing them.
    #[serde(default, skip_serializing_if = "is_false")]
    pub calm: bool,
    /// Whether instances have more errors than others while they start; absent where too few errors were seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settles: Option<bool>,
    /// The error rate of good canaries over that of their controls, and what is tolerated beyond, where it is clearly above 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ratio: Option<f64>,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands a reference over"
)]
fn is_false(value: &bool) -> bool {
    !value
}

impl Ordinary {
    pub(crate) fn is_unknown(&self) -> bool {
        *self == Self::default()
    }
}

impl Default for CountersSettings {
    fn default() -> Self {
        Self {
            false_alarm_rate: 0.01,
            tolerated_ratio: 1.25,
            error_budget: 0.005,
            minimum_requests: 100,
            minimum_hold: Period::from_secs(30),
            maximum_hold: Period::from_secs(600),
            warm_up: None,
            burst: None,
        }
    }
}
