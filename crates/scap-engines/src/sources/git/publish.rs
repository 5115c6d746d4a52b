//! A commit of exactly the files that were edited, and the way of it to where others take it from.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::draft::{Basis, Draft, TreeFile};
use super::{Git, GitError, shown};

/// Who commits, and what they say.
#[derive(Clone, Debug)]
pub struct Note {
    pub name: String,
    pub mail: String,
    pub message: String,
}

/// A commit that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// In full.
    pub commit: String,
    /// Where it was pushed to, if it was.
    pub reference: Option<String>,
    base: String,
    /// By which a commit is found again that Gerrit has rebased.
    change: Option<String>,
    paths: Vec<String>,
}

impl Draft {
    /// Commits `edits` to the branch that is checked out, in the checkout.
    pub async fn commit_here(
        self,
        edits: &[(TreeFile, String)],
        note: &Note,
    ) -> Result<Published, GitError> {
        self.refuse_uncommitted(edits.iter().map(|(file, _)| file))
            .await?;
        if self.git.resolve(&self.checkout, "HEAD").await? != self.base {
            return Err(GitError::Moved(self.checkout));
        }
        let mut before = Vec::new();
        for (file, text) in edits {
            let path = self.checkout.join(&file.path);
            before.push((path.clone(), self.text(file).await?));
            write(path, text)?;
        }
        let mut words = vec!["--literal-pathspecs", "-c", "commit.gpgSign=false"];
        words.extend(["commit", "--quiet", "--no-verify", "--cleanup=verbatim"]);
        words.extend(["--only", "--message", &note.message, "--"]);
        words.extend(edits.iter().map(|(file, _)| file.path.as_str()));
        let committed = self.git.run(&self.checkout, &words, note.variables()).await;
        if let Err(error) = committed {
            for (path, text) in before {
                write(path, &text)?;
            }
            return Err(error);
        }
        let commit = self.git.resolve(&self.checkout, "HEAD").await?;
        Ok(self.published(commit, edits))
    }

    /// Commits `edits` on the remote's branch and pushes that, to the branch itself or to Gerrit for review.
    pub async fn push(
        self,
        edits: &[(TreeFile, String)],
        note: &Note,
        for_review: bool,
    ) -> Result<Published, GitError> {
        let Basis::Remote(to) = &self.basis else {
            return Err(GitError::NoBranch(self.checkout));
        };
        let tree = self.tree(edits).await?;
        let (commit, change) = self.commit(&tree, note, for_review).await?;
        let reference = if for_review {
            format!("refs/for/{}", to.branch)
        } else {
            to.reference()
        };
        let made = (self.repository(), commit.as_str());
        self.git
            .push_from(made, &self.checkout, to, &reference)
            .await?;
        Ok(Published {
            reference: Some(reference),
            change,
            ..self.published(commit, edits)
        })
    }

    fn published(&self, commit: String, edits: &[(TreeFile, String)]) -> Published {
        Published {
            commit,
            reference: None,
            base: self.base.clone(),
            change: None,
            paths: edits.iter().map(|(file, _)| shown(&file.path)).collect(),
        }
    }

    /// The files of the base with the edited ones in their place.
    async fn tree(&self, edits: &[(TreeFile, String)]) -> Result<String, GitError> {
        let (repository, index) = (self.repository(), self.repository().join("index"));
        let variable = ("GIT_INDEX_FILE".to_owned(), index.display().to_string());
        let with_index: BTreeMap<_, _> = [variable].into();
        let run = async |words: &[&str]| self.git.run(repository, words, with_index.clone()).await;
        run(&["read-tree", &self.base]).await?;
        for (file, text) in edits {
            let place = repository.join("edited");
            write(place.clone(), text)?;
            let place = place.display().to_string();
            let blob = run(&["hash-object", "-w", "--no-filters", "--", &place]).await?;
            let entry = format!("{},{},{}", file.mode, blob.trim(), file.path);
            run(&["update-index", "--add", "--cacheinfo", &entry]).await?;
        }
        Ok(run(&["write-tree"]).await?.trim().to_owned())
    }

