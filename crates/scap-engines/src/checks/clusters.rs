//! The clusters that pods are asked in: one client for each kubeconfig, made when it is first needed.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use kube::Client;

use crate::causes::with_causes;
use crate::kubernetes::kubeconfig;

/// Clients by kubeconfig.
#[derive(Clone, Default)]
pub(super) struct Clusters(Arc<Mutex<BTreeMap<PathBuf, Client>>>);

impl Clusters {
    pub(super) async fn client(&self, path: &Path) -> Result<Client, String> {
        if let Some(client) = self.clients().get(path) {
            return Ok(client.clone());
        }
        let client = kubeconfig::client_without_retries(path).await;
        let client = client.map_err(|error| with_causes(&error))?;
        self.clients().insert(path.to_owned(), client.clone());
        Ok(client)
    }

    /// Reads the kubeconfig again next time: a refused client may have an old token.
    pub(super) fn forget(&self, path: &Path) {
        self.clients().remove(path);
    }

    fn clients(&self) -> std::sync::MutexGuard<'_, BTreeMap<PathBuf, Client>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Clusters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.clients().keys()).finish()
    }
}
