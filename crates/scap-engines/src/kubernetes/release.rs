//! One order for one release: its cluster, its programs under names that a resumed run knows again.

use std::path::PathBuf;

use scap_plan::{Observation, ReleaseName, ReleaseObservation, ReleaseStep, StepKind};
use scap_run::{Failure, Order};
use tokio_util::sync::CancellationToken;

use super::history::{Cluster, History};
use super::record::Record;
use super::{KubernetesEngine, KubernetesError, KubernetesSettings};
use crate::causes::with_causes;
use crate::ended::Ended;
use crate::fenced;
use crate::process::{Held, Program, ProgramError, ProgramId, Supervisor};

/// Attempts that ended before their program was started leave no trace; as many in a row are looked past.
const TRACELESS_ATTEMPTS: u32 = 8;

/// What more a program calls an error is in its output.
const MOST_CAUSES: usize = 20;

pub(super) struct Release<'a> {
    pub(super) engine: &'a KubernetesEngine,
    /// Under the order's epoch.
    supervisor: Supervisor,
    pub(super) order: Order<'a>,
    pub(super) step: &'a ReleaseStep,
    pub(super) name: &'a ReleaseName,
    pub(super) kubeconfig: PathBuf,
    pub(super) cluster: Cluster,
}

/// What a program is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Repair,
    Act,
    Undo,
}

impl Purpose {
    const ALL: [Self; 3] = [Self::Repair, Self::Act, Self::Undo];

    fn as_str(self) -> &'static str {
        match self {
            Self::Repair => "repair",
            Self::Act => "act",
            Self::Undo => "undo",
        }
    }
}

/// The step's own part and its release; a preview's step has none.
pub(super) fn release_of(kind: &StepKind) -> Result<(&ReleaseStep, &ReleaseName), Failure> {
    match kind {
        StepKind::Release(step) => match &step.release {
            Some(release) => Ok((step, release)),
            None => Err(Failure::failed(format!(
                "a preview of {} names no release",
                step.environment
            ))),
        },
        StepKind::HostGroup(step) => Err(Failure::failed(format!(
            "host group `{}` is no release",
            step.group
        ))),
    }
}

impl<'a> Release<'a> {
    pub(super) async fn new(
        engine: &'a KubernetesEngine,
        order: Order<'a>,
    ) -> Result<Self, Failure> {
        let (step, name) = release_of(&order.step.kind)?;
        let cluster = Cluster::of(&engine.settings, step).await;
        let cluster = cluster.map_err(|error| KubernetesError::from(error).failure(order.step))?;
        Ok(Self {
            engine,
            supervisor: engine.supervisor.under(order.epoch),
            step,
            name,
            kubeconfig: engine.settings.kubeconfig_of(step),
            cluster,
            order,
        })
    }

