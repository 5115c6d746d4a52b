//! What a helmfile makes of its releases in an environment: rendered from a snapshot, or known from before.

mod built;
mod cache;
mod chart;
mod cold;
mod output;
mod varying;

pub(super) use built::BuiltRelease;

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use scap_plan::{
    Manifest, ReleaseName, ReleaseNeeds, ReleaseRef, ReleaseStep, Rendering, ServiceName, Wanted,
};
use scap_run::Failure;
use serde::{Deserialize, Serialize};

use super::KubernetesEngine;
use super::settings::helmfile_in;
use super::snapshot::{Checkout, Snapshots, digest};
use cache::{Cache, Key, Recipe};
use cold::Cold;

/// Changes whenever other files are left out, or other things are made of them.
const FORM: &str = "rendering 1";

/// The releases that a helmfile installs in an environment.
#[derive(Debug, Clone, PartialEq)]
pub struct Rendered {
    /// Each after those that it needs.
    pub releases: Vec<RenderedRelease>,
    /// Commands that the helmfile's own hooks would have run.
    pub hooks_left_out: Vec<String>,
    pub source: RenderingSource,
}

/// How a rendering was come by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RenderingSource {
    Cached,
    Rendered,
    /// It has to be rendered each time, and why.
    NotCacheable(String),
}

/// What a helmfile makes of one release.
#[derive(Debug, Clone, PartialEq)]
pub struct RenderedRelease {
    pub name: ReleaseName,
    /// Releases of the same helmfile that come before it.
    pub needs: Vec<ReleaseName>,
    pub rendering: Rendering,
    /// Without hooks.
    pub manifest: Manifest,
    /// The objects of the chart's hooks, without its tests.
    pub hooks: Manifest,
}

impl RenderedRelease {
    /// Those of its hooks, too: they may bring what the others need.
    fn all_objects(&self) -> Cow<'_, Manifest> {
        if self.hooks.objects.is_empty() {
            return Cow::Borrowed(&self.manifest);
        }
        let objects = self.manifest.objects.iter().chain(&self.hooks.objects);
        Cow::Owned(Manifest {
            objects: objects.cloned().collect(),
        })
    }
}

impl Rendered {
    /// The releases of `service`, with what helmfile's `needs` say of them; `step` is of the helmfile and its environment.
    pub fn needs(&self, service: &ServiceName, step: &ReleaseStep) -> Vec<ReleaseNeeds<'_>> {
        let releases = self.releases.iter();
        releases
            .map(|release| ReleaseNeeds {
                release: ReleaseRef {
                    service: service.clone(),
                    environment: step.canonical_environment.clone(),
                    namespace: release.rendering.namespace.clone(),
                    release: release.name.clone(),
                },
                manifest: release.all_objects(),
                declared: self.declared(release),
            })
            .collect()
    }

    fn declared(&self, release: &RenderedRelease) -> Vec<Wanted> {
        let needed = self.releases.iter();
        needed
            .filter(|other| release.needs.contains(&other.name))
            .map(|other| Wanted::Release {
                namespace: other.rendering.namespace.clone(),
                release: other.name.clone(),
            })
            .collect()
    }
}

/// A cache's entry.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    releases: Vec<KeptRelease>,
    hooks_left_out: Vec<String>,
}

#[derive(Debug, Serialize, Deserialize)]
struct KeptRelease {
    name: ReleaseName,
    needs: Vec<ReleaseName>,
    rendering: Rendering,
    objects: Vec<serde_json::Value>,
    hooks: Vec<serde_json::Value>,
}

/// A helmfile of the checkout in an environment.
struct Place<'a> {
    engine: &'a KubernetesEngine,
    step: &'a ReleaseStep,
    checkout: Checkout,
    /// The helmfile's folder, relative to the checkout.
    directory: PathBuf,
    cache: Cache,
    snapshots: Snapshots,
}

