//! Renders by helmfile and helm, from a snapshot.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use scap_plan::{Manifest, Namespace, ReleaseName, Rendering};
use scap_run::Failure;
use tempfile::TempDir;

use super::built::{self, Built, BuiltRelease, Reads};
use super::cache::Recipe;
use super::chart::{Chart, Uses};
use super::{Kept, Place, Rendered, RenderedRelease, RenderingSource, output};
use crate::causes::with_causes;
use crate::kubernetes::installed::{Listed, duplicate, in_order};
use crate::kubernetes::repositories::Repositories;
use crate::kubernetes::settings::helmfile_in;
use crate::kubernetes::snapshot::{
    Files, Prepared, Refusal, Sources, digest, refuse_values, words,
};
use crate::process::Program;

/// helmfile names files that its text does not show, and those may name more.
const MOST_LOOKS: usize = 5;

pub(super) struct Cold<'a> {
    place: &'a Place<'a>,
}

/// A helmfile with all of its files, and what helmfile makes of it.
struct Read {
    sources: Sources,
    prepared: Prepared,
    copy: TempDir,
    built: Vec<Built>,
    reads: Reads,
}

/// A release that is installed, and its chart.
struct Wanted {
    release: BuiltRelease,
    name: ReleaseName,
    chart: Chart,
}

impl Wanted {
    /// Those of `names` that it needs.
    fn needs(&self, names: &[&ReleaseName]) -> Vec<ReleaseName> {
        let needed: Vec<&str> = self.release.needed().collect();
        let needed = names.iter().filter(|name| needed.contains(&name.as_str()));
        needed.map(|name| (*name).clone()).collect()
    }
}

type Manifests = BTreeMap<ReleaseName, (Manifest, Manifest)>;

impl<'a> Cold<'a> {
    pub(super) fn new(place: &'a Place<'a>) -> Self {
        Self { place }
    }

    pub(super) async fn render(&self) -> Result<Rendered, Failure> {
        let place = self.place;
        let read = self.read().await?;
        let mut repositories = Repositories::new(&place.engine.settings, place.step);
        let wanted = self.wanted(&read, &mut repositories).await?;
        let recipe = self.recipe(&read, &repositories, &wanted);
        let key = place.key(&recipe, &digest(&read.sources.files));
        let Prepared {
            files,
            hooks_left_out,
            ..
        } = read.prepared;
        let snapshot = place.snapshots.keep(read.copy, &files);
        let snapshot = snapshot.map_err(|error| self.failed("keep a copy of").caused_by(&error))?;
        let (releases, unsteady) = self.releases(&snapshot, &files, &wanted).await?;
        let unknown = read
            .reads
            .unknown
            .map(|path| format!("`{path}` may be any file"));
        let unsteady = unsteady.or(unknown).or_else(|| asks_for_files(&files));
        let is_steady = unsteady.is_none();
        let rendered = Rendered {
            releases,
            hooks_left_out,
            source: unsteady.map_or(RenderingSource::Rendered, RenderingSource::NotCacheable),
        };
        if is_steady {
            let kept = place.cache.put(&key, &Kept::of(&rendered));
            kept.and_then(|()| place.cache.put(&place.recipe_key(), &recipe))
                .map_err(|error| self.failed("keep what was rendered of").caused_by(&error))?;
        }
        Ok(rendered)
    }

    fn recipe(&self, read: &Read, repositories: &Repositories, wanted: &[Wanted]) -> Recipe {
        let inside = read.sources.roots.union(&read.reads.inside);
        let outside = read.reads.outside.union(&repositories.indexes);
        let mut recipe = Recipe {
            inside: inside.cloned().collect(),
            outside: outside.cloned().collect(),
        };
        if wanted
            .iter()
            .any(|wanted| wanted.release.namespace.is_empty())
        {
            // Then helm asks the kubeconfig for one.
            let kubeconfig = self.place.engine.settings.kubeconfig_of(self.place.step);
            recipe.outside.insert(kubeconfig);
        }
        recipe
    }

    pub(super) async fn render_again(&self) -> Result<PathBuf, Failure> {
        let step = self.place.step;
        let (Some(name), Some(rendering)) = (&step.release, &step.rendering) else {
            return Err(Failure::failed(format!(
                "the plan has no rendering of {}",
                step.namespace
            )));
        };
        let snapshots = &self.place.snapshots;
        let found = snapshots.find(&rendering.snapshot);
        let Some(copy) = found.filter(|_| snapshots.is_intact(&rendering.snapshot)) else {
            let message =
                format!("the charts and values that {name} was planned with are no longer there");
            return Err(Failure::failed(message).hint("make a new plan"));
        };
        let mut manifests = self.manifests(&copy, Some(name), &[name]).await?;
        let (manifest, _) = manifests.remove(name).expect("it was asked for");
        let is_as_planned =
            rendering.varies.is_some() || manifest.digest() == rendering.manifest_digest;
        if !is_as_planned {
            let message = format!(
                "what the helmfile in `{}` makes of {name} is no longer what was planned",
                self.place.folder()
            );
            let failure = Failure::failed(message)
                .cause("a file outside of the checkout, or helm itself, has changed");
            return Err(failure.hint("make a new plan"));
        }
        self.helmfile_in(&copy)
    }

