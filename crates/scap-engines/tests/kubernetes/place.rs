//! A folder with a helmfile and all that the engine needs, and orders for one release.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use scap_engines::Scratch;
use scap_engines::kubernetes::{KubernetesEngine, KubernetesSettings};
use scap_engines::process::Supervisor;
use scap_engines::secrets::KnownSecrets;
use scap_plan::{Observation, Plan, Policy, ReleaseObservation, ReleaseStatus, Step, StepId};
use scap_run::{InstanceReadiness, Order, Progress, Readiness, RunId, Stop};
use serde_json::json;
use tempfile::TempDir;

const FIXTURE: &str = env!("CARGO_BIN_EXE_process-fixture");

pub(crate) struct Place {
    pub(crate) folder: TempDir,
    pub(crate) engine: KubernetesEngine,
    pub(crate) said: Said,
}

/// What was shown to a person.
#[derive(Default)]
pub(crate) struct Said {
    pub(crate) lines: Mutex<Vec<String>>,
    pub(crate) ready: Mutex<Vec<String>>,
    /// The newest.
    pub(crate) instances: Mutex<Vec<InstanceReadiness>>,
}

impl Progress for Said {
    fn line(&self, _step: StepId, text: &str) {
        self.lines.lock().unwrap().push(text.to_owned());
    }

    fn ready(&self, _step: StepId, readiness: &Readiness) {
        let Readiness {
            done,
            total,
            waiting_for,
            instances,
        } = readiness;
        let text = format!("{done} of {total} {waiting_for}");
        self.ready.lock().unwrap().push(text);
        self.instances.lock().unwrap().clone_from(instances);
    }
}

impl Place {
    pub(crate) fn new(folder: TempDir, kubeconfig: &str, helm: &Path, helmfile: &Path) -> Self {
        let place = Self::at(folder, "charts", kubeconfig, helm, helmfile);
        fs::create_dir_all(place.path("charts/services/shellbox")).unwrap();
        place
    }

    /// With the helmfiles below folder `deployments`.
    pub(crate) fn at(
        folder: TempDir,
        deployments: &str,
        kubeconfig: &str,
        helm: &Path,
        helmfile: &Path,
    ) -> Self {
        let path = folder.path().to_owned();
        let settings = KubernetesSettings {
            kubeconfig: kubeconfig.to_owned(),
            deployments_dir: path.join(deployments),
            helm: helm.to_owned(),
            helmfile: helmfile.to_owned(),
            environment: BTreeMap::from([("PATH".to_owned(), "/usr/bin:/bin".to_owned())]),
            scratch: path.join("scratch"),
            ready_timeout: std::time::Duration::from_mins(10),
        };
        let secrets = KnownSecrets::default();
        let supervisor = Supervisor::new(FIXTURE, path.join("programs"), secrets.clone());
        let scratch = Scratch::new(FIXTURE, path.join("short"), secrets);
        Self {
            engine: KubernetesEngine::new(settings, supervisor, scratch),
            folder,
            said: Said::default(),
        }
    }

    /// A file below the folder.
    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_default()
    }

    pub(crate) fn order<'a>(&'a self, step: &'a Step, attempt: u32) -> Order<'a> {
        Order {
            run: RunId(41),
            epoch: 1,
            id: StepId(3),
            step,
            attempt,
            stop: Stop::never(),
            progress: &self.said,
        }
    }
}

/// Brings `release` to shellbox in eqiad; `before` ran there.
pub(crate) fn step(release: &str, before: ReleaseObservation) -> Step {
    let step = json!({
        "kind": "release", "environment_type": "PRODUCTION", "stage": "CANARY", "environment": "eqiad",
        "canonical_environment": "eqiad", "datacenter": "eqiad", "namespace": "shellbox", "release": release,
        "directory": "services/shellbox", "reason": "a test", "before": Observation::Release(before),
    });
    serde_json::from_value(step).unwrap()
}

pub(crate) fn plan(steps: Vec<Step>) -> Plan {
    Plan {
        service: "shellbox".to_owned().try_into().unwrap(),
        cluster_group: None,
        primary_datacenter: None,
        steps,
        waves: Vec::new(),
        unchanged: Vec::new(),
        policy: Policy::default(),
        links: BTreeMap::new(),
    }
}

pub(crate) fn release(observation: Observation) -> ReleaseObservation {
    match observation {
        Observation::Release(release) => release,
        Observation::HostGroup { .. } => panic!("a release was asked for"),
    }
}

/// Nothing runs.
pub(crate) fn absent() -> ReleaseObservation {
    ReleaseObservation {
        status: ReleaseStatus::Absent,
        revision: None,
        deployed_revision: None,
        chart: None,
        images: Vec::new(),
        manifest_digest: None,
    }
}
