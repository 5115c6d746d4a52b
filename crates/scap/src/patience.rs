//! Waits for something that others do, and says so.

use crate::trouble::Trouble;
use scap_plan::Period;
use std::io::Write;
use std::time::Duration;
use tokio::time::Instant;

/// Between two looks: short at first, since most of what is waited for is nearly there.
const SHORTEST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
const REMINDER: Duration = Duration::from_mins(1);

/// Looks until something is there; nothing when it is not there in time. A look that fails ends it only when it is the first one
/// or the last one.
pub(crate) async fn wait_for<T>(
    what: &str,
    within: Period,
    mut look: impl AsyncFnMut() -> Result<Option<T>, Trouble>,
) -> Result<Option<T>, Trouble> {
    if let Some(found) = look().await? {
        return Ok(Some(found));
    }
    writeln!(
        std::io::stderr(),
        "Waiting for {what}, for {within} at most."
    )?;
    let start = Instant::now();
    let (mut pause, mut reminder) = (SHORTEST_PAUSE, REMINDER);
    loop {
        tokio::time::sleep(pause).await;
        let found = look().await;
        if let Ok(Some(found)) = found {
            return Ok(Some(found));
        }
        let waited = start.elapsed();
        if waited >= within.duration() {
            return found;
        }
        if waited >= reminder {
            let minutes = waited.as_secs() / 60;
            writeln!(
                std::io::stderr(),
                "Still waiting for {what}, for {minutes} min."
            )?;
            reminder = waited + REMINDER;
        }
        let left = within.duration().saturating_sub(waited);
        pause = (pause * 2).min(LONGEST_PAUSE).min(left);
    }
}
