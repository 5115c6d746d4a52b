//! The objects of a release's namespaces as they change, and which of them cannot be seen at the moment.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::hash::Hash;
use std::sync::Arc;

use futures::StreamExt;
use futures::stream::{BoxStream, SelectAll, select_all};
use k8s_openapi::NamespaceResourceScope;
use k8s_openapi::api::apps::v1::{DaemonSet, Deployment, ReplicaSet, StatefulSet};
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{Event, Pod, Secret};
use kube::core::PartialObjectMeta;
use kube::runtime::reflector::{self, Store};
use kube::runtime::watcher::{Config, watcher};
use kube::{Api, Client, Resource};
use scap_plan::{Namespace, ReleaseName};
use serde::de::DeserializeOwned;

use super::history::Cluster;
use super::look::Objects;
use super::manifest::{Workload, WorkloadKind};
use super::pulse::pulse;
use super::revisions::{Stored, newest};
use super::watch::{Blindness, Watch, follow};

/// A connection that died without a word is noticed after this.
const WATCH_SECONDS: u32 = 60;
const WARNINGS: &str = "type=Warning";
const PULLS: &str = "type=Normal,reason=Pulling";

/// One of the watches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Watched {
    /// As `kubectl` names it; `anything` for the server's signs of life.
    pub(super) resource: &'static str,
    pub(super) namespace: Namespace,
    /// Without the others readiness can still be told, though not what is wrong.
    pub(super) is_needed: bool,
}

/// What a watch has brought: that something changed, or why nothing can be seen.
pub(super) struct Change {
    /// Its place in [`Live::watched`].
    pub(super) watch: usize,
    pub(super) seen: Result<(), Blindness>,
}

/// Has to be read for [`Live`] to stay up to date; it never ends.
pub(super) type Changes = SelectAll<BoxStream<'static, Change>>;

/// What the watches have brought so far.
pub(super) struct Live {
    places: Vec<Place>,
    revisions: Store<PartialObjectMeta<Secret>>,
    pub(super) watched: Vec<Watched>,
}

/// What is seen of a namespace.
struct Place {
    deployments: Store<Deployment>,
    replica_sets: Store<ReplicaSet>,
    stateful_sets: Store<StatefulSet>,
    daemon_sets: Store<DaemonSet>,
    jobs: Store<Job>,
    pods: Store<Pod>,
    warnings: Store<Event>,
    pulls: Store<Event>,
}

/// Opens watches.
struct Opening {
    client: Client,
    namespace: Namespace,
    watched: Vec<Watched>,
    streams: Vec<BoxStream<'static, Change>>,
}

impl Live {
    /// Watches the kinds of `workloads` where they are, and no others: a deployer's rights may not reach further.
    pub(super) fn watch(
        cluster: &Cluster,
        release: &ReleaseName,
        workloads: &[Workload],
    ) -> (Self, Changes) {
        let mut kinds: BTreeMap<&Namespace, BTreeSet<WorkloadKind>> = BTreeMap::new();
        for workload in workloads {
            let kinds = kinds.entry(&workload.namespace).or_default();
            kinds.insert(workload.kind);
        }
        let mut opening = Opening::new(cluster);
        let mut places = Vec::new();
        for (namespace, kinds) in kinds {
            opening.namespace = namespace.clone();
            places.push(opening.place(&kinds));
        }
        opening.namespace = cluster.namespace.clone();
        opening.live(places, release)
    }

    /// Watches where hooks run.
    pub(super) fn watch_jobs(cluster: &Cluster, release: &ReleaseName) -> (Self, Changes) {
        let mut opening = Opening::new(cluster);
        let place = opening.place(&BTreeSet::from([WorkloadKind::Job]));
        opening.live(vec![place], release)
    }

