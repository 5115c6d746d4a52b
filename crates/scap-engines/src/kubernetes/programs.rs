//! The command lines of helm and helmfile, and all of the environment that they get.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use scap_plan::{ReleaseName, ReleaseStep};

use super::KubernetesSettings;
use crate::process::Program;

/// Hooks of a chart may take long; what takes longer than this hangs.
const TIMEOUT: Duration = Duration::from_mins(20);
/// helm answers INT by writing down that the release failed, for which it needs the API server.
const GRACE: Duration = Duration::from_secs(30);
/// Readiness is ours to wait for, and undo is ours to do: a chart author's wishes are overruled, the last word counts.
const NO_WAITING: &str = "--atomic=false --wait=false --wait-for-jobs=false";
/// How long helm waits for hooks, and for objects to be gone.
const HOOK_TIMEOUT: &str = "300s";

/// Folders of the scratch folder.
const PLUGINS: &str = "plugins";
const FOLDERS: [(&str, &str); 6] = [
    ("HOME", "home"),
    ("HELM_CACHE_HOME", "cache"),
    ("HELM_CONFIG_HOME", "config"),
    ("HELM_DATA_HOME", "data"),
    ("HELMFILE_CACHE_HOME", "helmfile"),
    ("TMPDIR", "tmp"),
];

impl KubernetesSettings {
    /// Brings one release to what its helmfile says. The charts' dependencies must be there: none are fetched.
    pub(super) fn sync(&self, step: &ReleaseStep, release: &ReleaseName, file: &Path) -> Program {
        let selector = format!("name={release}");
        let arguments = [
            "--selector",
            &selector,
            "sync",
            "--skip-deps",
            "--sync-args",
            NO_WAITING,
        ];
        let label = format!("helmfile sync {release} in {}", step.environment);
        self.helmfile(label, step, file, &arguments)
    }

    /// Which releases the helmfile has, as JSON.
    pub(super) fn list(&self, step: &ReleaseStep, file: &Path) -> Program {
        let arguments = ["list", "--output", "json", "--skip-charts"];
        let label = format!("helmfile list of {}", step.environment);
        without_hooks(self.helmfile(label, step, file, &arguments))
    }

    /// The helmfile with all templates filled in, as YAML.
    pub(super) fn build(&self, step: &ReleaseStep, file: &Path) -> Program {
        let label = format!("helmfile build of {}", step.environment);
        without_hooks(self.helmfile(label, step, file, &["build"]))
    }

    /// The objects of the releases that the helmfile installs, each release's in a folder of its name below `output`.
    pub(super) fn template(
        &self,
        step: &ReleaseStep,
        release: Option<&ReleaseName>,
        file: &Path,
        output: &Path,
    ) -> Program {
        let folders = format!("{}/{{{{ .Release.Name }}}}", output.display());
        let selector = release.map(|release| format!("name={release}"));
        let selector = selector.as_deref().map(|selector| ["--selector", selector]);
        let arguments = [
            "template",
            "--skip-deps",
            "--skip-tests",
            "--concurrency",
            "2",
            "--output-dir-template",
            &folders,
        ];
        let arguments = [selector.as_ref().map_or(&[][..], |words| words), &arguments].concat();
        let label = format!("helmfile template of {}", step.environment);
        without_hooks(self.helmfile(label, step, file, &arguments))
    }

    pub(super) fn rollback(
        &self,
        step: &ReleaseStep,
        release: &ReleaseName,
        revision: u32,
    ) -> Program {
        let revision = revision.to_string();
        // An undo throws no history away.
        let arguments = [
            "rollback",
            release.as_str(),
            &revision,
            "--history-max",
            "0",
        ];
        self.helm(
            format!("helm rollback {release} {revision} in {}", step.environment),
            step,
            &arguments,
        )
    }

    /// Ends when all of the release's objects are gone, their pods too.
    pub(super) fn uninstall(&self, step: &ReleaseStep, release: &ReleaseName) -> Program {
        let arguments = [
            "uninstall",
            release.as_str(),
            "--cascade",
            "foreground",
            "--wait",
        ];
        self.helm(
            format!("helm uninstall {release} in {}", step.environment),
            step,
            &arguments,
        )
    }

    fn helmfile(
        &self,
        label: String,
        step: &ReleaseStep,
        file: &Path,
        arguments: &[&str],
    ) -> Program {
        let (path, helm) = (file.display().to_string(), self.helm.display().to_string());
        // There is none: helmfile would run it for what is no chart, also when a helmfile is only read.
        let kustomize = self
            .scratch
            .join(PLUGINS)
            .join("kustomize")
            .display()
            .to_string();
        let environment = step.environment.as_str();
        let common = [
            "--file",
            &path,
            "--helm-binary",
            &helm,
            "--kustomize-binary",
            &kustomize,
            "--environment",
            environment,
            "--no-color",
        ];
        Program {
            arguments: words(&[&common, arguments]),
            environment: self.environment(step),
            directory: file.parent().unwrap_or(&self.scratch).to_owned(),
            timeout: Some(TIMEOUT),
            grace: GRACE,
            ..Program::new(label, &self.helmfile)
        }
    }

    fn helm(&self, label: String, step: &ReleaseStep, arguments: &[&str]) -> Program {
        let common = [
            "--namespace",
            step.namespace_of_objects().as_str(),
            "--timeout",
            HOOK_TIMEOUT,
        ];
        Program {
            arguments: words(&[arguments, &common]),
            environment: self.environment(step),
            directory: self.scratch.clone(),
            timeout: Some(TIMEOUT),
            grace: GRACE,
            ..Program::new(label, &self.helm)
        }
    }

