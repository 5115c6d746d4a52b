//! What people did, and whether the record of it is as it was written.

use super::page::Page;
use super::style::{DONE, FAILED, Tone};
use super::table::Table;
use super::words;
use scap_run::UnixMillis;
use spiderpig_control::{AuditVerification, Deed, Entry};

/// The newest first.
pub(crate) fn page(entries: &[Entry], now: UnixMillis, width: usize) -> Page {
    let mut page = Page::new(width);
    if entries.is_empty() {
        page.line(vec![Tone::Dim.span("nothing was recorded")]);
        return page;
    }
    let mut table = Table::new(["", "when", "who", "did", "what"]);
    for entry in entries {
        table.row([
            Tone::Dim.span(entry.seq.to_string()),
            Tone::Dim.span(words::ago(entry.at, now)),
            Tone::Strong.span(entry.deed.person.clone()),
            Tone::Plain.span(entry.deed.act.word().replace('_', " ")),
            Tone::Plain.span(about(&entry.deed)),
        ]);
    }
    table.draw(&mut page);
    page
}

/// What there is to know of a deed, in the order in which a person asks.
fn about(deed: &Deed) -> String {
    let parts = [
        deed.to.clone(),
        deed.service.clone(),
        deed.run.map(|run| format!("run {run}")),
        deed.reason.clone(),
        deed.rule.as_ref().map(|rule| format!("by rule {rule}")),
        deed.address.map(|address| format!("from {address}")),
        deed.session
            .as_ref()
            .map(|session| format!("session {session}")),
        deed.digest
            .as_ref()
            .map(|digest| format!("plan {}", words::beginning(digest, 12))),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// What is damaged, one a line.
pub(crate) fn verified(found: &AuditVerification, heads: usize, width: usize) -> Page {
    let mut page = Page::new(width);
    for damage in &found.damages {
        let sign = vec![Tone::Bad.span(format!("{FAILED} entry {} ", damage.seq))];
        page.paragraph(sign, &damage.what, Tone::Plain);
    }
    let read = words::count(usize::try_from(found.entries).unwrap_or(usize::MAX), "deed");
    if !found.damages.is_empty() {
        page.paragraph(
            Vec::new(),
            &format!("{read} up to there are as they were written"),
            Tone::Dim,
        );
        return page;
    }
    let sign = vec![Tone::Good.span(format!("{DONE} sound "))];
    page.paragraph(
        sign,
        &format!("{read}: all is as it was written"),
        Tone::Plain,
    );
    if heads == 0 {
        let hint = "only heads that were kept on another host show that nobody wrote all of it anew: `--heads FILE`";
        page.paragraph(vec![Tone::Accent.span("Hint: ")], hint, Tone::Plain);
    }
    page
}

/// One line, to be kept elsewhere.
pub(crate) fn head(head: &str, width: usize) -> Page {
    let mut page = Page::new(width);
    page.line(vec![Tone::Plain.span(head)]);
    page
}
