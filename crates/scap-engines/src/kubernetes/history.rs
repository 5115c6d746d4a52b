//! A release's revisions, read straight from the Secrets in which helm keeps them.

use std::time::Duration;

use k8s_openapi::api::core::v1::Secret;
use kube::api::{ApiResource, DynamicObject, ListParams, PostParams};
use kube::{Api, Client, ResourceExt};
use scap_plan::{Namespace, ReleaseName, ReleaseObservation, ReleaseStatus, ReleaseStep};
use tokio::time::{Instant, sleep, timeout};

use super::KubernetesSettings;
use super::error::{KubeconfigError, KubernetesError, ServerError};
use super::kubeconfig::client;
use super::record::{Record, RecordError, mark_failed};

/// One answer may take this long.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(15);
/// An API server that is being restarted is asked again for this long.
const PATIENCE: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_secs(1);

/// All revisions that helm has kept, oldest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct History {
    pub(super) revisions: Vec<Revision>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Revision {
    pub(super) number: u32,
    pub(super) state: State,
    /// The name of its Secret.
    secret: String,
}

/// helm's word for what became of a revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Deployed,
    Superseded,
    Failed,
    PendingInstall,
    /// An upgrade or a rollback.
    PendingChange,
    Uninstalled,
    Other,
}

/// A namespace of a cluster.
#[derive(Clone)]
pub(super) struct Cluster {
    pub(super) client: Client,
    pub(super) namespace: Namespace,
}

impl History {
    pub(super) fn newest(&self) -> Option<&Revision> {
        self.revisions.last()
    }

    /// The newest revision that was deployed completely. helm keeps at most one `deployed`; in the moment in which it
    /// passes that on to a newer one, and after a rollback that was cut off, there are superseded ones only.
    pub(super) fn deployed(&self) -> Option<&Revision> {
        let newest = |state| {
            self.revisions
                .iter()
                .rfind(|revision| revision.state == state)
        };
        newest(State::Deployed).or_else(|| newest(State::Superseded))
    }

    pub(super) fn find(&self, number: u32) -> Option<&Revision> {
        self.revisions
            .iter()
            .find(|revision| revision.number == number)
    }

    pub(super) fn status(&self) -> ReleaseStatus {
        match self.newest().map(|revision| revision.state) {
            None => ReleaseStatus::Absent,
            Some(State::Deployed) => ReleaseStatus::Deployed,
            Some(State::Failed) => ReleaseStatus::Failed,
            Some(State::PendingInstall | State::PendingChange) => ReleaseStatus::Pending,
            Some(State::Superseded | State::Uninstalled | State::Other) => ReleaseStatus::Other,
        }
    }

    /// `newest` is the record of the newest revision.
    pub(super) fn observation(&self, newest: Option<&Record>) -> ReleaseObservation {
        ReleaseObservation {
            status: self.status(),
            revision: self.newest().map(|revision| revision.number),
            deployed_revision: self.deployed().map(|revision| revision.number),
            chart: newest.map(Record::chart),
            images: newest
                .map(|record| record.manifest.images())
                .unwrap_or_default(),
            manifest_digest: newest.map(|record| record.manifest.digest()),
        }
    }
}

impl Revision {
    /// None when it is not one of helm's.
    fn new(secret: String, label: impl Fn(&str) -> Option<String>) -> Option<Self> {
        Some(Self {
            number: label("version")?.parse().ok()?,
            state: State::named(&label("status")?),
            secret,
        })
    }

    pub(super) fn is_pending(&self) -> bool {
        matches!(self.state, State::PendingInstall | State::PendingChange)
    }
}

impl State {
    fn named(status: &str) -> Self {
        match status {
            "deployed" => Self::Deployed,
            "superseded" => Self::Superseded,
            "failed" => Self::Failed,
            "pending-install" => Self::PendingInstall,
            "pending-upgrade" | "pending-rollback" => Self::PendingChange,
            "uninstalled" => Self::Uninstalled,
            _ => Self::Other,
        }
    }
}

impl Cluster {
    /// Where the release of `step` is.
    pub(super) async fn of(
        settings: &KubernetesSettings,
        step: &ReleaseStep,
    ) -> Result<Self, KubeconfigError> {
        Ok(Self {
            client: client(&settings.kubeconfig_of(step)).await?,
            namespace: step.namespace_of_objects().clone(),
        })
    }

    /// The object of that name; without a namespace, one that is in none.
    pub(super) async fn get(
        &self,
        resource: &ApiResource,
        namespace: Option<&str>,
        name: &str,
    ) -> Result<Option<DynamicObject>, ServerError> {
        let client = self.client.clone();
        let api: Api<DynamicObject> = match namespace {
            Some(namespace) => Api::namespaced_with(client, namespace, resource),
            None => Api::all_with(client, resource),
        };
        answer(|| api.get_opt(name)).await
    }

    pub(super) async fn history(&self, release: &ReleaseName) -> Result<History, KubernetesError> {
        let wanted = ListParams::default()
            .fields("type=helm.sh/release.v1")
            .labels(&format!("owner=helm,name={release}"));
        let secrets = self.secrets();
        // The labels say enough of all but the newest; each Secret may be a megabyte.
        let listed = answer(|| secrets.list_metadata(&wanted)).await;
        let listed = listed.map_err(|source| KubernetesError::Read {
            what: format!(
                "the history of `{release}` in namespace `{}`",
                self.namespace
            ),
            source,
        })?;
        let revision = |secret: &kube::core::PartialObjectMeta<Secret>| {
            Revision::new(secret.name_any(), |label| {
                secret.labels().get(label).cloned()
            })
        };
        let mut revisions: Vec<Revision> = listed.iter().filter_map(revision).collect();
        revisions.sort_by_key(|revision| revision.number);
        Ok(History { revisions })
    }

