//! Where instances and stores are.

use std::path::PathBuf;

use scap_plan::{LogStore, MetricsStore};

use super::instances::Subject;
use crate::hosts::Fleet;
use crate::kubernetes::KubernetesSettings;

/// What checks need to know of this machine's surroundings.
#[derive(Clone, Debug)]
pub struct CheckSettings {
    pub fleet: Fleet,
    /// How clusters are reached, and helm.
    pub kubernetes: KubernetesSettings,
    pub metrics: Option<MetricsStore>,
    pub logs: Option<LogStore>,
}

impl CheckSettings {
    /// What paths are relative to that a service's team has written.
    pub(super) fn directory_of(&self, subject: &Subject<'_>) -> PathBuf {
        match subject {
            Subject::Host(host) => PathBuf::from(&host.group.repository),
            Subject::Release(release) => self.kubernetes.directory_of(release.step),
        }
    }
}
