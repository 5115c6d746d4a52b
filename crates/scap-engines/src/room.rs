//! Whether the state folder has room for what a run writes, before anything is changed.

use rustix::fs::statvfs;
use scap_plan::Plan;
use scap_run::{Finding, Inspect, Work};
use std::path::PathBuf;

/// What must be free: a run that begins must be able to write down how it ends.
const RESERVE_MEBIBYTES: u64 = 64;

/// Looks at the disk of the state folder.
#[derive(Clone, Debug)]
pub struct Room {
    state_dir: PathBuf,
}

impl Room {
    pub fn new(state_dir: PathBuf) -> Self {
        Self { state_dir }
    }

    fn finding(&self) -> Option<Finding> {
        let folder = self.state_dir.display();
        let free_mebibytes = match statvfs(&self.state_dir) {
            Ok(disk) => (disk.f_bavail * disk.f_frsize) >> 20,
            Err(error) => {
                return Some(Finding::warning(format!(
                    "how much room `{folder}` has cannot be seen: {error}"
                )));
            }
        };
        (free_mebibytes < RESERVE_MEBIBYTES).then(|| {
            Finding::error(
                format!(
                    "disk of `{folder}` has {free_mebibytes} MiB free, and a run needs {RESERVE_MEBIBYTES} MiB to be safe"
                ),
                "make room there, or name another folder by `--state-dir DIR` or SCAP_STATE_DIR",
            )
        })
    }
}

impl Inspect for Room {
    fn preflight<'a>(&'a self, _plan: &'a Plan) -> Work<'a, Vec<Finding>> {
        Box::pin(async { self.finding().into_iter().collect() })
    }
}
