//! What a release needs of others: found in its manifest, or declared.

mod graph;
mod pods;
mod provided;
mod required;
mod unmet;

pub use graph::{Cycle, Edge, Graph, Missing};
pub use provided::{Provided, provided, variable_prefix};
pub use required::required;
pub use unmet::{Unmet, unmet};

use crate::{EnvironmentName, Manifest, Namespace, ObjectName, ReleaseName, ServiceName};
use serde::Serialize;
use std::borrow::Cow;
use std::fmt;

/// A release among those of all services.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct ReleaseRef {
    pub service: ServiceName,
    /// One cluster: releases of different ones do not need each other.
    pub environment: EnvironmentName,
    /// In which it is installed.
    pub namespace: Namespace,
    pub release: ReleaseName,
}

/// A release, what it is made of, and what was declared for it.
#[derive(Debug, Clone)]
pub struct ReleaseNeeds<'a> {
    pub release: ReleaseRef,
    pub manifest: Cow<'a, Manifest>,
    /// helmfile's `needs` and the service's `needs:`.
    pub declared: Vec<Wanted>,
}

/// Something that has to be there, and for what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Requirement {
    pub wanted: Wanted,
    /// The object that asks for it; absent for what was declared.
    pub object: Option<ObjectName>,
    /// Where in the object; empty for the whole of it.
    pub path: String,
    /// Whether it cannot work without; else there may be another way, which the manifest does not show.
    pub is_certain: bool,
}

/// What has to be there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Wanted {
    /// Its namespace is absent for what belongs to the whole cluster.
    Object {
        object: ObjectName,
        /// Of a `ConfigMap` or Secret.
        key: Option<String>,
    },
    /// The definition of a custom kind.
    Kind { group: String, kind: String },
    /// The Service for which Kubernetes sets `PREFIX_SERVICE_HOST` and `PREFIX_SERVICE_PORT`.
    ServiceVariable { namespace: String, prefix: String },
    /// Declared by name.
    Release {
        namespace: Namespace,
        release: ReleaseName,
    },
    /// All releases of a service, declared by its name.
    Service(ServiceName),
}

impl Wanted {
    /// The object without a key of it.
    pub(crate) fn object(object: ObjectName) -> Self {
        Self::Object { object, key: None }
    }

    /// A need as helmfile has it: `RELEASE`, `NAMESPACE/RELEASE` or `CONTEXT/NAMESPACE/RELEASE`; none for anything else.
    pub fn of_helmfile(need: &str, own_namespace: &Namespace) -> Option<Self> {
        let mut parts = need.rsplitn(3, '/');
        let release = ReleaseName::new(parts.next()?).ok()?;
        let namespace = match parts.next() {
            Some(namespace) => Namespace::new(namespace).ok()?,
            None => own_namespace.clone(),
        };
        Some(Self::Release { namespace, release })
    }
}

impl fmt::Display for ReleaseRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}/{} in {}",
            self.namespace, self.release, self.environment
        )
    }
}

impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Object { object, key } => {
                write!(f, "{} {}", object.kind, object.name)?;
                match key {
                    Some(key) => write!(f, ", key {key}"),
                    None => Ok(()),
                }
            }
            Self::Kind { group, kind } => write!(f, "the definition of {kind} ({group})"),
            Self::ServiceVariable { prefix, .. } => {
                write!(f, "the Service of {prefix}_SERVICE_HOST")
            }
            Self::Release { namespace, release } => write!(f, "release {namespace}/{release}"),
            Self::Service(service) => write!(f, "service {service}"),
        }
    }
}

impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.wanted)?;
        match &self.object {
            None => write!(f, " (declared)"),
            Some(object) if self.path.is_empty() => {
                write!(f, " ({} {})", object.kind, object.name)
            }
            Some(object) => write!(f, " ({} {}, {})", object.kind, object.name, self.path),
        }
    }
}
