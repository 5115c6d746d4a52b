//! Whether pods that were ready still are: a revision may become ready and fall over later.

use std::time::Duration;

use k8s_openapi::api::core::v1::{ContainerStatus, Pod};
use k8s_openapi::jiff::Timestamp;
use scap_run::Failure;
use tokio::time::{Instant, timeout};

use super::events::Events;
use super::live::{Changes, Live};
use super::look::Objects;
use super::manifest::{Workload, workloads};
use super::release::Release;
use super::sight::Sight;
use super::trouble::Trouble;
use super::trouble::pod::{crash, statuses};

/// An API server that is being restarted gets this long.
const PATIENCE: Duration = Duration::from_secs(30);

impl Release<'_> {
    /// What is wrong with the pods of the newest revision now.
    pub(super) async fn troubles_now(&self) -> Result<Vec<Failure>, Failure> {
        let history = self.history().await?;
        let Some(record) = self.newest(&history).await? else {
            return Ok(Vec::new());
        };
        let workloads = workloads(&record.manifest, &self.cluster.namespace);
        let (live, mut changes) = Live::watch(&self.cluster, self.name, &workloads);
        let mut sight = Sight::new(&live.watched, Instant::now());
        let seen = timeout(PATIENCE, self.until_seen(&mut sight, &mut changes)).await;
        if seen.is_err() {
            return Err(self.blind(&sight));
        }
        let objects = live.objects();
        let since = live.newest().and_then(|newest| newest.begun);
        let look = objects.look(&workloads, since);
        let mut told = Vec::new();
        for trouble in objects.restarts(&workloads, since) {
            let failure = self.explain_as("was started again", &trouble, &objects);
            told.push(failure.await);
        }
        for trouble in &look.troubles {
            told.push(self.explain(trouble, &objects).await);
        }
        if told.is_empty() && !look.waiting_for.is_empty() {
            let message = format!("{} is not ready", self.order.step);
            let causes = look.waiting_for.into_iter().chain([look.slowest]);
            told.push(causes.fold(Failure::failed(message), Failure::cause));
        }
        Ok(told)
    }

    async fn until_seen(&self, sight: &mut Sight, changes: &mut Changes) {
        while sight.is_blind() {
            self.follow(sight, changes).await;
        }
    }
}

impl Objects {
    /// Containers of the new revisions' pods that have ended since the step began.
    fn restarts(&self, workloads: &[Workload], since: Option<Timestamp>) -> Vec<Trouble> {
        let events = Events::since(&self.events, since);
        let found = workloads.iter().filter_map(|workload| self.find(workload));
        let pods = found.flat_map(|found| found.pods);
        let of_pod = |pod: &Pod| {
            let ended = statuses(pod).filter(|container| has_ended_since(container, since));
            let troubles = ended.map(|container| crash(pod, container, &events));
            troubles.collect::<Vec<_>>()
        };
        pods.flat_map(of_pod).collect()
    }
}

fn has_ended_since(container: &ContainerStatus, since: Option<Timestamp>) -> bool {
    let last = container.last_state.as_ref();
    let ended = last.and_then(|state| Some(state.terminated.as_ref()?.finished_at.as_ref()?.0));
    container.restart_count > 0 && ended.is_some() && ended >= since
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_what_ended_since_the_step_began_counts() {
        let ended = |restarts: i32, at: &str| -> bool {
            let container = json!({"name": "main", "image": "i", "imageID": "", "ready": true, "restartCount": restarts,
                "state": {"running": {}}, "lastState": {"terminated": {"exitCode": 3, "finishedAt": at}}});
            let container = serde_json::from_value(container).unwrap();
            has_ended_since(&container, Some("2026-03-01T00:00:10Z".parse().unwrap()))
        };
        assert!(ended(1, "2026-03-01T00:00:10Z"));
        assert!(!ended(1, "2026-03-01T00:00:09Z"));
        assert!(!ended(0, "2026-03-01T00:00:10Z"));
    }
}
