//! A branch of a checkout's remote.

use std::collections::BTreeMap;
use std::path::Path;

use super::{Git, GitError};
use crate::scratch::ScratchError;

/// Programs on the other side; neither repository may name others.
const RECEIVE_PACK: &str = "--receive-pack=git-receive-pack";
const UPLOAD_PACK: &str = "--upload-pack=git-upload-pack";

/// A branch of a remote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteBranch {
    /// The remote's name in the checkout.
    pub remote: String,
    pub branch: String,
    /// What ssh needs of a person's environment, such as `SSH_AUTH_SOCK`.
    pub environment: BTreeMap<String, String>,
}

/// What a remote's address is wanted for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum For {
    Fetching,
    Pushing,
}

impl Git {
    /// The branch that is checked out.
    pub async fn branch(&self, checkout: &Path) -> Result<String, GitError> {
        self.check(checkout).await?;
        let words = ["symbolic-ref", "--quiet", "--short", "HEAD"];
        match self.read(checkout, &words).await {
            Ok(name) => Ok(name.trim().to_owned()),
            Err(GitError::Unanswered { repository, .. }) => Err(GitError::NoBranch(repository)),
            Err(error) => Err(error),
        }
    }

    /// The commit that the branch is at now; nothing if it is not there.
    pub(super) async fn remote_head(
        &self,
        checkout: &Path,
        from: &RemoteBranch,
    ) -> Result<Option<String>, GitError> {
        let url = self.url(checkout, from, For::Fetching).await?;
        let reference = from.reference();
        let words = ["ls-remote", UPLOAD_PACK, "--", &url, &reference];
        let text = self.run(checkout, &words, from.variables()).await;
        let text = text.map_err(|error| from.not_fetched(error))?;
        Ok(text.split_whitespace().next().map(str::to_owned))
    }

    /// Fetches the branch of a remote of `checkout` into `copy`, and says its commit.
    pub(super) async fn fetch_into(
        &self,
        copy: &Path,
        checkout: &Path,
        from: &RemoteBranch,
    ) -> Result<String, GitError> {
        let url = self.url(checkout, from, For::Fetching).await?;
        let refspec = format!("{}:refs/heads/base", from.reference());
        let words = [
            "fetch",
            "--quiet",
            "--no-tags",
            UPLOAD_PACK,
            "--",
            &url,
            &refspec,
        ];
        let fetched = self.run(copy, &words, from.variables()).await;
        fetched.map_err(|error| from.not_fetched(error))?;
        self.resolve(copy, "refs/heads/base").await
    }

    /// Pushes `commit` of `copy` to `reference` of a remote of `checkout`; never by force.
    pub(super) async fn push_from(
        &self,
        (copy, commit): (&Path, &str),
        checkout: &Path,
        to: &RemoteBranch,
        reference: &str,
    ) -> Result<(), GitError> {
        let url = self.url(checkout, to, For::Pushing).await?;
        let refspec = format!("{commit}:{reference}");
        let words = [
            "push",
            "--quiet",
            "--no-verify",
            RECEIVE_PACK,
            "--",
            &url,
            &refspec,
        ];
        let pushed = self.run(copy, &words, to.variables()).await;
        pushed.map(drop).map_err(|source| GitError::NotPushed {
            remote: to.remote.clone(),
            reference: reference.to_owned(),
            source: source.into(),
        })
    }

    async fn url(
        &self,
        checkout: &Path,
        of: &RemoteBranch,
        purpose: For,
    ) -> Result<String, GitError> {
        self.check(checkout).await?;
        let mut words = vec!["remote", "get-url"];
        if purpose == For::Pushing {
            words.push("--push");
        }
        words.extend(["--", &of.remote]);
        match self.read(checkout, &words).await {
            Ok(url) => Ok(absolute(checkout, url.trim())),
            Err(GitError::Unanswered {
                repository,
                source: ScratchError::Failed { .. },
            }) => Err(GitError::NoRemote {
                repository,
                remote: of.remote.clone(),
            }),
            Err(error) => Err(error),
        }
    }
}

/// A relative path means one from the checkout on.
fn absolute(checkout: &Path, url: &str) -> String {
    let path = checkout.join(url);
    if url.contains("://") || !path.exists() {
        url.to_owned()
    } else {
        path.display().to_string()
    }
}

impl RemoteBranch {
    pub(super) fn reference(&self) -> String {
        format!("refs/heads/{}", self.branch)
    }

    fn not_fetched(&self, source: GitError) -> GitError {
        GitError::NotFetched {
            remote: self.remote.clone(),
            branch: self.branch.clone(),
            source: source.into(),
        }
    }

    /// Nobody is asked for a password, and no setting of a repository names a program.
    fn variables(&self) -> BTreeMap<String, String> {
        let fixed = [
            ("GIT_ALLOW_PROTOCOL", "file:ssh:https"),
            ("GIT_SSH_COMMAND", "ssh -o BatchMode=yes"),
            ("GIT_ASKPASS", "true"),
        ];
        let fixed = fixed.map(|(name, value)| (name.to_owned(), value.to_owned()));
        self.environment.clone().into_iter().chain(fixed).collect()
    }
}
