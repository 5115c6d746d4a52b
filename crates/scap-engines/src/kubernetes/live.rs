//! The objects of a namespace as they change: watches that are opened again whenever they close, and lists that start them.

use std::fmt::Debug;
use std::hash::Hash;

use futures::stream::{BoxStream, SelectAll, select_all};
use futures::{StreamExt, TryStreamExt};
use k8s_openapi::NamespaceResourceScope;
use k8s_openapi::api::apps::v1::{DaemonSet, Deployment, ReplicaSet, StatefulSet};
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::Pod;
use kube::runtime::reflector::{self, Store};
use kube::runtime::{WatchStreamExt, watcher};
use kube::{Api, Resource};
use serde::de::DeserializeOwned;

use super::error::ServerError;
use super::history::Cluster;
use super::look::Objects;
use super::manifest::{Workload, WorkloadKind};

/// A change, or why changes cannot be seen at the moment.
pub(super) type Changes = SelectAll<BoxStream<'static, Result<(), ServerError>>>;

/// What the watches have brought so far.
pub(super) struct Live {
    deployments: Store<Deployment>,
    replica_sets: Store<ReplicaSet>,
    stateful_sets: Store<StatefulSet>,
    daemon_sets: Store<DaemonSet>,
    jobs: Store<Job>,
    pods: Store<Pod>,
}

impl Live {
    /// Watches the kinds of `workloads`, and no others: a deployer's rights may not reach further.
    pub(super) fn watch(cluster: &Cluster, workloads: &[Workload]) -> (Self, Changes) {
        let mut streams = Vec::new();
        let has = |kind| workloads.iter().any(|workload| workload.kind == kind);
        let deployments = has(WorkloadKind::Deployment);
        let live = Self {
            deployments: store(cluster, deployments, &mut streams),
            replica_sets: store(cluster, deployments, &mut streams),
            stateful_sets: store(cluster, has(WorkloadKind::StatefulSet), &mut streams),
            daemon_sets: store(cluster, has(WorkloadKind::DaemonSet), &mut streams),
            jobs: store(cluster, has(WorkloadKind::Job), &mut streams),
            pods: store(cluster, !workloads.is_empty(), &mut streams),
        };
        (live, select_all(streams))
    }

    pub(super) fn objects(&self) -> Objects {
        Objects {
            deployments: self.deployments.state(),
            replica_sets: self.replica_sets.state(),
            stateful_sets: self.stateful_sets.state(),
            daemon_sets: self.daemon_sets.state(),
            jobs: self.jobs.state(),
            pods: self.pods.state(),
        }
    }
}

/// A store that `streams` keeps up to date as they are read; one that is not `wanted` stays empty.
fn store<K>(
    cluster: &Cluster,
    wanted: bool,
    streams: &mut Vec<BoxStream<'static, Result<(), ServerError>>>,
) -> Store<K>
where
    K: Resource<Scope = NamespaceResourceScope>
        + Clone
        + Debug
        + DeserializeOwned
        + Send
        + Sync
        + 'static,
    K::DynamicType: Default + Eq + Hash + Clone,
{
    let (store, writer) = reflector::store();
    if wanted {
        let api: Api<K> = Api::namespaced(cluster.client.clone(), cluster.namespace.as_str());
        let watch = watcher(api, watcher::Config::default()).default_backoff();
        let changes = watch
            .reflect(writer)
            .map_ok(drop)
            .map_err(ServerError::from);
        streams.push(changes.boxed());
    }
    store
}
