//! Which moment a store is asked for, and what it said of it.
//!
//! A scraped counter stands still between two scrapes. If canary and control were read as of each second, one would move in
//! one tick and the other in another, and no tick had requests of both. So both are read as of the same moments, an
//! interval apart, and asked for once for each of them.

use std::collections::BTreeMap;
use std::time::Duration;

/// A failure is not said again before this; the store is busy enough.
const PAUSE: Duration = Duration::from_secs(2);
/// Who has not looked for so long begins anew.
const FORGOTTEN: Duration = Duration::from_mins(1);

/// All times are since 1970.
pub(in crate::checks) type Looks<T> = BTreeMap<String, Look<T>>;

/// The last look of one asker.
#[derive(Debug, Clone)]
pub(in crate::checks) struct Look<T> {
    /// The moment of the first look, from which on lines are counted.
    pub(in crate::checks) since: Duration,
    looked: Duration,
    answer: Option<Answered<T>>,
    /// The last moment with an answer that was none of a failure.
    counted: Option<(Duration, T)>,
}

#[derive(Debug, Clone)]
struct Answered<T> {
    moment: Duration,
    at: Duration,
    result: Result<T, String>,
}

/// What a look at a store begins with.
#[derive(Debug, PartialEq)]
pub(in crate::checks) enum Due<T> {
    /// Nothing new can be there.
    Known(Result<T, String>),
    Ask(Ask<T>),
}

/// What is to be asked.
#[derive(Debug, PartialEq)]
pub(in crate::checks) struct Ask<T> {
    pub(in crate::checks) since: Duration,
    pub(in crate::checks) moment: Duration,
    /// The last moment with counts, and those.
    pub(in crate::checks) before: Option<(Duration, T)>,
}

/// The last moment of those `interval` apart that is at least `lag` ago.
pub(in crate::checks) fn moment(now: Duration, lag: Duration, interval: Duration) -> Duration {
    let settled = now.saturating_sub(lag).as_secs();
    Duration::from_secs(settled - settled % interval.as_secs().max(1))
}

/// What is to be asked `now` for `moment` on behalf of `asker`.
pub(in crate::checks) fn due<T: Clone>(
    looks: &mut Looks<T>,
    asker: &str,
    now: Duration,
    moment: Duration,
) -> Due<T> {
    looks.retain(|_, look| now.saturating_sub(look.looked) < FORGOTTEN);
    let look = looks.entry(asker.to_owned()).or_insert(Look {
        since: moment,
        looked: now,
        answer: None,
        counted: None,
    });
    look.looked = now;
    match &look.answer {
        Some(answer) if answer.is_still_good(now, moment) => Due::Known(answer.result.clone()),
        _ => Due::Ask(Ask {
            since: look.since,
            moment,
            before: look.counted.clone(),
        }),
    }
}

/// Keeps what was answered for `moment`.
pub(in crate::checks) fn keep<T: Clone>(
    looks: &mut Looks<T>,
    asker: &str,
    (now, moment): (Duration, Duration),
    result: Result<T, String>,
) {
    if let Some(look) = looks.get_mut(asker) {
        let at = now;
        if let Ok(counts) = &result {
            look.counted = Some((moment, counts.clone()));
        }
        look.answer = Some(Answered { moment, at, result });
    }
}

impl<T> Answered<T> {
    fn is_still_good(&self, now: Duration, moment: Duration) -> bool {
        match self.result {
            // A clock that was put back gives no older answer than there was.
            Ok(_) => moment <= self.moment,
            Err(_) => now.saturating_sub(self.at) < PAUSE,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn moments_are_an_interval_apart_and_a_lag_ago() {
        let cases = [
            (100, 0, 15, 90),
            (104, 0, 15, 90),
            (105, 0, 15, 105),
            (114, 10, 15, 90),
            (115, 10, 15, 105),
            (3, 10, 15, 0),
        ];
        for (now, lag, interval, expected) in cases {
            let found = moment(seconds(now), seconds(lag), seconds(interval));
            assert_eq!(found, seconds(expected), "{now} {lag} {interval}");
        }
    }

    #[test]
    fn a_moment_is_asked_for_once_and_lines_count_from_the_first() {
        let mut looks = Looks::<u64>::new();
        let ask = |since, moment, before: Option<(u64, u64)>| {
            let before = before.map(|(moment, counts)| (seconds(moment), counts));
            let (since, moment) = (seconds(since), seconds(moment));
            Due::Ask(Ask {
                since,
                moment,
                before,
            })
        };
        let due = |looks: &mut Looks<u64>, now, moment| {
            due(looks, "canary", seconds(now), seconds(moment))
        };
        assert_eq!(due(&mut looks, 100, 90), ask(90, 90, None));
        keep(&mut looks, "canary", (seconds(100), seconds(90)), Ok(7));
        assert_eq!(due(&mut looks, 104, 90), Due::Known(Ok(7)));
        assert_eq!(due(&mut looks, 105, 105), ask(90, 105, Some((90, 7))));
        // The store did not answer: it is asked again, but not in the same breath.
        let failed: Result<u64, String> = Err("429".to_owned());
        let times = (seconds(105), seconds(105));
        keep(&mut looks, "canary", times, failed.clone());
        assert_eq!(due(&mut looks, 106, 105), Due::Known(failed));
        assert_eq!(due(&mut looks, 107, 105), ask(90, 105, Some((90, 7))));
        // After a minute without a look there is nobody who remembers the first one.
        assert_eq!(due(&mut looks, 167, 165), ask(165, 165, None));
    }
}
