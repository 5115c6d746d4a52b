//! Files of the other tests' cases, as something good to begin with.

use std::fs;
use std::path::{Path, PathBuf};

/// What the folders of `cases`, below `tests/`, have under such names.
pub(crate) fn files(cases: &str, is_named: fn(&str) -> bool) -> Vec<Vec<u8>> {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests")
        .join(cases);
    let inside = |folder: PathBuf| {
        fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
    };
    let mut paths: Vec<PathBuf> = inside(cases)
        .filter(|path| path.is_dir())
        .flat_map(inside)
        .collect();
    paths.retain(|path| is_named(path.file_name().unwrap().to_str().unwrap()));
    paths.sort();
    let read = paths.iter().map(|path| fs::read(path).unwrap());
    let files: Vec<Vec<u8>> = read.collect();
    assert!(!files.is_empty());
    files
}