    /// What helm stored of `revision`.
    pub(super) async fn record(
        &self,
        release: &ReleaseName,
        revision: &Revision,
    ) -> Result<Record, KubernetesError> {
        let secret = self.secret(revision).await?;
        let decoded = data(&secret).and_then(Record::decode);
        decoded.map_err(|source| unreadable(release, revision, source))
    }

    /// Gives a pending `revision` the status `failed`; an error when somebody has changed it meanwhile.
    pub(super) async fn mark_failed(
        &self,
        release: &ReleaseName,
        revision: &Revision,
        why: &str,
    ) -> Result<(), KubernetesError> {
        let mut secret = self.secret(revision).await?;
        let marked = data(&secret).and_then(|data| mark_failed(data, why));
        let marked = marked.map_err(|source| unreadable(release, revision, source))?;
        let data = secret.data.get_or_insert_default();
        data.insert("release".to_owned(), k8s_openapi::ByteString(marked));
        secret
            .labels_mut()
            .insert("status".to_owned(), "failed".to_owned());
        let (secrets, params) = (self.secrets(), PostParams::default());
        // It carries the version that was read, so that nothing newer is overwritten.
        let replaced = timeout(
            ANSWER_TIMEOUT,
            secrets.replace(&revision.secret, &params, &secret),
        );
        let result = match replaced.await {
            Ok(result) => result.map(drop).map_err(ServerError::from),
            Err(_) => Err(silent()),
        };
        result.map_err(|source| KubernetesError::Change {
            what: format!(
                "secret `{}` in namespace `{}`",
                revision.secret, self.namespace
            ),
            source,
        })
    }

    async fn secret(&self, revision: &Revision) -> Result<Secret, KubernetesError> {
        let secrets = self.secrets();
        let secret = answer(|| secrets.get(&revision.secret)).await;
        secret.map_err(|source| KubernetesError::Read {
            what: format!(
                "secret `{}` in namespace `{}`",
                revision.secret, self.namespace
            ),
            source,
        })
    }

    pub(super) fn secrets(&self) -> Api<Secret> {
        Api::namespaced(self.client.clone(), self.namespace.as_str())
    }
}

/// What the server answers; one that cannot be reached is asked again for a while.
pub(super) async fn answer<T, F>(ask: impl Fn() -> F) -> Result<T, ServerError>
where
    F: Future<Output = kube::Result<T>>,
{
    let deadline = Instant::now() + PATIENCE;
    loop {
        let result = match timeout(ANSWER_TIMEOUT, ask()).await {
            Ok(result) => result.map_err(ServerError::from),
            Err(_) => Err(silent()),
        };
        match result {
            Err(ServerError::Unreachable(_) | ServerError::Silent(_))
                if Instant::now() < deadline =>
            {
                sleep(PAUSE).await;
            }
            result => return result,
        }
    }
}

fn silent() -> ServerError {
    ServerError::Silent(ANSWER_TIMEOUT.as_secs())
}

fn data(secret: &Secret) -> Result<&[u8], RecordError> {
    let data = secret.data.as_ref().and_then(|data| data.get("release"));
    data.map(|bytes| bytes.0.as_slice())
        .ok_or(RecordError::Missing)
}

fn unreadable(release: &ReleaseName, revision: &Revision, source: RecordError) -> KubernetesError {
    KubernetesError::Record {
        release: release.to_string(),
        revision: revision.number,
        source,
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::kubernetes) fn history(statuses: &[&str]) -> History {
        let revision = |(place, status): (usize, &&str)| {
            let version = (place + 3).to_string();
            let label = |label: &str| match label {
                "version" => Some(version.clone()),
                "status" => Some((*status).to_owned()),
                _ => None,
            };
            Revision::new(format!("sh.helm.release.v1.x.v{version}"), label)
        };
        History {
            revisions: statuses.iter().enumerate().filter_map(revision).collect(),
        }
    }

    /// helm's statuses; ours, the newest revision and the newest deployed one.
    type Case<'a> = (&'a [&'a str], ReleaseStatus, Option<u32>, Option<u32>);

    #[test]
    fn the_history_tells_what_runs_and_what_undo_restores() {
        use ReleaseStatus::{Absent, Deployed, Failed, Other, Pending};
        let cases: [Case; 10] = [
            (&[], Absent, None, None),
            (&["deployed"], Deployed, Some(3), Some(3)),
            (&["superseded", "deployed"], Deployed, Some(4), Some(4)),
            (&["deployed", "failed"], Failed, Some(4), Some(3)),
            (&["failed"], Failed, Some(3), None),
            (
                &["superseded", "deployed", "pending-upgrade"],
                Pending,
                Some(5),
                Some(4),
            ),
            (
                &["superseded", "superseded", "pending-rollback"],
                Pending,
                Some(5),
                Some(4),
            ),
            (&["pending-install"], Pending, Some(3), None),
            (&["uninstalled"], Other, Some(3), None),
            (&["deployed", "a-word-of-helm-5"], Other, Some(4), Some(3)),
        ];
        for (statuses, status, revision, deployed) in cases {
            let seen = history(statuses).observation(None);
            let told = (seen.status, seen.revision, seen.deployed_revision);
            assert_eq!(told, (status, revision, deployed), "{statuses:?}");
        }
    }
}
