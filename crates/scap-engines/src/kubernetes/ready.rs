//! Waits until the pods of a release's new revision are ready, or until it is certain that they will not be.

use std::time::Duration;

use futures::StreamExt;
use scap_run::{Failure, Readiness};
use tokio::time::{Instant, interval};

use super::live::{Changes, Live};
use super::look::Look;
use super::manifest::Workload;
use super::release::Release;
use super::revisions::Stored;
use super::sight::Sight;
use super::suspicion::Suspicion;
use crate::causes::with_causes;

/// How often trouble that stays as it is gets looked at.
const TICK: Duration = Duration::from_millis(500);

/// What is seen while it is waited.
struct Wait<'a> {
    workloads: &'a [Workload],
    /// The revision that is ours.
    revision: u32,
    live: Live,
    sight: Sight,
    suspicion: Suspicion,
    shown: Readiness,
}

impl Release<'_> {
    /// How many pods are ready when all of `revision` are. Numbers of pods are those that the live objects ask for, which
    /// an autoscaler may have changed.
    pub(super) async fn await_ready(
        &self,
        revision: u32,
        workloads: &[Workload],
    ) -> Result<usize, Failure> {
        let (live, mut changes) = Live::watch(&self.cluster, self.name, workloads);
        let mut wait = Wait {
            workloads,
            revision,
            sight: Sight::new(&live.watched, Instant::now()),
            live,
            suspicion: Suspicion::default(),
            shown: Readiness::default(),
        };
        let mut tick = interval(TICK);
        loop {
            if let Some(pods) = self.look(&mut wait).await? {
                return Ok(pods);
            }
            tokio::select! {
                () = self.follow(&mut wait.sight, &mut changes) => {}
                _ = tick.tick() => wait.sight.pass(Instant::now()),
                () = self.order.stop.asked() => return Err(self.stopped()),
            }
        }
    }

    /// Takes in the next change, and tells of a right that is missing.
    pub(super) async fn follow(&self, sight: &mut Sight, changes: &mut Changes) {
        let Some(change) = changes.next().await else {
            return std::future::pending().await;
        };
        if let Some(watched) = sight.take(change, Instant::now()) {
            let (resource, namespace) = (watched.resource, &watched.namespace);
            self.line(&format!(
                "no right to watch {resource} in namespace `{namespace}`: less can be said about pods that fail"
            ));
        }
    }

    /// The number of pods once all are ready.
    async fn look(&self, wait: &mut Wait<'_>) -> Result<Option<usize>, Failure> {
        let newest = wait.live.newest();
        if let Some(newest) = newest.as_ref().filter(|it| it.number > wait.revision) {
            return Err(self.overtaken(newest));
        }
        let objects = wait.live.objects();
        let look = objects.look(wait.workloads, newest.and_then(|newest| newest.begun));
        self.show(&look, wait);
        if let Some(foreign) = look.foreign {
            return Err(self.changed(&foreign));
        }
        if look.waiting_for.is_empty() {
            return Ok(Some(look.total));
        }
        let certain = wait
            .suspicion
            .certain(&look.troubles, look.done, wait.sight.seen);
        if let Some(trouble) = certain.first() {
            return Err(self.explain(trouble, &objects).await);
        }
        match self.too_late(wait, &look) {
            Some(failure) => Err(failure),
            None => Ok(None),
        }
    }

    fn show(&self, look: &Look, wait: &mut Wait) {
        let waiting_for = match wait.sight.missed() {
            _ if look.waiting_for.is_empty() => String::new(),
            Some(watched) => format!("the API server, to see {}", watched.resource),
            None if !wait.sight.has_begun() => return,
            None => look.slowest.clone(),
        };
        let seen = Readiness {
            done: look.done,
            total: look.total,
            waiting_for,
            instances: look.pods.clone(),
        };
        if wait.shown != seen {
            self.order.progress.ready(self.order.id, &seen);
            wait.shown = seen;
        }
    }

    /// Time in which nothing is seen counts apart.
    fn too_late(&self, wait: &Wait, look: &Look) -> Option<Failure> {
        let timeout = self.settings().ready_timeout;
        if wait.sight.forbidden().is_some() || wait.sight.unseen >= timeout {
            return Some(self.blind(&wait.sight));
        }
        (wait.sight.seen >= timeout).then(|| self.late(look))
    }

    pub(super) fn blind(&self, sight: &Sight) -> Failure {
        let step = self.order.step;
        let failure = Failure::unobservable(format!("cannot see whether {step} is ready"));
        let Some((watched, why)) = sight.forbidden().or_else(|| sight.why_blind()) else {
            return failure.cause("the API server does not answer");
        };
        let (resource, namespace) = (watched.resource, &watched.namespace);
        let failure = failure.cause(with_causes(&why.error));
        if !why.is_forbidden {
            return failure.hint("see that the cluster is up and can be reached from here");
        }
        failure
            .hint(format!(
                "the kubeconfig's user needs the right to list and watch {resource} in namespace `{namespace}`"
            ))
            .command(self.kubectl(&format!(
                "kubectl auth can-i watch {resource} --namespace {namespace}"
            )))
    }

    fn late(&self, look: &Look) -> Failure {
        let seconds = self.settings().ready_timeout.as_secs();
        let message = format!("{} is not ready after {seconds} s", self.order.step);
        let told = look
            .troubles
            .iter()
            .map(|trouble| format!("{}: {} {}", trouble.blamed, trouble.reason, trouble.about()));
        let causes = look.waiting_for.iter().cloned();
        let slowest = (!look.slowest.is_empty()).then(|| look.slowest.clone());
        causes
            .chain(slowest)
            .chain(told)
            .fold(Failure::failed(message), Failure::cause)
    }

    fn overtaken(&self, newest: &Stored) -> Failure {
        let Stored { number, status, .. } = newest;
        self.changed(&format!("revision {number} is {status}"))
    }

    fn changed(&self, what: &str) -> Failure {
        let step = self.order.step;
        Failure::failed(format!(
            "somebody else has changed {step} while its pods were waited for"
        ))
        .cause(what)
        .hint("see who did it and why, then make a new plan")
        .command(self.helm_by_hand(&format!("history {}", self.name)))
    }
}
