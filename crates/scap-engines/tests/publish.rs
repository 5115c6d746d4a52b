//! Commits of edited files: made in the checkout, or pushed without touching it; and whether they have arrived there.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "git/program.rs"]
mod program;
#[path = "hosts/repository.rs"]
mod repository;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use program::git_with_scratch_in;
use repository::git;
use scap_engines::sources::git::{
    Basis, Draft, Git, GitError, Note, Published, RemoteBranch, Upstream,
};
use scap_run::Severity;
use tempfile::TempDir;

/// A bare repository, the checkout of it that is deployed from, and somebody else's.
struct Place {
    folder: TempDir,
    git: Git,
}

impl Place {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let place = Self {
            git: git_with_scratch_in(folder.path()),
            folder,
        };
        git(
            place.folder.path(),
            &[
                "init",
                "--quiet",
                "--bare",
                "--initial-branch=main",
                "origin.git",
            ],
        );
        git(
            place.folder.path(),
            &["clone", "--quiet", "origin.git", "other"],
        );
        let other = place.path("other");
        git(&other, &["checkout", "--quiet", "-b", "main"]);
        fs::create_dir_all(other.join("shop/sub")).unwrap();
        for (name, text) in [
            ("shop/values.yaml", "a: 1\r\n"),
            ("shop/b.yaml", "b: 1"),
            ("shop/sub/c", "c"),
            ("d", "d"),
        ] {
            fs::write(other.join(name), text).unwrap();
        }
        std::os::unix::fs::symlink("values.yaml", other.join("shop/link.yaml")).unwrap();
        place.change("first");
        git(
            place.folder.path(),
            &["clone", "--quiet", "origin.git", "checkout"],
        );
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn checkout(&self) -> PathBuf {
        self.path("checkout")
    }

    /// Somebody else commits all that they have changed, and pushes it.
    fn change(&self, message: &str) {
        let other = self.path("other");
        git(&other, &["add", "--all"]);
        git(
            &other,
            &["commit", "--quiet", "--allow-empty", "--message", message],
        );
        git(&other, &["push", "--quiet", "origin", "main"]);
    }

    async fn draft(&self, basis: Basis) -> Draft {
        Draft::begin(&self.git, &self.checkout(), basis)
            .await
            .unwrap()
    }

    /// Publishes a new text of `shop/values.yaml`.
    async fn publish(&self, draft: Draft, how: How) -> Result<Published, GitError> {
        let file = draft.files("shop/values.yaml").await?.remove(0);
        let edits = [(file, "a: 2\r\n".to_owned())];
        match how {
            How::Here => draft.commit_here(&edits, &note()).await,
            How::Branch => draft.push(&edits, &note(), false).await,
            How::Review => draft.push(&edits, &note(), true).await,
        }
    }

    async fn has_arrived(&self, published: &Published) -> bool {
        self.git
            .has_arrived(&self.checkout(), published)
            .await
            .unwrap()
    }
}

fn main_branch() -> RemoteBranch {
    RemoteBranch {
        remote: "origin".to_owned(),
        branch: "main".to_owned(),
        environment: [].into(),
    }
}

enum How {
    Here,
    Branch,
    Review,
}

fn note() -> Note {
    Note {
        name: "Ada".to_owned(),
        mail: "ada@example.org".to_owned(),
        message: "shop: bump".to_owned(),
    }
}

const SHOWN: &[&str] = &["log", "-1", "--format=%an <%ae> %cn %B", "--name-status"];

#[tokio::test]
async fn the_files_of_a_folder_are_listed_with_their_bytes() {
    let place = Place::new();
    let draft = place.draft(Basis::Remote(main_branch())).await;
    let files = draft.files("shop/").await.unwrap();
    let seen: Vec<(&str, bool)> = files
        .iter()
        .map(|file| (file.path.as_str(), file.is_link()))
        .collect();
    assert_eq!(
        seen,
        [
            ("shop/b.yaml", false),
            ("shop/link.yaml", true),
            ("shop/values.yaml", false)
        ]
    );
    assert_eq!(draft.text(&files[2]).await.unwrap(), "a: 1\r\n");
    assert_eq!(draft.files("shop/nothing").await.unwrap(), []);
}

