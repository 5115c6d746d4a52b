//! Where helm, helmfile, the helmfiles and the kubeconfigs are.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use scap_plan::ReleaseStep;
use scap_run::Failure;

use crate::search_path::find_program;

/// What the engine needs to know of this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KubernetesSettings {
    /// Path of a kubeconfig, in which `{namespace}` and `{environment}` stand for the step's.
    pub kubeconfig: String,
    /// Absolute; what a step's directory is relative to.
    pub deployments_dir: PathBuf,
    /// Absolute path of helm 3; nothing is rendered where it is none.
    pub helm: PathBuf,
    /// Absolute path of helmfile 1.7.3 or later; nothing is rendered where it is none.
    pub helmfile: PathBuf,
    /// What helm and helmfile get beside what the engine sets itself. `HELM_REPOSITORY_CONFIG` and
    /// `HELM_REPOSITORY_CACHE` name the chart repositories that an operator keeps; without them there are none.
    /// helmfile refuses a helmfile with hooks, unless `HELMFILE_DISABLE_HOOKS` is `false` here: then all of them run,
    /// some also when a helmfile is only read.
    pub environment: BTreeMap<String, String>,
    /// Absolute; a folder of ours for helm's caches and temporary files.
    pub scratch: PathBuf,
    /// How long pods may take to become ready.
    pub ready_timeout: Duration,
}

impl KubernetesSettings {
    pub(crate) fn kubeconfig_of(&self, step: &ReleaseStep) -> PathBuf {
        let path = self
            .kubeconfig
            .replace("{namespace}", step.namespace.as_str());
        PathBuf::from(path.replace("{environment}", step.environment.as_str()))
    }

    /// Fails where helm or helmfile is no program.
    pub(super) fn check_programs(&self) -> Result<(), Failure> {
        for program in [&self.helmfile, &self.helm] {
            find_program(&program.to_string_lossy(), Path::new("/"))
                .map_err(|missing| missing.failure())?;
        }
        Ok(())
    }

    pub(crate) fn directory_of(&self, step: &ReleaseStep) -> PathBuf {
        self.deployments_dir.join(&step.directory)
    }
}

/// The helmfile in `directory`; none when there is none. helmfile 1 reads templates from the first name only.
pub(super) fn helmfile_in(directory: &Path) -> Option<PathBuf> {
    let names = ["helmfile.yaml.gotmpl", "helmfile.yaml"];
    let mut paths = names.into_iter().map(|name| directory.join(name));
    paths.find(|path| path.is_file())
}
