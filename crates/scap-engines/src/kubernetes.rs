//! Brings releases to Kubernetes through helmfile and helm, waits for their pods and takes them back by helm's history.
//!
//! What runs is read from the cluster itself: helm's history from its Secrets, readiness from watches. helm neither waits
//! nor rolls back by itself. A client is made from the step's own kubeconfig, which must not log in by a program.

mod act;
mod clues;
mod committed;
mod compare;
mod error;
mod events;
mod explain;
mod history;
mod hooks;
mod installed;
pub(crate) mod kubeconfig;
mod live;
mod logs;
mod look;
mod manifest;
mod needs;
mod preflight;
mod programs;
mod pulse;
mod readiness;
mod ready;
mod record;
mod release;
mod render;
mod repositories;
mod revisions;
mod running;
mod secrets;
mod settings;
mod sight;
mod snapshot;
mod steady;
mod suspicion;
mod traffic;
mod trouble;
mod undo;
mod verify;
mod waits;
mod watch;

pub use committed::Committed;
pub use compare::Comparison;
pub use error::{KubeconfigError, KubernetesError, ServerError};
pub use needs::Previews;
pub use record::RecordError;
pub use render::{Rendered, RenderedRelease, RenderingSource};
pub use running::{Pods, Running, RunningRevision};
pub use settings::KubernetesSettings;

use std::num::NonZero;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::FutureExt;
use scap_plan::{Observation, Plan};
use scap_run::{Engine, Expectation, Failure, Finding, Inspect, Order, Readback, Work};

use tokio::sync::Semaphore;

use crate::Scratch;
use crate::process::Supervisor;
use release::Release;

/// The engine for releases.
#[derive(Clone, Debug)]
pub struct KubernetesEngine {
    settings: KubernetesSettings,
    supervisor: Supervisor,
    scratch: Scratch,
    /// Turns at helmfile, which keeps a core busy.
    renderers: Arc<Semaphore>,
    previews: Previews,
    /// The top of a checkout whose renderings hold for this one too, where their files are the same.
    twin: Option<PathBuf>,
    read_secrets: Arc<Mutex<secrets::Read>>,
}

impl KubernetesEngine {
    /// `supervisor` keeps the programs that change releases, by run and step; `scratch` runs those that only look.
    pub fn new(settings: KubernetesSettings, supervisor: Supervisor, scratch: Scratch) -> Self {
        let cores = std::thread::available_parallelism().map_or(2, NonZero::get);
        Self {
            settings,
            supervisor,
            scratch,
            renderers: Arc::new(Semaphore::new(cores.clamp(2, 4))),
            previews: Previews::none(),
            twin: None,
            read_secrets: Arc::default(),
        }
    }

    /// Knows other services, which may bring what one needs.
    #[must_use]
    pub fn among(mut self, previews: Previews) -> Self {
        self.previews = previews;
        self
    }
}

impl Engine for KubernetesEngine {
    fn observe<'a>(&'a self, order: Order<'a>) -> Work<'a, Result<Observation, Failure>> {
        async { Release::new(self, order).await?.observe().await }.boxed()
    }

    fn act<'a>(&'a self, order: Order<'a>) -> Work<'a, Result<(), Failure>> {
        async { Release::new(self, order).await?.act().await }.boxed()
    }

    fn undo<'a>(&'a self, order: Order<'a>) -> Work<'a, Result<(), Failure>> {
        async { Release::new(self, order).await?.undo().await }.boxed()
    }

    fn verify<'a>(
        &'a self,
        order: Order<'a>,
        expectation: Expectation,
    ) -> Work<'a, Result<Readback, Failure>> {
        async move { Release::new(self, order).await?.verify(expectation).await }.boxed()
    }

    /// A cluster that cannot be asked is asked again: that nothing can be seen says nothing against the pods.
    fn watch<'a>(&'a self, order: Order<'a>) -> Work<'a, Failure> {
        const AGAIN: Duration = Duration::from_secs(5);
        let falls = async |order| Release::new(self, order).await?.falls().await;
        async move {
            loop {
                match falls(order.clone()).await {
                    Ok(failure) => return failure,
                    Err::<_, Failure>(_) => tokio::time::sleep(AGAIN).await,
                }
            }
        }
        .boxed()
    }
}

impl Inspect for KubernetesEngine {
    fn preflight<'a>(&'a self, plan: &'a Plan) -> Work<'a, Vec<Finding>> {
        preflight::preflight(self, plan).boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::KubernetesSettings;
    use scap_plan::ReleaseStep;
    use serde_json::json;
    use std::path::Path;

    pub(super) fn settings(scratch: &Path) -> KubernetesSettings {
        KubernetesSettings {
            kubeconfig: "/kubeconfigs/{namespace}-deploy-{environment}.config".to_owned(),
            deployments_dir: "/charts".into(),
            helm: "/bin/helm".into(),
            helmfile: "/bin/helmfile".into(),
            environment: [("PATH".to_owned(), "/usr/bin:/bin".to_owned())].into(),
            scratch: scratch.to_owned(),
            ready_timeout: std::time::Duration::from_mins(10),
        }
    }

    pub(super) fn release_step(release: &str) -> ReleaseStep {
        let step = json!({
            "environment_type": "PRODUCTION", "stage": "CANARY", "environment": "eqiad", "canonical_environment": "eqiad",
            "datacenter": "eqiad", "namespace": "shop", "release": release, "directory": "services/shop",
        });
        serde_json::from_value(step).unwrap()
    }
}
