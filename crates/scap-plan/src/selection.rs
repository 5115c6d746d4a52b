//! What of a service is to be deployed, and why that may not be possible.

use crate::error::{did_you_mean, list};
use crate::{EnvironmentName, Namespace, ReleaseName, Rendering, ServiceName};
use std::collections::{BTreeMap, BTreeSet};

/// What to deploy of a service.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Names or aliases, as a person gave them; empty for all environments of the service.
    pub environments: Vec<String>,
    /// Releases that have no difference: they are left out.
    pub unchanged: BTreeSet<(Namespace, EnvironmentName, ReleaseName)>,
}

/// The releases that helmfile installs per namespace and environment (as the service wrote it), in the order of `needs`.
pub type Installed = BTreeMap<(Namespace, EnvironmentName), Vec<InstalledRelease>>;

/// A release that helmfile installs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstalledRelease {
    pub name: ReleaseName,
    /// Absent when it was not rendered.
    pub rendering: Option<Rendering>,
    /// Releases of the same environment that must be there before it, each with the namespace of its helmfile.
    pub needs: Vec<(Namespace, ReleaseName)>,
}

impl From<ReleaseName> for InstalledRelease {
    fn from(name: ReleaseName) -> Self {
        Self {
            name,
            rendering: None,
            needs: Vec::new(),
        }
    }
}

/// Why a selection cannot be planned.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SelectionError {
    #[error("no service named '{name}' (known: {})", list(known))]
    UnknownService { name: String, known: Vec<String> },
    #[error(
        "service {service}: no environment named or aliased '{name}' (known: {})",
        list(known)
    )]
    UnknownEnvironment {
        service: ServiceName,
        name: String,
        known: Vec<String>,
    },
    #[error("service {service} is deployed to hosts, not to Kubernetes")]
    OnHosts { service: ServiceName },
    #[error("service {service} is deployed to Kubernetes, not to hosts")]
    OnKubernetes { service: ServiceName },
    #[error(
        "the releases installed in environment {environment} of namespace {namespace} are not known"
    )]
    NotObserved {
        namespace: Namespace,
        environment: EnvironmentName,
    },
    #[error("revision '{0}' is not a full commit")]
    NotACommit(String),
}

impl SelectionError {
    /// How to mend it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::UnknownService { name, known } | Self::UnknownEnvironment { name, known, .. } => {
                did_you_mean(name, known)
            }
            Self::OnHosts { .. }
            | Self::OnKubernetes { .. }
            | Self::NotObserved { .. }
            | Self::NotACommit(_) => None,
        }
    }
}
