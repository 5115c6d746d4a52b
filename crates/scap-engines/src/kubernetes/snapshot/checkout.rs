//! Reads files of the checkout that holds the helmfiles, and nothing that lies outside of it.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};

use rustix::fs::{CWD, Dir, FileType, Mode, OFlags, ResolveFlags, fstat, openat, openat2};
use rustix::io::Errno;

use super::Refusal;

/// A service has some dozens; more is a folder named by mistake.
const MOST_FILES: usize = 20_000;
const MOST_BYTES: u64 = 256 << 20;
/// Links may lead round in a circle.
const DEEPEST: usize = 40;

/// Files by their path below the checkout; links are followed, so that each is a file of its own.
pub(in super::super) type Files = BTreeMap<PathBuf, CheckoutFile>;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct CheckoutFile {
    pub(in super::super) executable: bool,
    pub(in super::super) bytes: Vec<u8>,
}

/// The repository's working tree around the helmfiles.
#[derive(Debug)]
pub(in super::super) struct Checkout {
    root: PathBuf,
    descriptor: OwnedFd,
}

impl Checkout {
    /// The nearest folder at or above `deployments_dir` that has a `.git`; without one it is `deployments_dir` itself, or
    /// the folder around it when it is called `helmfile.d`, since the charts stand beside that.
    pub(in super::super) fn around(deployments_dir: &Path) -> io::Result<Self> {
        let start = deployments_dir.canonicalize()?;
        let repository = start.ancestors().find(|path| path.join(".git").exists());
        let root = match (repository, start.parent()) {
            (Some(repository), _) => repository,
            (None, Some(around)) if start.file_name() == Some(OsStr::new("helmfile.d")) => around,
            _ => &start,
        };
        Self::at(root)
    }

    /// With `root` itself as the top.
    pub(in super::super) fn at(root: &Path) -> io::Result<Self> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let descriptor = openat(CWD, root, flags, Mode::empty())?;
        let root = root.to_owned();
        Ok(Self { root, descriptor })
    }

    pub(in super::super) fn root(&self) -> &Path {
        &self.root
    }

    /// All files that `roots`, files or folders, hold; a root that does not exist holds none.
    pub(in super::super) fn read(&self, roots: &BTreeSet<PathBuf>) -> Result<Files, Refusal> {
        let mut reading = Reading {
            checkout: self,
            files: Files::new(),
            bytes: 0,
        };
        for root in roots {
            reading.take(root, 0)?;
        }
        Ok(reading.files)
    }

    pub(in super::super) fn exists(&self, path: &Path) -> bool {
        self.open(path).is_ok()
    }

    /// The kernel itself resolves links, and none to outside of the root.
    fn open(&self, path: &Path) -> Result<OwnedFd, Errno> {
        let path = if path.as_os_str().is_empty() {
            Path::new(".")
        } else {
            path
        };
        // A pipe must not block.
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let beneath = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
        loop {
            match openat2(&self.descriptor, path, flags, Mode::empty(), beneath) {
                // The kernel could not be sure while something was renamed.
                Err(Errno::AGAIN | Errno::INTR) => {}
                opened => return opened,
            }
        }
    }
}

struct Reading<'a> {
    checkout: &'a Checkout,
    files: Files,
    bytes: u64,
}

impl Reading<'_> {
    fn take(&mut self, path: &Path, depth: usize) -> Result<(), Refusal> {
        if self.files.contains_key(path) {
            return Ok(());
        }
        let opened = match self.checkout.open(path) {
            Ok(opened) => opened,
            // A link to nowhere is as good as no file.
            Err(Errno::NOENT | Errno::NOTDIR) => return Ok(()),
            Err(Errno::XDEV) => {
                return Err(
                    Refusal::at(path, "is a link that leads outside of the checkout")
                        .hint("let it lead to a file of the same repository, by a relative path"),
                );
            }
            Err(error) => return Err(unreadable(path, error)),
        };
        let status = fstat(&opened).map_err(|error| unreadable(path, error))?;
        match FileType::from_raw_mode(status.st_mode) {
            FileType::RegularFile => self.take_file(path, opened, status.st_mode & 0o111 != 0),
            FileType::Directory if depth < DEEPEST => self.take_folder(path, opened, depth),
            FileType::Directory => Err(Refusal::at(path, "lies too deep, or in a circle of links")),
            _ => Err(Refusal::at(path, "is neither a file nor a folder")),
        }
    }

    fn take_file(&mut self, path: &Path, opened: OwnedFd, executable: bool) -> Result<(), Refusal> {
        let mut bytes = Vec::new();
        let limit = MOST_BYTES - self.bytes + 1;
        let read = File::from(opened).take(limit).read_to_end(&mut bytes);
        self.bytes += read.map_err(|error| unreadable(path, error))? as u64;
        if self.files.len() >= MOST_FILES || self.bytes > MOST_BYTES {
            return Err(Refusal::at(
                path,
                "is one file too many, or too large, for one service",
            ));
        }
        let file = CheckoutFile { executable, bytes };
        self.files.insert(path.to_owned(), file);
        Ok(())
    }

    fn take_folder(&mut self, path: &Path, opened: OwnedFd, depth: usize) -> Result<(), Refusal> {
        let entries = Dir::new(opened).map_err(|error| unreadable(path, error))?;
        for entry in entries {
            let entry = entry.map_err(|error| unreadable(path, error))?;
            let name = OsStr::from_bytes(entry.file_name().to_bytes());
            if name != "." && name != ".." && name != ".git" {
                self.take(&path.join(name), depth + 1)?;
            }
        }
        Ok(())
    }
}

fn unreadable(path: &Path, error: impl Into<io::Error>) -> Refusal {
    Refusal::at(path, format!("cannot be read: {}", error.into()))
}

/// `path` without `.` and `..`, as it is meant from `folder`; none if it leads out of the checkout.
pub(in super::super) fn below(folder: &Path, path: &Path) -> Option<PathBuf> {
    let mut result = folder.to_owned();
    for component in path.components() {
        match component {
            Component::Normal(name) => result.push(name),
            Component::CurDir => {}
            Component::ParentDir => {
                if !result.pop() {
                    return None;
                }
            }
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(result)
}

/// BLAKE3 over paths, modes and bytes, in hexadecimal digits.
pub(in super::super) fn digest(files: &Files) -> String {
    let mut hasher = blake3::Hasher::new();
    for (path, file) in files {
        let path = path.as_os_str().as_bytes();
        // Lengths first, so that no two trees give the same bytes.
        hasher.update(&(path.len() as u64).to_le_bytes());
        hasher.update(path);
        hasher.update(&[u8::from(file.executable)]);
        hasher.update(&(file.bytes.len() as u64).to_le_bytes());
        hasher.update(&file.bytes);
    }
    hasher.finalize().to_hex().to_string()
}
