//! Queries to a Prometheus as of one moment or of many, and the counts that it answers with.

mod probe;
mod selectors;

use reqwest::{Client, Url};
use scap_plan::{INSTANCE_LABELS, Period};
use serde::Deserialize;
use serde_json::Value;

use super::totals::Labels;
use super::{CountersError, count};
use crate::checks::access::{Access, is_busy};
use crate::checks::http;

pub(in crate::checks) use probe::Presence;
pub(in crate::checks) use selectors::selectors;

/// A Prometheus that takes longer holds up the tick.
const PATIENCE: Period = Period::from_secs(5);
/// For hours of a service with many pods.
const PATIENCE_WITH_PAST: Period = Period::from_secs(30);

/// One series and its value.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(in crate::checks) struct Series {
    #[serde(rename = "metric", default)]
    pub(in crate::checks) labels: Labels,
    /// The time in seconds, and the value as text.
    value: (f64, String),
}

/// One series and its values at moments of the past.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(in crate::checks) struct PastSeries {
    #[serde(rename = "metric", default)]
    pub(in crate::checks) labels: Labels,
    /// Each with its time in seconds, and the value as text.
    pub(in crate::checks) values: Vec<(f64, String)>,
}

/// Moments of the past, in seconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::checks) struct Moments {
    pub(in crate::checks) from: u64,
    /// Itself among them, if it is so many steps away.
    pub(in crate::checks) to: u64,
    pub(in crate::checks) step: u64,
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
pub(in crate::checks) enum PrometheusError {
    #[error("{place} answered with status {status} and nothing that a Prometheus would say")]
    Foreign { place: String, status: u16 },
    #[error("{place} is busy (status {status}){said}")]
    Busy {
        place: String,
        status: u16,
        said: String,
    },
    #[error("{place} does not let scap in (status {status})")]
    Forbidden { place: String, status: u16 },
    #[error("{place} refused the query `{query}`: {why}")]
    Refused {
        place: String,
        query: String,
        why: String,
    },
    #[error("{place} answered in part only: {why}")]
    Partial { place: String, why: String },
    #[error("{place} answered with no vector; a query for a number has no instances")]
    NoVector { place: String },
    #[error("a series has none of the labels {wanted}; it has {known}")]
    NoInstance { wanted: String, known: String },
}

/// A Prometheus that is asked.
pub(in crate::checks) struct Asked<'a> {
    pub(in crate::checks) client: &'a Client,
    pub(in crate::checks) access: &'a Access,
    pub(in crate::checks) url: &'a str,
}

impl Asked<'_> {
    /// The series of `query` as they were at `at_seconds`, since 1970.
    pub(in crate::checks) async fn series(
        &self,
        query: &str,
        at_seconds: u64,
    ) -> Result<Vec<Series>, String> {
        let answer = self.ask(query, at_seconds).await?;
        series(&answer, query).map_err(|error| error.to_string())
    }

    /// The series of `query` as they were at `moments`.
    pub(in crate::checks) async fn past(
        &self,
        query: &str,
        moments: Moments,
    ) -> Result<Vec<PastSeries>, String> {
        let Moments { from, to, step } = moments;
        let when = [("start", from), ("end", to), ("step", step)];
        let asked = self.get(("query_range", query), &when, PATIENCE_WITH_PAST);
        past(&asked.await?, query).map_err(|error| error.to_string())
    }

    async fn ask(&self, query: &str, at_seconds: u64) -> Result<http::Answer, String> {
        let when = [("time", at_seconds)];
        self.get(("query", query), &when, PATIENCE).await
    }

    async fn get(
        &self,
        (path, query): (&str, &str),
        when: &[(&str, u64)],
        patience: Period,
    ) -> Result<http::Answer, String> {
        let url = self.url;
        let place = format!("Prometheus at {url}");
        let address = Url::parse(&format!("{url}/api/v1/{path}"));
        let mut address = address.map_err(|error| format!("{place} cannot be asked: {error}"))?;
        let timeout = format!("{}s", patience.duration().as_secs());
        address
            .query_pairs_mut()
            .extend_pairs([("query", query), ("timeout", &timeout)])
            .extend_pairs(when.iter().map(|(key, value)| (key, value.to_string())));
        let request = self.client.get(address);
        Ok(self.access.ask(url, request, (place, patience)).await?)
    }
}

fn series(answer: &http::Answer, query: &str) -> Result<Vec<Series>, PrometheusError> {
    let vector = said(answer, query)?.filter(|data| data.kind == "vector");
    let vector = vector.and_then(|data| serde_json::from_value(data.result).ok());
    vector.ok_or_else(|| PrometheusError::NoVector {
        place: answer.place.clone(),
    })
}

fn past(answer: &http::Answer, query: &str) -> Result<Vec<PastSeries>, PrometheusError> {
    let matrix = said(answer, query)?.filter(|data| data.kind == "matrix");
    let matrix = matrix.and_then(|data| serde_json::from_value(data.result).ok());
    matrix.ok_or_else(|| PrometheusError::Foreign {
        place: answer.place.clone(),
        status: answer.status,
    })
}

/// What it said, if it left nothing out.
fn said(answer: &http::Answer, query: &str) -> Result<Option<Data>, PrometheusError> {
    let (place, status) = (answer.place.clone(), answer.status);
    let said = serde_json::from_slice::<Answer>(&answer.body);
    if is_busy(status) {
        let said = said.ok().filter(|said| !said.error.is_empty());
        let said = said.map_or(String::new(), |said| format!(": {}", said.error));
        return Err(PrometheusError::Busy {
            place,
            status,
            said,
        });
    }
    if matches!(status, 401 | 403) {
        return Err(PrometheusError::Forbidden { place, status });
    }
    let Ok(said) = said else {
        return Err(PrometheusError::Foreign { place, status });
    };
    if said.status != "success" || status != 200 {
        let (query, why) = (query.to_owned(), said.error);
        return Err(PrometheusError::Refused { place, query, why });
    }
    if !said.warnings.is_empty() {
        let why = said.warnings.join("; ");
        return Err(PrometheusError::Partial { place, why });
    }
    Ok(said.data)
}

impl Series {
    /// The name of what a series of these labels counts for: the value of `label`, else of the usual labels.
    pub(in crate::checks) fn instance_of<'a>(
        labels: &'a Labels,
        label: Option<&str>,
    ) -> Result<&'a str, PrometheusError> {
        let usual = &INSTANCE_LABELS[..];
        let wanted = label.map_or_else(|| usual.to_vec(), |label| vec![label]);
        let found = wanted.iter().find_map(|label| labels.get(*label));
        found.map(String::as_str).ok_or_else(|| {
            let known: Vec<&str> = labels.keys().map(String::as_str).collect();
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
    pub(in crate::checks) fn count(&self, of: &str) -> Result<u64, CountersError> {
        count(of, self.value.1.parse().unwrap_or(f64::NAN))
    }
}

#[cfg(test)]
mod tests;
