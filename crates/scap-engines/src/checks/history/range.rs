//! How much counters grew in each window, from a Prometheus.

use std::collections::BTreeMap;

use reqwest::{Client, Url};
use scap_plan::{INSTANCE_LABELS, Period};
use serde::Deserialize;

use super::{ByWindow, Stretch};
use crate::checks::http::{self, Answer};

/// For hours of a service with many pods.
const PATIENCE: Period = Period::from_secs(30);

/// Why an answer is no history.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
enum RangeError {
    #[error("{place} answered with status {status} and nothing that a Prometheus would say")]
    Foreign { place: String, status: u16 },
    #[error("{place} refused the query: {why}")]
    Refused { place: String, why: String },
    #[error("{place} answered in part only: {why}")]
    Partial { place: String, why: String },
    #[error("{place} has a series without a pod's name: it has {known}")]
    NoInstance { place: String, known: String },
}

#[derive(Deserialize)]
struct Said {
    status: String,
    #[serde(default)]
    error: String,
    #[serde(default)]
    warnings: Vec<String>,
    data: Option<Data>,
}

#[derive(Deserialize)]
struct Data {
    result: Vec<Series>,
}

#[derive(Deserialize)]
struct Series {
    #[serde(default)]
    metric: BTreeMap<String, String>,
    /// The time in seconds and the value as text, at the end of each window.
    values: Vec<(f64, String)>,
}

/// What each pod counted in each window.
///
/// The query stands for how much there ever was, whatever functions it is made of. So it is asked for as it is, as of the
/// ends of the windows, and what it grew by is reckoned here.
pub(super) async fn grown(
    client: &Client,
    url: &str,
    (query, label): (&str, Option<&str>),
    stretch: Stretch,
) -> Result<ByWindow, String> {
    let place = format!("Prometheus at {url}");
    let mut address = Url::parse(&format!("{url}/api/v1/query_range"))
        .map_err(|error| format!("{place} cannot be asked: {error}"))?;
    address.query_pairs_mut().extend_pairs([
        ("query", query),
        ("start", &stretch.from_seconds.to_string()),
        ("end", &stretch.to_seconds.to_string()),
        ("step", &format!("{}s", stretch.window_seconds)),
        ("timeout", &format!("{}s", PATIENCE.duration().as_secs())),
    ]);
    let answer = http::send(client.get(address), place, PATIENCE).await?;
    by_window(&answer, label, stretch.window_seconds).map_err(|error| error.to_string())
}

fn by_window(
    answer: &Answer,
    label: Option<&str>,
    window_seconds: u64,
) -> Result<ByWindow, RangeError> {
    let (place, status) = (answer.place.clone(), answer.status);
    let Ok(said) = serde_json::from_slice::<Said>(&answer.body) else {
        return Err(RangeError::Foreign { place, status });
    };
    if said.status != "success" || status != 200 {
        let why = said.error;
        return Err(RangeError::Refused { place, why });
    }
    if !said.warnings.is_empty() {
        let why = said.warnings.join("; ");
        return Err(RangeError::Partial { place, why });
    }
    let Some(data) = said.data else {
        return Err(RangeError::Foreign { place, status });
    };
    let mut windows = ByWindow::new();
    for series in data.result {
        let instance = instance(&place, &series.metric, label)?;
        for (start, grown) in series.growth(window_seconds) {
            let pods = windows.entry(start).or_default();
            let sum = pods.entry(instance.clone()).or_default();
            *sum = u64::saturating_add(*sum, grown);
        }
    }
    Ok(windows)
}

fn instance(
    place: &str,
    labels: &BTreeMap<String, String>,
    label: Option<&str>,
) -> Result<String, RangeError> {
    let usual = &INSTANCE_LABELS[..];
    let wanted = label.map_or_else(|| usual.to_vec(), |label| vec![label]);
    let found = wanted.iter().find_map(|label| labels.get(*label));
    found.cloned().ok_or_else(|| {
        let known: Vec<&str> = labels.keys().map(String::as_str).collect();
        RangeError::NoInstance {
            place: place.to_owned(),
            known: if known.is_empty() {
                "no labels".to_owned()
            } else {
                known.join(", ")
            },
        }
    })
}

impl Series {
    /// The beginning of each window of which both ends are there, and what was counted in it.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "counts and seconds are whole and below 2^53; what is not becomes 0 or the greatest number"
    )]
    fn growth(&self, window_seconds: u64) -> impl Iterator<Item = (u64, u64)> {
        let points = self.values.iter().filter_map(|(at, value)| {
            let value: f64 = value.parse().ok()?;
            (value.is_finite() && *at >= 0.0).then_some((*at as u64, value.max(0.0) as u64))
        });
        let points: Vec<(u64, u64)> = points.collect();
        let ends: Vec<_> = points.windows(2).map(|pair| (pair[0], pair[1])).collect();
        let adjacent = ends
            .into_iter()
            .filter(move |(before, now)| before.0 + window_seconds == now.0);
        adjacent.map(|(before, now)| {
            // A counter that went back was restarted: what it shows, it counted since then.
            let grown = now.1.checked_sub(before.1).unwrap_or(now.1);
            (before.0, grown)
        })
    }
}

#[cfg(test)]
mod tests;