    /// The commit and, for Gerrit, the name of the change: made as Gerrit's own hook does it, from all that the commit has.
    async fn commit(
        &self,
        tree: &str,
        note: &Note,
        for_review: bool,
    ) -> Result<(String, Option<String>), GitError> {
        let make = async |message: &str| {
            let words = ["commit-tree", tree, "-p", &self.base, "-m", message];
            let made = self.git.run(self.repository(), &words, note.variables());
            Ok::<_, GitError>(made.await?.trim().to_owned())
        };
        let commit = make(&note.message).await?;
        if !for_review {
            return Ok((commit, None));
        }
        let change = format!("Change-Id: I{}", &commit[..40.min(commit.len())]);
        let commit = make(&with_footer(&note.message, &change)).await?;
        Ok((commit, Some(change)))
    }
}

impl Git {
    /// Whether the checkout has what was published, and nobody has changed it there. Changes that are under review arrive when
    /// they are submitted, as the same commit or as another one with the same name of the change.
    pub async fn has_arrived(
        &self,
        checkout: &Path,
        published: &Published,
    ) -> Result<bool, GitError> {
        let Published { commit, base, .. } = published;
        if !self.is_ancestor(checkout, base).await? {
            return Ok(false);
        }
        let is_there = match &published.change {
            _ if self.is_ancestor(checkout, commit).await? => true,
            Some(change) => self.has_message(checkout, base, change).await?,
            None => false,
        };
        // git puts the files in place before it says so; somebody else may still have changed them.
        Ok(is_there && {
            let changed = self.uncommitted(checkout).await?;
            !published.paths.iter().any(|path| changed.contains(path))
        })
    }

    /// Whether what is checked out follows `commit`, which may be unknown yet.
    pub(super) async fn is_ancestor(
        &self,
        checkout: &Path,
        commit: &str,
    ) -> Result<bool, GitError> {
        if let Err(error) = self.resolve(checkout, commit).await {
            return match error {
                GitError::NoCommit { .. } => Ok(false),
                error => Err(error),
            };
        }
        let range = format!("HEAD..{commit}");
        let words = [
            "rev-list",
            "--max-count=1",
            "--end-of-options",
            &range,
            "--",
        ];
        Ok(self.read(checkout, &words).await?.is_empty())
    }

    async fn has_message(
        &self,
        checkout: &Path,
        after: &str,
        line: &str,
    ) -> Result<bool, GitError> {
        let (pattern, range) = (format!("--grep={line}"), format!("{after}..HEAD"));
        let mut words = vec!["log", "--max-count=1", "--format=%H", "--fixed-strings"];
        words.extend([&pattern, "--end-of-options", &range, "--"]);
        Ok(!self.read(checkout, &words).await?.is_empty())
    }
}

impl Note {
    fn variables(&self) -> BTreeMap<String, String> {
        let variable =
            |role: &str, what: &str, value: &str| (format!("GIT_{role}_{what}"), value.to_owned());
        let of = |role| {
            [
                variable(role, "NAME", &self.name),
                variable(role, "EMAIL", &self.mail),
            ]
        };
        of("AUTHOR").into_iter().chain(of("COMMITTER")).collect()
    }
}

/// `message` with `footer` among its footers: `Name: value` in the last paragraph.
fn with_footer(message: &str, footer: &str) -> String {
    let message = message.trim_end();
    let is_footer = |line: &str| {
        line.split_once(": ")
            .is_some_and(|(name, _)| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'))
    };
    let has_footers = message
        .rsplit_once("\n\n")
        .is_some_and(|(_, last)| last.lines().all(is_footer));
    let gap = if has_footers { "\n" } else { "\n\n" };
    format!("{message}{gap}{footer}")
}

fn write(path: PathBuf, text: &str) -> Result<(), GitError> {
    fs::write(&path, text).map_err(|source| GitError::Unwritten { path, source })
}

#[cfg(test)]
mod tests {
    use super::with_footer;

    #[test]
    fn a_footer_stands_among_the_footers() {
        for (message, expected) in [
            ("shop: bump", "shop: bump\n\nId: 1"),
            (
                "shop: bump\n\nIt is better.\n",
                "shop: bump\n\nIt is better.\n\nId: 1",
            ),
            ("shop: bump\n\nBug: T1\n", "shop: bump\n\nBug: T1\nId: 1"),
        ] {
            assert_eq!(with_footer(message, "Id: 1"), expected);
        }
    }
}
