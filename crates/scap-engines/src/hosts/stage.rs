//! Puts a revision on a host beside the one that runs: fetched into the host's repository, checked out, sealed.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::HostError;
use super::group::Group;
use super::programs::Purpose;
use super::site::{Site, create_folder};
use crate::process::Program;
use crate::sources::git::{git_folder, is_full_commit};

/// The largest repositories take minutes on a busy host.
const GIT_TIMEOUT: Duration = Duration::from_mins(30);
/// Keeps what was fetched last from being collected, for the next fetch to build on.
const FETCHED: &str = "refs/scap/fetched";
/// Between a revision and what follows it in the name of a folder that is not sealed.
pub(super) const UNFINISHED: &str = ".tmp-";

impl Group<'_> {
    /// Afterwards the plan's revision is complete on the host. What is there already is not made again.
    pub(super) async fn stage(&self, site: Site) -> Result<(), HostError> {
        let revision = &self.step.revision;
        if !is_full_commit(revision) {
            return Err(HostError::UnsafeRevision(revision.clone()));
        }
        if site.is_complete(revision) {
            return Ok(());
        }
        create_folder(&site.revisions)?;
        remove_unfinished(&site)?;
        self.fetch(&site).await?;
        let staged = self.check_out(&site).await?;
        let (sealed, revision) = (site.clone(), revision.clone());
        let sealing = tokio::task::spawn_blocking(move || {
            sealed.complete(&staged, &revision)?;
            // What was in the way of it, and the index.
            remove_unfinished(&sealed)
        });
        sealing.await.expect("sealing does not panic")?;
        self.line(&site, "fetched");
        Ok(())
    }

    async fn fetch(&self, site: &Site) -> Result<(), HostError> {
        let cache = git_folder(&site.cache);
        if !cache.join("HEAD").exists() {
            let place = site.cache.display().to_string();
            let words = ["init", "--quiet", "--bare", "--", &place];
            self.git(Purpose::CreateCache, site, &words, None).await?;
        }
        let place = format!("--git-dir={}", git_folder(&site.cache).display());
        let what = format!("+{}:{FETCHED}", self.step.revision);
        let words = [
            &place,
            "fetch",
            "--quiet",
            "--no-tags",
            "--no-write-fetch-head",
            "--no-recurse-submodules",
            "--",
            &self.step.repository,
            &what,
        ];
        self.git(Purpose::Fetch, site, &words, None).await
    }

    /// Checks the revision out into a folder of this attempt's own.
    async fn check_out(&self, site: &Site) -> Result<PathBuf, HostError> {
        let revision = &self.step.revision;
        let (run, step, attempt) = (self.order.run, self.order.id, self.order.attempt);
        let name = format!("{revision}{UNFINISHED}{run}-{step}-{attempt}");
        let staged = site.revisions.join(&name);
        let index = site.revisions.join(format!("{name}.index"));
        create_folder(&staged)?;
        let place = format!("--git-dir={}", git_folder(&site.cache).display());
        let tree = format!("--work-tree={}", staged.display());
        let words = [&place, &tree, "read-tree", "--reset", "-u", revision];
        self.git(Purpose::CheckOut, site, &words, Some(&index))
            .await?;
        // git writes the index at its end, so it bears witness that this very folder was filled.
        fs::remove_file(&index).map_err(HostError::file("find", &index))?;
        Ok(staged)
    }

    async fn git(
        &self,
        purpose: Purpose,
        site: &Site,
        words: &[&str],
        index: Option<&Path>,
    ) -> Result<(), HostError> {
        let verb = words.iter().find(|word| !word.starts_with('-'));
        let label = format!("git {}", verb.expect("git has a verb"));
        let mut program = Program {
            timeout: Some(GIT_TIMEOUT),
            ..self.engine.git.program(label, words)
        };
        if let Some(index) = index {
            let index = index.display().to_string();
            program
                .environment
                .insert("GIT_INDEX_FILE".to_owned(), index);
        }
        self.run(purpose, site, &program).await
    }
}

/// Removes what earlier attempts left behind; nobody works on it, for the host group is locked.
pub(super) fn remove_unfinished(site: &Site) -> Result<(), HostError> {
    let entries = fs::read_dir(&site.revisions);
    for entry in entries.map_err(HostError::file("read", &site.revisions))? {
        let entry = entry.map_err(HostError::file("read", &site.revisions))?;
        let name = entry.file_name();
        let Some((revision, _)) = name.to_str().and_then(|name| name.split_once(UNFINISHED)) else {
            continue;
        };
        if is_full_commit(revision) {
            let path = entry.path();
            let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            let removed = if is_folder {
                fs::remove_dir_all(&path)
            } else {
                fs::remove_file(&path)
            };
            removed.map_err(HostError::file("remove", &path))?;
        }
    }
    Ok(())
}
