//! Log lines of each pod in each window, and the commonest kinds with an example, from an `OpenSearch` or Elasticsearch.
//!
//! A histogram of dates has by itself only windows in which something was found, and none before the first or after the
//! last of those. A distribution of those would be one of bad moments: half of all windows may have an error, and the
//! median be three. So windows without lines are asked for too (`min_doc_count: 0`), up to both ends (`extended_bounds`).
//! Pages of a composite aggregation would need no limit of buckets, but leave empty ones out and cannot be told otherwise.

use scap_plan::{LogCounters, LogStore, Period};
use scap_run::history::Kind;
use serde::Deserialize;
use serde_json::{Value, json};
use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::{ByWindow, Stretch};
use crate::checks::counters::log_store::message::message;
use crate::checks::counters::log_store::{self, Asked, LogStoreError, matching, signature, text};
use crate::secrets::KnownSecrets;

/// For hours of a service with many pods.
const PATIENCE: Period = Period::from_secs(30);
/// More pods than this in a window are counted in part only, which is no count.
const MOST_INSTANCES: usize = 200;
/// The commonest values are asked for; those that differ by numbers only are one kind.
const MOST_VALUES: usize = 200;
const LONGEST_EXAMPLE_CHARACTERS: usize = 300;

/// Lines that match `query` in `stretch`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Search {
    pub(super) query: String,
    pub(super) stretch: Stretch,
}

#[derive(Deserialize)]
struct InWindows {
    window: Buckets<WindowBucket>,
}

#[derive(Deserialize)]
struct Kinds {
    kind: Buckets<KindBucket>,
}

#[derive(Deserialize)]
struct Buckets<B> {
    #[serde(default)]
    sum_other_doc_count: u64,
    buckets: Vec<B>,
}

#[derive(Deserialize)]
struct WindowBucket {
    /// Milliseconds since 1970.
    key: u64,
    instance: Buckets<PodBucket>,
}

#[derive(Deserialize)]
struct PodBucket {
    key: Value,
    doc_count: u64,
}

#[derive(Deserialize)]
struct KindBucket {
    key: Value,
    doc_count: u64,
    #[serde(default)]
    example: Value,
}

/// Errors by window and pod.
pub(super) async fn count(
    asked: &Asked<'_>,
    counters: &LogCounters,
    search: &Search,
) -> Result<ByWindow, String> {
    let body = in_windows(asked.store, counters, search);
    let found = asked.aggregations(&body, (&search.query, PATIENCE)).await?;
    by_window(found, asked.place()).map_err(|error| error.to_string())
}

/// The commonest kinds, with one line of each; none where nothing tells kinds apart.
pub(super) async fn kinds(
    asked: &Asked<'_>,
    counters: &LogCounters,
    (search, secrets): (&Search, &KnownSecrets),
) -> Result<Vec<Kind>, String> {
    let Some(field) = &counters.signature else {
        return Ok(Vec::new());
    };
    let body = in_kinds(asked.store, field, search);
    let found = asked.aggregations(&body, (&search.query, PATIENCE)).await?;
    let kinds = by_kind(found, asked.place(), secrets);
    kinds.map_err(|error| error.to_string())
}

fn in_windows(store: &LogStore, counters: &LogCounters, search: &Search) -> Value {
    let instance = json!({
        "terms": { "field": counters.instance_field, "size": MOST_INSTANCES },
    });
    let window = json!({
        "date_histogram": {
            "field": store.time_field,
            "fixed_interval": format!("{}s", search.stretch.window_seconds),
            "min_doc_count": 0,
            "extended_bounds": {
                "min": search.stretch.from_seconds * 1_000,
                "max": search.stretch.to_seconds * 1_000 - 1,
            },
        },
        "aggs": { "instance": instance },
    });
    request(store, search, &json!({ "window": window }))
}

fn in_kinds(store: &LogStore, field: &str, search: &Search) -> Value {
    let kind = json!({
        "terms": { "field": field, "size": MOST_VALUES },
        "aggs": { "example": { "top_hits": { "size": 1, "_source": true } } },
    });
    request(store, search, &json!({ "kind": kind }))
}

fn request(store: &LogStore, search: &Search, aggregations: &Value) -> Value {
    let stretch = log_store::Stretch {
        from: search.stretch.from_seconds * 1_000,
        to: search.stretch.to_seconds * 1_000,
    };
    matching(store, (&search.query, stretch), PATIENCE, aggregations)
}

fn by_window(found: Value, place: String) -> Result<ByWindow, LogStoreError> {
    let Ok(found) = serde_json::from_value::<InWindows>(found) else {
        return Err(LogStoreError::Foreign { place });
    };
    let mut windows = ByWindow::new();
    for bucket in found.window.buckets {
        if bucket.instance.sum_other_doc_count > 0 {
            let most = MOST_INSTANCES;
            return Err(LogStoreError::TooMany { place, most });
        }
        let pods = bucket.instance.buckets.into_iter();
        let pods = pods.map(|pod| (text(&pod.key), pod.doc_count));
        windows.insert(bucket.key / 1_000, pods.collect());
    }
    Ok(windows)
}

fn by_kind(
    found: Value,
    place: String,
    secrets: &KnownSecrets,
) -> Result<Vec<Kind>, LogStoreError> {
    let Ok(found) = serde_json::from_value::<Kinds>(found) else {
        return Err(LogStoreError::Foreign { place });
    };
    let mut kinds: BTreeMap<String, Kind> = BTreeMap::new();
    for bucket in found.kind.buckets {
        // Masked first: a part of a secret would not be known again.
        let value = secrets.mask(&text(&bucket.key)).into_owned();
        let name = signature(&value);
        let kind = kinds.entry(name.clone()).or_insert_with(|| Kind {
            signature: name,
            errors: 0,
            example: example(&bucket.example, secrets),
        });
        kind.errors = kind.errors.saturating_add(bucket.doc_count);
    }
    let mut kinds: Vec<Kind> = kinds.into_values().collect();
    kinds.sort_by_key(|kind| Reverse(kind.errors));
    Ok(kinds)
}

/// The text of the line, else all of it.
fn example(hits: &Value, secrets: &KnownSecrets) -> Option<String> {
    let line = &hits.pointer("/hits/hits/0")?["_source"];
    let text = message(line).map_or_else(|| line.to_string(), str::to_owned);
    let masked = secrets.mask(&text);
    Some(masked.chars().take(LONGEST_EXAMPLE_CHARACTERS).collect())
}

#[cfg(test)]
mod tests;
