//! Why a cluster could not be asked, or what it answered could not be read.

use std::path::PathBuf;

use kube::runtime::watcher;
use scap_run::Failure;
use tower::BoxError;

use super::record::RecordError;
use crate::causes::with_causes;

#[derive(Debug, thiserror::Error)]
pub enum KubernetesError {
    #[error(transparent)]
    Kubeconfig(#[from] KubeconfigError),
    #[error("cannot read {what}")]
    Read { what: String, source: ServerError },
    #[error("cannot change {what}")]
    Change { what: String, source: ServerError },
    #[error("cannot read revision {revision} of `{release}`")]
    Record {
        release: String,
        revision: u32,
        source: RecordError,
    },
}

/// A kubeconfig that is not used.
#[derive(Debug, thiserror::Error)]
pub enum KubeconfigError {
    #[error("cannot read kubeconfig `{}`", path.display())]
    Unreadable {
        path: PathBuf,
        source: std::io::Error,
    },
    /// The parser's own words may show a token, and are left out.
    #[error("`{}` is not a kubeconfig", .0.display())]
    NotKubeconfig(PathBuf),
    #[error("user `{user}` of kubeconfig `{}` logs in by a program (`{field}`)", path.display())]
    RunsProgram {
        path: PathBuf,
        user: String,
        field: &'static str,
    },
    #[error("kubeconfig `{}` cannot be used", path.display())]
    Incomplete {
        path: PathBuf,
        source: kube::config::KubeconfigError,
    },
    #[error("no client can be made from kubeconfig `{}`", path.display())]
    NoClient { path: PathBuf, source: kube::Error },
}

/// The API server's side of a failure.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// In the server's own words.
    #[error("{0}")]
    Refused(String),
    #[error("the API server did not answer within {0} s")]
    Silent(u64),
    #[error("the API server cannot be asked")]
    Unreachable(#[source] kube::Error),
}

/// A request that came to nothing on its way.
#[derive(Debug, thiserror::Error)]
#[error("no answer from `{server}`")]
pub(super) struct Unanswered {
    /// As the kubeconfig has it.
    pub(super) server: String,
    pub(super) source: BoxError,
}

impl From<kube::Error> for ServerError {
    fn from(error: kube::Error) -> Self {
        match error {
            kube::Error::Api(status) => Self::Refused(status.message),
            other => Self::Unreachable(other),
        }
    }
}

impl From<watcher::Error> for ServerError {
    fn from(error: watcher::Error) -> Self {
        use watcher::Error::{
            InitialListFailed, NoResourceVersion, WatchError, WatchFailed, WatchStartFailed,
        };
        match error {
            InitialListFailed(error) | WatchStartFailed(error) | WatchFailed(error) => error.into(),
            WatchError(status) => Self::Refused(status.message),
            NoResourceVersion => Self::Refused("it sent a list without a version".to_owned()),
        }
    }
}

impl KubernetesError {
    pub(super) fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Kubeconfig(error) => Some(error.hint()),
            Self::Read { source, .. } | Self::Change { source, .. } => Some(match source {
                ServerError::Refused(_) => "see that the kubeconfig's user may do this",
                _ => "see that the cluster is up and can be reached from here",
            }),
            Self::Record { .. } => None,
        }
    }

    /// Unless a change was refused, what runs in the cluster is not known.
    pub(super) fn failure(&self, object: &impl std::fmt::Display) -> Failure {
        let failure = match self {
            Self::Change { .. } => Failure::failed(format!("cannot repair {object}")),
            _ => Failure::unobservable(format!("cannot see {object}")),
        };
        let failure = failure.cause(with_causes(self));
        match self.hint() {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    }
}

impl KubeconfigError {
    fn hint(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => {
                "`kubeconfig` in scap.yaml says where it is; it must be readable for the user that scap runs as"
            }
            Self::RunsProgram { .. } => {
                "put a token or a client certificate in its place: programs named in a kubeconfig are never run"
            }
            Self::NotKubeconfig(_) | Self::Incomplete { .. } | Self::NoClient { .. } => {
                "it needs a cluster, a user and a context, and `current-context` to name it"
            }
        }
    }
}