    pub(crate) fn environment(&self, step: &ReleaseStep) -> BTreeMap<String, String> {
        let mut environment = self.environment.clone();
        let mut set = |name: &str, value: String| environment.insert(name.to_owned(), value);
        for (name, folder) in FOLDERS {
            set(name, self.scratch.join(folder).display().to_string());
        }
        // What runs is helm and helmfile alone, as far as they let themselves be told.
        set(
            "HELM_PLUGINS",
            self.scratch.join(PLUGINS).display().to_string(),
        );
        set("HELMFILE_DISABLE_INSECURE_FEATURES", "true".to_owned());
        set("HELMFILE_UPGRADE_NOTICE_DISABLED", "true".to_owned());
        set("KUBECONFIG", self.kubeconfig_of(step).display().to_string());
        let hooks = environment.entry("HELMFILE_DISABLE_HOOKS".to_owned());
        hooks.or_insert_with(|| "true".to_owned());
        environment
    }

    /// Makes the folders that the programs are told of; the one for plugins stays empty.
    pub(crate) fn make_folders(&self) -> Result<(), NoFolder> {
        let names = FOLDERS.iter().map(|(_, folder)| *folder).chain([PLUGINS]);
        for folder in names.map(|name| self.scratch.join(name)) {
            std::fs::create_dir_all(&folder).map_err(|source| NoFolder { folder, source })?;
        }
        Ok(())
    }
}

/// A program's folder that is missing and cannot be made.
#[derive(Debug, thiserror::Error)]
#[error("cannot make folder `{}`", folder.display())]
pub(crate) struct NoFolder {
    folder: PathBuf,
    source: io::Error,
}

/// Whatever an operator allows where a helmfile is applied, one that is only read runs none.
fn without_hooks(mut program: Program) -> Program {
    let name = "HELMFILE_DISABLE_HOOKS".to_owned();
    program.environment.insert(name, "true".to_owned());
    program
}

fn words(parts: &[&[&str]]) -> Vec<String> {
    parts.concat().into_iter().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kubernetes::tests::{release_step, settings};

    fn shown(program: &Program) -> String {
        let executable = program.executable.display();
        format!(
            "{} $ {executable} {}",
            program.directory.display(),
            program.arguments.join(" ")
        )
    }

    #[test]
    fn command_lines_are_golden() {
        let (settings, step) = (settings(Path::new("/scratch")), release_step("canary"));
        let (canary, file) = (
            ReleaseName::new("canary").unwrap(),
            Path::new("/charts/services/shop/helmfile.yaml"),
        );
        let common = "/charts/services/shop $ /bin/helmfile --file /charts/services/shop/helmfile.yaml --helm-binary /bin/helm --kustomize-binary /scratch/plugins/kustomize --environment eqiad --no-color";
        let programs = [
            (
                settings.sync(&step, &canary, file),
                format!("{common} --selector name=canary sync --skip-deps --sync-args --atomic=false --wait=false --wait-for-jobs=false"),
            ),
            (settings.list(&step, file), format!("{common} list --output json --skip-charts")),
            (settings.build(&step, file), format!("{common} build")),
            (
                settings.template(&step, None, file, Path::new("/out")),
                format!("{common} template --skip-deps --skip-tests --concurrency 2 --output-dir-template /out/{{{{ .Release.Name }}}}"),
            ),
            (
                settings.template(&step, Some(&canary), file, Path::new("/out")),
                format!("{common} --selector name=canary template --skip-deps --skip-tests --concurrency 2 --output-dir-template /out/{{{{ .Release.Name }}}}"),
            ),
            (
                settings.rollback(&step, &canary, 7),
                "/scratch $ /bin/helm rollback canary 7 --history-max 0 --namespace shop --timeout 300s".to_owned(),
            ),
            (
                settings.uninstall(&step, &canary),
                "/scratch $ /bin/helm uninstall canary --cascade foreground --wait --namespace shop --timeout 300s".to_owned(),
            ),
        ];
        for (program, expected) in programs {
            assert_eq!(shown(&program), expected);
        }
    }

    #[test]
    fn the_environment_is_golden() {
        let mut settings = settings(Path::new("/scratch"));
        for hostile in ["HELM_PLUGINS", "KUBECONFIG", "HOME"] {
            settings
                .environment
                .insert(hostile.to_owned(), "/hostile".to_owned());
        }
        let release = ReleaseName::new("canary").unwrap();
        let environment = settings
            .rollback(&release_step("canary"), &release, 1)
            .environment;
        let lines: Vec<String> = environment
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        assert_eq!(
            lines,
            [
                "HELMFILE_CACHE_HOME=/scratch/helmfile",
                "HELMFILE_DISABLE_HOOKS=true",
                "HELMFILE_DISABLE_INSECURE_FEATURES=true",
                "HELMFILE_UPGRADE_NOTICE_DISABLED=true",
                "HELM_CACHE_HOME=/scratch/cache",
                "HELM_CONFIG_HOME=/scratch/config",
                "HELM_DATA_HOME=/scratch/data",
                "HELM_PLUGINS=/scratch/plugins",
                "HOME=/scratch/home",
                "KUBECONFIG=/kubeconfigs/shop-deploy-eqiad.config",
                "PATH=/usr/bin:/bin",
                "TMPDIR=/scratch/tmp",
            ]
        );
    }
}
