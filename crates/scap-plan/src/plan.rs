//! The plan: ordered steps in waves, each with its reason, with the gates after each wave, and a digest of it all.

use crate::{
    CheckMode, ClusterGroupName, Counters, Datacenter, EnvironmentName, HostGroupName, HostName,
    Load, Namespace, Observation, Ordinary, Period, ReleaseName, RollbackPolicy, ServiceName,
    StageName, Test, Watch,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// Everything that a run will do, decided before it does anything.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Plan {
    pub service: ServiceName,
    /// Absent for a service on hosts.
    pub cluster_group: Option<ClusterGroupName>,
    /// Absent for a service on hosts.
    pub primary_datacenter: Option<Datacenter>,
    /// In the order in which they are done; a step's id is its place here.
    pub steps: Vec<Step>,
    /// Consecutive steps that run side by side.
    pub waves: Vec<Wave>,
    /// Releases that are left out, as they have no difference.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unchanged: Vec<ReleasePlace>,
    pub policy: Policy,
    /// Dashboards and others, by name.
    pub links: BTreeMap<String, String>,
}

/// Place of a step in its plan, from 0.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct StepId(pub usize);

/// Place of a wave in its plan, from 0.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct WaveId(pub usize);

/// One release in one environment, or one host group: what is done and undone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Step {
    #[serde(flatten)]
    pub kind: StepKind,
    /// Why it stands where it stands.
    pub reason: String,
    /// Steps of the same wave that must have succeeded before it starts, and that are put back after it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<StepId>,
    /// What was seen to run there when the plan was made; absent in a preview.
    pub before: Option<Observation>,
}

/// What a step is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum StepKind {
    Release(ReleaseStep),
    HostGroup(HostGroupStep),
}

/// The type of an environment.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "UPPERCASE")]
pub enum EnvironmentType {
    Staging,
    Production,
}

/// A helm release in an environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReleaseStep {
    pub environment_type: EnvironmentType,
    pub stage: StageName,
    /// As the service wrote it: its alias stays.
    pub environment: EnvironmentName,
    /// The environment's own name, which lock keys use.
    pub canonical_environment: EnvironmentName,
    pub datacenter: Datacenter,
    pub namespace: Namespace,
    /// Absent in a preview that does not know which releases are installed.
    pub release: Option<ReleaseName>,
    /// The helmfile's directory.
    pub directory: String,
    /// What the helmfile makes of the release; absent in a preview.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rendering: Option<Rendering>,
    /// The release of a later stage beside it, which serves alone when this one is taken out of the traffic.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub relief: Option<ReleaseName>,
    /// Brings a recorded revision back instead of what the helmfile says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restores: Option<RestoredRevision>,
}

/// What a helmfile makes of a release in an environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Rendering {
    /// Name of the copy of charts and values from which it was rendered, and from which it is applied.
    pub snapshot: String,
    /// Where its objects go, which need not be where its helmfile is.
    pub namespace: Namespace,
    /// `webservice-0.1.0`.
    pub chart: String,
    pub images: Vec<String>,
    /// Of the objects without hooks, see [`crate::Manifest::digest`].
    pub manifest_digest: String,
    /// Why rendering it twice may not give the same, so that it cannot be compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub varies: Option<String>,
}

/// A release in an environment.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct ReleasePlace {
    pub environment: EnvironmentName,
    pub namespace: Namespace,
    pub release: ReleaseName,
}

/// A revision of helm's history that is to be brought back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RestoredRevision {
    pub revision: u32,
    /// For people.
    pub version: String,
    /// Hash of its manifest, where it was seen.
    pub manifest_digest: Option<String>,
}

