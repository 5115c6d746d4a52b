//! Renders by helmfile and helm, from a snapshot.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use scap_plan::{Manifest, Namespace, ReleaseName, Rendering};
use scap_run::Failure;
use serde::Deserialize;
use tempfile::TempDir;

use super::built::{self, Built, BuiltRelease, ChartPlace, Reads};
use super::cache::Recipe;
use super::varying::{self, Variation};
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

/// `webservice-0.1.0` and where it is.
struct Chart {
    label: String,
    folder: Option<PathBuf>,
    /// An archive that helm has fetched, once it has.
    archive: Option<PathBuf>,
    /// Why it may be another one tomorrow.
    unpinned: Option<String>,
}

type Manifests = BTreeMap<ReleaseName, (Manifest, Manifest)>;

impl<'a> Cold<'a> {
    pub(super) fn new(place: &'a Place<'a>) -> Self {
        Self { place }
    }

    pub(super) async fn render(&self) -> Result<Rendered, Failure> {
        let read = self.read().await?;
        let mut repositories = Repositories::new(&self.place.engine.settings, self.place.step);
        let wanted = self.wanted(&read, &mut repositories).await?;
        let mut recipe = Recipe {
            inside: read
                .sources
                .roots
                .union(&read.reads.inside)
                .cloned()
                .collect(),
            outside: read
                .reads
                .outside
                .union(&repositories.indexes)
                .cloned()
                .collect(),
        };
        if wanted
            .iter()
            .any(|wanted| wanted.release.namespace.is_empty())
        {
            // Then helm asks the kubeconfig for one.
            let kubeconfig = self.place.engine.settings.kubeconfig_of(self.place.step);
            recipe.outside.insert(kubeconfig);
        }
        let key = self.place.key(&recipe, &digest(&read.sources.files));
        let Read {
            prepared,
            copy,
            reads,
            ..
        } = read;
        let snapshot = self.place.snapshots.keep(copy, &prepared.files);
        let snapshot = snapshot.map_err(|error| self.failed("keep a copy of").caused_by(&error))?;
        let rendered = self.releases(&snapshot, &prepared, wanted).await?;
        let (mut rendered, unsteady) = rendered;
        rendered.hooks_left_out = prepared.hooks_left_out;
        let asks = asks_for_files(&prepared.files);
        match unsteady
            .or(reads
                .unknown
                .map(|path| format!("`{path}` may be any file")))
            .or(asks)
        {
            Some(why) => rendered.source = RenderingSource::NotCacheable(why),
            None => {
                let kept = self.place.cache.put(&key, &Kept::of(&rendered));
                kept.and_then(|()| self.place.cache.put(&self.place.recipe_key(), &recipe))
                    .map_err(|error| self.failed("keep what was rendered of").caused_by(&error))?;
            }
        }
        Ok(rendered)
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
            let is_missing =
                |path: &&PathBuf| place.checkout.exists(path) && !holds(&prepared.files, path);
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
        let parts = read.built.iter();
        let all: Vec<(&Built, &BuiltRelease)> = parts
            .flat_map(|part| part.releases().iter().map(move |release| (part, release)))
            .collect();
        let conditional = all.iter().any(|(_, release)| !release.condition.is_empty());
        let listed = if conditional {
            Some(self.list(read.copy.path()).await?)
        } else {
            None
        };
        let is_wanted = |release: &BuiltRelease| match &listed {
            Some(listed) => listed
                .iter()
                .any(|listed| listed.name == release.name && listed.is_wanted()),
            None => release.installed,
        };
        let (mut names, mut found) = (BTreeSet::new(), Vec::new());
        for (part, release) in all
            .into_iter()
            .filter(|(_, release)| release.installed && is_wanted(release))
        {
            if !names.insert(release.name.as_str()) {
                return Err(duplicate(&release.name, self.place.step));
            }
            let chart = match part.chart(release, &read.prepared.files)? {
                ChartPlace::Folder(folder) => {
                    local_chart(&read.prepared.files, folder, part, release)?
                }
                ChartPlace::Repository(chart) => {
                    let found = repositories.find(&chart, &release.version);
                    Chart {
                        label: found.label,
                        folder: None,
                        archive: Some(found.archive),
                        unpinned: found.unpinned,
                    }
                }
            };
            let name = ReleaseName::new(release.name.clone()).expect("names were looked at");
            found.push(Wanted {
                release: release.clone(),
                name,
                chart,
            });
        }
        in_order(found, |wanted| &wanted.release).map_err(|circle| {
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
        prepared: &Prepared,
        wanted: Vec<Wanted>,
    ) -> Result<(Rendered, Option<String>), Failure> {
        let copy = self
            .place
            .snapshots
            .find(snapshot)
            .ok_or_else(|| self.failed("copy"))?;
        let names: Vec<&ReleaseName> = wanted.iter().map(|wanted| &wanted.name).collect();
        let mut first = self.manifests(&copy, None, &names).await?;
        let worst: Vec<Option<Variation>> = wanted
            .iter()
            .map(|wanted| variation(&prepared.files, &wanted.chart))
            .collect();
        let mut second = Manifests::new();
        if worst
            .iter()
            .any(|worst| matches!(worst, Some(Variation::EachTime(_))))
        {
            second = self.manifests(&copy, None, &names).await?;
        }
        let mut unsteady = None;
        let mut releases = Vec::new();
        for (wanted, worst) in wanted.iter().zip(worst) {
            let (manifest, hooks) = first.remove(&wanted.name).unwrap_or_default();
            let varies = match worst {
                Some(Variation::EachTime(_))
                    if second.get(&wanted.name).is_some_and(|again| {
                        again.0.digest() == manifest.digest() && again.1.digest() == hooks.digest()
                    }) =>
                {
                    None
                }
                other => other,
            };
            if let Some(Variation::EachTime(name) | Variation::AtAnyTime(name)) = varies {
                unsteady.get_or_insert(format!("chart `{}` uses `{name}`", wanted.chart.label));
            }
            if let Some(why) = &wanted.chart.unpinned {
                unsteady.get_or_insert(why.clone());
            }
            let namespace = Namespace::new(wanted.release.namespace.clone());
            let rendering = Rendering {
                snapshot: snapshot.to_owned(),
                namespace: namespace.unwrap_or_else(|_| self.place.step.namespace.clone()),
                chart: wanted.chart.label.clone(),
                images: manifest.images(),
                manifest_digest: manifest.digest(),
                varies: varies.map(|variation| variation.name().to_owned()),
            };
            let needs = wanted.release.needed().filter_map(|need| {
                names
                    .iter()
                    .find(|name| name.as_str() == need)
                    .map(|name| (*name).clone())
            });
            releases.push(RenderedRelease {
                name: wanted.name.clone(),
                needs: needs.collect(),
                rendering,
                manifest,
                hooks,
            });
        }
        let rendered = Rendered {
            releases,
            hooks_left_out: Vec::new(),
            source: RenderingSource::Rendered,
        };
        Ok((rendered, unsteady))
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

/// Whether `path` is a file or folder of the copy, perhaps under the name that templates have.
fn holds(files: &Files, path: &Path) -> bool {
    let mut templated = path.as_os_str().to_owned();
    templated.push(".gotmpl");
    files.contains_key(Path::new(&templated))
        || files
            .range(path.to_owned()..)
            .next()
            .is_some_and(|(found, _)| found.starts_with(path))
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

#[derive(Deserialize)]
struct ChartFile {
    name: String,
    version: String,
}

fn local_chart(
    files: &Files,
    folder: PathBuf,
    part: &Built,
    release: &BuiltRelease,
) -> Result<Chart, Refusal> {
    let path = folder.join("Chart.yaml");
    let refuse = |what: String| Refusal::at(&path, what);
    let file = files.get(&path).ok_or_else(|| {
        part.refusal(format!(
            "has release `{}`, whose chart `{}` is no chart",
            release.name, release.chart
        ))
    })?;
    let chart: ChartFile = serde_saphyr::from_slice(&file.bytes)
        .map_err(|error| refuse(format!("is no chart: {}", error.without_snippet())))?;
    Ok(Chart {
        label: format!("{}-{}", chart.name, chart.version),
        folder: Some(folder),
        archive: None,
        unpinned: None,
    })
}

fn variation(files: &Files, chart: &Chart) -> Option<Variation> {
    let own = varying::worst(varying::of_chart(files, chart.folder.as_deref()));
    let archive = chart
        .archive
        .as_ref()
        .and_then(|path| match fs::read(path) {
            Ok(bytes) => varying::of_archive(&bytes),
            Err(_) => Some(Variation::AtAnyTime("a chart that cannot be read")),
        });
    own.max(archive)
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
