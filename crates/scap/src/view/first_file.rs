//! What became of a first file, and which sources it has nothing from.

use super::page::Page;
use super::style::{Tone, WARNING};
use crate::context::Context;
use crate::control::verb::ProposedFile;
use std::path::Path;

/// `file` is where it was written, if it was.
pub(crate) fn page(service: &str, proposed: &ProposedFile, file: Option<&Path>) -> Page {
    let mut page = Page::new(Context::width());
    let warning = |page: &mut Page, text: &str| {
        let before = vec![Tone::Warning.span(format!("{WARNING} "))];
        page.paragraph(before, text, Tone::Plain);
    };
    for (source, why) in &proposed.unasked {
        warning(&mut page, &format!("nothing from {source}: {why}"));
    }
    if !proposed.declared.is_empty() {
        let keys = proposed.declared.join(", ");
        let text = format!(
            "the service catalog declares {keys} for the service: a file beside it would be refused, so move them first"
        );
        warning(&mut page, &text);
    }
    match (file, &proposed.there) {
        (Some(file), _) => {
            let said = format!("wrote {}", file.display());
            page.line(vec![Tone::Strong.span(said)]);
            page.paragraph(
                Vec::new(),
                &format!("next: read it, then `scap check {service}`"),
                Tone::Dim,
            );
        }
        (None, Some(there)) => {
            let said = format!(
                "{} is there already, and was left as it is",
                there.display()
            );
            page.line(vec![Tone::Strong.span(said)]);
        }
        (None, None) => {}
    }
    page
}
