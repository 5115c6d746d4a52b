//! What preflight found, each with what mends it.

use super::mark;
use super::page::Page;
use super::style::Tone;
use scap_run::Finding;

pub(super) fn draw(page: &mut Page, findings: &[Finding]) {
    for finding in findings {
        let mark = mark::severity(finding.severity);
        let sign = vec![Tone::Plain.span("  "), mark.span(), Tone::Plain.span(": ")];
        page.paragraph(sign, &finding.message, Tone::Plain);
        if let Some(hint) = &finding.hint {
            page.paragraph(vec![Tone::Accent.span("    Hint: ")], hint, Tone::Plain);
        }
    }
}
