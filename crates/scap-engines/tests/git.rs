//! Questions to git about a real repository, and names and repositories that try to make it run something.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "git/program.rs"]
mod program;
#[path = "hosts/repository.rs"]
mod repository;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use program::git_with_scratch_in;
use scap_engines::sources::git::{Git, GitError};
use tempfile::TempDir;

struct Place {
    folder: TempDir,
    git: Git,
}

impl Place {
    /// A repository with the commits `first`, `second` and `third`.
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let git = git_with_scratch_in(folder.path());
        let place = Self { folder, git };
        fs::create_dir(place.repository()).unwrap();
        place.type_in(&["init", "--quiet", "--initial-branch=main"]);
        for message in ["first", "second", "third"] {
            fs::write(place.repository().join("file"), message).unwrap();
            place.type_in(&["add", "--all"]);
            place.type_in(&["commit", "--quiet", "--message", message]);
        }
        place
    }

    fn repository(&self) -> PathBuf {
        self.folder.path().join("repository")
    }

    fn type_in(&self, words: &[&str]) -> String {
        repository::git(&self.repository(), words)
    }

    async fn resolve(&self, revision: &str) -> Result<String, GitError> {
        self.git.resolve(&self.repository(), revision).await
    }
}

#[tokio::test]
async fn names_are_resolved_to_full_commits() {
    let place = Place::new();
    place.type_in(&[
        "tag",
        "--annotate",
        "--message",
        "a release",
        "v1",
        "HEAD~1",
    ]);
    let head = place.type_in(&["rev-parse", "HEAD"]);
    let before = place.type_in(&["rev-parse", "HEAD~1"]);
    for (name, commit) in [
        ("main", &head),
        ("HEAD", &head),
        (&head[..10], &head),
        ("v1", &before),
        ("main~1", &before),
    ] {
        assert_eq!(&place.resolve(name).await.unwrap(), commit, "{name}");
    }
}

#[tokio::test]
async fn names_that_are_unsafe_or_unknown_are_refused() {
    let place = Place::new();
    for name in ["", "-x", "--output=x", "main x", "main\n"] {
        assert!(
            matches!(place.resolve(name).await, Err(GitError::UnsafeName(_))),
            "{name:?}"
        );
    }
    for name in ["nothing", "main:file", "main..main", "@{-1}"] {
        assert!(
            matches!(place.resolve(name).await, Err(GitError::NoCommit { .. })),
            "{name:?}"
        );
    }
    let elsewhere = place.git.resolve(place.folder.path(), "main").await;
    assert!(
        matches!(elsewhere, Err(GitError::NoRepository { .. })),
        "{elsewhere:?}"
    );
}

#[tokio::test]
async fn what_is_not_committed_is_listed() {
    let place = Place::new();
    assert_eq!(
        place.git.uncommitted(&place.repository()).await.unwrap(),
        [""; 0]
    );
    fs::write(place.repository().join("file"), "changed").unwrap();
    fs::write(place.repository().join("ü \u{1b}[31m"), "new").unwrap();
    let uncommitted = place.git.uncommitted(&place.repository()).await.unwrap();
    assert_eq!(uncommitted, ["file", "ü \u{fffd}[31m"]);
}

#[tokio::test]
async fn commits_between_two_are_the_newest_first() {
    let place = Place::new();
    let between = async |old, new, limit| {
        let commits = place
            .git
            .commits_between(&place.repository(), (old, new), limit)
            .await
            .unwrap();
        commits
            .into_iter()
            .map(|commit| commit.subject)
            .collect::<Vec<_>>()
    };
    assert_eq!(between("HEAD~2", "HEAD", 10).await, ["third", "second"]);
    assert_eq!(between("HEAD~2", "HEAD", 1).await, ["third"]);
    assert_eq!(between("HEAD", "HEAD~2", 10).await, [""; 0]);
}

