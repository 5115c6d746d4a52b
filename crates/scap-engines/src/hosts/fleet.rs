//! The hosts there are and how they are reached. So far each is a folder and an address of this machine.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::PathBuf;

use scap_plan::HostName;

use super::HostError;

/// All hosts.
#[derive(Clone, Debug, Default)]
pub struct Fleet {
    root: PathBuf,
    addresses: BTreeMap<HostName, IpAddr>,
}

/// One host that answers.
#[derive(Clone, Debug)]
pub(super) struct Host {
    pub(super) name: HostName,
    /// What is `/` on the host.
    pub(super) root: PathBuf,
    pub(super) address: IpAddr,
}

impl Fleet {
    /// Hosts of this machine: the files of the host NAME are below `root`/NAME. `root` is absolute.
    pub fn local(root: impl Into<PathBuf>, addresses: BTreeMap<HostName, IpAddr>) -> Self {
        Self {
            root: root.into(),
            addresses,
        }
    }

    pub fn address(&self, host: &HostName) -> Option<IpAddr> {
        self.addresses.get(host).copied()
    }

    pub(super) fn host(&self, name: &HostName) -> Result<Host, HostError> {
        let unknown = || HostError::Unknown(name.clone());
        let address = self.address(name).ok_or_else(unknown)?;
        let root = self.root.join(name.as_str());
        if let Err(source) = std::fs::read_dir(&root) {
            return Err(HostError::Unreachable { root, source });
        }
        Ok(Host {
            name: name.clone(),
            root,
            address,
        })
    }
}
