//! A new image tag as a difference of files.

use super::page::Page;
use super::style::Tone;
use similar::TextDiff;

/// One file's text before and after.
pub(crate) struct FileChange<'a> {
    pub(crate) path: &'a str,
    pub(crate) old: &'a str,
    pub(crate) new: &'a str,
}

/// All changes, each below its file's name.
pub(crate) fn page(changes: &[FileChange<'_>], width: usize) -> Page {
    let mut page = Page::new(width);
    for change in changes {
        page.heading(change.path);
        for line in difference(change.old, change.new).lines() {
            let tone = match line.as_bytes().first() {
                Some(b'+') => Tone::Good,
                Some(b'-') => Tone::Bad,
                Some(b'@') => Tone::Accent,
                _ => Tone::Plain,
            };
            page.line(vec![tone.span(line.trim_end_matches('\r'))]);
        }
    }
    page
}

/// The usual form of a difference, without the names of the files.
pub(crate) fn difference(old: &str, new: &str) -> String {
    TextDiff::from_lines(old, new).unified_diff().to_string()
}
