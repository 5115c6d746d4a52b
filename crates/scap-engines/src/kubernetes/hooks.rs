//! Watches a chart's hooks while helm waits for them: helm itself says nothing until its time is over.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::time::Duration;

use k8s_openapi::jiff::Timestamp;
use kube::{Resource, ResourceExt};
use tokio::time::{Instant, interval, sleep};

use super::events::Events;
use super::live::Live;
use super::look::{Objects, is_owned};
use super::record::Hook;
use super::release::Release;
use super::sight::Sight;
use super::suspicion::Suspicion;
use super::trouble::pod::{ended_badly, of_pod};
use super::trouble::workload::{of_events, of_job};
use super::trouble::{Blamed, Trouble, TroubleKind};

/// Most programs are over by then, and cost the API server nothing.
const HEAD_START: Duration = Duration::from_secs(2);
const TICK: Duration = Duration::from_millis(500);

/// What is known while helm runs.
struct Watching {
    live: Live,
    sight: Sight,
    suspicion: Suspicion,
    /// The revision that helm is at, and its hooks.
    hooks: Option<(u32, Vec<Hook>)>,
    told: BTreeSet<(Blamed, TroubleKind)>,
}

impl Release<'_> {
    /// Tells as progress what keeps a hook of this release from its end, each trouble once. It never ends; it is to run
    /// beside a program, and to be dropped with it.
    pub(super) async fn watch_hooks(&self) -> Infallible {
        sleep(HEAD_START).await;
        let (live, mut changes) = Live::watch_jobs(&self.cluster, self.name);
        let mut watching = Watching {
            sight: Sight::new(&live.watched, Instant::now()),
            live,
            suspicion: Suspicion::default(),
            hooks: None,
            told: BTreeSet::new(),
        };
        let mut tick = interval(TICK);
        loop {
            self.look_at_hooks(&mut watching).await;
            tokio::select! {
                () = self.follow(&mut watching.sight, &mut changes) => {}
                _ = tick.tick() => watching.sight.pass(Instant::now()),
            }
        }
    }

    async fn look_at_hooks(&self, watching: &mut Watching) {
        let newest = watching
            .live
            .newest()
            .filter(super::revisions::Stored::is_pending);
        let Some(newest) = newest else {
            return;
        };
        if watching.hooks.as_ref().map(|(number, _)| *number) != Some(newest.number) {
            watching.hooks = self.hooks_of(newest.number).await;
        }
        let Some((_, hooks)) = &watching.hooks else {
            return;
        };
        let objects = watching.live.objects();
        let troubles = objects.hook_troubles(hooks, newest.begun);
        let now = watching.sight.seen;
        for trouble in watching.suspicion.certain(&troubles, 0, now) {
            if watching.told.insert((trouble.blamed.clone(), trouble.kind)) {
                self.tell_of_hook(trouble, &objects).await;
            }
        }
    }

    /// None as long as helm's record cannot be read: it is tried again.
    async fn hooks_of(&self, number: u32) -> Option<(u32, Vec<Hook>)> {
        let history = self.history().await.ok()?;
        let revision = history.find(number)?;
        let record = self.cluster.record(self.name, revision).await.ok()?;
        Some((number, record.hooks))
    }

    async fn tell_of_hook(&self, trouble: &Trouble, objects: &Objects) {
        let (effect, reason, hint) = (trouble.kind.effect(), &trouble.reason, trouble.kind.hint());
        let (blamed, about) = (&trouble.blamed, trouble.about());
        self.line(&format!("hook: {blamed} {effect}: {reason}: {about}"));
        for words in self.last_words(trouble, objects).await {
            self.line(&format!("hook: {words}"));
        }
        self.line(&format!("hook: {hint}"));
    }
}

impl Objects {
    /// What is wrong with those of `hooks` that were made since helm began; helm itself removes older ones.
    fn hook_troubles(&self, hooks: &[Hook], since: Option<Timestamp>) -> Vec<Trouble> {
        let events = Events::since(&self.events, since);
        let jobs = self.jobs.iter();
        let jobs: Vec<_> = jobs
            .filter(|job| is_hook("Job", job.as_ref(), hooks, since))
            .collect();
        let is_ours = |pod: &k8s_openapi::api::core::v1::Pod| {
            is_hook("Pod", pod, hooks, since) || jobs.iter().any(|job| is_owned(pod, job.as_ref()))
        };
        let pods: Vec<_> = self.pods.iter().filter(|pod| is_ours(pod)).collect();
        let of_pods = pods
            .iter()
            .filter_map(|pod| of_pod(pod, &events).or_else(|| ended_badly(pod)));
        let of_jobs = jobs.iter().flat_map(|job| {
            let made = pods
                .iter()
                .filter(|pod| is_owned(pod.as_ref(), job.as_ref()));
            let newest = made.filter_map(|pod| pod.creation_timestamp()).max();
            let (blamed, uid) = (Blamed::new("job", job.as_ref()), job.uid());
            let newest = newest.map(|time| time.0);
            let refused = of_events(&blamed, uid.as_deref(), newest, &events);
            refused.into_iter().chain(of_job(job))
        });
        of_pods.chain(of_jobs).collect()
    }
}

fn is_hook<K: Resource>(kind: &str, object: &K, hooks: &[Hook], since: Option<Timestamp>) -> bool {
    let made = object.creation_timestamp().map(|time| time.0);
    let name = object.name_any();
    hooks
        .iter()
        .any(|hook| hook.kind == kind && hook.name == name)
        && made >= since
}

#[cfg(test)]
mod tests;
