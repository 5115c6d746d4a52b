//! What a step is made of, for tests and counters: hosts with their addresses.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use scap_plan::{Period, Plan, StepId, StepKind};

use super::http::Target;
use crate::hosts::Fleet;

/// One place where a step's version serves.
#[derive(Debug, Clone)]
pub(super) struct Instance {
    pub(super) name: String,
    pub(super) service: String,
    /// Absent for releases, whose pods are not looked up, and for hosts that are not in the inventory.
    pub(super) address: Option<IpAddr>,
    /// The service's own port.
    pub(super) port: Option<u16>,
    /// The service's directory on the deploying host.
    pub(super) directory: PathBuf,
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

/// The instances of a step; a release counts as one, whose pods' addresses are not known.
pub(super) fn of_step(fleet: &Fleet, plan: &Plan, id: StepId) -> Vec<Instance> {
    let service = plan.service.to_string();
    match &plan.step(id).kind {
        StepKind::HostGroup(group) => {
            let of_host = |host| Instance {
                name: format!("{host}"),
                service: service.clone(),
                address: fleet.address(host),
                port: group.service_port,
                directory: PathBuf::from(&group.repository),
            };
            group.hosts.iter().map(of_host).collect()
        }
        StepKind::Release(release) => vec![Instance {
            name: plan.step(id).to_string(),
            service,
            address: None,
            port: None,
            directory: PathBuf::from(&release.directory),
        }],
    }
}

impl Instance {
    /// Where `port`, else the service's own, is.
    pub(super) fn socket(&self, port: Option<u16>) -> Result<SocketAddr, NoTarget> {
        let address = self
            .address
            .ok_or_else(|| NoTarget::Address(self.name.clone()))?;
        let port = port.or(self.port).ok_or(NoTarget::Port)?;
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
