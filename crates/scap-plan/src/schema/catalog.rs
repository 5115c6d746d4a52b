//! The shape of a service catalog.
#![expect(dead_code, reason = "only the schemas of these types are used")]

use super::{Name, Text};
use crate::{CountersSettings, Period, Policy, RollbackPolicy, VersionKey};
use schemars::JsonSchema;
use std::collections::BTreeMap;

/// Services and what each is deployed to.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct ServiceCatalog {
    #[schemars(extend("minProperties" = 1))]
    services: BTreeMap<Name, Service>,
}

/// A service: in Kubernetes (`cluster_group` and `namespaces`) or on hosts (`hosts`).
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[schemars(extend("oneOf" = [
    { "required": ["cluster_group", "namespaces"] },
    {
        "required": ["hosts"],
        "not": { "anyOf": [{ "required": ["cluster_group"] }, { "required": ["namespaces"] }] },
    },
]))]
pub(super) struct Service {
    /// The clusters that it is deployed to.
    cluster_group: Option<Name>,
    /// By name, in the order of deployment. The name is the helmfile's folder too.
    #[schemars(extend("minProperties" = 1))]
    namespaces: Option<BTreeMap<Name, Namespace>>,
    hosts: Option<Hosts>,
    /// Error counters, compared between canary and control.
    #[schemars(extend("minProperties" = 1))]
    checks: Option<BTreeMap<Name, Check>>,
    /// What must pass on every instance.
    #[schemars(extend("minProperties" = 1))]
    tests: Option<BTreeMap<Name, Test>>,
    /// How long nothing may go wrong after each wave, such as `10m`.
    bake: Option<Period>,
    /// What happens when a deployment fails.
    #[schemars(extend("default" = RollbackPolicy::default()))]
    rollback: Option<RollbackPolicy>,
    /// How long a question waits for an answer before its default is taken.
    #[schemars(extend("default" = Policy::default().question_deadline))]
    question_deadline: Option<Period>,
    /// Dashboards and others, shown at the end of a run.
    #[schemars(extend("minProperties" = 1))]
    links: Option<BTreeMap<Name, Url>>,
    #[schemars(extend("uniqueItems" = true))]
    owners: Option<Vec<Text>>,
    image: Option<Image>,
}

/// The image that the service's values files name.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Image {
    /// The keys that lead to its tag, with dots between them.
    #[schemars(
        regex(pattern = "^[A-Za-z_][A-Za-z0-9_-]*(\\.[A-Za-z_][A-Za-z0-9_-]*)*$"),
        extend("default" = VersionKey::default().to_string())
    )]
    version_key: Option<String>,
    /// With its registry, without a tag.
    #[schemars(regex(pattern = "^([^/@]*[.:][^/@]*|localhost)/[^:@]+$"))]
    repository: Option<String>,
}

/// A service on hosts.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Hosts {
    /// Path of a scap3 repository.
    repository: Text,
}

/// A namespace of Kubernetes.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Namespace {
    /// By an environment's name or an alias of it.
    #[schemars(extend("minProperties" = 1))]
    environments: BTreeMap<Name, Environment>,
}

/// An environment of helmfile.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Environment {
    /// Left out: all releases that are installed, at the cluster group's default stage.
    #[schemars(extend("minProperties" = 1))]
    releases: Option<BTreeMap<Name, Release>>,
}

/// A release of helm.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Release {
    /// A stage of the cluster group; left out, its default stage.
    stage: Option<Name>,
}

/// Error counters that every instance exposes as Prometheus text.
#[derive(JsonSchema)]
#[schemars(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Check {
    Counters {
        /// The service's own when left out.
        #[schemars(range(min = 1, max = 65535))]
        port: Option<u16>,
        #[schemars(regex(pattern = "^/[^ ]*$"), extend("default" = crate::catalog::checks::DEFAULT_METRICS_PATH))]
        path: Option<String>,
        /// The counter of requests.
        requests: Text,
        /// The counter of errors.
        errors: Text,
        /// The label of the error counter by whose value errors are grouped.
        signature: Option<Text>,
        /// Share of healthy rollouts that may be stopped by mistake.
        #[schemars(
            extend("exclusiveMinimum" = 0, "exclusiveMaximum" = 1, "default" = CountersSettings::default().false_alarm_rate)
        )]
        false_alarm_rate: Option<f64>,
        /// Ratio of canary's to control's error rate that is still tolerated.
        #[schemars(range(min = 1), extend("default" = CountersSettings::default().tolerated_ratio))]
        tolerated_ratio: Option<f64>,
        /// Canary's error rate that must be refuted before an early promotion.
        #[schemars(
            extend("exclusiveMinimum" = 0, "exclusiveMaximum" = 1, "default" = CountersSettings::default().error_budget)
        )]
        error_budget: Option<f64>,
        /// Requests that the canary must have served before it may be promoted.
        #[schemars(range(min = 1, max = crate::catalog::checks::MOST_REQUESTS), extend("default" = CountersSettings::default().minimum_requests))]
        minimum_requests: Option<u32>,
        #[schemars(extend("default" = CountersSettings::default().minimum_hold))]
        minimum_hold: Option<Period>,
        /// Not shorter than `minimum_hold`.
        #[schemars(extend("default" = CountersSettings::default().maximum_hold))]
        maximum_hold: Option<Period>,
    },
}

/// A test that passes or fails.
#[derive(JsonSchema)]
#[schemars(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Test {
    /// A GET that must answer with `status`, and with `text` in its body.
    Http {
        #[schemars(extend("default" = crate::catalog::checks::DEFAULT_TIMEOUT))]
        timeout: Option<Period>,
        #[schemars(regex(pattern = "^/[^ ]*$"))]
        path: String,
        /// The service's own when left out.
        #[schemars(range(min = 1, max = 65535))]
        port: Option<u16>,
        #[schemars(range(min = 100, max = 599), extend("default" = crate::catalog::checks::DEFAULT_STATUS))]
        status: Option<u16>,
        text: Option<Text>,
    },
    /// A TCP port that must accept a connection.
    Port {
        #[schemars(extend("default" = crate::catalog::checks::DEFAULT_TIMEOUT))]
        timeout: Option<Period>,
        /// The service's own when left out.
        #[schemars(range(min = 1, max = 65535))]
        port: Option<u16>,
    },
    /// A program that must exit with 0, started without a shell.
    Command {
        #[schemars(extend("default" = crate::catalog::checks::DEFAULT_TIMEOUT))]
        timeout: Option<Period>,
        #[schemars(length(min = 1))]
        command: Vec<Text>,
        #[schemars(extend("minProperties" = 1))]
        environment: Option<BTreeMap<Name, Text>>,
    },
}

/// A link.
#[derive(JsonSchema)]
#[schemars(inline)]
struct Url(
    #[schemars(regex(pattern = "^https?://"))]
    String,
);
