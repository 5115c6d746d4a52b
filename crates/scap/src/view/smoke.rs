//! What came of httpbb's requests: a line for each host, and below it everything that is not as expected.

use super::page::Page;
use super::style::{DONE, FAILED, Mark, Tone};
use super::words;
use scap_engines::checks::{HttpbbReport, Mismatch};

/// All hosts, in their order.
pub(crate) fn page(reports: &[HttpbbReport], width: usize) -> Page {
    let mut page = Page::new(width);
    for report in reports {
        let requests = words::count(report.requests, "request");
        let (mark, counts) = if report.passed {
            (Mark::new(DONE, "PASS", Tone::Good), requests)
        } else {
            let failed = words::thousands(report.failed as u64);
            let mark = Mark::new(FAILED, "FAIL", Tone::Bad);
            (mark, format!("{failed} of {requests}"))
        };
        page.line(vec![
            mark.span(),
            Tone::Strong.span(format!("  {}", report.host)),
            Tone::Plain.span(format!("  {counts}")),
        ]);
        draw(&mut page, &report.mismatches);
    }
    page
}

/// Those of one request below its own line.
fn draw(page: &mut Page, mismatches: &[Mismatch]) {
    let request = |it: &Mismatch| (it.file.clone(), it.method.clone(), it.url.clone());
    let mut before = None;
    for mismatch in mismatches {
        if before.as_ref() != Some(&request(mismatch)) {
            let text = format!("  {} {}", mismatch.method, mismatch.url);
            page.line(vec![Tone::Plain.span(text)]);
            before = Some(request(mismatch));
        }
        let place = format!("    {}:{}", mismatch.file, mismatch.line);
        page.line(vec![Tone::Dim.span(place)]);
        for (name, text) in [("expected", &mismatch.expected), ("found", &mismatch.found)] {
            let before = vec![Tone::Dim.span(format!("      {name:<9} "))];
            page.paragraph(before, text, Tone::Plain);
        }
    }
}
