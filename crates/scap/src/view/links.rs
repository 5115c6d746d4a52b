//! The service's own dashboards and others.

use super::page::Page;
use crate::clock::link_times;
use scap_run::RunState;

/// Each at the time of the run, where its address has a place for that.
pub(super) fn draw(page: &mut Page, state: &RunState) {
    let times = link_times(state.created, state.changed);
    for (name, address) in &state.plan.links {
        page.whole(name, &times.filled_in(address));
    }
}