    pub(super) fn objects(&self) -> Objects {
        fn all<K>(places: &[Place], store: impl Fn(&Place) -> &Store<K>) -> Vec<Arc<K>>
        where
            K: Resource + Clone + 'static,
            K::DynamicType: Eq + Hash + Clone,
        {
            let states = places.iter().map(|place| store(place).state());
            states.flatten().collect()
        }
        let mut events = all(&self.places, |place| &place.warnings);
        events.extend(all(&self.places, |place| &place.pulls));
        Objects {
            deployments: all(&self.places, |place| &place.deployments),
            replica_sets: all(&self.places, |place| &place.replica_sets),
            stateful_sets: all(&self.places, |place| &place.stateful_sets),
            daemon_sets: all(&self.places, |place| &place.daemon_sets),
            jobs: all(&self.places, |place| &place.jobs),
            pods: all(&self.places, |place| &place.pods),
            events,
        }
    }

    /// The newest of helm's revisions, once they are seen.
    pub(super) fn newest(&self) -> Option<Stored> {
        newest(self.revisions.state().iter().map(AsRef::as_ref))
    }
}

impl Opening {
    fn new(cluster: &Cluster) -> Self {
        Self {
            client: cluster.client.clone(),
            namespace: cluster.namespace.clone(),
            watched: Vec::new(),
            streams: Vec::new(),
        }
    }

    fn place(&mut self, kinds: &BTreeSet<WorkloadKind>) -> Place {
        use WorkloadKind::{DaemonSet, Deployment, Job, StatefulSet};
        let needed = |kind| kinds.contains(&kind).then_some(true);
        let is_deployed = kinds.contains(&Deployment).then_some(false);
        Place {
            deployments: self.store("deployments.apps", needed(Deployment), None),
            replica_sets: self.store("replicasets.apps", is_deployed, None),
            stateful_sets: self.store("statefulsets.apps", needed(StatefulSet), None),
            daemon_sets: self.store("daemonsets.apps", needed(DaemonSet), None),
            jobs: self.store("jobs.batch", needed(Job), None),
            pods: self.store("pods", Some(false), None),
            warnings: self.store("events", Some(false), Some(WARNINGS)),
            pulls: self.store("events", Some(false), Some(PULLS)),
        }
    }

    /// A store that stays empty unless it is needed (`true`) or wanted (`false`).
    fn store<K>(
        &mut self,
        resource: &'static str,
        needed: Option<bool>,
        fields: Option<&str>,
    ) -> Store<K>
    where
        K: Resource<Scope = NamespaceResourceScope, DynamicType = ()>
            + Clone
            + Debug
            + DeserializeOwned
            + Send
            + Sync
            + 'static,
    {
        let api: Api<K> = Api::namespaced(self.client.clone(), self.namespace.as_str());
        let config = Config {
            field_selector: fields.map(str::to_owned),
            ..config()
        };
        let open = move || watcher(api.clone(), config.clone()).boxed();
        match needed {
            Some(is_needed) => self.stored(resource, is_needed, open),
            None => reflector::store().0,
        }
    }

    fn stored<K>(
        &mut self,
        resource: &'static str,
        is_needed: bool,
        open: impl Fn() -> Watch<K> + Send + 'static,
    ) -> Store<K>
    where
        K: Resource<DynamicType = ()> + Clone + Send + Sync + 'static,
    {
        let (store, writer) = reflector::store();
        self.add(resource, is_needed, follow(open, writer));
        store
    }

    fn add(
        &mut self,
        resource: &'static str,
        is_needed: bool,
        seen: BoxStream<'static, Result<(), Blindness>>,
    ) {
        let watch = self.watched.len();
        self.watched.push(Watched {
            resource,
            namespace: self.namespace.clone(),
            is_needed,
        });
        let changes = seen.map(move |seen| Change { watch, seen });
        self.streams.push(changes.boxed());
    }

    fn live(mut self, places: Vec<Place>, release: &ReleaseName) -> (Live, Changes) {
        let api: Api<PartialObjectMeta<Secret>> =
            Api::namespaced(self.client.clone(), self.namespace.as_str());
        let config = config()
            .fields("type=helm.sh/release.v1")
            .labels(&format!("owner=helm,name={release}"));
        let open = move || watcher(api.clone(), config.clone()).boxed();
        self.add("anything", true, pulse(self.client.clone()));
        let live = Live {
            places,
            revisions: self.stored("secrets", false, open),
            watched: self.watched,
        };
        (live, select_all(self.streams))
    }
}

fn config() -> Config {
    Config::default().timeout(WATCH_SECONDS)
}
