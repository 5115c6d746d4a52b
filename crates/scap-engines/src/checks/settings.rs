//! Where instances and stores are.

use scap_plan::{LogStore, MetricsStore};

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
