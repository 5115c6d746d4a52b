//! How much counters grew in each window, from a Prometheus.

use std::collections::BTreeMap;

use super::{ByWindow, Stretch};
use crate::checks::counters::prometheus::{Asked, Moments, PastSeries, Series};
use crate::checks::counters::totals::Labels;

/// What something counted, by the beginning of the window.
pub(super) type Grown<K> = BTreeMap<u64, BTreeMap<K, u64>>;

/// What each pod counted in each window.
pub(super) async fn grown(
    metrics: &Asked<'_>,
    (query, label): (&str, Option<&str>),
    stretch: Stretch,
) -> Result<ByWindow, String> {
    let series = series(metrics, query, stretch).await?;
    by_pod(&series, label, stretch.window_seconds)
}

/// The series of a query that stands for how much there ever was, whatever functions it is made of. So it is asked for as
/// it is, as of the ends of the windows; what it grew by is reckoned here.
pub(super) async fn series(
    metrics: &Asked<'_>,
    query: &str,
    stretch: Stretch,
) -> Result<Vec<PastSeries>, String> {
    let ends = Moments {
        from: stretch.from_seconds,
        to: stretch.to_seconds,
        step: stretch.window_seconds,
    };
    metrics.past(query, ends).await
}

fn by_pod(
    all: &[PastSeries],
    label: Option<&str>,
    window_seconds: u64,
) -> Result<ByWindow, String> {
    by_window(all, window_seconds, |labels| {
        let instance = Series::instance_of(labels, label);
        let instance = instance.map_err(|error| error.to_string())?;
        Ok(instance.to_owned())
    })
}

/// What all series grew by in each window, summed by what `key` makes of their labels.
pub(super) fn by_window<K: Ord + Clone>(
    all: &[PastSeries],
    window_seconds: u64,
    key: impl Fn(&Labels) -> Result<K, String>,
) -> Result<Grown<K>, String> {
    let mut windows = Grown::new();
    for series in all {
        let key = key(&series.labels)?;
        for (start, grown) in growth(&series.values, window_seconds) {
            let counts = windows.entry(start).or_default();
            let sum = counts.entry(key.clone()).or_default();
            *sum = u64::saturating_add(*sum, grown);
        }
    }
    Ok(windows)
}

/// The beginning of each window of which both ends are there, and what was counted in it.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts and seconds are whole and below 2^53; what is not becomes 0 or the greatest number"
)]
fn growth(
    values: &[(f64, String)],
    window_seconds: u64,
) -> impl Iterator<Item = (u64, u64)> + use<> {
    let points = values.iter().filter_map(|(at, value)| {
        let value: f64 = value.parse().ok()?;
        (value.is_finite() && *at >= 0.0).then_some((*at as u64, value.max(0.0) as u64))
    });
    let points: Vec<(u64, u64)> = points.collect();
    let ends: Vec<_> = points.windows(2).map(|pair| (pair[0], pair[1])).collect();
    let adjacent = ends
        .into_iter()
        .filter(move |(before, now)| before.0.checked_add(window_seconds) == Some(now.0));
    adjacent.map(|(before, now)| {
        // A counter that went back was restarted: what it shows, it counted since then.
        let grown = now.1.checked_sub(before.1).unwrap_or(now.1);
        (before.0, grown)
    })
}

#[cfg(test)]
mod tests;