    /// Asks helmfile which files there are until it names none that it has not got.
    async fn read(&self) -> Result<Read, Failure> {
        let place = self.place;
        let mut more = BTreeSet::new();
        for _ in 0..MOST_LOOKS {
            let sources = Sources::read(&place.checkout, &place.directory, &more)?;
            let prepared = Prepared::new(&sources)?;
            let copy = place.snapshots.write(&prepared.files);
            let copy = copy.map_err(|error| self.failed("copy").caused_by(&error))?;
            let built = self.build(copy.path()).await?;
            let mut reads = Reads::default();
            for part in &built {
                part.refuse()?;
                part.reads(place.step.environment.as_str(), &sources.files, &mut reads)?;
            }
            let is_known = |path: &Path| sources.roots.iter().any(|root| path.starts_with(root));
            let is_missing = |path: &&PathBuf| !is_known(path) && place.checkout.exists(path);
            let missing: BTreeSet<PathBuf> =
                reads.inside.iter().filter(is_missing).cloned().collect();
            if missing.is_empty() {
                refuse_outside(&reads.outside)?;
                return Ok(Read {
                    sources,
                    prepared,
                    copy,
                    built,
                    reads,
                });
            }
            more.extend(missing);
        }
        Err(self.failed("find all files of"))
    }

    fn helmfile_in(&self, copy: &Path) -> Result<PathBuf, Failure> {
        let helmfile = helmfile_in(&copy.join(&self.place.directory));
        helmfile.ok_or_else(|| self.failed("find"))
    }

    async fn build(&self, copy: &Path) -> Result<Vec<Built>, Failure> {
        let file = self.helmfile_in(copy)?;
        let program = self.place.engine.settings.build(self.place.step, &file);
        let text = self.stdout(&program, copy).await?;
        built::read(&text, copy, &self.place.directory)
            .map_err(|error| self.failed("read").caused_by(&error.without_snippet()))
    }

    /// The releases that are installed, each after those that it needs.
    async fn wanted(
        &self,
        read: &Read,
        repositories: &mut Repositories,
    ) -> Result<Vec<Wanted>, Failure> {
        let releases = |part| {
            Built::releases(part)
                .iter()
                .map(move |release| (part, release))
        };
        let mut all: Vec<(&Built, &BuiltRelease)> = read.built.iter().flat_map(releases).collect();
        all.retain(|(_, release)| release.installed);
        if all.iter().any(|(_, release)| !release.condition.is_empty()) {
            let mut listed = self.list(read.copy.path()).await?;
            listed.retain(Listed::is_wanted);
            all.retain(|(_, release)| listed.iter().any(|listed| listed.name == release.name));
        }
        let (mut names, mut wanted) = (BTreeSet::new(), Vec::new());
        for (part, release) in all {
            if !names.insert(release.name.as_str()) {
                return Err(duplicate(&release.name, self.place.step));
            }
            wanted.push(Wanted {
                name: ReleaseName::new(release.name.clone()).expect("names were looked at"),
                chart: Chart::of(release, part, &read.prepared.files, repositories)?,
                release: release.clone(),
            });
        }
        in_order(wanted, |wanted| &wanted.release).map_err(|circle| {
            let step = self.place.step;
            let message = format!(
                "releases of {} in {} need each other",
                step.namespace, step.environment
            );
            Failure::failed(message).cause(circle.join(", "))
        })
    }

    async fn list(&self, copy: &Path) -> Result<Vec<Listed>, Failure> {
        let file = self.helmfile_in(copy)?;
        let program = self.place.engine.settings.list(self.place.step, &file);
        let text = self.stdout(&program, copy).await?;
        // Nothing at all is how it says that there is no release.
        if text.trim().is_empty() {
            return Ok(Vec::new());
        }
        serde_json::from_str(&text).map_err(|error| self.failed("read").caused_by(&error))
    }