#[tokio::test]
async fn a_commit_in_the_checkout_has_the_edited_files_only() {
    let place = Place::new();
    fs::write(place.checkout().join("d"), "somebody works here").unwrap();
    git(&place.checkout(), &["add", "d"]);
    let draft = place.draft(Basis::Checkout).await;
    let published = place.publish(draft, How::Here).await.unwrap();
    assert_eq!(
        git(&place.checkout(), SHOWN),
        "Ada <ada@example.org> Ada shop: bump\n\n\nM\tshop/values.yaml"
    );
    assert_eq!(
        fs::read_to_string(place.checkout().join("shop/values.yaml")).unwrap(),
        "a: 2\r\n"
    );
    assert_eq!(git(&place.checkout(), &["status", "--porcelain"]), "M  d");
    assert_eq!(
        git(&place.checkout(), &["rev-parse", "HEAD"]),
        published.commit
    );
    assert_eq!(published.reference, None);
}

#[tokio::test]
async fn a_push_leaves_the_checkout_alone_until_that_is_synchronised() {
    let place = Place::new();
    let before = git(&place.checkout(), &["rev-parse", "HEAD"]);
    // The remote is ahead of the checkout.
    place.change("second");
    let draft = place.draft(Basis::Remote(main_branch())).await;
    let published = place.publish(draft, How::Branch).await.unwrap();
    assert_eq!(published.reference.as_deref(), Some("refs/heads/main"));
    assert_eq!(
        git(&place.path("origin.git"), SHOWN),
        "Ada <ada@example.org> Ada shop: bump\n\n\nM\tshop/values.yaml"
    );
    assert_eq!(
        git(
            &place.path("origin.git"),
            &["show", "main:shop/values.yaml"]
        ),
        "a: 2"
    );
    assert_eq!(
        git(&place.checkout(), &["rev-parse", "HEAD", "origin/main"]),
        format!("{before}\n{before}")
    );
    assert_eq!(git(&place.checkout(), &["status", "--porcelain"]), "");
    assert!(!place.has_arrived(&published).await);

    git(&place.checkout(), &["pull", "--quiet"]);
    assert!(place.has_arrived(&published).await);
    fs::write(place.checkout().join("shop/values.yaml"), "a: 3").unwrap();
    assert!(!place.has_arrived(&published).await);
}

#[tokio::test]
async fn a_change_under_review_has_arrived_when_it_is_submitted_rebased_or_not() {
    let place = Place::new();
    let draft = place.draft(Basis::Remote(main_branch())).await;
    let published = place.publish(draft, How::Review).await.unwrap();
    assert_eq!(published.reference.as_deref(), Some("refs/for/main"));
    let message = git(
        &place.path("origin.git"),
        &["log", "-1", "--format=%B", "refs/for/main"],
    );
    let (text, change) = message.split_once("\n\n").unwrap();
    assert_eq!(text, "shop: bump");
    assert!(
        change.starts_with("Change-Id: I") && change.len() == 52,
        "{change}"
    );

    place.change("somebody was faster");
    git(&place.checkout(), &["pull", "--quiet"]);
    assert!(!place.has_arrived(&published).await);
    let other = place.path("other");
    git(&other, &["fetch", "--quiet", "origin", "refs/for/main"]);
    git(&other, &["cherry-pick", "FETCH_HEAD"]);
    git(&other, &["push", "--quiet", "origin", "main"]);
    git(&place.checkout(), &["pull", "--quiet"]);
    assert!(place.has_arrived(&published).await);
    assert_ne!(
        git(&place.checkout(), &["rev-parse", "HEAD"]),
        published.commit
    );
}

#[tokio::test]
async fn nothing_of_others_is_overwritten() {
    let place = Place::new();
    let pushed = place.draft(Basis::Remote(main_branch())).await;
    let made = place.draft(Basis::Checkout).await;
    place.change("somebody was faster");
    let error = place.publish(pushed, How::Branch).await.unwrap_err();
    assert!(matches!(error, GitError::NotPushed { .. }), "{error:?}");
    git(&place.checkout(), &["pull", "--quiet"]);
    let error = place.publish(made, How::Here).await.unwrap_err();
    assert!(matches!(error, GitError::Moved(_)), "{error:?}");

    fs::write(place.checkout().join("shop/values.yaml"), "a: 3").unwrap();
    let draft = place.draft(Basis::Checkout).await;
    let error = place.publish(draft, How::Here).await.unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("has changes that are not committed: shop/values.yaml"),
        "{error}"
    );
    assert_eq!(
        fs::read_to_string(place.checkout().join("shop/values.yaml")).unwrap(),
        "a: 3"
    );
}