    pub(super) fn settings(&self) -> &'a KubernetesSettings {
        &self.engine.settings
    }

    /// What ran when the plan was made.
    pub(super) fn before(&self) -> Result<&'a ReleaseObservation, Failure> {
        match &self.order.step.before {
            Some(Observation::Release(before)) => Ok(before),
            _ => Err(Failure::failed(format!(
                "the plan does not know what ran before {}",
                self.order.step
            ))),
        }
    }

    pub(super) async fn history(&self) -> Result<History, Failure> {
        let history = self.cluster.history(self.name).await;
        history.map_err(|error| error.failure(self.order.step))
    }

    /// The record of the newest revision, if there is any.
    pub(super) async fn newest(&self, history: &History) -> Result<Option<Record>, Failure> {
        let Some(newest) = history.newest() else {
            return Ok(None);
        };
        let record = self.cluster.record(self.name, newest).await;
        record
            .map(Some)
            .map_err(|error| error.failure(self.order.step))
    }

    pub(super) fn line(&self, text: &str) {
        self.order.progress.line(self.order.id, text);
    }

    pub(super) fn stopped(&self) -> Failure {
        Failure::stopped(format!("{} was stopped on request", self.order.step))
    }

    /// `helm WORDS --namespace NAMESPACE --kubeconfig FILE`, for a person to type.
    pub(super) fn helm_by_hand(&self, words: &str) -> String {
        let (namespace, kubeconfig) = (&self.cluster.namespace, self.kubeconfig.display());
        format!("helm {words} --namespace {namespace} --kubeconfig {kubeconfig}")
    }

    /// Runs `program` with its output as progress; an error unless it succeeds.
    pub(super) async fn run(&self, purpose: Purpose, program: &Program) -> Result<(), Failure> {
        let failed = || Failure::failed(format!("`{}` failed", program.label));
        let made = self.settings().make_folders();
        made.map_err(|error| failed().caused_by(&error))?;
        let id = self.program_id(purpose, self.order.attempt);
        let (abort, mut said) = (CancellationToken::new(), Vec::new());
        let line = |text: &str| {
            self.line(text);
            // helmfile repeats helm's words, after a page of its own.
            let text = text.trim();
            let is_new = text.starts_with("Error: ") && !said.iter().any(|known| known == text);
            if is_new && said.len() < MOST_CAUSES {
                said.push(text.to_owned());
            }
        };
        let ended = Ended::after(&self.supervisor, (&id, program), &abort, line);
        let ended = tokio::select! {
            ended = self.stoppable(&abort, ended) => ended,
            never = self.watch_hooks() => match never {},
        };
        let ended = ended.map_err(|error| failed().cause(with_causes(&error)))?;
        match ended.failure() {
            None => Ok(()),
            Some(_) if ended.was_aborted() => Err(self.stopped()),
            Some(why) if said.is_empty() => Err(failed().cause(why)),
            Some(_) => Err(said.into_iter().fold(failed(), Failure::cause)),
        }
    }

    /// While it is kept, no runner of a later epoch comes to the run; who comes late himself is refused.
    pub(super) async fn hold(&self) -> Result<Option<Held>, Failure> {
        fenced::hold(&self.supervisor, &self.order).await
    }

    /// Keeps runners of earlier epochs away, then waits for programs of this step that outlived one, whatever they are for.
    pub(super) async fn settle(&self) -> Result<(), Failure> {
        drop(self.hold().await?);
        let abort = CancellationToken::new();
        let settled = self.stoppable(&abort, self.settle_all(&abort)).await;
        settled.map_err(|error| {
            let message = format!(
                "cannot tell whether a program for {} still runs",
                self.order.step
            );
            Failure::unobservable(message).cause(with_causes(&error))
        })
    }

    async fn settle_all(&self, abort: &CancellationToken) -> Result<(), ProgramError> {
        for purpose in Purpose::ALL {
            let mut last = self.order.attempt;
            let mut attempt = 0;
            while attempt < last.saturating_add(TRACELESS_ATTEMPTS) {
                attempt += 1;
                let id = self.program_id(purpose, attempt);
                let lines = |line: crate::process::OutputLine| self.line(&line.text);
                let supervisor = &self.supervisor;
                let ended = supervisor.exit(&id)?.is_some();
                if ended || supervisor.adopt(&id, abort, lines).await?.is_some() {
                    last = last.max(attempt);
                }
            }
        }
        Ok(())
    }

    /// Waits for `work`, which a stop aborts.
    async fn stoppable<T>(&self, abort: &CancellationToken, work: impl Future<Output = T>) -> T {
        let mut work = std::pin::pin!(work);
        tokio::select! {
            result = &mut work => result,
            () = self.order.stop.asked() => {
                abort.cancel();
                work.await
            }
        }
    }

    /// `41/3-act-1`: run, step, purpose and attempt.
    fn program_id(&self, purpose: Purpose, attempt: u32) -> ProgramId {
        let Order { run, id, .. } = &self.order;
        let text = format!("{run}/{id}-{}-{attempt}", purpose.as_str());
        text.parse().expect("numbers and letters make an id")
    }
}
