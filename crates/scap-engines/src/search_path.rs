//! Where programs are looked for: in fixed folders, whatever the environment of scap says.

use std::path::{Path, PathBuf};

use rustix::fs::{Access, access};
use scap_run::Failure;

/// What programs that scap starts get as PATH.
pub const SEARCH_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// No program of this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no program `{name}` in `{place}`")]
pub struct ProgramNotFound {
    name: String,
    place: String,
}

impl ProgramNotFound {
    /// What cannot be done without it.
    pub fn failure(&self) -> Failure {
        Failure::failed(format!("`{}` cannot be run", self.name))
            .caused_by(self)
            .hint("install it, or name its path under `binaries` in scap.yaml")
    }
}

/// The absolute path of `name`: as it is, from `directory` when it has a `/`, else from [`SEARCH_PATH`].
pub fn find_program(name: &str, directory: &Path) -> Result<PathBuf, ProgramNotFound> {
    let missing = |place: String| ProgramNotFound {
        name: name.to_owned(),
        place,
    };
    if name.contains('/') {
        // An absolute name replaces the directory.
        let path = directory.join(name);
        return if is_program(&path) {
            Ok(path)
        } else {
            Err(missing(directory.display().to_string()))
        };
    }
    let folders = SEARCH_PATH.split(':').map(Path::new);
    let mut candidates = folders.map(|folder| folder.join(name));
    let found = candidates.find(|path| !name.is_empty() && is_program(path));
    found.ok_or_else(|| missing(SEARCH_PATH.to_owned()))
}

fn is_program(path: &Path) -> bool {
    path.is_file() && access(path, Access::EXEC_OK).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_found_by_path_or_in_the_fixed_folders() {
        let root = Path::new("/");
        assert!(find_program("sh", root).unwrap().is_absolute());
        assert_eq!(find_program("/bin/sh", root).unwrap(), Path::new("/bin/sh"));
        assert_eq!(find_program("bin/sh", root).unwrap(), Path::new("/bin/sh"));
        for missing in ["", "no-such-program", "/no/such", "etc/passwd", "/etc"] {
            assert!(find_program(missing, root).is_err(), "{missing}");
        }
    }
}
