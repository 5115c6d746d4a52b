//! One deployment directory on one host: which revision it points at, and which are there.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Component, Path, PathBuf};

use rustix::fs::{CWD, RenameFlags, renameat_with};
use scap_plan::HostObservation;

use super::HostError;
use super::fleet::Host;
use crate::process::ProgramId;

/// The file in a revision's folder that says that all of it is there; it holds the commit.
pub const COMPLETE: &str = ".scap-complete";

/// A deployment directory.
#[derive(Clone, Debug)]
pub(super) struct Site {
    pub(super) host: Host,
    /// What services are started from: a symlink to a revision.
    pub(super) link: PathBuf,
    /// Folders of revisions, by commit.
    pub(super) revisions: PathBuf,
    /// The git repository that revisions are made from.
    pub(super) cache: PathBuf,
    /// Is there from before the symlink changes until the service was restarted; names the program that restarts it.
    pub(super) restart_due: PathBuf,
}

impl Site {
    /// `directory` is the path of the deployment directory as the host sees it.
    pub(super) fn new(host: Host, directory: &str) -> Result<Self, HostError> {
        let link = below(&host.root, directory)?;
        let mut beside = link.clone().into_os_string();
        beside.push("-cache");
        let beside = PathBuf::from(beside);
        Ok(Self {
            host,
            link,
            revisions: beside.join("revs"),
            cache: beside.join("cache"),
            restart_due: beside.join("restart-due"),
        })
    }

    pub(super) fn revision(&self, revision: &str) -> PathBuf {
        self.revisions.join(revision)
    }

    /// The revision that the deployment directory points at.
    pub(super) fn deployed(&self) -> Result<Option<String>, HostError> {
        let target = match fs::read_link(&self.link) {
            Ok(target) => target,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) if error.kind() == io::ErrorKind::InvalidInput => {
                return Err(HostError::NotALink(self.link.clone()));
            }
            Err(error) => return Err(HostError::file("read", &self.link)(error)),
        };
        match self.revision_at(&target) {
            Some(revision) => Ok(Some(revision)),
            None => Err(HostError::Foreign {
                link: self.link.clone(),
                target,
                revisions: self.revisions.clone(),
            }),
        }
    }

    /// The revision that `target` names; absolute ones are as the host sees them, as others than scap write them.
    fn revision_at(&self, target: &Path) -> Option<String> {
        let path = match target.strip_prefix("/") {
            Ok(below_root) => self.host.root.join(below_root),
            Err(_) => self.link.with_file_name("").join(target),
        };
        let is_ours = path.parent() == Some(&self.revisions);
        let name = path.file_name()?.to_str()?;
        is_ours.then(|| name.to_owned())
    }

    /// What the symlink says for `revision`: relative, so that it means the same wherever the root is.
    pub(super) fn target(&self, revision: &str) -> PathBuf {
        let beside = self
            .cache
            .parent()
            .expect("it has a parent by construction");
        let beside = beside.file_name().expect("it ends in `-cache`");
        Path::new(beside).join("revs").join(revision)
    }

    pub(super) fn is_complete(&self, revision: &str) -> bool {
        let marker = fs::read_to_string(self.revision(revision).join(COMPLETE));
        marker.is_ok_and(|text| text.trim_end() == revision)
    }

    /// What is deployed. A host on which a restart is due runs nobody knows what.
    pub(super) fn observation(&self) -> Result<HostObservation, HostError> {
        if self.is_restart_due()? {
            return Ok(HostObservation {
                revision: None,
                unreachable: Some(HostError::RestartDue.to_string()),
            });
        }
        Ok(HostObservation {
            revision: self.deployed()?,
            unreachable: None,
        })
    }

    /// Makes the deployment directory point at `revision`, or takes it away, at once and durably.
    pub(super) fn point_at(&self, revision: Option<&str>) -> Result<(), HostError> {
        let folder = self.link.parent().expect("it is below the root");
        let Some(revision) = revision else {
            return match fs::remove_file(&self.link) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    Err(HostError::file("remove", &self.link)(error))
                }
                _ => sync(folder),
            };
        };
        // Beside the symlink: a rename works within one file system only. It fails if somebody's folder is there.
        let mut new = self.link.clone().into_os_string();
        new.push(".scap-new");
        let new = PathBuf::from(new);
        remove_if_there(&new)?;
        std::os::unix::fs::symlink(self.target(revision), &new)
            .map_err(HostError::file("create", &new))?;
        fs::rename(&new, &self.link).map_err(HostError::file("promote to", &self.link))?;
        sync(folder)
    }

    pub(super) fn is_restart_due(&self) -> Result<bool, HostError> {
        let there = self.restart_due.try_exists();
        there.map_err(HostError::file("read", &self.restart_due))
    }

    /// The program whose success ends that a restart is due; nothing when none is due or none is named.
    pub(super) fn due_restart(&self) -> Option<ProgramId> {
        let named = fs::read_to_string(&self.restart_due).ok()?;
        named.parse().ok()
    }

    /// Says that a restart is due until `restart` has succeeded. The restart that was due before, if any, is not enough
    /// any more.
    pub(super) fn mark_restart_due(&self, restart: &ProgramId) -> Result<(), HostError> {
        let mut new = self.restart_due.clone().into_os_string();
        new.push(".scap-new");
        let new = PathBuf::from(new);
        remove_if_there(&new)?;
        write(&new, &restart.to_string())?;
        fs::rename(&new, &self.restart_due).map_err(HostError::file("write", &self.restart_due))?;
        sync(self.restart_due.parent().expect("a file is in a folder"))
    }

    pub(super) fn unmark_restart_due(&self) -> Result<(), HostError> {
        remove_if_there(&self.restart_due)
    }

    /// Declares the folder `staged` to be all of `revision` and gives it its place.
    pub(super) fn complete(&self, staged: &Path, revision: &str) -> Result<(), HostError> {
        // Files before the marker, on disk too: after a power failure the marker must not be all that is left.
        let folder = File::open(staged).map_err(HostError::file("open", staged))?;
        rustix::fs::syncfs(&folder)
            .map_err(io::Error::from)
            .map_err(HostError::file("write to disk", staged))?;
        write(&staged.join(COMPLETE), revision)?;
        let place = self.revision(revision);
        let flags = match place.symlink_metadata() {
            // An incomplete one that is in the way changes places; it may be deployed, so there is no moment without.
            Ok(_) => RenameFlags::EXCHANGE,
            Err(_) => RenameFlags::empty(),
        };
        renameat_with(CWD, staged, CWD, &place, flags)
            .map_err(io::Error::from)
            .map_err(HostError::file("move into place", &place))?;
        sync(&self.revisions)
    }
}

