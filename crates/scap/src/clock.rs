//! The wall clock.

use scap_execute::Clock;
use scap_run::UnixMillis;

/// The machine's own.
pub(crate) struct WallClock;

impl Clock for WallClock {
    fn now(&self) -> UnixMillis {
        UnixMillis(jiff::Timestamp::now().as_millisecond())
    }
}

pub(crate) fn now() -> UnixMillis {
    WallClock.now()
}
