//! What a person does after an undo, so that the next deployment does not bring the same again.

use super::page::Page;
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
        page.whole("type", &format!("scap bump {service} {good_tag}"));
        let revert = format!("git revert {}", Plan::short(&commit.id));
        page.whole("or", &format!("{revert}  # {}", commit.subject));
    }
    if let Some(run) = mending.barred_by {
        let text = format!("it is not deployed again until `scap unbar {run} REASON`");
        page.entry("barred", &text);
    }
}
