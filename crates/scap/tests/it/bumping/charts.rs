//! A checkout of charts with one service, the repository that it is a clone of, and somebody else's clone.

use super::registry::Registry;
use crate::environment::{TestEnvironment, git};
use std::path::PathBuf;

/// What stands there, what the registry has besides, and what it gets later.
pub(super) const OLD: &str = "2026-03-01-101010-production";
pub(super) const NEW: &str = "2026-03-02-101010-production";
pub(super) const LATER: &str = "2026-03-03-101010-production";

pub(super) const VALUES: &str = "charts/helmfile.d/services/shop/values.yaml";
pub(super) const STAGING: &str = "charts/helmfile.d/services/shop/values-staging.yaml";

pub(super) struct Charts {
    pub(super) environment: TestEnvironment,
    pub(super) registry: Registry,
}

impl Charts {
    /// `policy` is what scap.yaml has of `bump:`, in YAML.
    pub(super) fn new(policy: &str) -> Self {
        let environment = TestEnvironment::new();
        let registry = Registry::with(&[OLD, NEW, "2026-03-09-101010-candidate", "latest"]);
        let address = registry.address();
        environment.write(
            "scap.yaml",
            format!(
                "service_catalog: service-catalog.yaml\ncluster_groups: cluster-groups.yaml\n\
                 conftool_state: conftool-state.yaml\ndeployments_dir: charts/helmfile.d\n\
                 hiera: charts/hiera.yaml\nregistry_mirrors: {{\"{address}\": \"http://{address}\"}}\nbump: {policy}\n\
                 binaries: {{helmfile: no-such-helmfile}}\n"
            ),
        );
        let place = "cluster_group: wikikube\n    namespaces: {shop: {environments: {staging: {}, codfw: {}}}}";
        environment.write(
            "service-catalog.yaml",
            format!(
                "services:\n  shop:\n    {place}\n    image: {{repository: \"{address}/team/shop\"}}\n  \
                 bare:\n    {place}\n  files:\n    hosts: {{repository: shop}}\n"
            ),
        );
        environment.write("cluster-groups.yaml", GROUPS);
        environment.write("conftool-state.yaml", "mw: {primary_dc: codfw}\n");
        git(
            &environment.path(""),
            &[
                "init",
                "--quiet",
                "--bare",
                "--initial-branch=main",
                "origin.git",
            ],
        );
        git(
            &environment.path(""),
            &["clone", "--quiet", "origin.git", "charts"],
        );
        git(
            &environment.path("charts"),
            &["checkout", "--quiet", "-b", "main"],
        );
        environment.write(VALUES, format!("# The shop.\nmain_app:\n  image: team/shop\n  version: '{OLD}'  # by scap\n  port: 8080\n"));
        environment.write(STAGING, "main_app:\n  # only one\n  replicas: 1\n");
        environment.write(
            "charts/helmfile.d/services/shop/other.yaml",
            "main_app: {version: x}\n",
        );
        environment.write("charts/hiera.yaml", format!("profile::docker::runner::service_defs:\n  other: {{version: x}}\n  shop:\n    version: {OLD}\n"));
        let charts = Self {
            environment,
            registry,
        };
        charts.git(&["add", "--all"]);
        charts.git(&["commit", "--quiet", "--message", "first"]);
        charts.git(&["push", "--quiet", "origin", "main"]);
        charts
    }

    /// git in the checkout.
    pub(super) fn git(&self, words: &[&str]) -> String {
        git(&self.environment.path("charts"), words)
    }

    /// git in the repository that the checkout is a clone of.
    pub(super) fn origin(&self, words: &[&str]) -> String {
        git(&self.environment.path("origin.git"), words)
    }

    pub(super) fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.environment.path(name)
    }

    /// How many commits the checkout has.
    pub(super) fn commits(&self) -> String {
        self.git(&["rev-list", "--count", "HEAD"])
    }
}

const GROUPS: &str = "
wikikube:
  environments:
    staging: {datacenter: codfw, type: STAGING}
    codfw: {datacenter: codfw, type: PRODUCTION}
  environment_stages: [PRODUCTION]
  environment_default_stage: PRODUCTION
";