/// Where `directory` is that the host sees as an absolute path.
pub(super) fn below(root: &Path, directory: &str) -> Result<PathBuf, HostError> {
    let unsafe_directory = || HostError::UnsafeDirectory(directory.to_owned());
    let below_root = directory.strip_prefix('/').ok_or_else(unsafe_directory)?;
    let plain = |part| matches!(part, Component::Normal(_));
    if below_root.is_empty() || !Path::new(below_root).components().all(plain) {
        return Err(unsafe_directory());
    }
    Ok(root.join(below_root.trim_end_matches('/')))
}

/// Makes the folder `path` and those above it.
pub(super) fn create_folder(path: &Path) -> Result<(), HostError> {
    fs::create_dir_all(path).map_err(HostError::file("create", path))
}

/// Writes a small new file that survives a power failure. What is there already, perhaps a symlink, is not touched.
fn write(path: &Path, text: &str) -> Result<(), HostError> {
    let written = File::create_new(path).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    written.map_err(HostError::file("write", path))?;
    sync(path.parent().expect("a file is in a folder"))
}

fn remove_if_there(path: &Path) -> Result<(), HostError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(HostError::file("remove", path)(error))
        }
        _ => Ok(()),
    }
}

fn sync(folder: &Path) -> Result<(), HostError> {
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(HostError::file("write to disk", folder))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hostile_deployment_directory_stays_below_the_root() {
        scap_hostile::hostile_text(
            "deployment directory",
            &["/srv/deployment/shop", "/a//b/"],
            |text| {
                let root = PathBuf::from("/hosts/one");
                let host = Host {
                    name: scap_plan::HostName::new("one").unwrap(),
                    root: root.clone(),
                    address: std::net::IpAddr::from([127, 0, 0, 1]),
                };
                if let Ok(site) = Site::new(host, text) {
                    for path in [&site.link, &site.cache, &site.revisions] {
                        let below = path.strip_prefix(&root).unwrap();
                        assert!(
                            below
                                .components()
                                .all(|part| matches!(part, Component::Normal(_))),
                            "{text:?}"
                        );
                    }
                    site.revision_at(Path::new(text));
                }
            },
        );
    }
}
