//! Trouble as a person is told of it: what, why, the container's last words, and what mends it.

use scap_plan::Namespace;
use scap_run::Failure;

use super::look::{Objects, is_owned};
use super::release::Release;
use super::trouble::pod::ended_badly;
use super::trouble::{Blamed, Trouble, TroubleKind};
use crate::causes::with_causes;

impl Release<'_> {
    pub(super) async fn explain(&self, trouble: &Trouble, objects: &Objects) -> Failure {
        let what = format!("{}: {}", trouble.kind.effect(), trouble.reason);
        self.explain_as(&what, trouble, objects).await
    }

    /// `what` is to be read after the name of the object that is blamed.
    pub(super) async fn explain_as(
        &self,
        what: &str,
        trouble: &Trouble,
        objects: &Objects,
    ) -> Failure {
        let (blamed, step) = (&trouble.blamed, self.order.step);
        let elsewhere = if blamed.namespace == self.cluster.namespace.as_str() {
            String::new()
        } else {
            format!(" in namespace `{}`", blamed.namespace)
        };
        let failure = Failure::failed(format!("`{}`{elsewhere} of {step} {what}", blamed.name));
        let causes = [trouble.about()].into_iter().filter(|it| !it.is_empty());
        causes
            .chain(self.last_words(trouble, objects).await)
            .fold(failure, Failure::cause)
            .hint(trouble.kind.hint())
            .command(self.kubectl(&trouble.command()))
    }

    /// The last lines of the log of the container that is blamed.
    pub(super) async fn last_words(&self, trouble: &Trouble, objects: &Objects) -> Vec<String> {
        if !trouble.kind.has_log() {
            return Vec::new();
        }
        let Some((pod, container)) = said_by(trouble, objects) else {
            return Vec::new();
        };
        let is_previous = matches!(trouble.kind, TroubleKind::Crash | TroubleKind::Memory);
        // Whatever the pod has been given, it may have printed.
        if let Ok(namespace) = Namespace::new(pod.namespace.as_str()) {
            let _ = self.engine.learn(self.step, &namespace).await;
        }
        let (wanted, secrets) = ((&pod, container.as_deref()), self.engine.secrets());
        let lines = self.cluster.last_lines(wanted, is_previous, secrets).await;
        match lines {
            Ok(lines) => lines
                .into_iter()
                .map(|line| format!("`{}` said: {line}", pod.name))
                .collect(),
            Err(error) => vec![format!("its log cannot be read: {}", with_causes(&error))],
        }
    }

    /// `command` for the cluster of this release.
    pub(super) fn kubectl(&self, command: &str) -> String {
        format!("{command} --kubeconfig {}", self.kubeconfig.display())
    }
}

/// The pod whose log tells the most, and which of its containers.
fn said_by(trouble: &Trouble, objects: &Objects) -> Option<(Blamed, Option<String>)> {
    if trouble.kind != TroubleKind::GivenUp {
        return Some((trouble.blamed.clone(), trouble.container.clone()));
    }
    let job = objects
        .jobs
        .iter()
        .find(|job| Blamed::new("job", job.as_ref()) == trouble.blamed)?;
    let pods = objects.pods.iter();
    let failed = pods.filter(|pod| is_owned(pod.as_ref(), job.as_ref()));
    failed
        .filter_map(|pod| ended_badly(pod))
        .map(|ended| (ended.blamed, ended.container))
        .next_back()
}
