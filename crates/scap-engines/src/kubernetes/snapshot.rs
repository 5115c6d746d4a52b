//! Copies of charts and values that nobody changes any more: what was planned is rendered and applied from them.
//!
//! A copy has the layout of the checkout, so that relative paths mean the same, and is named by the digest of its files.
//! It has no links and no hooks.

mod checkout;
mod hooks;
mod hostile;
mod outline;
mod prepare;
mod references;
mod template;

pub(super) use checkout::{Checkout, Files, below, digest};
pub(super) use hostile::refuse_values;
pub(super) use prepare::{Prepared, Sources};
pub(super) use template::words;

use std::collections::BTreeSet;
use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use scap_run::Failure;
use tempfile::TempDir;

/// A plan that was made is a run only a little later.
const YOUNG: Duration = Duration::from_hours(24);

/// A file that is not rendered, since that might run a program of its author.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    file: PathBuf,
    line: Option<usize>,
    what: String,
    hint: Option<&'static str>,
}

impl Refusal {
    pub(super) fn at(file: &Path, what: impl Into<String>) -> Self {
        Self {
            file: file.to_owned(),
            line: None,
            what: what.into(),
            hint: None,
        }
    }

    /// Counted from 1.
    fn line(self, line: usize) -> Self {
        Self {
            line: Some(line),
            ..self
        }
    }

    pub(super) fn hint(self, hint: &'static str) -> Self {
        Self {
            hint: Some(hint),
            ..self
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}", self.file.display())?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        write!(f, "` {}", self.what)
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        let failure = Failure::failed(refusal.to_string());
        match refusal.hint {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    }
}

/// The folder of all snapshots.
#[derive(Debug, Clone)]
pub(super) struct Snapshots {
    folder: PathBuf,
}

impl Snapshots {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Where snapshot `name` is, if it is there; it counts as used now.
    pub(super) fn find(&self, name: &str) -> Option<PathBuf> {
        let is_digest =
            name.len() == blake3::OUT_LEN * 2 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
        let path = self.folder.join(name);
        let folder = File::open(&path).ok().filter(|_| is_digest)?;
        // What is used is young: that it could not be noted does no harm today.
        let _ = folder.set_modified(SystemTime::now());
        Some(path)
    }

    /// A copy of `files` under a passing name; it goes away unless it is kept.
    pub(super) fn write(&self, files: &Files) -> io::Result<TempDir> {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.folder)?;
        let place = TempDir::with_prefix_in(".new-", &self.folder)?;
        for (path, file) in files {
            let path = place.path().join(path);
            fs::create_dir_all(path.parent().expect("it is below the folder"))?;
            let mode = if file.executable { 0o500 } else { 0o400 };
            let mut options = OpenOptions::new();
            let mut written = options.write(true).create_new(true).mode(mode).open(path)?;
            written.write_all(&file.bytes)?;
        }
        Ok(place)
    }

    /// Keeps a copy under the digest of `files`, which it must hold.
    pub(super) fn keep(&self, place: TempDir, files: &Files) -> io::Result<String> {
        let name = digest(files);
        let target = self.folder.join(&name);
        if self.is_intact(&name) {
            return Ok(name);
        }
        if target.exists() {
            // Somebody has changed it: no run can use it as it is.
            fs::remove_dir_all(&target)?;
        }
        let written = files.keys().flat_map(|path| path.ancestors());
        for path in written.collect::<BTreeSet<_>>() {
            File::open(place.path().join(path))?.sync_all()?;
        }
        match fs::rename(place.path(), &target) {
            Ok(()) => drop(place.keep()),
            // Another scap was faster with the very same.
            Err(_) if target.exists() => {}
            Err(error) => return Err(error),
        }
        File::open(&self.folder)?.sync_all()?;
        Ok(name)
    }

    /// Whether snapshot `name` still holds what it was named for.
    pub(super) fn is_intact(&self, name: &str) -> bool {
        let read = || {
            let checkout = Checkout::at(&self.folder.join(name)).ok()?;
            checkout.read(&[PathBuf::new()].into()).ok()
        };
        read().is_some_and(|files| digest(&files) == name)
    }

    /// What was not used for a day.
    pub(super) fn old(&self) -> io::Result<Vec<String>> {
        let entries = match fs::read_dir(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let mut old = Vec::new();
        for entry in entries {
            let entry = entry?;
            let age = entry.metadata()?.modified()?.elapsed().unwrap_or_default();
            if age > YOUNG {
                old.extend(entry.file_name().into_string());
            }
        }
        Ok(old)
    }

    /// Removes what is not to be kept and was not used for a day.
    pub(super) fn prune(&self, keep: &[&str]) -> io::Result<()> {
        let old = self.old()?.into_iter();
        for name in old.filter(|name| !keep.contains(&name.as_str())) {
            match fs::remove_dir_all(self.folder.join(name)) {
                // Another scap may do the same.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                removed => removed?,
            }
        }
        Ok(())
    }
}
