//! Both sides of a comparison.

use super::page::Page;
use super::words;
use scap_run::evidence::Evidence;

/// What the canary had, and what stands beside it.
pub(super) fn draw(page: &mut Page, evidence: &Evidence) {
    let counted = evidence.settings().counted;
    page.entry("canary", &words::counts(evidence.canary(), counted));
    if evidence.is_watch() {
        page.entry("past", &words::past_in_full(evidence.past(), counted));
    } else {
        page.entry("control", &words::counts(evidence.control(), counted));
    }
}
