//! A plan as JSON that people and scripts rely on.

use crate::{
    ClusterGroupName, Datacenter, EnvironmentName, EnvironmentType, Gate, HostGroupName, HostName,
    Namespace, Plan, ReleaseName, ReleasePlace, ServiceName, StageName, StepId, StepKind,
};
use schemars::JsonSchema;
use serde::Serialize;

/// What `scap plan` shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PlanView {
    pub service: ServiceName,
    /// Null for a service on hosts.
    pub cluster_group: Option<ClusterGroupName>,
    /// Null for a service on hosts.
    pub primary_datacenter: Option<Datacenter>,
    pub digest: String,
    pub steps: Vec<StepView>,
    /// Releases that are left out, as they have no difference.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unchanged: Vec<ReleasePlace>,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum StepView {
    Release {
        environment_type: EnvironmentType,
        stage: StageName,
        environment: EnvironmentName,
        namespace: Namespace,
        /// Null in a preview that does not know which releases are installed.
        release: Option<ReleaseName>,
        /// Relative to the deployments folder.
        directory: String,
        gates: Vec<GateName>,
        reason: String,
    },
    HostGroup {
        host_group: HostGroupName,
        hosts: Vec<HostName>,
        revision: String,
        /// On each host.
        directory: String,
        gates: Vec<GateName>,
        reason: String,
    },
}

/// What must hold after a step's wave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum GateName {
    Readiness,
    Tests,
    Evidence,
    /// Evidence that nothing follows from.
    Shadow,
    /// Evidence against the past, beside the others.
    Watch,
    Bake,
}

impl GateName {
    pub fn of(gate: &Gate) -> Self {
        match gate {
            Gate::Tests { .. } => Self::Tests,
            Gate::Evidence(evidence) if evidence.is_shadow() => Self::Shadow,
            Gate::Evidence(evidence) if evidence.watch.is_some() => Self::Watch,
            Gate::Evidence(_) => Self::Evidence,
            Gate::Bake { .. } => Self::Bake,
        }
    }
}

impl PlanView {
    pub fn new(plan: &Plan) -> Self {
        Self {
            service: plan.service.clone(),
            cluster_group: plan.cluster_group.clone(),
            primary_datacenter: plan.primary_datacenter.clone(),
            digest: plan.digest(),
            steps: plan.step_ids().map(|id| step(plan, id)).collect(),
            unchanged: plan.unchanged.clone(),
        }
    }
}

fn step(plan: &Plan, id: StepId) -> StepView {
    let gates = gates(plan, id);
    let reason = plan.step(id).reason.clone();
    match plan.step(id).kind.clone() {
        StepKind::Release(step) => StepView::Release {
            environment_type: step.environment_type,
            stage: step.stage,
            environment: step.environment,
            namespace: step.namespace,
            release: step.release,
            directory: step.directory,
            gates,
            reason,
        },
        StepKind::HostGroup(step) => StepView::HostGroup {
            host_group: step.group,
            hosts: step.hosts,
            revision: step.revision,
            directory: step.deploy_directory,
            gates,
            reason,
        },
    }
}

fn gates(plan: &Plan, id: StepId) -> Vec<GateName> {
    let wave = plan.waves.iter().find(|wave| wave.steps.contains(&id));
    let declared = wave.map_or(&[][..], |wave| &wave.gates);
    let mut names: Vec<GateName> = std::iter::once(GateName::Readiness)
        .chain(declared.iter().map(GateName::of))
        .collect();
    // Several counters are one kind of gate.
    names.dedup();
    names
}
