//! The files of a commit in a folder of their own.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::{Git, GitError};

/// A folder with the files of a commit, which is gone with it.
#[derive(Debug)]
pub struct Export {
    folder: TempDir,
    /// In full.
    pub commit: String,
}

impl Export {
    /// What is the top of the repository otherwise; it looks like one.
    pub fn root(&self) -> PathBuf {
        self.folder.path().join("files")
    }
}

impl Git {
    /// Writes the files of `revision` beside `checkout`, which stays as it is. None of its settings, filters and hooks
    /// hold, and a shallow clone will do.
    pub async fn export(&self, checkout: &Path, revision: &str) -> Result<Export, GitError> {
        let commit = self.resolve(checkout, revision).await?;
        let folder = self.bare_copy(checkout).await?;
        let export = Export { folder, commit };
        let root = export.root();
        let marker = root.join(".git");
        let made = fs::create_dir_all(&marker);
        made.map_err(|source| GitError::Unwritten {
            path: marker,
            source,
        })?;
        let copy = export.folder.path();
        let variables = [
            ("GIT_INDEX_FILE", copy.join("index")),
            (
                "GIT_ALTERNATE_OBJECT_DIRECTORIES",
                self.objects(checkout).await?,
            ),
        ];
        let variables = variables.map(|(name, path)| (name.to_owned(), path.display().to_string()));
        let variables: BTreeMap<_, _> = variables.into();
        let run = async |words: &[&str]| self.run(copy, words, variables.clone()).await;
        run(&["read-tree", &export.commit]).await?;
        let prefix = format!("--prefix={}/", root.display());
        run(&["checkout-index", "--all", "--quiet", &prefix]).await?;
        Ok(export)
    }
}
