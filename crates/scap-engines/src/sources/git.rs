//! git: which commit a name means, what is not committed, and what lies between two commits.

mod brought;
mod checkout;
mod draft;
mod export;
mod publish;
mod remote;

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::process::Program;
use crate::scratch::{Scratch, ScratchError};
use crate::search_path::SEARCH_PATH;
pub use checkout::{Upstream, checkout_of};
pub use draft::{Basis, Draft, TreeFile};
pub use export::Export;
pub use publish::{Note, Published};
pub use remote::RemoteBranch;

/// Nothing takes longer, even in a large repository on a busy machine.
const TIMEOUT: Duration = Duration::from_mins(1);
/// Settings that no repository may override.
const SETTINGS: [&str; 5] = [
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "transfer.fsckObjects=true",
    // Else git goes on in the background when it seems to have ended.
    "gc.autoDetach=false",
    "advice.detachedHead=false",
];
/// All of git's environment: no settings but those of the repository, no questions, no protocol but files.
const ENVIRONMENT: [(&str, &str); 7] = [
    ("PATH", SEARCH_PATH),
    ("LC_ALL", "C.UTF-8"),
    ("GIT_CONFIG_NOSYSTEM", "1"),
    ("GIT_CONFIG_GLOBAL", "/dev/null"),
    ("GIT_TERMINAL_PROMPT", "0"),
    ("GIT_ALLOW_PROTOCOL", "file"),
    ("GIT_NO_REPLACE_OBJECTS", "1"),
];

#[derive(Debug, thiserror::Error)]
pub enum GitError {
    #[error("`{}` must be an absolute path", .0.display())]
    NotAbsolute(PathBuf),
    #[error("`{0}` is no name of a revision")]
    UnsafeName(String),
    #[error("`{}` is no git repository", repository.display())]
    NoRepository {
        repository: PathBuf,
        source: ScratchError,
    },
    #[error("there is no commit `{revision}` in `{}`", repository.display())]
    NoCommit {
        repository: PathBuf,
        revision: String,
    },
    #[error("cannot ask git about `{}`", repository.display())]
    Unanswered {
        repository: PathBuf,
        source: ScratchError,
    },
    #[error("`{}` has changes that are not committed: {}", repository.display(), paths.join(", "))]
    Uncommitted {
        repository: PathBuf,
        paths: Vec<String>,
    },
    #[error("`{}` has no branch checked out", .0.display())]
    NoBranch(PathBuf),
    #[error("`{}` has no remote `{remote}`", repository.display())]
    NoRemote { repository: PathBuf, remote: String },
    #[error("cannot fetch branch `{branch}` of remote `{remote}`")]
    NotFetched {
        remote: String,
        branch: String,
        source: Box<GitError>,
    },
    #[error("cannot push to `{reference}` of remote `{remote}`")]
    NotPushed {
        remote: String,
        reference: String,
        source: Box<GitError>,
    },
    #[error("`{}` went on to another commit meanwhile", .0.display())]
    Moved(PathBuf),
    #[error("cannot write `{}`", path.display())]
    Unwritten { path: PathBuf, source: io::Error },
}

/// One commit for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commit {
    /// In full.
    pub id: String,
    /// The first line of its message.
    pub subject: String,
}

/// Asks git about repositories; only a [`Draft`] changes one.
#[derive(Clone, Debug)]
pub struct Git {
    scratch: Scratch,
    executable: PathBuf,
}

impl Git {
    /// `executable` is an absolute path; [`crate::search_path::find_program`] knows it.
    pub fn new(scratch: Scratch, executable: impl Into<PathBuf>) -> Self {
        Self {
            scratch,
            executable: executable.into(),
        }
    }

    /// The full commit that `revision` (a branch, a tag, an abbreviation) means in `repository`.
    pub async fn resolve(&self, repository: &Path, revision: &str) -> Result<String, GitError> {
        let unsafe_name = revision.is_empty()
            || revision.starts_with('-')
            || revision.chars().any(|c| c.is_control() || c == ' ');
        if unsafe_name {
            return Err(GitError::UnsafeName(revision.to_owned()));
        }
        self.check(repository).await?;
        let commit = format!("{revision}^{{commit}}");
        let words = [
            "rev-parse",
            "--verify",
            "--quiet",
            "--end-of-options",
            &commit,
        ];
        match self.read(repository, &words).await {
            Ok(text) => Ok(text.trim().to_owned()),
            Err(GitError::Unanswered {
                repository,
                source: ScratchError::Failed { .. },
            }) => Err(GitError::NoCommit {
                repository,
                revision: revision.to_owned(),
            }),
            Err(error) => Err(error),
        }
    }

