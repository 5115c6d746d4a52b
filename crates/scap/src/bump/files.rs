//! The files in which the tag of a service stands.

use super::Wanted;
use super::publishing::trouble;
use crate::settings::{Settings, in_checkout};
use crate::trouble::Trouble;
use crate::view::bump::FileChange;
use scap_engines::sources::git::{Draft, TreeFile};
use scap_plan::{Bumped, Selection, Source, StepKind, Tag, Target, VersionKey, plan_releases};
use scap_run::Failure;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Where to look.
pub(super) struct Place {
    pub(super) checkout: PathBuf,
    /// Below the checkout: folders, which end with `/`, or one file.
    paths: BTreeSet<String>,
    /// The names of the files that are meant, where not all are.
    only: Option<BTreeSet<String>>,
    key: VersionKey,
}

/// All files that may have the tag.
pub(super) struct Files<'a> {
    place: &'a Place,
    service: String,
    found: Vec<Found>,
}

struct Found {
    file: TreeFile,
    source: Source,
    version: Option<String>,
}

/// A file with its new text.
pub(super) struct Edit {
    pub(super) file: TreeFile,
    old: String,
    pub(super) bumped: Bumped,
}

impl Edit {
    pub(super) fn change(&self) -> FileChange<'_> {
        FileChange {
            path: &self.file.path,
            old: &self.old,
            new: &self.bumped.text,
        }
    }
}

pub(super) fn place(settings: &Settings, wanted: &Wanted<'_>) -> Result<Place, Trouble> {
    if wanted.in_hiera {
        return hiera(settings, wanted);
    }
    let service = wanted.service;
    if let Target::Hosts { .. } = &service.target {
        return Err(Trouble::usage(
            format!(
                "service `{}` is deployed to hosts, which run no image",
                service.name
            ),
            "commit to its repository, or name a service in Kubernetes",
        ));
    }
    let selection = Selection {
        environments: wanted.environments.to_vec(),
        ..Selection::default()
    };
    let top = settings.path(&settings.configuration.deployments_dir);
    let (checkout, below) = in_checkout(&top)?;
    let (mut paths, mut only) = (BTreeSet::new(), BTreeSet::new());
    for step in plan_releases(service, &selection, None)?.steps {
        if let StepKind::Release(release) = step.kind {
            let folder = below.join(&release.directory);
            paths.insert(format!("{}/", folder.display()));
            let names = [release.environment, release.canonical_environment];
            only.extend(names.map(|name| format!("values-{name}.yaml")));
        }
    }
    Ok(Place {
        checkout,
        paths,
        only: (!wanted.environments.is_empty()).then_some(only),
        key: service.team.image.version_key.clone(),
    })
}

fn hiera(settings: &Settings, wanted: &Wanted<'_>) -> Result<Place, Trouble> {
    let Some(file) = &settings.configuration.hiera else {
        return Err(Trouble::usage(
            "scap.yaml names no file of Hiera",
            "name it there: `hiera: FILE`",
        ));
    };
    let (checkout, below) = in_checkout(&settings.path(file))?;
    Ok(Place {
        checkout,
        paths: [below.display().to_string()].into(),
        only: None,
        key: VersionKey::hiera(&wanted.service.name),
    })
}

impl<'a> Files<'a> {
    pub(super) async fn read(
        draft: &Draft,
        place: &'a Place,
        wanted: &Wanted<'_>,
    ) -> Result<Self, Trouble> {
        let mut found = Vec::new();
        for path in &place.paths {
            let files = draft.files(path).await;
            for file in files.map_err(|error| trouble(&error))? {
                // What a link leads to stands in the list by itself, or belongs to others too.
                if file.is_link() || (path.ends_with('/') && !has_values(file_name(&file))) {
                    continue;
                }
                let text = draft.text(&file).await;
                let text = text.map_err(|error| trouble(&error))?;
                let source =
                    Source::new(place.checkout.join(&file.path).display().to_string(), text);
                let standing = place.key.standing(&source);
                let standing = standing.map_err(|error| Trouble::Config(vec![error]))?;
                let version = standing.map(|standing| standing.version);
                found.push(Found {
                    file,
                    source,
                    version,
                });
            }
        }
        Ok(Self {
            place,
            service: wanted.service.name.to_string(),
            found,
        })
    }

    /// Each version that stands somewhere.
    pub(super) fn versions(&self) -> Vec<String> {
        let versions = self.found.iter().filter_map(|found| found.version.clone());
        versions.collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// The files that have another tag, each with the new one.
    pub(super) fn edits(&self, tag: &Tag) -> Result<Vec<Edit>, Trouble> {
        let meant: Vec<&Found> = match &self.place.only {
            Some(names) => {
                let is_meant = |found: &&Found| names.contains(file_name(&found.file));
                self.found.iter().filter(is_meant).collect()
            }
            // Where there is one file only, it says itself what it lacks.
            None if self.found.len() == 1 => self.found.iter().collect(),
            None => self
                .found
                .iter()
                .filter(|found| found.version.is_some())
                .collect(),
        };
        if meant.is_empty() {
            return Err(self.nowhere());
        }
        let mut edits = Vec::new();
        for Found {
            file,
            source,
            version,
        } in meant
        {
            if version.as_deref() == Some(tag.as_str()) {
                continue;
            }
            let bumped = match &self.place.only {
                Some(_) => self.place.key.bump_or_add(source, tag),
                None => self.place.key.bump(source, tag),
            };
            edits.push(Edit {
                file: file.clone(),
                old: source.text.clone(),
                bumped: bumped.map_err(|error| Trouble::Config(vec![error]))?,
            });
        }
        Ok(edits)
    }

    fn nowhere(&self) -> Trouble {
        let (service, key) = (&self.service, &self.place.key);
        let join = |names: Vec<&str>| names.join(", ");
        let (looked_for, hint) = match &self.place.only {
            Some(names) => (
                join(names.iter().map(String::as_str).collect()),
                "add the file and name it in the helmfile, or leave `--environment` out".to_owned(),
            ),
            None => (
                format!("`{key}` in a values file"),
                "name the key in the service catalog: `image: {version_key: …}`".to_owned(),
            ),
        };
        let folders = join(self.place.paths.iter().map(String::as_str).collect());
        let failure = Failure::failed(format!("service `{service}` has no {looked_for}"));
        failure
            .cause(format!("looked in {folders}"))
            .hint(hint)
            .into()
    }
}

fn file_name(file: &TreeFile) -> &str {
    file.path.rsplit('/').next().unwrap_or_default()
}

fn has_values(name: &str) -> bool {
    name == "values.yaml"
        || (name.starts_with("values-")
            && Path::new(name).extension().is_some_and(|end| end == "yaml"))
}