    /// Renders `wanted`, and says why that must not be kept, if so.
    async fn releases(
        &self,
        snapshot: &str,
        files: &Files,
        wanted: &[Wanted],
    ) -> Result<(Vec<RenderedRelease>, Option<String>), Failure> {
        let copy = self
            .place
            .snapshots
            .find(snapshot)
            .ok_or_else(|| self.failed("copy"))?;
        let names: Vec<&ReleaseName> = wanted.iter().map(|wanted| &wanted.name).collect();
        let mut first = self.manifests(&copy, None, &names).await?;
        // What was fetched is there only now.
        let uses: Vec<Uses> = wanted
            .iter()
            .map(|wanted| wanted.chart.uses(files))
            .collect();
        let mut second = Manifests::new();
        if uses.iter().any(Uses::may_differ) {
            second = self.manifests(&copy, None, &names).await?;
        }
        let (mut unsteady, mut releases) = (None, Vec::new());
        for (wanted, mut uses) in wanted.iter().zip(uses) {
            let (manifest, hooks) = first.remove(&wanted.name).unwrap_or_default();
            let is_same = |again: &(Manifest, Manifest)| {
                again.0.digest() == manifest.digest() && again.1.digest() == hooks.digest()
            };
            if second.get(&wanted.name).is_some_and(is_same) {
                uses.does_not_differ();
            }
            unsteady = unsteady.or_else(|| wanted.chart.unsteady(&uses));
            releases.push(RenderedRelease {
                name: wanted.name.clone(),
                needs: wanted.needs(&names),
                rendering: self.rendering(snapshot, wanted, &manifest, &uses),
                manifest,
                hooks,
            });
        }
        Ok((releases, unsteady))
    }

    fn rendering(
        &self,
        snapshot: &str,
        wanted: &Wanted,
        manifest: &Manifest,
        uses: &Uses,
    ) -> Rendering {
        let namespace = Namespace::new(wanted.release.namespace.clone());
        Rendering {
            snapshot: snapshot.to_owned(),
            namespace: namespace.unwrap_or_else(|_| self.place.step.namespace.clone()),
            chart: wanted.chart.label.clone(),
            images: manifest.images(),
            manifest_digest: manifest.digest(),
            varies: uses.worst().map(|variation| variation.name().to_owned()),
        }
    }

    /// Objects and hooks of each of `names`.
    async fn manifests(
        &self,
        copy: &Path,
        only: Option<&ReleaseName>,
        names: &[&ReleaseName],
    ) -> Result<Manifests, Failure> {
        if names.is_empty() {
            return Ok(Manifests::new());
        }
        let file = self.helmfile_in(copy)?;
        let settings = &self.place.engine.settings;
        let folder = fs::create_dir_all(&settings.scratch)
            .and_then(|()| TempDir::with_prefix_in("rendered-", &settings.scratch));
        let folder = folder.map_err(|error| self.failed("render").caused_by(&error))?;
        let program = settings.template(self.place.step, only, &file, folder.path());
        self.stdout(&program, copy).await?;
        let read = |name: &&ReleaseName| {
            let found = output::read(&folder.path().join(name.as_str()));
            let found = found.map_err(|error| self.failed("render").caused_by(&error))?;
            let (engine, step) = (self.place.engine, self.place.step);
            engine.learn_rendered(step, &found.0);
            engine.learn_rendered(step, &found.1);
            Ok(((*name).clone(), found))
        };
        names.iter().map(read).collect()
    }

    async fn stdout(&self, program: &Program, copy: &Path) -> Result<String, Failure> {
        let engine = self.place.engine;
        let made = engine.settings.make_folders();
        made.map_err(|error| self.failed("render").caused_by(&error))?;
        let text = engine.scratch.stdout(program).await;
        text.map_err(|error| {
            // Named as a person knows it.
            let root = self.place.checkout.root().display().to_string();
            let said = with_causes(&error).replace(&copy.display().to_string(), &root);
            self.failed("render").cause(said)
        })
    }

    fn failed(&self, what: &str) -> Failure {
        Failure::failed(format!(
            "cannot {what} the helmfile in `{}`",
            self.place.folder()
        ))
    }
}

/// What operators keep beside the checkout is evaluated like any other values.
fn refuse_outside(paths: &BTreeSet<PathBuf>) -> Result<(), Refusal> {
    for path in paths {
        if let Ok(bytes) = fs::read(path) {
            refuse_values(path, &String::from_utf8_lossy(&bytes))?;
        }
    }
    Ok(())
}

/// `isFile` and `isDir` look at files that no list of inputs has.
fn asks_for_files(files: &Files) -> Option<String> {
    files.iter().find_map(|(path, file)| {
        path.extension()
            .filter(|extension| *extension == "gotmpl")?;
        let text = String::from_utf8_lossy(&file.bytes);
        let mut words = words(&text).into_iter();
        let word = words.find(|word| ["isFile", "isDir"].contains(&word.text))?;
        Some(format!("`{}` calls `{}`", path.display(), word.text))
    })
}