/// A group of hosts that get a revision of a scap3 repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HostGroupStep {
    pub group: HostGroupName,
    pub hosts: Vec<HostName>,
    /// How many hosts may fail before the group has failed.
    pub failure_limit: usize,
    /// Path of the repository's checkout on the deploying host.
    pub repository: String,
    /// The commit to deploy, in full.
    pub revision: String,
    /// Where it is deployed to on each host.
    pub deploy_directory: String,
    /// How many revisions a host keeps.
    pub kept_revisions: usize,
    /// The command that restarts the service, as words; empty when nothing needs a restart.
    pub restart_command: Vec<String>,
    /// TCP port that must accept connections after the restart.
    pub service_port: Option<u16>,
    /// How long the port may take.
    pub service_timeout: Period,
    /// Where each host has its NRPE configuration, if not in [`Self::NRPE_DIRECTORY`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nrpe_directory: Option<String>,
}

/// Steps that run side by side, and what must hold after them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Wave {
    /// For people: `staging`, `canary codfw`, `canary`.
    pub name: String,
    pub steps: Vec<StepId>,
    pub gates: Vec<Gate>,
}

/// What must hold after a wave. That its steps are ready, read back, holds before any gate opens.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "gate", rename_all = "snake_case")]
#[expect(clippy::large_enum_variant, reason = "a plan has a handful of gates")]
pub enum Gate {
    /// Every test passes on every instance of the wave.
    Tests { tests: Vec<Test> },
    /// The canary does no worse than its control, or than the past.
    Evidence(Evidence),
    /// Time passes without anything going wrong.
    Bake { period: Period },
}

/// Counters of canary and control; of those that are watched, without a control.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Evidence {
    pub counters: Counters,
    pub canary: Vec<StepId>,
    pub control: Vec<StepId>,
    #[serde(default, skip_serializing_if = "Ordinary::is_unknown")]
    pub ordinary: Ordinary,
    /// There exactly when there is no control.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub watch: Option<Watch>,
    /// What is sent to both sides meanwhile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub load: Option<Load>,
}

impl Evidence {
    /// How long it may hold a run.
    pub fn longest_hold(&self) -> Period {
        let check = self.counters.settings.maximum_hold;
        self.watch.as_ref().map_or(check, |watch| watch.period)
    }

    /// Whether nothing follows from it.
    pub fn is_shadow(&self) -> bool {
        self.counters.mode == CheckMode::Shadow
    }
}

impl Gate {
    /// Whether it is held beside the others, as time is all that it needs.
    pub fn is_watch(&self) -> bool {
        matches!(self, Self::Evidence(evidence) if evidence.watch.is_some())
    }

    /// Whether nothing follows from it.
    pub fn is_shadow(&self) -> bool {
        matches!(self, Self::Evidence(evidence) if evidence.is_shadow())
    }
}

/// What the run does where it has a choice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Policy {
    pub rollback: RollbackPolicy,
    /// Steps of one wave that run at once, at most.
    pub concurrency: usize,
    /// How long a question waits for an answer before its default is taken.
    pub question_deadline: Period,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            rollback: RollbackPolicy::default(),
            concurrency: 20,
            question_deadline: Period::from_secs(3600),
        }
    }
}

impl Plan {
    /// The snapshots of charts and values that its releases were rendered from.
    pub fn snapshots(&self) -> impl Iterator<Item = &str> {
        let renderings = self.releases().filter_map(|step| step.rendering.as_ref());
        renderings.map(|rendering| rendering.snapshot.as_str())
    }

    /// Its steps that are releases, in order.
    pub fn releases(&self) -> impl Iterator<Item = &ReleaseStep> {
        self.steps.iter().filter_map(Step::release)
    }

    /// BLAKE3 over the plan's canonical JSON, as hexadecimal digits. What a person approves, a run is bound to.
    pub fn digest(&self) -> String {
        let canonical = serde_json::to_vec(self).expect("a plan has string keys only");
        blake3::hash(&canonical).to_hex().to_string()
    }

    /// The first twelve characters of a digest or a commit: enough for people.
    pub fn short(text: &str) -> &str {
        text.get(..12).unwrap_or(text)
    }

    /// What is deployed, in one line: the revision; what a first release of helm brings has no version yet.
    pub fn version(&self) -> String {
        let mut versions: Vec<&str> = self
            .steps
            .iter()
            .filter_map(|step| step.kind.version())
            .collect();
        versions.sort_unstable();
        versions.dedup();
        versions.join(", ")
    }

