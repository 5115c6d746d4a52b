//! How much counters grew in each window, from a Prometheus.

use super::{ByWindow, Stretch};
use crate::checks::counters::prometheus::{Asked, Moments, PastSeries, PrometheusError, Series};

/// What each pod counted in each window.
///
/// The query stands for how much there ever was, whatever functions it is made of. So it is asked for as it is, as of the
/// ends of the windows, and what it grew by is reckoned here.
pub(super) async fn grown(
    metrics: &Asked<'_>,
    (query, label): (&str, Option<&str>),
    stretch: Stretch,
) -> Result<ByWindow, String> {
    let ends = Moments {
        from: stretch.from_seconds,
        to: stretch.to_seconds,
        step: stretch.window_seconds,
    };
    let series = metrics.past(query, ends).await?;
    let windows = by_window(&series, label, stretch.window_seconds);
    windows.map_err(|error| error.to_string())
}

fn by_window(
    all: &[PastSeries],
    label: Option<&str>,
    window_seconds: u64,
) -> Result<ByWindow, PrometheusError> {
    let mut windows = ByWindow::new();
    for series in all {
        let instance = Series::instance_of(&series.labels, label)?;
        for (start, grown) in growth(&series.values, window_seconds) {
            let pods = windows.entry(start).or_default();
            let sum = pods.entry(instance.to_owned()).or_default();
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
