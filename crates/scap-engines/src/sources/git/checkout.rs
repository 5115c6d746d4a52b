//! The checkout that is deployed from: whether what is used of it is committed, and whether it is in sync.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use scap_run::Finding;
use tokio::time::timeout;

use super::remote::RemoteBranch;
use super::{Git, GitError};
use crate::causes::with_causes;

/// More would hide the other findings.
const PATHS_SHOWN: usize = 5;
/// A remote that takes longer is not waited for.
const REMOTE_TIMEOUT: Duration = Duration::from_secs(10);

/// The remote that a checkout is a clone of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upstream {
    /// Its name in the checkout.
    pub remote: String,
    /// Absent for the branch that is checked out.
    pub branch: Option<String>,
    /// What ssh needs of a person's environment, such as `SSH_AUTH_SOCK`.
    pub environment: BTreeMap<String, String>,
}

/// The top of the checkout that a file or folder lies in.
pub fn checkout_of(path: &Path) -> Option<PathBuf> {
    let found = path.ancestors().find(|folder| folder.join(".git").exists());
    found.map(Path::to_owned)
}

impl Git {
    /// What is not committed of what `is_used` (paths below `checkout`), and whether the checkout is in sync: with
    /// `upstream` where that may be asked, else as far as the checkout knows by itself.
    pub async fn checkout_findings(
        &self,
        checkout: &Path,
        is_used: impl Fn(&Path) -> bool,
        upstream: Option<&Upstream>,
    ) -> Vec<Finding> {
        let (changed, behind) = futures::join!(
            self.look_for_changes(checkout, is_used),
            self.look_for_newer(checkout, upstream)
        );
        changed.into_iter().chain(behind).collect()
    }

    async fn look_for_changes(
        &self,
        checkout: &Path,
        is_used: impl Fn(&Path) -> bool,
    ) -> Option<Finding> {
        let hint = format!("commit or stash it: git -C {} status", checkout.display());
        let changed = match self.uncommitted(checkout).await {
            Ok(changed) => changed,
            Err(error) => return Some(warning(with_causes(&error), hint)),
        };
        // An untracked folder is listed without what it has.
        let mut used = changed;
        used.retain(|path| is_used(Path::new(path.trim_end_matches('/'))));
        let message = format!(
            "changes that are not committed would be deployed: {}",
            list(&used)
        );
        (!used.is_empty()).then(|| warning(message, hint))
    }

    async fn look_for_newer(
        &self,
        checkout: &Path,
        upstream: Option<&Upstream>,
    ) -> Option<Finding> {
        let look = async {
            match upstream {
                Some(upstream) => self.look_at_remote(checkout, upstream).await,
                None => self.look_at_known_remote(checkout).await,
            }
        };
        let message = match timeout(REMOTE_TIMEOUT, look).await {
            Ok(looked) => looked.unwrap_or_else(|error| Some(with_causes(&error))),
            Err(_) => Some(format!(
                "the remote of `{}` does not answer",
                checkout.display()
            )),
        };
        let hint = format!(
            "see that it is synchronised: git -C {} status",
            checkout.display()
        );
        message.map(|message| warning(message, hint))
    }

    async fn look_at_remote(
        &self,
        checkout: &Path,
        upstream: &Upstream,
    ) -> Result<Option<String>, GitError> {
        let remote = &upstream.remote;
        let name = match &upstream.branch {
            Some(branch) => branch.clone(),
            None => self.branch(checkout).await?,
        };
        let branch = RemoteBranch {
            remote: remote.clone(),
            branch: name.clone(),
            environment: upstream.environment.clone(),
        };
        let Some(newest) = self.remote_head(checkout, &branch).await? else {
            return Ok(Some(format!("remote `{remote}` has no branch `{name}`")));
        };
        if self.resolve(checkout, "HEAD").await? == newest {
            return Ok(None);
        }
        let relation = if self.is_ancestor(checkout, &newest).await? {
            "has commits that are not in"
        } else {
            "is behind"
        };
        Ok(Some(format!(
            "`{}` {relation} branch `{name}` of remote `{remote}`",
            checkout.display()
        )))
    }

    /// A branch without a remote one has nothing to be in sync with.
    async fn look_at_known_remote(&self, checkout: &Path) -> Result<Option<String>, GitError> {
        let Ok(newest) = self.resolve(checkout, "@{upstream}").await else {
            return Ok(None);
        };
        if self.resolve(checkout, "HEAD").await? == newest {
            return Ok(None);
        }
        let own = self
            .commits_between(checkout, ("@{upstream}", "HEAD"), 1)
            .await?;
        let relation = if own.is_empty() {
            "is behind"
        } else {
            "has commits that are not in"
        };
        Ok(Some(format!(
            "`{}` {relation} the remote's branch, as it was last fetched",
            checkout.display()
        )))
    }
}

fn warning(message: String, hint: String) -> Finding {
    Finding {
        hint: Some(hint),
        ..Finding::warning(message)
    }
}

fn list(paths: &[String]) -> String {
    let shown = paths[..paths.len().min(PATHS_SHOWN)].join(", ");
    let more = if paths.len() > PATHS_SHOWN {
        ", …"
    } else {
        ""
    };
    format!("{shown}{more}")
}
