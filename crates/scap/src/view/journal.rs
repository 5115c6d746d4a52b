//! What was found when all of a journal was read.

use super::page::Page;
use super::style::{DONE, FAILED, Tone};
use scap_journal::Verification;

/// What is damaged, one a line, and what mends it.
pub(crate) fn page(found: &Verification, width: usize) -> Page {
    let mut page = Page::new(width);
    let read = format!("{} runs with {} events", found.runs, found.events);
    if found.damages.is_empty() {
        let sign = vec![Tone::Good.span(format!("{DONE} sound "))];
        page.paragraph(
            sign,
            &format!("{read}: all is as it was written"),
            Tone::Plain,
        );
        return page;
    }
    for damage in &found.damages {
        let sign = vec![Tone::Bad.span(format!("{FAILED} damaged "))];
        page.paragraph(sign, &damage.what, Tone::Plain);
    }
    page.paragraph(
        Vec::new(),
        &format!("{read} are as they were written"),
        Tone::Dim,
    );
    let hint = vec![Tone::Accent.span("Hint: ")];
    page.paragraph(hint, scap_journal::RESTORE, Tone::Plain);
    page
}
