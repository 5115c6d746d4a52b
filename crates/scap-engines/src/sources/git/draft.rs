//! The files that a commit is to be made on: of a remote's branch, without touching the checkout, or of the checkout itself.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::remote::RemoteBranch;
use super::{Git, GitError, git_folder, shown};

/// What a commit is made on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Basis {
    /// What is checked out.
    Checkout,
    /// What the remote has now.
    Remote(RemoteBranch),
}

/// A file of a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreeFile {
    /// From the top of the repository on.
    pub path: String,
    pub(super) mode: String,
    blob: String,
}

impl TreeFile {
    /// Whether it is a symbolic link, which has no text of its own.
    pub fn is_link(&self) -> bool {
        self.mode == "120000"
    }
}

/// A commit in the making.
#[derive(Debug)]
pub struct Draft {
    pub(super) git: Git,
    pub(super) checkout: PathBuf,
    pub(super) basis: Basis,
    /// The commit that it is made on.
    pub(super) base: String,
    /// A bare repository for what is fetched and made: none of the checkout's settings, filters and hooks hold there.
    pub(super) copy: Option<TempDir>,
}

impl Draft {
    /// `checkout` is the top of a repository with a work tree.
    pub async fn begin(git: &Git, checkout: &Path, basis: Basis) -> Result<Self, GitError> {
        let (base, copy) = match &basis {
            Basis::Checkout => (git.resolve(checkout, "HEAD").await?, None),
            Basis::Remote(branch) => {
                let copy = git.bare_copy(checkout).await?;
                let base = git.fetch_into(copy.path(), checkout, branch).await?;
                (base, Some(copy))
            }
        };
        Ok(Self {
            git: git.clone(),
            checkout: checkout.to_owned(),
            basis,
            base,
            copy,
        })
    }

    /// Where its objects are.
    pub(super) fn repository(&self) -> &Path {
        self.copy.as_ref().map_or(&self.checkout, TempDir::path)
    }

    /// The files at `path`: of a folder (which ends with `/`) those that lie in it directly, else that one if it is there.
    pub async fn files(&self, path: &str) -> Result<Vec<TreeFile>, GitError> {
        let words = ["ls-tree", "-z", "--full-tree", &self.base, "--", path];
        let text = self.git.read(self.repository(), &words).await?;
        Ok(text.split('\0').filter_map(file).collect())
    }

    /// A file's text, byte by byte.
    pub async fn text(&self, file: &TreeFile) -> Result<String, GitError> {
        let words = ["cat-file", "blob", &file.blob];
        self.git.read(self.repository(), &words).await
    }

    /// Refuses to go on when somebody has changed one of `files` in the checkout.
    pub async fn refuse_uncommitted(
        &self,
        files: impl IntoIterator<Item = &TreeFile>,
    ) -> Result<(), GitError> {
        let changed = self.git.uncommitted(&self.checkout).await?;
        let paths = files.into_iter().map(|file| shown(&file.path));
        let paths: Vec<String> = paths.filter(|path| changed.contains(path)).collect();
        if paths.is_empty() {
            return Ok(());
        }
        Err(GitError::Uncommitted {
            repository: self.checkout.clone(),
            paths,
        })
    }
}

impl Git {
    /// An empty repository that knows the objects of `checkout`, so that little needs to be fetched.
    pub(super) async fn bare_copy(&self, checkout: &Path) -> Result<TempDir, GitError> {
        let unanswered = |source| GitError::Unanswered {
            repository: checkout.to_owned(),
            source,
        };
        let copy = self.scratch.place().map_err(unanswered)?;
        let place = copy.path().display().to_string();
        let init = ["init", "--quiet", "--bare", "--template=", "--", &place];
        let init = self.program("git init", &init);
        self.scratch.stdout(&init).await.map_err(unanswered)?;
        let objects = self.objects(checkout).await?;
        let is_shallow = objects
            .parent()
            .is_some_and(|folder| folder.join("shallow").exists());
        if !is_shallow {
            let path = copy.path().join("objects/info/alternates");
            let written = fs::create_dir_all(copy.path().join("objects/info"))
                .and_then(|()| fs::write(&path, format!("{}\n", objects.display())));
            written.map_err(|source| GitError::Unwritten { path, source })?;
        }
        Ok(copy)
    }

    /// Where the objects of `checkout` are.
    pub(super) async fn objects(&self, checkout: &Path) -> Result<PathBuf, GitError> {
        let words = ["rev-parse", "--git-path", "objects"];
        let objects = self.read(checkout, &words).await?;
        // A path that is relative is so from where git was started, or from its folder.
        Ok(git_folder(checkout).join(objects.trim()))
    }
}

/// `MODE TYPE OBJECT<tab>PATH`
fn file(line: &str) -> Option<TreeFile> {
    let (description, path) = line.split_once('\t')?;
    let mut words = description.split(' ');
    let (mode, kind, blob) = (words.next()?, words.next()?, words.next()?);
    (kind == "blob").then(|| TreeFile {
        path: path.to_owned(),
        mode: mode.to_owned(),
        blob: blob.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::file;
    use crate::sources::git::shown;

    #[test]
    fn hostile_lines_of_git_are_files_or_none() {
        let good = [
            "100644 blob 0123456789abcdef\tservices/a b/values.yaml",
            "160000 commit 01\tsubmodule",
        ];
        scap_hostile::hostile_text("lines of git", &good, |text| {
            if let Some(file) = file(text) {
                assert!(text.ends_with(&file.path));
            }
            assert!(!shown(text).chars().any(char::is_control));
        });
    }
}
