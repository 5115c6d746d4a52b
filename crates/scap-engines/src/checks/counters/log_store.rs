//! Counts of log lines by pod and kind, from an `OpenSearch` or Elasticsearch.

mod answer;
mod examples;
mod fields;
pub(in crate::checks) mod message;
mod search;
mod signature;

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, Url};
use scap_plan::{LogCounters, LogStore, Period};
use serde_json::{Value, json};

use crate::checks::access::Access;
use crate::checks::http::{Answer, NoAnswer};
use crate::secrets::KnownSecrets;
use answer::Found;
pub(in crate::checks) use answer::text;
pub(in crate::checks) use examples::{Sought, some_of};
pub(in crate::checks) use search::{Search, Stretch, matching};
pub(in crate::checks) use signature::signature;

/// A store that takes longer holds up the tick.
const PATIENCE: Period = Period::from_secs(5);
/// A look into the past is taken once, and at more.
const PATIENCE_WITH_DAYS: Period = Period::from_secs(15);
/// Kinds of one pod that are remembered; errors of further ones are unlisted.
const MOST_KINDS: usize = 1000;
/// Lines that are dated so far ahead of this machine's clock are dated wrongly.
pub(in crate::checks) const AHEAD: Duration = Duration::from_secs(10);

/// Lines of one pod since the first look.
#[derive(Debug, Clone, Default, PartialEq)]
pub(in crate::checks) struct Lines {
    pub(in crate::checks) errors: u64,
    pub(in crate::checks) signatures: BTreeMap<String, u64>,
    /// Errors whose kinds nobody knows: they came late, or were of too many kinds.
    pub(in crate::checks) unlisted: u64,
}

/// What has been counted.
#[derive(Debug, Clone, Default, PartialEq)]
pub(in crate::checks) struct LogCounts {
    pub(in crate::checks) pods: BTreeMap<String, Lines>,
    /// Lines that match and name no pod.
    pub(in crate::checks) of_no_instance: u64,
}

/// What there ever was in a log store.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::checks) struct Ever {
    /// Lines of the last days that the query matches.
    pub(in crate::checks) matching: u64,
    /// The time of the newest line of all; none when there is no line of the last days.
    pub(in crate::checks) newest: Option<Timestamp>,
    /// Lines that are dated ahead of this machine's clock.
    pub(in crate::checks) ahead: u64,
    /// How far the store's own clock is ahead of this machine's.
    pub(in crate::checks) clock_ahead: Option<SignedDuration>,
}

/// Why an answer has no counts.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub(in crate::checks) enum LogStoreError {
    #[error("{place} answered with status {status}{said}")]
    Refused {
        place: String,
        status: u16,
        said: String,
    },
    #[error("{place} is busy (status {status}){said}")]
    Busy {
        place: String,
        status: u16,
        said: String,
    },
    #[error("{place} does not let scap in (status {status}){said}")]
    Forbidden {
        place: String,
        status: u16,
        said: String,
    },
    #[error("{place} cannot read the query `{query}`{said}")]
    Query {
        place: String,
        query: String,
        said: String,
    },
    #[error("{place} cannot group by a field that is a text; its `.keyword` might do{said}")]
    Text { place: String, said: String },
    #[error("{place} answered with nothing that a log store would say")]
    Foreign { place: String },
    #[error("{place} ran out of time, so that its counts are in part only")]
    TimedOut { place: String },
    #[error("{place} answered in part only: {failed} of {total} shards did not{said}")]
    Partial {
        place: String,
        failed: u64,
        total: u64,
        said: String,
    },
    #[error("{place} has no such index")]
    NoIndex { place: String },
    #[error("{place} has errors of more than {most} pods")]
    TooMany { place: String, most: usize },
    #[error(
        "{place} has {total} lines that match, and none has the field `{field}` with a pod's name"
    )]
    NoInstance {
        place: String,
        total: u64,
        field: String,
    },
}

/// A log store that is asked.
pub(in crate::checks) struct Asked<'a> {
    pub(in crate::checks) client: &'a Client,
    pub(in crate::checks) access: &'a Access,
    pub(in crate::checks) store: &'a LogStore,
    pub(in crate::checks) url: &'a str,
}