    /// Paths in the checkout that differ from its commit, untracked ones among them.
    pub async fn uncommitted(&self, repository: &Path) -> Result<Vec<String>, GitError> {
        self.check(repository).await?;
        let words = [
            "status",
            "--porcelain",
            "--no-renames",
            "--ignore-submodules=none",
            "-z",
        ];
        let text = self.read(repository, &words).await?;
        // Two letters and a space say how it differs.
        let path = |entry: &str| entry.get(3..).map(shown);
        Ok(text.split('\0').filter_map(path).collect())
    }

    /// Commits that are in `new` and not in `old`, the newest first, `limit` at most.
    pub async fn commits_between(
        &self,
        repository: &Path,
        (old, new): (&str, &str),
        limit: usize,
    ) -> Result<Vec<Commit>, GitError> {
        let old = self.resolve(repository, old).await?;
        let new = self.resolve(repository, new).await?;
        let (limit, range) = (format!("--max-count={limit}"), format!("{old}..{new}"));
        let words = [
            "log",
            "-z",
            "--format=%H %s",
            &limit,
            "--end-of-options",
            &range,
            "--",
        ];
        let text = self.read(repository, &words).await?;
        let commit = |line: &str| {
            let (id, subject) = line.split_once(' ')?;
            Some(Commit {
                id: id.to_owned(),
                subject: shown(subject),
            })
        };
        Ok(text.split('\0').filter_map(commit).collect())
    }

    async fn check(&self, repository: &Path) -> Result<(), GitError> {
        match self.read(repository, &["rev-parse", "--git-dir"]).await {
            Ok(_) => Ok(()),
            Err(GitError::Unanswered {
                repository,
                source: source @ ScratchError::Failed { .. },
            }) => Err(GitError::NoRepository { repository, source }),
            Err(error) => Err(error),
        }
    }

    /// An answer that changes nothing.
    async fn read(&self, repository: &Path, words: &[&str]) -> Result<String, GitError> {
        // Reading must not wait for, or get in the way of, somebody who works in the checkout.
        let locks = ("GIT_OPTIONAL_LOCKS".to_owned(), "0".to_owned());
        self.run(repository, words, [locks].into()).await
    }

    /// What git says in `repository`, with these variables besides.
    async fn run(
        &self,
        repository: &Path,
        words: &[&str],
        environment: BTreeMap<String, String>,
    ) -> Result<String, GitError> {
        if !repository.is_absolute() {
            return Err(GitError::NotAbsolute(repository.to_owned()));
        }
        let place = format!("--git-dir={}", git_folder(repository).display());
        let tree = format!("--work-tree={}", repository.display());
        let arguments: Vec<&str> = [place.as_str(), &tree]
            .iter()
            .chain(words)
            .copied()
            .collect();
        let label = format!("git {}", words[0]);
        let mut program = self.program(label, &arguments);
        program.timeout = Some(TIMEOUT);
        program.environment.extend(environment);
        let answer = self.scratch.stdout(&program).await;
        answer.map_err(|source| GitError::Unanswered {
            repository: repository.to_owned(),
            source,
        })
    }

    /// git with settings under which a repository cannot make it run anything.
    pub(crate) fn program(&self, label: impl Into<String>, arguments: &[&str]) -> Program {
        let settings = SETTINGS.iter().flat_map(|setting| ["-c", setting]);
        let words = settings.chain(arguments.iter().copied());
        let environment = ENVIRONMENT.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Program {
            arguments: words.map(str::to_owned).collect(),
            environment: environment.into(),
            ..Program::new(label, &self.executable)
        }
    }
}

/// Where git keeps the data of the checkout or bare repository at `repository`.
pub(crate) fn git_folder(repository: &Path) -> PathBuf {
    let inside = repository.join(".git");
    if inside.exists() {
        inside
    } else {
        repository.to_owned()
    }
}

/// Whether `text` is a commit's name in full, of either hash: safe as an argument and as a folder's name.
pub(crate) fn is_full_commit(text: &str) -> bool {
    let digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    matches!(text.len(), 40 | 64) && text.bytes().all(digit)
}

/// Text from a repository must not steer a terminal.
fn shown(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect()
}
