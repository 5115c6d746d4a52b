//! Which releases a helmfile has in an environment, and in which order they are deployed.

use std::path::PathBuf;

use scap_plan::{ReleaseName, ReleaseStep};
use scap_run::Failure;
use serde::Deserialize;

use super::KubernetesEngine;
use super::settings::helmfile_in;
use crate::causes::with_causes;
use crate::process::Program;

const HOOKS_HINT: &str = "hooks run programs of whoever wrote the helmfile: take them out of it, or set \
    HELMFILE_DISABLE_HOOKS to `false` in the environment of helmfile";

/// A release as `helmfile list --output json` shows it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Listed {
    pub(super) name: String,
    pub(super) namespace: String,
    installed: bool,
    enabled: bool,
}

/// A part of `helmfile build`.
#[derive(Deserialize)]
struct Built {
    #[serde(default)]
    releases: Vec<BuiltRelease>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct BuiltRelease {
    name: String,
    #[serde(default)]
    needs: Vec<String>,
}

impl Listed {
    /// Whether helmfile would install it rather than pass it over or uninstall it.
    pub(super) fn is_wanted(&self) -> bool {
        self.installed && self.enabled
    }
}

impl KubernetesEngine {
    /// The releases that the helmfile of `step` installs in its environment, each after those that it needs and else in
    /// the file's order; `step` itself may name none. `helmfile list` says which there are, and only `helmfile build` knows
    /// `needs`, so that it is asked too when there are several.
    pub async fn installed_releases(
        &self,
        step: &ReleaseStep,
    ) -> Result<Vec<ReleaseName>, Failure> {
        let listed = self.list(step).await?;
        let mut names: Vec<String> = Vec::new();
        for release in listed.into_iter().filter(Listed::is_wanted) {
            if names.contains(&release.name) {
                return Err(duplicate(&release.name, step));
            }
            names.push(release.name);
        }
        if names.len() > 1 {
            let mut releases = self.build(step).await?;
            releases.retain(|release| names.contains(&release.name));
            names = in_order(&releases).map_err(|circle| {
                let message = format!(
                    "releases of {} in {} need each other",
                    step.namespace, step.environment
                );
                Failure::failed(message).cause(circle.join(", "))
            })?;
        }
        let name = |name: String| {
            ReleaseName::new(name.clone()).map_err(|error| {
                Failure::failed(format!("`{name}` is no name of a release")).caused_by(&error)
            })
        };
        names.into_iter().map(name).collect()
    }

    async fn list(&self, step: &ReleaseStep) -> Result<Vec<Listed>, Failure> {
        let program = self.settings.list(step, &self.file_of(step)?);
        let text = self.stdout(&program).await?;
        // Nothing at all is how it says that there is no release.
        if text.trim().is_empty() {
            return Ok(Vec::new());
        }
        serde_json::from_str(&text).map_err(|error| unreadable(&program, &error))
    }

    /// What `helmfile list` shows, or why helmfile would refuse the helmfile, which that does not say.
    pub(super) async fn try_helmfile(&self, step: &ReleaseStep) -> Result<Vec<Listed>, Failure> {
        let listed = self.list(step).await?;
        self.build(step).await?;
        Ok(listed)
    }

    async fn build(&self, step: &ReleaseStep) -> Result<Vec<BuiltRelease>, Failure> {
        let program = self.settings.build(step, &self.file_of(step)?);
        let text = self.stdout(&program).await?;
        let parts: Vec<Built> = serde_saphyr::from_multiple(&text)
            .map_err(|error| unreadable(&program, &error.without_snippet()))?;
        Ok(parts.into_iter().flat_map(|part| part.releases).collect())
    }

    fn file_of(&self, step: &ReleaseStep) -> Result<PathBuf, Failure> {
        let directory = self.settings.directory_of(step);
        helmfile_in(&directory).ok_or_else(|| {
            Failure::failed(format!("no helmfile in `{}`", directory.display()))
                .hint("it is named `helmfile.yaml.gotmpl` or `helmfile.yaml`")
        })
    }

    async fn stdout(&self, program: &Program) -> Result<String, Failure> {
        let failed = || {
            let directory = program.directory.display();
            Failure::failed(format!("cannot read the helmfile in `{directory}`"))
        };
        let made = self.settings.make_folders();
        made.map_err(|error| failed().caused_by(&error))?;
        let text = self.scratch.stdout(program).await;
        text.map_err(|error| {
            let said = with_causes(&error);
            let refused = said.contains("hooks are disabled");
            let failure = failed().cause(said);
            if refused {
                failure.hint(HOOKS_HINT)
            } else {
                failure
            }
        })
    }
}

pub(super) fn duplicate(name: &str, step: &ReleaseStep) -> Failure {
    Failure::failed(format!(
        "`{name}` is the name of several releases of {} in {}",
        step.namespace, step.environment
    ))
    .hint("give each release of a helmfile a name of its own")
}

fn unreadable(program: &Program, error: &dyn std::error::Error) -> Failure {
    Failure::failed(format!("cannot read what `{}` said", program.label)).caused_by(error)
}

/// Each after what it needs, else as they stand; else the releases that need each other.
fn in_order(releases: &[BuiltRelease]) -> Result<Vec<String>, Vec<String>> {
    let mut waiting: Vec<&BuiltRelease> = releases.iter().collect();
    let mut placed = Vec::new();
    while !waiting.is_empty() {
        let is_free = |release: &&BuiltRelease| {
            // `needs` names a release, or NAMESPACE/RELEASE, or CONTEXT/NAMESPACE/RELEASE; those of others are not ours.
            let needed = release
                .needs
                .iter()
                .filter_map(|need| need.rsplit('/').next());
            needed
                .into_iter()
                .all(|need| !waiting.iter().any(|other| other.name == need))
        };
        match waiting.iter().position(is_free) {
            Some(free) => placed.push(waiting.remove(free).name.clone()),
            None => return Err(waiting.iter().map(|release| release.name.clone()).collect()),
        }
    }
    Ok(placed)
}

#[cfg(test)]
mod tests {
    use super::*;

    type Names<'a> = &'a [&'a str];
    /// Releases with what they need; their order, or those that need each other.
    type Case<'a> = (&'a [(&'a str, Names<'a>)], Result<Names<'a>, Names<'a>>);

    #[test]
    fn releases_come_after_what_they_need() {
        let cases: [Case; 5] = [
            (&[], Ok(&[])),
            (&[("b", &[]), ("a", &[])], Ok(&["b", "a"])),
            (
                &[
                    ("web", &["shop/store", "elsewhere/tool"]),
                    ("store", &["k/shop/volume"]),
                    ("volume", &[]),
                ],
                Ok(&["volume", "store", "web"]),
            ),
            (
                &[("web", &["store"]), ("other", &[]), ("store", &[])],
                Ok(&["other", "store", "web"]),
            ),
            (
                &[("a", &["b"]), ("b", &["a"]), ("c", &[])],
                Err(&["a", "b"]),
            ),
        ];
        for (releases, expected) in cases {
            let built: Vec<BuiltRelease> = releases
                .iter()
                .map(|(name, needs)| BuiltRelease {
                    name: (*name).to_owned(),
                    needs: needs.iter().map(|need| (*need).to_owned()).collect(),
                })
                .collect();
            let owned = |names: &[&str]| {
                names
                    .iter()
                    .map(|name| (*name).to_owned())
                    .collect::<Vec<_>>()
            };
            assert_eq!(in_order(&built), expected.map(owned).map_err(owned));
        }
    }
}