impl KubernetesEngine {
    /// The releases that the helmfile of `step` installs in its environment; `step` itself may name none.
    ///
    /// Nothing is run when all that they are made of is as it was before. Fails where the helmfile has what might run
    /// programs of its author; hooks of helmfile's own are left out.
    pub async fn render(&self, step: &ReleaseStep) -> Result<Rendered, Failure> {
        let rendered = self.render_unmasked(step).await;
        let rendered = rendered.map_err(|failure| self.secrets().failure(failure))?;
        for release in &rendered.releases {
            self.learn_rendered(step, &release.manifest);
            self.learn_rendered(step, &release.hooks);
        }
        Ok(rendered)
    }

    async fn render_unmasked(&self, step: &ReleaseStep) -> Result<Rendered, Failure> {
        let place = Place::new(self, step)?;
        if let Some(rendered) = place.cached() {
            return Ok(rendered);
        }
        self.learn_once(step).await;
        let _turn = self.renderers.acquire().await.expect("it is never closed");
        // Another may have rendered it while this one waited.
        match place.cached() {
            Some(rendered) => Ok(rendered),
            None => Cold::new(&place).render().await,
        }
    }

    /// What [`Self::render`] would give without running anything, if all that it is made of is as it was before.
    pub fn rendered_before(&self, step: &ReleaseStep) -> Option<Rendered> {
        Place::new(self, step).ok()?.cached()
    }

    /// The same engine for the helmfiles of another checkout of the same repository.
    #[must_use]
    pub fn in_checkout(&self, deployments_dir: PathBuf) -> Self {
        let here = Checkout::around(&self.settings.deployments_dir).ok();
        let mut engine = self.clone();
        engine.settings.deployments_dir = deployments_dir;
        engine.twin = here.map(|checkout| checkout.root().to_owned());
        engine
    }

    /// Whether there is a helmfile for `step`.
    pub fn has_helmfile(&self, step: &ReleaseStep) -> bool {
        helmfile_in(&self.settings.directory_of(step)).is_some()
    }

    /// The helmfile in the snapshot that the plan of `step` was made from, once it was rendered anew and its release is
    /// still what was planned.
    pub async fn render_again(&self, step: &ReleaseStep) -> Result<PathBuf, Failure> {
        self.learn_again(step).await;
        let again = async {
            let place = Place::new(self, step)?;
            let _turn = self.renderers.acquire().await.expect("it is never closed");
            Cold::new(&place).render_again().await
        };
        again
            .await
            .map_err(|failure| self.secrets().failure(failure))
    }

    /// Whether [`Self::prune_snapshots`] would find any.
    pub fn has_old_snapshots(&self) -> std::io::Result<bool> {
        Ok(!self.snapshots().old()?.is_empty())
    }

    /// Removes snapshots that are older than a day and not in `keep`: those that no run names, and no plan on its way.
    pub fn prune_snapshots(&self, keep: &[&str]) -> std::io::Result<()> {
        self.snapshots().prune(keep)
    }

    pub(super) fn snapshots(&self) -> Snapshots {
        Snapshots::new(self.settings.scratch.join("snapshots"))
    }
}

impl<'a> Place<'a> {
    fn new(engine: &'a KubernetesEngine, step: &'a ReleaseStep) -> Result<Self, Failure> {
        let settings = &engine.settings;
        settings.check_programs()?;
        let directory = settings.directory_of(step);
        let missing = || {
            Failure::failed(format!("no helmfile in `{}`", directory.display()))
                .hint("it is named `helmfile.yaml.gotmpl` or `helmfile.yaml`")
        };
        helmfile_in(&directory).ok_or_else(missing)?;
        let unreadable = |error: std::io::Error| missing().caused_by(&error);
        let checkout = Checkout::around(&settings.deployments_dir).map_err(unreadable)?;
        let absolute = directory.canonicalize().map_err(unreadable)?;
        let below = absolute.strip_prefix(checkout.root()).map_err(|_| {
            let message = format!("`{}` leads outside of the checkout", directory.display());
            Failure::failed(message)
        })?;
        Ok(Self {
            engine,
            step,
            directory: below.to_owned(),
            checkout,
            cache: Cache::new(settings.scratch.join("renderings")),
            snapshots: engine.snapshots(),
        })
    }

