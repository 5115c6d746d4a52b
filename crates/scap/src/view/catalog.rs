//! What an imported catalog does not have, and why.

use super::page::Page;
use super::style::{Tone, WARNING};
use super::words;
use scap_plan::Import;

/// Each thing that was left out, then what it comes to.
pub(crate) fn page(import: &Import, width: usize) -> Page {
    let mut page = Page::new(width);
    for unplaced in &import.unplaced {
        let before = vec![Tone::Warning.span(format!("{WARNING} "))];
        let text = format!("{}: {}", unplaced.path, unplaced.reason);
        page.paragraph(before, &text, Tone::Plain);
    }
    let found = words::count(import.services, "service");
    let left = words::count(import.unplaced.len(), "remark");
    page.line(vec![Tone::Strong.span(format!("{found}, {left}"))]);
    page
}
