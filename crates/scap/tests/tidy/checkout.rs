//! The text files of the checkout: those that git does not ignore, read once.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// A text file; `path` is relative to the checkout.
pub(crate) struct TextFile {
    pub(crate) path: String,
    pub(crate) text: String,
}

impl TextFile {
    pub(crate) fn new(path: &str, text: &str) -> Self {
        Self {
            path: path.to_owned(),
            text: text.to_owned(),
        }
    }

    pub(crate) fn is_rust(&self) -> bool {
        has_extension(&self.path, "rs")
    }
}

pub(crate) fn has_extension(path: &str, extension: &str) -> bool {
    Path::new(path).extension() == Some(extension.as_ref())
}

/// The names of a file and of its folders, without extensions.
pub(crate) fn stems(path: &str) -> impl Iterator<Item = &str> {
    path.split('/')
        .map(|name| name.rsplit_once('.').map_or(name, |(stem, _)| stem))
}

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// All text files, sorted by path.
pub(crate) fn files() -> &'static [TextFile] {
    static FILES: LazyLock<Vec<TextFile>> = LazyLock::new(read_all);
    &FILES
}

/// The file at `path`, or why the rule that asks for it cannot hold.
pub(crate) fn file(path: &str) -> &'static TextFile {
    files()
        .iter()
        .find(|file| file.path == path)
        .unwrap_or_else(|| panic!("{path} is missing: write it"))
}

fn read_all() -> Vec<TextFile> {
    let root = root();
    let mut files: Vec<TextFile> = ignore::WalkBuilder::new(&root)
        .hidden(false)
        .parents(false)
        .require_git(false)
        .git_global(false)
        .filter_entry(|entry| entry.file_name() != ".git")
        .build()
        .map(|entry| entry.expect("the checkout can be listed"))
        .filter(|entry| entry.file_type().is_some_and(|kind| kind.is_file()))
        .filter_map(|entry| {
            let path = entry.path().strip_prefix(&root).expect("below the root");
            // A file that another program deletes meanwhile, or that is not text, has no rules to keep.
            let text = std::fs::read_to_string(entry.path()).ok()?;
            Some(TextFile::new(path.to_str()?, &text))
        })
        .collect();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

/// Where a rule is broken; lines count from 1.
pub(crate) struct Place {
    pub(crate) path: String,
    pub(crate) line: usize,
    pub(crate) what: String,
}

impl Place {
    pub(crate) fn new(file: &TextFile, line: usize, what: impl Into<String>) -> Self {
        Self {
            path: file.path.clone(),
            line,
            what: what.into(),
        }
    }
}

/// Fails with all `places` and with what to do about them.
pub(crate) fn expect_none(places: &[Place], advice: &str) {
    let lines: Vec<String> = places
        .iter()
        .map(|place| format!("{}:{}: {}", place.path, place.line, place.what))
        .collect();
    assert!(
        places.is_empty(),
        "this rule is broken at\n  {}\n{advice}\n",
        lines.join("\n  ")
    );
}

/// The places of all files that `applies` to.
pub(crate) fn places<Found: IntoIterator<Item = Place>>(
    applies: impl Fn(&TextFile) -> bool,
    find: impl Fn(&TextFile) -> Found,
) -> Vec<Place> {
    files()
        .iter()
        .filter(|file| applies(file))
        .flat_map(find)
        .collect()
}
