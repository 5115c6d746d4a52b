//! The shape of cluster groups and conftool state.
#![expect(dead_code, reason = "only the schemas of these types are used")]

use super::Name;
use crate::EnvironmentType;
use schemars::JsonSchema;
use std::collections::BTreeMap;

/// Cluster groups by name.
#[derive(JsonSchema)]
#[schemars(extend("minProperties" = 1))]
pub(super) struct ClusterGroups(BTreeMap<Name, ClusterGroup>);

/// Clusters that are deployed to together.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct ClusterGroup {
    /// The folder of its helmfiles below the deployments folder.
    #[schemars(extend("default" = crate::cluster_groups::DEFAULT_DIRECTORY))]
    #[schemars(regex(
        pattern = "^[\\p{L}\\p{N}_][\\p{L}\\p{N}._-]*(/[\\p{L}\\p{N}_][\\p{L}\\p{N}._-]*)*$"
    ))]
    dir: Option<String>,
    /// By name, in the order of deployment.
    #[schemars(extend("minProperties" = 1))]
    environments: BTreeMap<Name, Environment>,
    /// In the order of deployment.
    #[schemars(length(min = 1), extend("uniqueItems" = true))]
    environment_stages: Vec<Name>,
    /// One of the stages: that of all releases without one.
    environment_default_stage: Name,
}

/// An environment of helmfile.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Environment {
    datacenter: Name,
    r#type: EnvironmentType,
    /// Other names for it; a name or alias may refer to one environment only.
    #[schemars(extend("uniqueItems" = true))]
    aliases: Option<Vec<Name>>,
}

/// State of conftool; keys that are not described here belong to other programs.
#[derive(JsonSchema)]
pub(super) struct ConftoolState {
    mw: MediaWiki,
}

/// Keys that are not described here belong to other programs.
#[derive(JsonSchema)]
pub(super) struct MediaWiki {
    /// The datacenter that is deployed to last.
    primary_dc: Name,
}
