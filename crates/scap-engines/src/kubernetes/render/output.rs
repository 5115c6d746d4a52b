//! What helm wrote for a release, as objects.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use scap_plan::{Manifest, ManifestError, Object};
use serde_json::Value;

/// Why the output cannot be read.
#[derive(Debug, thiserror::Error)]
pub(in super::super) enum OutputError {
    #[error("cannot read `{}`", path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("cannot read what was rendered from `{}`", path.display())]
    Manifest {
        path: PathBuf,
        source: ManifestError,
    },
}

/// The objects of all files below `folder`, and apart from them those of hooks; none when there is no such folder.
pub(in super::super) fn read(folder: &Path) -> Result<(Manifest, Manifest), OutputError> {
    let mut files = Vec::new();
    if folder.exists() {
        collect(folder, &mut files)?;
    }
    files.sort();
    let (mut manifest, mut hooks) = (Manifest::default(), Manifest::default());
    for path in files {
        let text = fs::read_to_string(&path).map_err(|source| OutputError::Unreadable {
            path: path.clone(),
            source,
        })?;
        let read = Manifest::read(&text).map_err(|source| OutputError::Manifest {
            path: path.strip_prefix(folder).unwrap_or(&path).to_owned(),
            source,
        })?;
        for object in read.objects {
            let of = if is_hook(&object) {
                &mut hooks
            } else {
                &mut manifest
            };
            of.objects.push(object);
        }
    }
    Ok((manifest, hooks))
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), OutputError> {
    let unreadable = |source| OutputError::Unreadable {
        path: folder.to_owned(),
        source,
    };
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}

/// Hooks are no part of the manifest that helm keeps.
fn is_hook(object: &Object) -> bool {
    let annotations = object.content().pointer("/metadata/annotations");
    annotations.is_some_and(|annotations| annotations.get("helm.sh/hook").is_some())
}

/// Objects that were kept as values.
pub(in super::super) fn manifest(objects: Vec<Value>) -> Manifest {
    let objects = objects.into_iter().filter_map(Object::new).collect();
    Manifest { objects }
}
