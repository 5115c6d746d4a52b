//! Waits until the pods of a release's new revision are ready, or until it is certain that they will not be.

use std::collections::HashMap;
use std::time::Duration;

use futures::StreamExt;
use scap_run::Failure;
use tokio::time::{Instant, interval, sleep_until};

use super::error::ServerError;
use super::live::Live;
use super::look::Look;
use super::manifest::Workload;
use super::release::Release;
use super::trouble::{Trouble, TroubleKind};
use crate::causes::with_causes;

/// How often trouble that stays as it is gets looked at.
const TICK: Duration = Duration::from_millis(500);

/// Since when each trouble has been seen without a break, by the monotonic clock.
#[derive(Default)]
struct Suspicion {
    since: HashMap<(String, TroubleKind), Instant>,
}

impl Suspicion {
    /// The first trouble that has lasted long enough.
    fn certain<'t>(&mut self, troubles: &'t [Trouble], now: Instant) -> Option<&'t Trouble> {
        let key = |trouble: &Trouble| (trouble.pod.clone(), trouble.kind);
        self.since
            .retain(|known, _| troubles.iter().any(|trouble| key(trouble) == *known));
        let mut certain = None;
        for trouble in troubles {
            let since = *self.since.entry(key(trouble)).or_insert(now);
            if certain.is_none() && now.duration_since(since) >= trouble.kind.patience() {
                certain = Some(trouble);
            }
        }
        certain
    }
}

impl Release<'_> {
    /// How many pods are ready when all are.
    pub(super) async fn await_ready(&self, workloads: &[Workload]) -> Result<usize, Failure> {
        let (live, mut changes) = Live::watch(&self.cluster, workloads);
        let deadline = Instant::now() + self.settings().ready_timeout;
        let (mut tick, mut suspicion) = (interval(TICK), Suspicion::default());
        let (mut blind, mut shown) = (None, (0, 0));
        loop {
            let look = live.objects().look(workloads);
            let seen = (look.done, look.total);
            if std::mem::replace(&mut shown, seen) != seen {
                self.show(seen);
            }
            if look.waiting_for.is_empty() {
                return Ok(look.total);
            }
            if let Some(trouble) = suspicion.certain(&look.troubles, Instant::now()) {
                return Err(self.hopeless(trouble));
            }
            tokio::select! {
                Some(change) = changes.next() => blind = change.err(),
                _ = tick.tick() => {}
                () = self.order.stop.asked() => return Err(self.stopped()),
                () = sleep_until(deadline) => return Err(self.late(look, blind)),
            }
        }
    }

    fn show(&self, (done, total): (usize, usize)) {
        let waiting_for = format!("`{}` pods in {}", self.name, self.step.environment);
        self.order
            .progress
            .ready(self.order.id, done, total, &waiting_for);
    }

    fn hopeless(&self, trouble: &Trouble) -> Failure {
        let Trouble {
            pod,
            reason,
            message,
            kind,
            ..
        } = trouble;
        let about = match &trouble.container {
            Some(container) => format!("container `{container}`: {message}"),
            None => message.clone(),
        };
        let (namespace, kubeconfig) = (&self.step.namespace, self.kubeconfig.display());
        let object = pod
            .strip_prefix("job/")
            .map_or_else(|| format!("pod {pod}"), |job| format!("job {job}"));
        Failure::failed(format!(
            "`{pod}` of {} cannot become ready: {reason}",
            self.order.step
        ))
        .cause(about)
        .hint(kind.hint())
        .command(format!(
            "kubectl describe {object} --namespace {namespace} --kubeconfig {kubeconfig}"
        ))
    }

    fn late(&self, look: Look, blind: Option<ServerError>) -> Failure {
        let seconds = self.settings().ready_timeout.as_secs();
        if let Some(error) = blind {
            return Failure::unobservable(format!(
                "cannot see whether {} is ready",
                self.order.step
            ))
            .cause(with_causes(&error));
        }
        let message = format!("{} is not ready after {seconds} s", self.order.step);
        let failure = look
            .waiting_for
            .into_iter()
            .fold(Failure::failed(message), Failure::cause);
        let troubles = look.troubles.into_iter();
        let told = troubles
            .map(|trouble| format!("`{}`: {} {}", trouble.pod, trouble.reason, trouble.message));
        told.fold(failure, Failure::cause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trouble(pod: &str, kind: TroubleKind) -> Trouble {
        Trouble {
            pod: pod.to_owned(),
            container: None,
            reason: String::new(),
            message: String::new(),
            kind,
        }
    }

    #[test]
    fn trouble_is_certain_once_it_has_lasted() {
        let (image, crash) = (
            trouble("a", TroubleKind::Image),
            trouble("b", TroubleKind::Crash),
        );
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut suspicion = Suspicion::default();
        let only_image = std::slice::from_ref(&image);
        assert_eq!(suspicion.certain(only_image, at(0)), None);
        assert_eq!(suspicion.certain(only_image, at(4)), None);
        assert_eq!(suspicion.certain(&[], at(4)), None, "it went away");
        assert_eq!(suspicion.certain(only_image, at(5)), None, "and began anew");
        assert_eq!(suspicion.certain(only_image, at(10)), Some(&image));
        let only_crash = std::slice::from_ref(&crash);
        assert_eq!(suspicion.certain(only_crash, at(10)), Some(&crash));
    }
}
