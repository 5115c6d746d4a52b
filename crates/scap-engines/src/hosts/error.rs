//! Why something did not work on one host.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use scap_plan::{HostName, NrpeError, Period, Plan};

use crate::process::{ProgramError, ProgramIdError};
use crate::search_path::ProgramNotFound;

#[derive(Debug, thiserror::Error)]
pub enum HostError {
    #[error("no host `{0}` in the inventory")]
    Unknown(HostName),
    #[error("its folder `{}` cannot be read", root.display())]
    Unreachable { root: PathBuf, source: io::Error },
    #[error("the directory `{0}` is no absolute path without `.` and `..`")]
    UnsafeDirectory(String),
    #[error("`{0}` is not a commit in full")]
    UnsafeRevision(String),
    #[error("cannot {action} `{}`", path.display())]
    File {
        action: &'static str,
        path: PathBuf,
        source: io::Error,
    },
    #[error("`{}` is a file or folder, where a symlink to a revision belongs", .0.display())]
    NotALink(PathBuf),
    #[error("`{}` points at `{}`, which is no revision in `{}`", link.display(), target.display(), revisions.display())]
    Foreign {
        link: PathBuf,
        target: PathBuf,
        revisions: PathBuf,
    },
    #[error("revision {} is missing or incomplete in `{}`", Plan::short(revision), revisions.display())]
    Incomplete {
        revision: String,
        revisions: PathBuf,
    },
    #[error("{} is deployed, not {}", shown(found.as_deref()), shown(expected.as_deref()))]
    OtherRevision {
        found: Option<String>,
        expected: Option<String>,
    },
    #[error("the restart after the last change was not finished")]
    RestartDue,
    #[error("what ran before is not known")]
    UnknownBefore,
    #[error("no connection to {address} within {within}")]
    PortClosed {
        address: SocketAddr,
        within: Period,
        source: io::Error,
    },
    #[error("{address} still accepts connections after {within}, though nothing is deployed")]
    PortOpen { address: SocketAddr, within: Period },
    #[error("{label} {failure}")]
    Program { label: String, failure: String },
    #[error(transparent)]
    ProgramNotFound(#[from] ProgramNotFound),
    #[error(transparent)]
    Nrpe(#[from] NrpeError),
    #[error(transparent)]
    Supervisor(#[from] ProgramError),
    #[error(transparent)]
    ProgramId(#[from] ProgramIdError),
    #[error("stopped on request")]
    Stopped,
}

impl HostError {
    /// Whether nothing can be said about what runs on the host.
    pub(super) fn is_blindness(&self) -> bool {
        matches!(
            self,
            Self::Unknown(_) | Self::Unreachable { .. } | Self::File { .. }
        )
    }

    /// For `map_err`: what was tried with which file.
    pub(super) fn file(
        action: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File {
            action,
            path,
            source,
        }
    }
}

fn shown(revision: Option<&str>) -> &str {
    revision.map_or("nothing", Plan::short)
}