    /// Under which the list of inputs is kept.
    fn recipe_key(&self) -> String {
        self.recipe_key_in(self.checkout.root())
    }

    fn recipe_key_in(&self, root: &Path) -> String {
        let mut key = Key::new(FORM);
        key.add(b"recipe");
        key.add(root.as_os_str().as_encoded_bytes());
        key.add(self.directory.as_os_str().as_encoded_bytes());
        key.add(self.step.environment.as_str().as_bytes());
        key.finish()
    }

    /// Of all that a rendering is made of; `files` is their digest.
    fn key(&self, recipe: &Recipe, files: &str) -> String {
        let settings = &self.engine.settings;
        let mut key = Key::new(FORM);
        key.add(self.directory.as_os_str().as_encoded_bytes());
        key.add(self.step.environment.as_str().as_bytes());
        key.add(self.step.namespace.as_str().as_bytes());
        key.add(files.as_bytes());
        key.add(&recipe.inside.len().to_le_bytes());
        for path in &recipe.inside {
            key.add(path.as_os_str().as_encoded_bytes());
        }
        for path in &recipe.outside {
            key.add_file(path);
        }
        for program in [&settings.helm, &settings.helmfile] {
            key.add_program(program);
        }
        for (name, value) in settings.environment(self.step) {
            key.add(name.as_bytes());
            key.add(value.as_bytes());
        }
        key.finish()
    }

    fn cached(&self) -> Option<Rendered> {
        let own = self.cached_by(&self.recipe_key());
        own.or_else(|| self.cached_by(&self.recipe_key_in(self.engine.twin.as_ref()?)))
    }

    fn cached_by(&self, recipe_key: &str) -> Option<Rendered> {
        let recipe: Recipe = self.cache.get(recipe_key)?;
        // Whatever is wrong with the files is told when they are rendered.
        let files = self.checkout.read(&recipe.inside).ok()?;
        let kept: Kept = self.cache.get(&self.key(&recipe, &digest(&files)))?;
        kept.rendered(&self.snapshots)
    }

    /// As a person knows it.
    fn folder(&self) -> String {
        self.engine
            .settings
            .directory_of(self.step)
            .display()
            .to_string()
    }
}

impl Kept {
    /// None when a snapshot is gone, or objects are not those that the digest is of.
    fn rendered(self, snapshots: &Snapshots) -> Option<Rendered> {
        let releases = self.releases.into_iter().map(|kept| {
            snapshots.find(&kept.rendering.snapshot)?;
            let release = RenderedRelease {
                name: kept.name,
                needs: kept.needs,
                manifest: output::manifest(kept.objects),
                hooks: output::manifest(kept.hooks),
                rendering: kept.rendering,
            };
            let is_same = release.manifest.digest() == release.rendering.manifest_digest;
            is_same.then_some(release)
        });
        Some(Rendered {
            releases: releases.collect::<Option<_>>()?,
            hooks_left_out: self.hooks_left_out,
            source: RenderingSource::Cached,
        })
    }

    fn of(rendered: &Rendered) -> Self {
        let objects = |manifest: &Manifest| {
            manifest
                .objects
                .iter()
                .map(|object| object.content().clone())
                .collect()
        };
        let kept = |release: &RenderedRelease| KeptRelease {
            name: release.name.clone(),
            needs: release.needs.clone(),
            rendering: release.rendering.clone(),
            objects: objects(&release.manifest),
            hooks: objects(&release.hooks),
        };
        Self {
            releases: rendered.releases.iter().map(kept).collect(),
            hooks_left_out: rendered.hooks_left_out.clone(),
        }
    }
}
