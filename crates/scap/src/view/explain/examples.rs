//! What the errors look like that a gate failed for.

use crate::view::page::Page;
use crate::view::style::Tone;
use crate::view::words;
use jiff::tz::Offset;
use scap_run::{ErrorExample, GateState};

pub(super) fn draw(page: &mut Page, progress: &GateState) {
    if let Some(why) = &progress.missing_examples {
        page.entry("examples", &format!("cannot be shown: {why}"));
    }
    for example in progress.examples.iter().flatten() {
        page.paragraph(
            vec![Tone::Plain.span("  for example ")],
            &heading(example),
            Tone::Dim,
        );
        page.paragraph(vec![Tone::Plain.span("    ")], &example.text, Tone::Plain);
    }
}

/// `on shop1 at 10:02:31 UTC:`, with the kind where the text does not begin with it.
fn heading(example: &ErrorExample) -> String {
    let (signature, instance) = (&example.signature, &example.instance);
    let is_told = example.text.starts_with(signature);
    let kind = if is_told {
        String::new()
    } else {
        format!("of `{signature}` ")
    };
    let at = example.at.map_or_else(String::new, |at| {
        format!(" at {} UTC", words::time_of_day(at, Offset::UTC))
    });
    format!("{kind}on {instance}{at}:")
}
