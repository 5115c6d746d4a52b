//! Instant queries to a Prometheus, and the counts that it answers with.

use std::collections::BTreeMap;

use reqwest::{Client, Url};
use scap_plan::{INSTANCE_LABELS, Period};
use serde::Deserialize;
use serde_json::Value;

use super::counters::{CountersError, count};
use super::http;

/// A Prometheus that takes longer holds up the tick.
const PATIENCE: Period = Period::from_secs(5);

/// One series and its value.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct Series {
    #[serde(rename = "metric", default)]
    pub(super) labels: BTreeMap<String, String>,
    /// The time in seconds, and the value as text.
    value: (f64, String),
}

#[derive(Deserialize)]
struct Answer {
    status: String,
    #[serde(default)]
    error: String,
    /// Of a store that speaks for several, when one of them did not answer.
    #[serde(default)]
    warnings: Vec<String>,
    data: Option<Data>,
}

#[derive(Deserialize)]
struct Data {
    #[serde(rename = "resultType")]
    kind: String,
    /// Its shape depends on the kind.
    result: Value,
}

/// Why an answer has no counts.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub(super) enum PrometheusError {
    #[error("{place} answered with status {status} and nothing that a Prometheus would say")]
    Foreign { place: String, status: u16 },
    #[error("{place} refused the query: {why}")]
    Refused { place: String, why: String },
    #[error("{place} answered in part only: {why}")]
    Partial { place: String, why: String },
    #[error("{place} answered with no vector; a query for a number has no instances")]
    NoVector { place: String },
    #[error("a series has none of the labels {wanted}; it has {known}")]
    NoInstance { wanted: String, known: String },
}

/// The series of `query` as they were at `at_seconds`, since 1970.
pub(super) async fn ask(
    client: &Client,
    url: &str,
    (query, at_seconds): (&str, u64),
) -> Result<Vec<Series>, String> {
    let place = format!("Prometheus at {url}");
    let mut address = Url::parse(&format!("{url}/api/v1/query"))
        .map_err(|error| format!("{place} cannot be asked: {error}"))?;
    let timeout = format!("{}s", PATIENCE.duration().as_secs());
    address.query_pairs_mut().extend_pairs([
        ("query", query),
        ("time", &at_seconds.to_string()),
        ("timeout", &timeout),
    ]);
    let answer = http::send(client.get(address), place, PATIENCE).await?;
    series(&answer).map_err(|error| error.to_string())
}

fn series(answer: &http::Answer) -> Result<Vec<Series>, PrometheusError> {
    let (place, status) = (answer.place.clone(), answer.status);
    let Ok(said) = serde_json::from_slice::<Answer>(&answer.body) else {
        return Err(PrometheusError::Foreign { place, status });
    };
    if said.status != "success" || status != 200 {
        let why = said.error;
        return Err(PrometheusError::Refused { place, why });
    }
    if !said.warnings.is_empty() {
        let why = said.warnings.join("; ");
        return Err(PrometheusError::Partial { place, why });
    }
    let vector = said.data.filter(|data| data.kind == "vector");
    let vector = vector.and_then(|data| serde_json::from_value(data.result).ok());
    vector.ok_or(PrometheusError::NoVector { place })
}

impl Series {
    /// The name of what it counts for: the value of `label`, else of the usual labels.
    pub(super) fn instance(&self, label: Option<&str>) -> Result<&str, PrometheusError> {
        let usual = &INSTANCE_LABELS[..];
        let wanted = label.map_or_else(|| usual.to_vec(), |label| vec![label]);
        let found = wanted.iter().find_map(|label| self.labels.get(*label));
        found.map(String::as_str).ok_or_else(|| {
            let known: Vec<&str> = self.labels.keys().map(String::as_str).collect();
            PrometheusError::NoInstance {
                wanted: wanted.join(", "),
                known: if known.is_empty() {
                    "none".to_owned()
                } else {
                    known.join(", ")
                },
            }
        })
    }

    /// How often it happened; `of` is what.
    pub(super) fn count(&self, of: &str) -> Result<u64, CountersError> {
        count(of, self.value.1.parse().unwrap_or(f64::NAN))
    }
}

#[cfg(test)]
mod tests;
