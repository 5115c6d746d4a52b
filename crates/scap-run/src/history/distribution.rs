//! How errors spread over windows, quiet ones included: a quantile of the bad moments alone would tell nothing.

use super::History;
use crate::evidence::float;
use serde::{Deserialize, Serialize};

/// How many errors windows have.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Distribution {
    pub windows: usize,
    /// Those without an error.
    pub quiet: usize,
    /// Those without a request: nothing can be said of them.
    pub without_requests: usize,
    pub requests: u64,
    pub errors: u64,
    pub errors_per_window: Quantiles,
    /// Variance over mean of the errors in a window: 1 if each came by itself, more if they come in bursts or with the
    /// traffic.
    pub dispersion: f64,
    /// The same of what the number of requests does not explain: Pearson's chi-squared over its degrees of freedom, with
    /// one error rate for all windows.
    pub dispersion_beside_traffic: f64,
    /// Windows by their errors, from none up.
    pub bins: Vec<Bin>,
}

/// Values that so many per cent do not exceed, by the nearest rank.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Quantiles {
    pub p50: f64,
    pub p90: f64,
    pub p99: f64,
    pub most: f64,
}

/// Windows with `least` to `most` errors.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bin {
    pub least: u64,
    pub most: u64,
    pub windows: usize,
}

impl Quantiles {
    pub(super) fn of(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        let at = |per_cent: usize| {
            let rank = (values.len() * per_cent).div_ceil(100).max(1) - 1;
            values.get(rank).copied().unwrap_or(0.0)
        };
        Self {
            p50: at(50),
            p90: at(90),
            p99: at(99),
            most: at(100),
        }
    }
}

impl Distribution {
    pub(super) fn of(histories: &[History]) -> Self {
        let windows = histories.iter().flat_map(|history| &history.windows);
        let counts: Vec<_> = windows.map(|window| window.counts(|_| true)).collect();
        let errors: Vec<u64> = counts.iter().map(|counts| counts.errors).collect();
        let all = |values: &[u64]| {
            values
                .iter()
                .fold(0, |sum: u64, more| sum.saturating_add(*more))
        };
        let requests: Vec<u64> = counts.iter().map(|counts| counts.requests).collect();
        let (total_requests, total_errors) = (all(&requests), all(&errors));
        let pairs = errors.iter().copied().zip(requests.iter().copied());
        Self {
            windows: counts.len(),
            quiet: errors.iter().filter(|errors| **errors == 0).count(),
            without_requests: requests.iter().filter(|requests| **requests == 0).count(),
            requests: total_requests,
            errors: total_errors,
            errors_per_window: Quantiles::of(errors.iter().copied().map(float).collect()),
            dispersion: dispersion(&errors),
            dispersion_beside_traffic: beside_traffic(pairs, (total_errors, total_requests)),
            bins: bins(&errors),
        }
    }
}

fn dispersion(errors: &[u64]) -> f64 {
    let count = float(errors.len() as u64);
    let mean = errors.iter().copied().map(float).sum::<f64>() / count.max(1.0);
    let squares = errors.iter().map(|errors| (float(*errors) - mean).powi(2));
    let variance = squares.sum::<f64>() / (count - 1.0).max(1.0);
    if mean > 0.0 { variance / mean } else { 0.0 }
}

/// Σ (e − r·n)² / (r·n) over the windows with requests, over their number less one.
fn beside_traffic(
    windows: impl Iterator<Item = (u64, u64)>,
    (errors, requests): (u64, u64),
) -> f64 {
    if errors == 0 || requests == 0 {
        return 0.0;
    }
    let rate = float(errors) / float(requests);
    let (mut sum, mut count) = (0.0, 0.0);
    for (errors, requests) in windows.filter(|(_, requests)| *requests > 0) {
        let expected = rate * float(requests);
        sum += (float(errors) - expected).powi(2) / expected;
        count += 1.0;
    }
    sum / (count - 1.0_f64).max(1.0)
}

/// 0, 1, 2, 3–4, 5–8 and so on: from one to the next twice as many.
fn bins(errors: &[u64]) -> Vec<Bin> {
    let greatest = errors.iter().copied().max().unwrap_or(0);
    let mut bins = vec![Bin {
        least: 0,
        most: 0,
        windows: 0,
    }];
    let mut most = 1_u64;
    while bins.last().is_some_and(|last| last.most < greatest) {
        let least = bins.last().map_or(0, |last| last.most + 1);
        bins.push(Bin {
            least,
            most,
            windows: 0,
        });
        most = most.saturating_mul(2);
    }
    for errors in errors {
        let bin = bins.iter_mut().find(|bin| *errors <= bin.most);
        bin.expect("the last bin ends with the greatest").windows += 1;
    }
    bins
}