#[tokio::test]
async fn remotes_and_branches_that_are_not_there_are_named() {
    let place = Place::new();
    let begin = async |remote: &str, branch: &str| {
        let basis = Basis::Remote(RemoteBranch {
            remote: remote.to_owned(),
            branch: branch.to_owned(),
            ..main_branch()
        });
        Draft::begin(&place.git, &place.checkout(), basis)
            .await
            .map(drop)
            .unwrap_err()
            .to_string()
    };
    assert!(
        begin("gerrit", "main")
            .await
            .ends_with("has no remote `gerrit`")
    );
    assert_eq!(
        begin("origin", "next").await,
        "cannot fetch branch `next` of remote `origin`"
    );
    git(&place.checkout(), &["checkout", "--quiet", "--detach"]);
    let branch = place.git.branch(&place.checkout()).await;
    assert!(matches!(branch, Err(GitError::NoBranch(_))), "{branch:?}");
}

#[tokio::test]
async fn no_setting_of_the_checkout_makes_git_run_what_it_names() {
    let place = Place::new();
    let (proof, script) = (place.path("proof"), place.path("script"));
    fs::write(
        &script,
        format!("#!/bin/sh\ntouch {}\ncat\n", proof.display()),
    )
    .unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    let script = script.display().to_string();
    for name in [
        "filter.evil.smudge",
        "filter.evil.clean",
        "remote.origin.uploadpack",
        "remote.origin.receivepack",
        "core.sshCommand",
        "credential.helper",
        "gpg.program",
        "core.fsmonitor",
    ] {
        git(&place.checkout(), &["config", name, &script]);
    }
    git(&place.checkout(), &["config", "commit.gpgSign", "true"]);
    fs::write(
        place.checkout().join(".git/info/attributes"),
        "*.yaml filter=evil\n",
    )
    .unwrap();
    for hook in [
        "pre-commit",
        "commit-msg",
        "post-commit",
        "pre-push",
        "post-index-change",
        "reference-transaction",
    ] {
        let hook = place.checkout().join(".git/hooks").join(hook);
        fs::copy(&script, hook).unwrap();
    }
    let draft = place.draft(Basis::Remote(main_branch())).await;
    place.publish(draft, How::Branch).await.unwrap();
    assert!(!proof.exists());

    git(
        &place.checkout(),
        &["remote", "set-url", "origin", &format!("ext::{script}")],
    );
    let error = Draft::begin(&place.git, &place.checkout(), Basis::Remote(main_branch()))
        .await
        .unwrap_err();
    assert!(matches!(error, GitError::NotFetched { .. }), "{error:?}");
    assert!(!proof.exists());

    // What is laid out there does catch those who are not careful.
    git(&place.checkout(), &["checkout", "--force", "HEAD~0"]);
    assert!(proof.exists());
}

#[tokio::test]
async fn preflight_says_what_is_not_committed_and_not_in_sync() {
    let place = Place::new();
    let upstream = Upstream {
        remote: "origin".to_owned(),
        branch: None,
        environment: BTreeMap::new(),
    };
    let find = async |upstream: Option<&Upstream>| {
        let is_used = |path: &Path| path.starts_with("shop");
        let checkout = place.checkout();
        let findings = place
            .git
            .checkout_findings(&checkout, is_used, upstream)
            .await;
        let said = |finding: scap_run::Finding| {
            assert_eq!(finding.severity, Severity::Warning);
            finding
                .message
                .replace(&place.folder.path().display().to_string(), "")
        };
        findings.into_iter().map(said).collect::<Vec<_>>()
    };
    let nothing: [&str; 0] = [];
    assert_eq!(find(Some(&upstream)).await, nothing);
    assert_eq!(find(None).await, nothing);
    fs::write(place.checkout().join("shop/values.yaml"), "changed").unwrap();
    fs::write(place.checkout().join("d"), "changed").unwrap();
    place.change("second");
    let changed = "changes that are not committed would be deployed: shop/values.yaml";
    let behind = "`/checkout` is behind branch `main` of remote `origin`";
    assert_eq!(find(Some(&upstream)).await, [changed, behind]);
    // Without the remote nobody knows of it.
    assert_eq!(find(None).await, [changed]);
    git(&place.checkout(), &["fetch", "--quiet"]);
    let behind = "`/checkout` is behind the remote's branch, as it was last fetched";
    assert_eq!(find(None).await, [changed, behind]);
    git(
        &place.checkout(),
        &["commit", "--quiet", "--all", "--message", "own"],
    );
    git(
        &place.checkout(),
        &["pull", "--quiet", "--no-rebase", "--no-edit"],
    );
    let ahead = "`/checkout` has commits that are not in branch `main` of remote `origin`";
    assert_eq!(find(Some(&upstream)).await, [ahead]);
    let ahead =
        "`/checkout` has commits that are not in the remote's branch, as it was last fetched";
    assert_eq!(find(None).await, [ahead]);
}
