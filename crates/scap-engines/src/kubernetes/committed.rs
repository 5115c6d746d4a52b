//! Whether the charts and values that a plan was made from are committed and in sync, before anything is changed.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use futures::FutureExt;
use scap_plan::{Plan, ReleaseStep, StepKind};
use scap_run::{Finding, Inspect, Work};

use super::KubernetesEngine;
use crate::sources::git::{Git, Upstream, checkout_of};

/// Looks at the checkout of the helmfiles; a folder that is none has nothing to be committed.
#[derive(Clone, Debug)]
pub struct Committed {
    engine: KubernetesEngine,
    git: Git,
    upstream: Option<Upstream>,
}

impl Committed {
    /// `upstream` where the remote may be asked.
    pub fn new(engine: KubernetesEngine, git: Git, upstream: Option<Upstream>) -> Self {
        Self {
            engine,
            git,
            upstream,
        }
    }

    async fn findings(&self, plan: &Plan) -> Vec<Finding> {
        let steps: Vec<&ReleaseStep> = plan.steps.iter().filter_map(from_helmfile).collect();
        let folder = self.engine.settings.deployments_dir.canonicalize();
        let Some(checkout) = folder.ok().and_then(|folder| checkout_of(&folder)) else {
            return Vec::new();
        };
        if steps.is_empty() {
            return Vec::new();
        }
        let used = self.used(&checkout, &steps);
        let is_used = |path: &Path| used.iter().any(|place| place.has(path));
        let upstream = self.upstream.as_ref();
        self.git
            .checkout_findings(&checkout, is_used, upstream)
            .await
    }

    /// The helmfiles' own folders, also for what was deleted there, and copies of all that was read.
    fn used(&self, checkout: &Path, steps: &[&ReleaseStep]) -> BTreeSet<Used> {
        let mut used = BTreeSet::new();
        for step in steps {
            let folder = self.engine.settings.directory_of(step).canonicalize();
            let folder = folder.ok().and_then(|folder| {
                let below = folder.strip_prefix(checkout).ok()?;
                Some(Used::Folder(below.to_owned()))
            });
            used.extend(folder);
            let snapshots = self.engine.snapshots();
            let rendering = step.rendering.as_ref();
            let copy = rendering.and_then(|rendering| snapshots.find(&rendering.snapshot));
            used.extend(copy.map(Used::Copy));
        }
        used
    }
}

/// Where files are that are deployed.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Used {
    /// Below the checkout.
    Folder(PathBuf),
    /// With the layout of the checkout.
    Copy(PathBuf),
}

impl Used {
    /// Whether it has the file or a part of the folder `path`.
    fn has(&self, path: &Path) -> bool {
        match self {
            Self::Folder(folder) => path.starts_with(folder) || folder.starts_with(path),
            Self::Copy(copy) => copy.join(path).exists(),
        }
    }
}

impl Inspect for Committed {
    fn preflight<'a>(&'a self, plan: &'a Plan) -> Work<'a, Vec<Finding>> {
        self.findings(plan).boxed()
    }
}

fn from_helmfile(step: &scap_plan::Step) -> Option<&ReleaseStep> {
    match &step.kind {
        StepKind::Release(release) if release.restores.is_none() => Some(release),
        _ => None,
    }
}
