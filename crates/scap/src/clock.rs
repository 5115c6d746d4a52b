//! The wall clock.

use jiff::Timestamp;
use scap_execute::Clock;
use scap_plan::{LinkTime, LinkTimes};
use scap_run::UnixMillis;

/// The machine's own.
pub(crate) struct WallClock;

impl Clock for WallClock {
    fn now(&self) -> UnixMillis {
        UnixMillis(Timestamp::now().as_millisecond())
    }
}

pub(crate) fn now() -> UnixMillis {
    WallClock.now()
}

/// From when to when, as addresses of pages have it.
pub(crate) fn link_times(from: UnixMillis, to: UnixMillis) -> LinkTimes {
    let [from, to] = [from, to].map(|at| LinkTime {
        milliseconds: at.0,
        // Beyond the years that calendars know there is no page.
        text: Timestamp::from_millisecond(at.0)
            .unwrap_or_default()
            .strftime("%Y-%m-%dT%H:%M:%S%.3fZ")
            .to_string(),
    });
    LinkTimes { from, to }
}