#[tokio::test]
async fn a_repository_cannot_make_git_run_what_it_names() {
    let place = Place::new();
    let proof = place.folder.path().join("proof");
    let script = place.folder.path().join("script");
    fs::write(&script, format!("#!/bin/sh\ntouch {}\n", proof.display())).unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    let script = script.display().to_string();
    place.type_in(&["config", "core.fsmonitor", &script]);
    place.type_in(&["config", "core.pager", &script]);
    fs::write(place.repository().join("file"), "changed").unwrap();
    place.git.uncommitted(&place.repository()).await.unwrap();
    place
        .git
        .commits_between(&place.repository(), ("HEAD~1", "HEAD"), 5)
        .await
        .unwrap();
    assert!(!proof.exists());
}

#[tokio::test]
async fn a_commit_is_exported_beside_the_checkout() {
    let place = Place::new();
    let root = place.repository();
    fs::create_dir(root.join("folder")).unwrap();
    fs::write(root.join("folder/-x"), "in a folder").unwrap();
    std::os::unix::fs::symlink("file", root.join("link")).unwrap();
    place.type_in(&["add", "--all"]);
    place.type_in(&["commit", "--quiet", "--message", "fourth"]);
    fs::write(root.join("file"), "changed").unwrap();

    let text = |top: &Path, file: &str| fs::read_to_string(top.join(file)).unwrap();
    let export = place.git.export(&root, "HEAD").await.unwrap();
    let folder = export.root();
    assert_eq!(export.commit, place.resolve("HEAD").await.unwrap());
    assert_eq!(text(&folder, "file"), "third");
    assert_eq!(text(&folder, "folder/-x"), "in a folder");
    assert_eq!(
        fs::read_link(folder.join("link")).unwrap(),
        Path::new("file")
    );
    let first = place.git.export(&root, "HEAD~3").await.unwrap();
    assert_eq!(text(&first.root(), "file"), "first");
    assert!(!first.root().join("folder").exists());

    drop(export);
    assert!(!folder.exists());
    assert_eq!(text(&root, "file"), "changed");
    assert_eq!(place.type_in(&["status", "--porcelain"]).trim(), "M file");
}

#[tokio::test]
async fn a_shallow_clone_is_exported_too() {
    let place = Place::new();
    let url = format!("file://{}", place.repository().display());
    let clone = place.folder.path().join("clone");
    let path = clone.display().to_string();
    let words = ["clone", "--quiet", "--depth=1", &url, &path];
    place.type_in(&words);
    let export = place.git.export(&clone, "HEAD").await.unwrap();
    assert_eq!(
        fs::read_to_string(export.root().join("file")).unwrap(),
        "third"
    );
    let missing = place.git.export(&clone, "HEAD~1").await.unwrap_err();
    assert!(matches!(missing, GitError::NoCommit { .. }), "{missing}");
}

#[tokio::test]
async fn what_a_repository_would_filter_with_is_not_run() {
    let place = Place::new();
    let proof = place.folder.path().join("proof");
    let program = format!("tee {}", proof.display());
    place.type_in(&["config", "filter.evil.clean", "cat"]);
    place.type_in(&["config", "filter.evil.smudge", &program]);
    fs::write(place.repository().join(".gitattributes"), "* filter=evil\n").unwrap();
    place.type_in(&["add", "--all"]);
    place.type_in(&["commit", "--quiet", "--message", "filters"]);
    let export = place.git.export(&place.repository(), "HEAD").await.unwrap();
    assert!(export.root().join("file").exists());
    assert!(!proof.exists());
}

#[tokio::test]
async fn the_commit_is_found_that_brought_a_text() {
    let place = Place::new();
    let root = place.repository();
    let brought = async |text: &str, folder: &str| {
        let folders = [folder.to_owned()];
        let found = place.git.commit_that_brought(&root, text, &folders);
        found.await.unwrap().map(|commit| commit.subject)
    };
    assert_eq!(brought("third", "file").await.as_deref(), Some("third"));
    assert_eq!(brought("third", "elsewhere").await, None);
    // It was there once, and is no longer.
    assert_eq!(brought("second", "file").await, None);
    assert_eq!(brought("--all", "file").await, None);
}
