//! What preflight found, each with what mends it.

use super::mark;
use super::page::Page;
use super::style::Tone;
use scap_run::Finding;

/// All of them, before there is a run.
pub(crate) fn page(findings: &[Finding], width: usize) -> Page {
    let mut page = Page::new(width);
    page.heading("Preflight");
    if findings.is_empty() {
        page.paragraph(Vec::new(), "  nothing stands against it", Tone::Dim);
    }
    draw(&mut page, findings);
    page
}

pub(super) fn draw(page: &mut Page, findings: &[Finding]) {
    for (index, finding) in findings.iter().enumerate() {
        let mark = mark::severity(finding.severity);
        let sign = vec![Tone::Plain.span("  "), mark.span(), Tone::Plain.span(": ")];
        page.paragraph(sign, &finding.message, Tone::Plain);
        // What mends several of them stands below the last.
        let next = findings.get(index + 1).and_then(|next| next.hint.as_ref());
        if let Some(hint) = finding.hint.as_ref().filter(|hint| Some(*hint) != next) {
            page.paragraph(vec![Tone::Accent.span("    Hint: ")], hint, Tone::Plain);
        }
    }
}
