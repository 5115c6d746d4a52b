//! The fence around the programs of one run: the latest epoch that has looked at or changed anything for it. Who comes under
//! an earlier one is refused.
//!
//! The journal refuses what a runner writes whose lease is over. One that was stopped between its intent and the act, and
//! goes on when another has taken over, would find that out too late: so what acts holds the fence while it does.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use tokio::time::sleep;

use super::folder::{Folder, FolderError, unusable};

/// How long a fence may be held by others: a runner that is stopped just while it changes something.
const PATIENCE: Duration = Duration::from_mins(1);
const TICK: Duration = Duration::from_millis(10);

/// No program has this name: their first character is a letter or digit.
const FILE: &str = ".fence";

#[derive(Debug, Error)]
pub enum FenceError {
    #[error("epoch {epoch} is over: another runner goes on under epoch {latest}, says `{}`", path.display())]
    Over {
        epoch: u64,
        latest: u64,
        path: PathBuf,
    },
    #[error("another runner of epoch {epoch} or before holds `{}` and does not let go", path.display())]
    Held { epoch: u64, path: PathBuf },
    #[error(transparent)]
    Folder(#[from] FolderError),
}

/// The fence of a run, as one of its runners comes to it. Many hold it at the same time, who are all of its latest epoch.
#[derive(Clone, Debug)]
pub(super) struct Fence {
    folder: Folder,
    epoch: u64,
}

/// Nobody raises the fence while this is there; a dead process holds nothing.
#[derive(Debug)]
pub struct Held(#[expect(dead_code, reason = "it is locked while it is open")] File);

#[derive(Clone, Copy)]
enum Wait {
    Never,
    Always,
}

#[derive(Serialize, Deserialize)]
struct Raised {
    epoch: u64,
}

impl Fence {
    /// That of the run whose programs are in `folder`.
    pub(super) fn of(folder: &Path, epoch: u64) -> Self {
        let folder = Folder::at(folder);
        Self { folder, epoch }
    }

    /// That of the run of the program in `folder`.
    pub(super) fn around(folder: &Folder, epoch: u64) -> Self {
        let above = folder.path().parent().unwrap_or(folder.path());
        Self::of(above, epoch)
    }

    /// Raises the fence to this epoch, durably, and keeps later ones from raising it for now.
    pub(super) async fn hold(&self) -> Result<Held, FenceError> {
        let start = Instant::now();
        self.folder.make()?;
        while start.elapsed() < PATIENCE {
            if let Some(held) = self.come(Wait::Never)? {
                return Ok(held);
            }
            sleep(TICK).await;
        }
        Err(FenceError::Held {
            epoch: self.epoch,
            path: self.folder.path().to_owned(),
        })
    }

    /// The same for a process that has nothing else to do.
    pub(super) fn wait_and_hold(&self) -> Result<Held, FenceError> {
        loop {
            if let Some(held) = self.come(Wait::Always)? {
                return Ok(held);
            }
        }
    }

    /// Nothing when it is to be tried again: only who raises the fence waits until nobody holds it.
    fn come(&self, wait: Wait) -> Result<Option<Held>, FenceError> {
        let to_hold = match wait {
            Wait::Never => FlockOperation::NonBlockingLockShared,
            Wait::Always => FlockOperation::LockShared,
        };
        let to_raise = match wait {
            Wait::Never => FlockOperation::NonBlockingLockExclusive,
            Wait::Always => FlockOperation::LockExclusive,
        };
        let Some(held) = self.lock(to_hold)? else {
            return Ok(None);
        };
        if self.is_raised()? {
            return Ok(Some(held));
        }
        drop(held);
        // Somebody may have raised it further in between.
        if let Some(_alone) = self.lock(to_raise)?
            && !self.is_raised()?
        {
            self.folder.write(FILE, &Raised { epoch: self.epoch })?;
            self.folder.sync()?;
        }
        Ok(None)
    }

    /// Locks the folder itself: the file in it is replaced as a whole.
    fn lock(&self, operation: FlockOperation) -> Result<Option<Held>, FenceError> {
        let path = self.folder.path();
        let lock = File::open(path).map_err(unusable(path))?;
        match flock(&lock, operation) {
            Ok(()) => Ok(Some(Held(lock))),
            Err(Errno::WOULDBLOCK | Errno::INTR) => Ok(None),
            Err(error) => Err(unusable(path)(error.into()).into()),
        }
    }

    /// Whether the fence is as high as this epoch; an error when it is higher.
    fn is_raised(&self) -> Result<bool, FenceError> {
        let raised: Option<Raised> = self.folder.read(FILE)?;
        let latest = raised.map_or(0, |raised| raised.epoch);
        if latest > self.epoch {
            let (epoch, path) = (self.epoch, self.folder.file(FILE));
            return Err(FenceError::Over {
                epoch,
                latest,
                path,
            });
        }
        Ok(latest == self.epoch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn refusal(folder: &Path, epoch: u64) -> Option<String> {
        let held = Fence::of(folder, epoch).hold().await;
        held.err().map(|error| match error {
            FenceError::Over { epoch, latest, .. } => format!("{epoch} after {latest}"),
            other => panic!("{other}"),
        })
    }

    #[tokio::test]
    async fn only_earlier_epochs_are_refused_and_no_refusal_lowers_the_fence() {
        let base = tempfile::tempdir().unwrap();
        let folder = base.path().join("41");
        for (epoch, expected) in [
            (1, None),
            (1, None),
            (3, None),
            (2, Some("2 after 3")),
            (1, Some("1 after 3")),
            (3, None),
            (4, None),
        ] {
            let refused = refusal(&folder, epoch).await;
            assert_eq!(refused.as_deref(), expected, "epoch {epoch}");
        }
    }

    #[tokio::test]
    async fn nobody_raises_a_fence_that_is_held() {
        let base = tempfile::tempdir().unwrap();
        let fence = |epoch| Fence::of(base.path(), epoch);
        let held = [
            fence(1).hold().await.unwrap(),
            fence(1).hold().await.unwrap(),
        ];
        let come = |epoch| fence(epoch).come(Wait::Never).unwrap();
        assert!(come(2).is_none() && come(2).is_none() && come(1).is_some());
        drop(held);
        assert_eq!(refusal(base.path(), 2).await, None);
        assert_eq!(refusal(base.path(), 1).await.as_deref(), Some("1 after 2"));
    }
}
