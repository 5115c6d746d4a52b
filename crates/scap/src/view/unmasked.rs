//! What programs printed, without the mask.

use super::page::Page;
use super::style::Tone;
use super::words;
use crate::control::verb::RawOutput;
use anstream::adapter::strip_str;

/// Below each program's name its lines as they are, not wrapped.
pub(crate) fn page(programs: &[RawOutput], width: usize) -> Page {
    let mut page = Page::new(width);
    if programs.is_empty() {
        page.line(vec![
            Tone::Dim.span("nothing that programs printed is kept"),
        ]);
    }
    for program in programs {
        page.heading(&format!(
            "step {}: {}",
            program.step.0 + 1,
            words::clean(&program.label)
        ));
        if program.left_out > 0 {
            let before = format!("({} lines before these)", program.left_out);
            page.line(vec![Tone::Dim.span(before)]);
        }
        for line in &program.lines {
            page.line(vec![Tone::Plain.span(strip_str(line).to_string())]);
        }
    }
    page
}