impl Asked<'_> {
    /// Errors by pod, counted on from those `before`.
    pub(in crate::checks) async fn count(
        &self,
        counters: &LogCounters,
        search: &Search,
        (before, secrets): (&BTreeMap<String, Lines>, &KnownSecrets),
    ) -> Result<LogCounts, String> {
        let body = search::count(self.store, counters, search, PATIENCE);
        let answer = match self.post("_search", &body, PATIENCE).await {
            // Kinds may be as long as a line. Without them the counts are there still.
            Err(NoAnswer::TooLong { .. }) if search.newest.is_some() => {
                let search = Search {
                    newest: None,
                    ..search.clone()
                };
                let body = search::count(self.store, counters, &search, PATIENCE);
                self.post("_search", &body, PATIENCE).await?
            }
            other => other?,
        };
        let found = answer::found(&answer, counters, (&search.query, secrets));
        let found = found.map_err(|error| error.to_string())?;
        Ok(counted_on(before, &found, counters.signature.is_some()))
    }

    /// What is wrong with the fields of the counters.
    pub(in crate::checks) async fn field_faults(
        &self,
        counters: &LogCounters,
    ) -> Result<Vec<String>, String> {
        let wanted = fields::wanted(self.store, counters);
        let capabilities = self.capabilities(&wanted).await?;
        Ok(fields::faults(self.store, counters, &capabilities))
    }

    /// What can be done with fields, by their names with commas between them.
    pub(in crate::checks) async fn capabilities(&self, names: &str) -> Result<Value, String> {
        let path = format!("_field_caps?fields={}", encoded(names));
        let answer = self.post(&path, &json!({}), PATIENCE).await?;
        answer::json_of(&answer, "").map_err(|error| error.to_string())
    }

    /// What there was in the last `days` up to `now`.
    pub(in crate::checks) async fn ever(
        &self,
        query: &str,
        (now, days): (Duration, u64),
    ) -> Result<Ever, String> {
        let now = u64::try_from(now.as_millis()).unwrap_or(u64::MAX / 2);
        let body = search::ever(self.store, query, (now, days), PATIENCE_WITH_DAYS);
        let answer = self.post("_search", &body, PATIENCE_WITH_DAYS).await?;
        let (found, _) = answer::whole(&answer, query).map_err(|error| error.to_string())?;
        let number = |path: &str| found.pointer(path).and_then(Value::as_u64);
        let newest = found
            .pointer("/all/newest/time/value")
            .and_then(Value::as_f64);
        Ok(Ever {
            matching: number("/matching/doc_count").unwrap_or(0),
            newest: newest.and_then(timestamp),
            ahead: number("/all/ahead/doc_count").unwrap_or(0),
            clock_ahead: answer.said.ahead,
        })
    }

    /// What an answer that left nothing out has under `aggs`; `query` is what people know the question by.
    pub(in crate::checks) async fn aggregations(
        &self,
        body: &Value,
        (query, patience): (&str, Period),
    ) -> Result<Value, String> {
        let answer = self.post("_search", body, patience).await?;
        let found = answer::whole(&answer, query).map_err(|error| error.to_string())?;
        Ok(found.0)
    }

    /// What people know it by.
    pub(in crate::checks) fn place(&self) -> String {
        format!("the log store at {}/{}", self.url, self.store.index)
    }

    async fn post(&self, path: &str, body: &Value, patience: Period) -> Result<Answer, NoAnswer> {
        let request = self
            .client
            .post(format!("{}/{}/{path}", self.url, self.store.index))
            .header(CONTENT_TYPE, "application/json")
            .body(body.to_string());
        let how = (self.place(), patience);
        self.access.ask(self.url, request, how).await
    }
}

/// Of milliseconds since 1970, as a store tells them.
#[expect(clippy::cast_possible_truncation, reason = "too far away is no time")]
fn timestamp(milliseconds: f64) -> Option<Timestamp> {
    Timestamp::from_millisecond(milliseconds as i64).ok()
}

/// Counts never go back: a line that is no longer found was there.
fn counted_on(before: &BTreeMap<String, Lines>, found: &Found, has_kinds: bool) -> LogCounts {
    let mut pods = before.clone();
    for (pod, errors) in &found.errors {
        let lines = pods.entry(pod.clone()).or_default();
        let grown = errors.saturating_sub(lines.errors);
        lines.errors += grown;
        if !has_kinds {
            continue;
        }
        let nothing = answer::Kinds::default();
        let newest = found.kinds.get(pod).unwrap_or(&nothing);
        let late = grown.saturating_sub(newest.errors);
        lines.unlisted += late + newest.unlisted;
        for (kind, count) in &newest.signatures {
            if lines.signatures.len() < MOST_KINDS || lines.signatures.contains_key(kind) {
                *lines.signatures.entry(kind.clone()).or_insert(0) += count;
            } else {
                lines.unlisted += count;
            }
        }
    }
    LogCounts {
        pods,
        of_no_instance: found.of_no_instance,
    }
}

fn encoded(text: &str) -> String {
    let mut url = Url::parse("http://x").expect("it is one");
    url.set_query(Some(text));
    url.query().unwrap_or_default().replace('&', "%26")
}

#[cfg(test)]
mod tests;
