//! What a step is made of, for tests and counters: hosts with their addresses, or a release with its pods.

use std::net::{IpAddr, SocketAddr};

use scap_plan::{
    HostGroupStep, HostName, Period, Plan, ReleaseStep, ServiceName, StepId, StepKind,
};

use super::http::Target;
use crate::hosts::Fleet;

/// What a step is made of.
pub(super) enum Subject<'a> {
    Host(Host<'a>),
    Release(Release<'a>),
}

/// A host where a step's version serves.
#[derive(Debug, Clone)]
pub(super) struct Host<'a> {
    pub(super) name: &'a HostName,
    pub(super) service: &'a ServiceName,
    /// Absent for hosts that are not in the inventory.
    pub(super) address: Option<IpAddr>,
    pub(super) group: &'a HostGroupStep,
}

/// A release, whose pods are looked up when they are needed.
#[derive(Debug, Clone)]
pub(super) struct Release<'a> {
    /// What people call the step.
    pub(super) name: String,
    pub(super) service: &'a ServiceName,
    pub(super) step: &'a ReleaseStep,
}

/// Why nothing can be asked over the network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum NoTarget {
    #[error("this kind needs an address, and none is known for `{0}`")]
    Address(String),
    #[error("this kind needs a port; neither the test nor the service has one")]
    Port,
    #[error("the path {0:?} must begin with `/`")]
    Path(String),
}

/// The hosts of a step, or its release.
pub(super) fn of_step<'a>(fleet: &Fleet, plan: &'a Plan, id: StepId) -> Vec<Subject<'a>> {
    match &plan.step(id).kind {
        StepKind::HostGroup(group) => hosts(fleet, plan, group)
            .into_iter()
            .map(Subject::Host)
            .collect(),
        StepKind::Release(step) => vec![Subject::Release(Release {
            name: plan.step(id).to_string(),
            service: &plan.service,
            step,
        })],
    }
}

fn hosts<'a>(fleet: &Fleet, plan: &'a Plan, group: &'a HostGroupStep) -> Vec<Host<'a>> {
    let of_host = |name| Host {
        name,
        service: &plan.service,
        address: fleet.address(name),
        group,
    };
    group.hosts.iter().map(of_host).collect()
}

impl Subject<'_> {
    /// What people call it.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Host(host) => host.name.as_str(),
            Self::Release(release) => &release.name,
        }
    }
}

impl Host<'_> {
    /// Where `port`, else the service's own, is.
    pub(super) fn socket(&self, port: Option<u16>) -> Result<SocketAddr, NoTarget> {
        let address = self
            .address
            .ok_or_else(|| NoTarget::Address(self.name.to_string()))?;
        let port = port.or(self.group.service_port).ok_or(NoTarget::Port)?;
        Ok((address, port).into())
    }

    /// What to ask at `path`.
    pub(super) fn target(
        &self,
        port: Option<u16>,
        path: &str,
        timeout: Period,
    ) -> Result<Target, NoTarget> {
        let socket = self.socket(port)?;
        // Without the slash, a path such as `@elsewhere` would name another host.
        if !path.starts_with('/') {
            return Err(NoTarget::Path(path.to_owned()));
        }
        Ok(Target {
            url: format!("http://{socket}{path}"),
            host: format!("{}:{}", self.name, socket.port()),
            timeout,
        })
    }
}