    /// Whether some target does not run what the plan brings, as far as was seen. What a release will be is not known
    /// before it is rendered.
    pub fn changes_anything(&self) -> bool {
        self.steps
            .iter()
            .any(|step| match (&step.kind, &step.before) {
                (StepKind::HostGroup(group), Some(Observation::HostGroup { hosts })) => {
                    !group.hosts.iter().all(|host| {
                        hosts
                            .get(host)
                            .is_some_and(|seen| seen.runs(&group.revision))
                    })
                }
                _ => true,
            })
    }

    pub fn step(&self, id: StepId) -> &Step {
        &self.steps[id.0]
    }

    pub fn wave(&self, id: WaveId) -> &Wave {
        &self.waves[id.0]
    }

    /// Each step's id, in order.
    pub fn step_ids(&self) -> impl DoubleEndedIterator<Item = StepId> + use<> {
        (0..self.steps.len()).map(StepId)
    }

    /// What the run must hold alone, sorted, so that two runs can never wait for each other.
    pub fn lock_keys(&self) -> Vec<String> {
        let mut keys: Vec<String> = self
            .steps
            .iter()
            .map(|step| step.kind.lock_key(&self.service))
            .collect();
        keys.sort();
        keys.dedup();
        keys
    }
}

impl HostGroupStep {
    pub const NRPE_DIRECTORY: &str = "/etc/nagios/nrpe.d";
}

impl ReleaseStep {
    /// Where its objects go.
    pub fn namespace_of_objects(&self) -> &Namespace {
        self.rendering
            .as_ref()
            .map_or(&self.namespace, |rendering| &rendering.namespace)
    }

    /// Of the manifest that the step brings, where that can be told beforehand.
    pub fn wanted_digest(&self) -> Option<&str> {
        match (&self.restores, &self.rendering) {
            (Some(restored), _) => restored.manifest_digest.as_deref(),
            (None, Some(rendering)) if rendering.varies.is_none() => {
                Some(&rendering.manifest_digest)
            }
            (None, _) => None,
        }
    }

    fn version(&self) -> Option<&str> {
        match (&self.restores, &self.rendering) {
            (Some(restored), _) => Some(&restored.version),
            (None, Some(rendering)) => rendering.images.first().map(|image| short_image(image)),
            (None, None) => None,
        }
    }
}

/// `shop:2026-03-01` of `registry.example/repos/shop:2026-03-01`.
fn short_image(image: &str) -> &str {
    image.rsplit('/').next().unwrap_or(image)
}

impl Step {
    /// What it does, if that is a release.
    pub fn release(&self) -> Option<&ReleaseStep> {
        match &self.kind {
            StepKind::Release(release) => Some(release),
            StepKind::HostGroup(_) => None,
        }
    }
}

impl StepKind {
    fn version(&self) -> Option<&str> {
        match self {
            Self::Release(step) => step.version(),
            Self::HostGroup(step) => Some(Plan::short(&step.revision)),
        }
    }

    fn lock_key(&self, service: &ServiceName) -> String {
        match self {
            Self::Release(step) => {
                format!("release/{}/{}", step.canonical_environment, step.namespace)
            }
            Self::HostGroup(step) => format!("hosts/{service}/{}", step.group),
        }
    }
}

impl fmt::Display for StepId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for ReleasePlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            environment,
            namespace,
            release,
        } = self;
        write!(f, "{release} in {environment} ({namespace})")
    }
}

/// What a person calls the step: `canary in eqiad`, `default (5 hosts)`.
impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            StepKind::Release(step) => match &step.release {
                Some(release) => {
                    write!(f, "{release} in {} ({})", step.environment, step.namespace)
                }
                None => write!(
                    f,
                    "all releases in {} ({})",
                    step.environment, step.namespace
                ),
            },
            StepKind::HostGroup(step) => match step.hosts.len() {
                1 => write!(f, "{} ({})", step.group, step.hosts[0]),
                many => write!(f, "{} ({many} hosts)", step.group),
            },
        }
    }
}
