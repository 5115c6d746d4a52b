//! Whether pods that were ready still are: a revision may become ready and fall over later.

use std::collections::BTreeMap;
use std::future::pending;
use std::time::Duration;

use k8s_openapi::api::core::v1::Pod;
use kube::ResourceExt;
use scap_run::Failure;
use tokio::time::{Instant, interval};

use super::events::Events;
use super::live::Live;
use super::look::Objects;
use super::manifest::{Workload, workloads};
use super::release::Release;
use super::sight::Sight;
use super::suspicion::Suspicion;
use super::trouble::Trouble;
use super::trouble::pod::{crash, statuses};

/// How often trouble that stays as it is gets looked at.
const TICK: Duration = Duration::from_millis(500);

/// The node tells that it started a container again a little before it tells how the one before ended.
const END_PATIENCE: Duration = Duration::from_secs(3);

/// How often each container, by its pod and name, was started again.
type Restarts = BTreeMap<(String, String), i32>;

/// What is seen while pods stand.
struct Standing<'a> {
    workloads: &'a [Workload],
    live: Live,
    suspicion: Suspicion,
    /// From before it was watched; absent until everything was seen once.
    restarts: Option<Restarts>,
    /// When a container was first seen that had been started again without a word on how it ended, in time that counts.
    unexplained: Option<Duration>,
}

impl Release<'_> {
    /// Comes back with why once the pods of the newest revision, which were ready, are so no more. Fails if that cannot
    /// be told.
    pub(super) async fn falls(&self) -> Result<Failure, Failure> {
        let history = self.history().await?;
        let Some(record) = self.newest(&history).await? else {
            return pending().await;
        };
        let workloads = workloads(&record.manifest, &self.cluster.namespace);
        let (live, mut changes) = Live::watch(&self.cluster, self.name, &workloads);
        let mut sight = Sight::new(&live.watched, Instant::now());
        let mut standing = Standing {
            workloads: &workloads,
            live,
            suspicion: Suspicion::default(),
            restarts: None,
            unexplained: None,
        };
        let mut tick = interval(TICK);
        loop {
            tokio::select! {
                () = self.follow(&mut sight, &mut changes) => {}
                _ = tick.tick() => sight.pass(Instant::now()),
            }
            if !sight.is_blind()
                && let Some(failure) = self.fallen(&mut standing, sight.seen).await
            {
                return Ok(failure);
            }
        }
    }

    async fn fallen(&self, standing: &mut Standing<'_>, seen: Duration) -> Option<Failure> {
        let since = standing.live.newest().and_then(|newest| newest.begun);
        let objects = standing.live.objects();
        let events = Events::since(&objects.events, since);
        let before = standing
            .restarts
            .get_or_insert_with(|| objects.restarts(standing.workloads));
        if let Some(trouble) = objects.restarted(standing.workloads, before, &events) {
            let since = *standing.unexplained.get_or_insert(seen);
            if trouble.message.is_empty() && seen.saturating_sub(since) < END_PATIENCE {
                return None;
            }
            let what = "was started again";
            return Some(self.explain_as(what, &trouble, &objects).await);
        }
        let look = objects.look(standing.workloads, since);
        let suspicion = &mut standing.suspicion;
        let certain = suspicion.certain(&look.troubles, look.done, seen);
        match certain.first() {
            Some(trouble) => Some(self.explain(trouble, &objects).await),
            None => None,
        }
    }
}

impl Objects {
    fn new_pods(&self, workloads: &[Workload]) -> impl Iterator<Item = &Pod> {
        let found = workloads.iter().filter_map(|workload| self.find(workload));
        found.flat_map(|found| found.pods)
    }

    fn restarts(&self, workloads: &[Workload]) -> Restarts {
        let of_pod = |pod| {
            let containers = statuses(pod);
            containers.map(move |it| ((pod.name_any(), it.name.clone()), it.restart_count))
        };
        self.new_pods(workloads).flat_map(of_pod).collect()
    }

    /// The first container of the new revision that was started more often than `before`.
    fn restarted(
        &self,
        workloads: &[Workload],
        before: &Restarts,
        events: &Events,
    ) -> Option<Trouble> {
        self.new_pods(workloads).find_map(|pod| {
            let again = statuses(pod).find(|container| {
                let key = (pod.name_any(), container.name.clone());
                container.restart_count > before.get(&key).copied().unwrap_or(0)
            });
            again.map(|container| crash(pod, container, events))
        })
    }
}
