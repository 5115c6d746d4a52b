//! Whether a cluster has what a release needs.

use k8s_openapi::api::core::v1::Service;
use kube::api::{ApiResource, GroupVersionKind, ListParams};
use kube::discovery::{ApiGroup, Scope};
use kube::{Api, ResourceExt, discovery};
use scap_plan::{Namespace, ObjectName, ReleaseName, Wanted, variable_prefix};

use crate::causes::with_causes;
use crate::kubernetes::error::{KubernetesError, ServerError};
use crate::kubernetes::history::{Cluster, answer};

/// Whether something is in a cluster.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Presence {
    Present,
    Absent,
    /// The object is there, without this key.
    WithoutKey(String),
    /// Why it cannot be looked up.
    Unknown(String),
}

impl Presence {
    pub(super) fn is_missing(&self) -> bool {
        matches!(self, Self::Absent | Self::WithoutKey(_))
    }

    fn of(is_there: bool) -> Self {
        if is_there {
            Self::Present
        } else {
            Self::Absent
        }
    }
}

impl Cluster {
    pub(super) async fn presence(&self, wanted: &Wanted) -> Presence {
        let looked = match wanted {
            Wanted::Object { object, key } => self.object(object, key.as_deref()).await,
            Wanted::Kind { group, kind } => self.kind(group, kind).await,
            Wanted::ServiceVariable { namespace, prefix } => self.service(namespace, prefix).await,
            Wanted::Release { namespace, release } => self.release(namespace, release).await,
            // Nothing tells which releases it has.
            Wanted::Service(_) => Ok(Presence::Present),
        };
        match looked {
            Ok(presence) => presence,
            Err(ServerError::Refused(said)) => Presence::Unknown(said),
            // What is wrong with the cluster is a finding of its own.
            Err(ServerError::Silent(_) | ServerError::Unreachable(_)) => Presence::Present,
        }
    }

    async fn release(
        &self,
        namespace: &Namespace,
        release: &ReleaseName,
    ) -> Result<Presence, ServerError> {
        let cluster = Self {
            client: self.client.clone(),
            namespace: namespace.clone(),
        };
        match cluster.history(release).await {
            Ok(history) => Ok(Presence::of(history.deployed().is_some())),
            Err(KubernetesError::Read { source, .. }) => Err(source),
            Err(error) => Ok(Presence::Unknown(with_causes(&error))),
        }
    }

    async fn object(&self, name: &ObjectName, key: Option<&str>) -> Result<Presence, ServerError> {
        let Some((resource, is_in_namespace)) = self.resource_of(name).await? else {
            return Ok(Presence::Absent);
        };
        let namespace = name.namespace.as_deref().filter(|_| is_in_namespace);
        let Some(found) = self.get(&resource, namespace, &name.name).await? else {
            return Ok(Presence::Absent);
        };
        let has = |key: &str| {
            let mut maps = ["data", "binaryData"].iter();
            maps.any(|map| found.data[*map].get(key).is_some())
        };
        Ok(match key {
            Some(key) if !has(key) => Presence::WithoutKey(key.to_owned()),
            _ => Presence::Present,
        })
    }

    /// Where the API has objects of this kind, of whatever version.
    async fn resource_of(
        &self,
        name: &ObjectName,
    ) -> Result<Option<(ApiResource, bool)>, ServerError> {
        if name.is_built_in() {
            // All kinds of Kubernetes itself that others refer to have this version.
            let kind = GroupVersionKind::gvk(&name.group, "v1", &name.kind);
            let resource = ApiResource::from_gvk(&kind);
            return Ok(Some((resource, name.namespace.is_some())));
        }
        let group = self.group(&name.group).await?;
        let found = group.and_then(|group| group.recommended_kind(&name.kind));
        Ok(found.map(|(resource, known)| (resource, known.scope == Scope::Namespaced)))
    }

    async fn kind(&self, group: &str, kind: &str) -> Result<Presence, ServerError> {
        let group = self.group(group).await?;
        let is_known = group.is_some_and(|group| group.recommended_kind(kind).is_some());
        Ok(Presence::of(is_known))
    }

    async fn group(&self, name: &str) -> Result<Option<ApiGroup>, ServerError> {
        let ask = || async {
            match discovery::group(&self.client, name).await {
                Err(kube::Error::Discovery(_)) => Ok(None),
                found => found.map(Some),
            }
        };
        answer(ask).await
    }

    /// Kubernetes sets variables for Services that have an address.
    async fn service(&self, namespace: &str, prefix: &str) -> Result<Presence, ServerError> {
        let services: Api<Service> = Api::namespaced(self.client.clone(), namespace);
        let list = ListParams::default();
        let services = answer(|| services.list(&list)).await?;
        let has_address = |service: &Service| {
            let spec = service.spec.as_ref();
            spec.and_then(|spec| spec.cluster_ip.as_deref()) != Some("None")
        };
        let mut services = services.iter().filter(|service| has_address(service));
        let is_there = services.any(|service| variable_prefix(&service.name_any()) == prefix);
        Ok(Presence::of(is_there))
    }
}
