//! The world of this machine, put together from the configuration.

use crate::clock::WallClock;
use crate::settings::Settings;
use crate::trouble::Trouble;
use crate::view::progress::ProgressBoard;
use crate::{person, planning};
use futures::future::join_all;
use scap_engines::checks::{CheckSettings, Checks, Point};
use scap_engines::engines::Engines;
use scap_engines::hosts::{Fleet, HostsEngine};
use scap_engines::kubernetes::{Committed, KubernetesEngine, KubernetesSettings, Previews};
use scap_engines::process::Supervisor;
use scap_engines::search_path::{SEARCH_PATH, find_program};
use scap_engines::secrets::KnownSecrets;
use scap_engines::sources::git::{Git, Upstream};
use scap_engines::sources::registry::Images;
use scap_engines::{Masked, Room, Scratch};
use scap_execute::World;
use scap_plan::{Clues, Counters, Period, Plan, Push, StepId};
use scap_run::history::History;
use scap_run::{Finding, Inspect, Progress, Work};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What deployments are planned and carried out with.
pub(crate) struct Wiring {
    pub(crate) git: Git,
    pub(crate) kubernetes: KubernetesEngine,
    masked: Arc<Masked>,
    checks: Arc<Checks>,
}

impl Wiring {
    pub(crate) fn new(settings: &Settings, state_dir: &Path) -> Result<Self, Trouble> {
        // The file that this process runs, even when an upgrade has put another in its place.
        let scap = Path::new("/proc/self/exe");
        // One for all, so that what one part learns no other part shows.
        let secrets = KnownSecrets::default();
        let supervisor = Supervisor::new(scap, state_dir.join("programs"), secrets.clone());
        let scratch = Scratch::new(scap, state_dir.join("scratch"), secrets);
        let binaries = &settings.configuration.binaries;
        let git = Git::new(scratch.clone(), program(settings, &binaries.git)?);
        let hosts = &settings.configuration.hosts;
        let root = hosts
            .root
            .as_deref()
            .map_or_else(|| state_dir.join("hosts"), |root| settings.path(root));
        let fleet = Fleet::local(root, hosts.addresses.clone());
        let check_settings = CheckSettings {
            fleet: fleet.clone(),
            kubernetes: kubernetes(settings, state_dir),
            metrics: settings.configuration.metrics.clone(),
            logs: settings.configuration.logs.clone(),
        };
        let previews = {
            let settings = settings.clone();
            Previews::new(move || planning::previews(&settings))
        };
        let kubernetes = KubernetesEngine::new(
            check_settings.kubernetes.clone(),
            supervisor.clone(),
            scratch.clone(),
        )
        .among(previews);
        let engines = Engines {
            hosts: Some(Box::new(HostsEngine::new(supervisor, git.clone(), fleet))),
            kubernetes: Some(Box::new(kubernetes.clone())),
        };
        let (engines, checks) = (
            Arc::new(engines),
            Arc::new(Checks::new(scratch, check_settings)),
        );
        let committed = Committed::new(kubernetes.clone(), git.clone(), upstream(settings));
        let inspectors = Inspectors(vec![
            engines.clone(),
            checks.clone(),
            Arc::new(committed),
            Arc::new(Room::new(state_dir.to_owned())),
            Arc::new(Images::new(settings.configuration.registry_mirrors.clone())),
        ]);
        let masked = Masked {
            engine: engines,
            inspect: Arc::new(inspectors),
            check: checks.clone(),
            kubernetes: kubernetes.clone(),
        };
        Ok(Self {
            git,
            kubernetes,
            masked: Arc::new(masked),
            checks,
        })
    }

    /// What a step's release counted over the last days.
    pub(crate) async fn history(
        &self,
        plan: &Plan,
        counters: &Counters,
        step_and_days: (StepId, u32),
    ) -> Result<History, String> {
        let masked = &self.masked;
        masked
            .history(&self.checks, (plan, counters), step_and_days)
            .await
    }

    /// What a signal that all deployments share counted lately.
    pub(crate) async fn recent(
        &self,
        counters: &Counters,
        period_and_window: (Period, Period),
    ) -> Result<Vec<Point>, String> {
        let masked = &self.masked;
        masked
            .recent(&self.checks, counters, period_and_window)
            .await
    }

    /// What the service of a plan shows of itself, for its first file.
    pub(crate) async fn clues(&self, plan: &Plan) -> Clues {
        self.masked.clues(&self.checks, plan).await
    }

    /// The world as somebody sees it who only looks: nothing of theirs is in progress.
    pub(crate) fn world_to_look_at(&self) -> World {
        self.world(Arc::new(ProgressBoard::new(0)))
    }

    /// The world as a run sees it.
    pub(crate) fn world(&self, progress: Arc<dyn Progress>) -> World {
        World {
            engine: self.masked.clone(),
            inspect: self.masked.clone(),
            check: self.masked.clone(),
            progress,
            clock: Arc::new(WallClock),
        }
    }
}

/// Each looks at what is its own, all at once.
struct Inspectors(Vec<Arc<dyn Inspect>>);

impl Inspect for Inspectors {
    fn preflight<'a>(&'a self, plan: &'a Plan) -> Work<'a, Vec<Finding>> {
        let looks = self.0.iter().map(|inspector| inspector.preflight(plan));
        Box::pin(async { join_all(looks).await.concat() })
    }
}

/// The remote of the checkout, unless nothing is ever pushed there.
fn upstream(settings: &Settings) -> Option<Upstream> {
    let policy = &settings.configuration.bump;
    (policy.push != Push::None).then(|| Upstream {
        remote: policy.remote.clone(),
        branch: policy.branch.clone(),
        environment: person::ssh_environment(),
    })
}

fn kubernetes(settings: &Settings, state_dir: &Path) -> KubernetesSettings {
    let configuration = &settings.configuration;
    // A service on hosts needs neither of them: what is not there is said when it is to be run.
    let program = |name: &str| {
        find_program(name, &settings.path(".")).unwrap_or_else(|_| {
            if name.contains('/') {
                settings.path(name)
            } else {
                PathBuf::from(name)
            }
        })
    };
    KubernetesSettings {
        kubeconfig: settings
            .path(configuration.kubeconfig.as_str())
            .display()
            .to_string(),
        deployments_dir: settings.path(&configuration.deployments_dir),
        helm: program(&configuration.binaries.helm),
        helmfile: program(&configuration.binaries.helmfile),
        environment: [("PATH".to_owned(), SEARCH_PATH.to_owned())].into(),
        scratch: state_dir.join("helm"),
        ready_timeout: configuration.ready_timeout.duration(),
    }
}

/// A program by path or by name.
fn program(settings: &Settings, name: &str) -> Result<PathBuf, Trouble> {
    let found = find_program(name, &settings.path("."));
    found.map_err(|missing| Trouble::Failed(missing.failure()))
}
