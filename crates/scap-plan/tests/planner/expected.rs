//! Files that say what comes out; `UPDATE_CORPUS=1` writes what does.

use std::fs;
use std::path::{Path, PathBuf};

pub(crate) fn is_update() -> bool {
    std::env::var_os("UPDATE_CORPUS").is_some()
}

/// Adds to `wrong` what the file does not say.
pub(crate) fn expect(file: &Path, found: &str, wrong: &mut Vec<String>) {
    if is_update() {
        fs::write(file, found).unwrap();
    }
    match fs::read_to_string(file) {
        Ok(expected) if expected == found => {}
        Ok(expected) => wrong.push(format!(
            "{}\nexpected:\n{expected}\nfound:\n{found}",
            file.display()
        )),
        Err(_) => wrong.push(format!("{} is missing; found:\n{found}", file.display())),
    }
}

/// The folders below `tests/FOLDER`, in the order of their names.
pub(crate) fn folders(folder: &str) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests")
        .join(folder);
    let folders = fs::read_dir(root).unwrap();
    let mut folders: Vec<PathBuf> = folders.map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    folders
}
