//! The checkout that is deployed from: whose it is, and whether it is clean and in sync.

use std::path::{Path, PathBuf};

use scap_run::Finding;

use super::remote::RemoteBranch;
use super::{Git, GitError};
use crate::causes::with_causes;

/// More would hide the other findings.
const PATHS_SHOWN: usize = 5;

/// The top of the checkout that a file or folder lies in.
pub fn checkout_of(path: &Path) -> Option<PathBuf> {
    let found = path.ancestors().find(|folder| folder.join(".git").exists());
    found.map(Path::to_owned)
}

impl Git {
    /// Preflight of `directory`, which is deployed from: whether it is committed and, where `branch` says of what, the remote's
    /// newest.
    pub async fn checkout_findings(
        &self,
        directory: &Path,
        branch: Option<&RemoteBranch>,
    ) -> Vec<Finding> {
        let Some(checkout) = checkout_of(directory) else {
            let message = format!(
                "`{}` is in no git checkout, so nobody can tell which version of it is deployed",
                directory.display()
            );
            let hint = "name a checkout by `deployments_dir` in scap.yaml";
            return vec![warning(message, hint.to_owned())];
        };
        let (mut findings, newer) = futures::join!(
            self.look_for_changes(&checkout, directory),
            self.look_at_remote(&checkout, branch)
        );
        findings.extend(newer);
        findings
    }

    async fn look_for_changes(&self, checkout: &Path, directory: &Path) -> Vec<Finding> {
        let hint = format!("commit or stash it: git -C {} status", checkout.display());
        let changed = match self.uncommitted(checkout).await {
            Ok(changed) => changed,
            Err(error) => return vec![Finding::error(with_causes(&error), hint)],
        };
        // An untracked folder is listed without what it has.
        let of_directory = |path: &String| {
            let path = checkout.join(path.trim_end_matches('/'));
            path.starts_with(directory) || directory.starts_with(path)
        };
        let (own, others): (Vec<_>, Vec<_>) = changed.into_iter().partition(of_directory);
        let mut findings = Vec::new();
        if !own.is_empty() {
            let message = format!(
                "changes that are not committed would be deployed: {}",
                list(&own)
            );
            findings.push(Finding::error(message, hint.clone()));
        }
        if !others.is_empty() {
            let message = format!(
                "`{}` has changes that are not committed: {}",
                checkout.display(),
                list(&others)
            );
            findings.push(warning(message, hint));
        }
        findings
    }

    async fn look_at_remote(
        &self,
        checkout: &Path,
        branch: Option<&RemoteBranch>,
    ) -> Option<Finding> {
        let branch = branch?;
        let RemoteBranch {
            remote,
            branch: name,
            ..
        } = branch;
        let look = async {
            let Some(newest) = self.remote_head(checkout, branch).await? else {
                return Ok(Some(format!("remote `{remote}` has no branch `{name}`")));
            };
            if self.resolve(checkout, "HEAD").await? == newest {
                return Ok(None);
            }
            let message = if self.is_ancestor(checkout, &newest).await? {
                format!(
                    "`{}` has commits that are not in branch `{name}` of remote `{remote}`",
                    checkout.display()
                )
            } else {
                format!(
                    "`{}` is behind branch `{name}` of remote `{remote}`",
                    checkout.display()
                )
            };
            Ok::<_, GitError>(Some(message))
        };
        let message = look.await.unwrap_or_else(|error| Some(with_causes(&error)));
        let hint = format!(
            "see that it is synchronised: git -C {} status",
            checkout.display()
        );
        message.map(|message| warning(message, hint))
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
