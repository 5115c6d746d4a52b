//! The shape of a service catalog.
#![expect(dead_code, reason = "only the schemas of these types are used")]

use super::checks::{Check, Load, Test};
use super::{Name, Text};
use crate::{Period, Policy, RollbackPolicy, VersionKey};
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
    #[schemars(flatten)]
    team: Team,
}

/// What a service's team declares: the file `scap.yaml` beside its helmfile, or in its catalog entry.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Team {
    /// Error counters, compared between canary and control.
    #[schemars(extend("minProperties" = 1))]
    checks: Option<BTreeMap<Name, Check>>,
    /// What must pass on every instance.
    #[schemars(extend("minProperties" = 1))]
    tests: Option<BTreeMap<Name, Test>>,
    /// Requests that scap sends to canary and control while evidence is gathered of a service without traffic.
    load: Option<Load>,
    /// How long nothing may go wrong after each wave, such as `10m`.
    bake: Option<Period>,
    /// How long the checks that block go on after the last wave of production, such as `10m`: against the past, so that they
    /// ask at the most. `0s` for not at all.
    #[schemars(extend("default" = "0s"))]
    watch: Option<Period>,
    /// Signals of scap.yaml that deployments of this service are not judged by; only those that are not `required`.
    #[schemars(extend("uniqueItems" = true))]
    unwatched: Option<Vec<Text>>,
    /// What happens when a deployment fails.
    #[schemars(extend("default" = RollbackPolicy::default()))]
    rollback: Option<RollbackPolicy>,
    /// How long a question waits for an answer before its default is taken.
    #[schemars(extend("default" = Policy::default().question_deadline))]
    question_deadline: Option<Period>,
    /// Dashboards and others, shown at the end of a run. In them `{from}` and `{to}` (such as `2026-03-01T10:02:00.000Z`),
    /// `{from_milliseconds}` and `{to_milliseconds}` (since 1970) are replaced by the time of the run.
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

/// A link.
#[derive(JsonSchema)]
#[schemars(inline)]
struct Url(
    #[schemars(regex(pattern = "^https?://"))]
    String,
);
