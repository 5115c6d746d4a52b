//! What a person does after an undo, so that the next deployment does not bring the same again.

use super::page::Page;
use super::style::Tone;
use super::words;
use crate::mending::{BadFiles, Mending};
use scap_plan::Plan;

pub(super) fn draw(page: &mut Page, mending: &Mending) {
    if let Some(BadFiles {
        service,
        bad_tag,
        good_tag,
        commit,
    }) = &mending.files
    {
        page.entry("mend", &format!("git still says {bad_tag}"));
        draw_command(page, "type", &format!("scap bump {service} {good_tag}"));
        let revert = format!("git revert {}", Plan::short(&commit.id));
        draw_command(page, "or", &format!("{revert}  # {}", commit.subject));
    }
    if let Some(run) = mending.barred_by {
        let text = format!("it is not deployed again until `scap unbar {run} REASON`");
        page.entry("barred", &text);
    }
}

/// In one line, to be copied.
fn draw_command(page: &mut Page, name: &str, command: &str) {
    page.line(vec![
        Tone::Dim.span(format!("  {name:<9} ")),
        Tone::Accent.span(words::clean(command)),
    ]);
}
