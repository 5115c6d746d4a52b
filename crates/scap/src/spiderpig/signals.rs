//! Signals that all deployments share, as they were lately: looked at now and then on behalf of all who see the first page.

use super::Porter;
use scap_engines::checks::Point;
use scap_plan::{Counters, Period};
use scap_run::UnixMillis;
use scap_run::evidence::Counts;
use schemars::JsonSchema;
use serde::Serialize;
use std::sync::{Mutex, PoisonError, Weak};
use std::time::Duration;

/// What a page has room for.
const LATELY: Period = Period::from_secs(3 * 3_600);
const WINDOW: Period = Period::from_secs(60);
/// How often stores are asked.
const LOOK: Duration = Duration::from_secs(30);
/// Windows that are compared with as many before them.
const COMPARED: usize = 5;
/// Fewer errors than this raise nothing.
const FEWEST: u64 = 10;

/// As they were when they were looked at last.
#[derive(Default)]
pub(super) struct Signals(Mutex<Vec<Signal>>);

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub(super) struct Signal {
    name: String,
    /// Where it counts slow requests in the place of errors: those are slow that took longer.
    slow_above_milliseconds: Option<f64>,
    /// Whether its last five minutes were more than twice as bad as any before them.
    is_raised: bool,
    /// Why there are no points.
    missing: Option<String>,
    points: Vec<SignalPoint>,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
struct SignalPoint {
    at: UnixMillis,
    /// Errors, or slow ones, in a hundred requests; absent where nothing was counted.
    error_percentage: Option<f64>,
    /// How long 95 of a hundred requests took at the most; absent where nothing was counted, or errors are.
    p95_milliseconds: Option<f64>,
}

impl Signals {
    pub(super) fn newest(&self) -> Vec<Signal> {
        let signals = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        signals.clone()
    }

    /// Whether they differ from those before.
    fn keep(&self, newest: Vec<Signal>) -> bool {
        let mut signals = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_news = *signals != newest;
        *signals = newest;
        is_news
    }
}

/// Goes on until the porter is gone.
pub(super) async fn look_after(porter: Weak<Porter>) {
    let mut looks = tokio::time::interval(LOOK);
    looks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        looks.tick().await;
        let Some(porter) = porter.upgrade() else {
            return;
        };
        let newest = porter.look_at_signals().await;
        if porter.signals.keep(newest) {
            porter.shared.look_again();
        }
    }
}

impl Porter {
    /// None where the files cannot be read: other places say so.
    async fn look_at_signals(&self) -> Vec<Signal> {
        // Most places watch nothing, and need no way to the world for it.
        let settings = self.desk.settings();
        if settings.is_ok_and(|settings| settings.configuration.watched.is_empty()) {
            return Vec::new();
        }
        let Ok((settings, wiring)) = self.desk.wired() else {
            return Vec::new();
        };
        let mut signals = Vec::new();
        for signal in &settings.configuration.watched {
            let points = wiring.recent(&signal.check, (LATELY, WINDOW)).await;
            signals.push(Signal::of(&signal.check, points));
        }
        signals
    }
}

impl Signal {
    fn of(check: &Counters, points: Result<Vec<Point>, String>) -> Self {
        let (points, missing) = match points {
            Ok(points) => (points, None),
            Err(why) => (Vec::new(), Some(why)),
        };
        let counts: Vec<Counts> = points.iter().map(|point| point.counts).collect();
        Self {
            name: check.name.clone(),
            slow_above_milliseconds: check.source.slow_above().map(milliseconds),
            is_raised: is_raised(&counts),
            missing,
            points: points.into_iter().map(SignalPoint::of).collect(),
        }
    }
}

impl SignalPoint {
    fn of(point: Point) -> Self {
        Self {
            at: point.at,
            error_percentage: point.counts.rate().map(|rate| rate * 100.0),
            p95_milliseconds: point.p95_milliseconds,
        }
    }
}

fn milliseconds(period: Period) -> f64 {
    period.duration().as_secs_f64() * 1_000.0
}

fn is_raised(windows: &[Counts]) -> bool {
    let sums: Vec<Counts> = windows.rchunks(COMPARED).map(sum).collect();
    let Some((last, before)) = sums.split_first() else {
        return false;
    };
    let worst = before.iter().filter_map(|counts| counts.rate());
    let worst = worst.fold(0.0, f64::max);
    let is_worse = last.rate().is_some_and(|rate| rate > 2.0 * worst);
    !before.is_empty() && last.errors >= FEWEST && is_worse
}

fn sum(windows: &[Counts]) -> Counts {
    let mut sum = Counts::default();
    for counts in windows {
        sum.add(*counts);
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    /// So many minutes with so many errors each, of a thousand requests.
    fn minutes(parts: &[(usize, u64)]) -> Vec<Counts> {
        let minute = |errors| Counts {
            requests: 1_000,
            errors,
        };
        let parts = parts.iter();
        parts
            .flat_map(|(length, errors)| vec![minute(*errors); *length])
            .collect()
    }

    #[test]
    fn what_is_twice_as_bad_as_ever_before_is_raised() {
        for (case, parts, raised) in [
            ("nothing is known", &[][..], false),
            ("there is nothing to compare with", &[(4, 50)], false),
            ("as ever", &[(60, 5)], false),
            ("twice as bad", &[(60, 5), (5, 10)], false),
            ("more than twice", &[(60, 5), (5, 11)], true),
            ("one bad minute of five", &[(60, 1), (4, 1), (1, 8)], true),
            ("few errors", &[(60, 0), (4, 0), (1, 9)], false),
            ("as bad an hour ago", &[(5, 20), (60, 1), (5, 21)], false),
            ("over again", &[(60, 1), (5, 50), (5, 1)], false),
        ] {
            assert_eq!(is_raised(&minutes(parts)), raised, "{case}");
        }
    }

    #[test]
    fn a_minute_without_requests_has_no_share_of_errors() {
        let point = |requests, errors| {
            let counts = Counts { requests, errors };
            let at = UnixMillis(0);
            let point = Point {
                at,
                counts,
                p95_milliseconds: None,
            };
            SignalPoint::of(point).error_percentage
        };
        assert_eq!(point(0, 0), None);
        assert_eq!(point(200, 1), Some(0.5));
    }
}
