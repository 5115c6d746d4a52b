//! What a log store is asked.

use scap_plan::{LogCounters, LogStore, Period};
use serde_json::{Value, json};

/// More pods than this are counted in part only, which is no count.
pub(super) const MOST_INSTANCES: usize = 1000;
/// The commonest kinds of errors of each pod in one stretch of time.
const MOST_SIGNATURES: usize = 200;
/// Up to so many lines with different values are told apart exactly; it is as many as there may be.
const DISTINCT_EXACTLY: u64 = 40_000;

/// A stretch of time that begins with `from` and ends before `to`, in milliseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::checks) struct Stretch {
    pub(in crate::checks) from: u64,
    pub(in crate::checks) to: u64,
}

/// Lines that match `query`.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::checks) struct Search {
    pub(in crate::checks) query: String,
    /// All that is counted: again each time, so that a line that came late is counted too, and once.
    pub(in crate::checks) all: Stretch,
    /// What has been added to it since the look before: kinds of errors are asked for here only, where they are few.
    pub(in crate::checks) newest: Option<Stretch>,
}

/// A query that has taken longer than `patience` is to be given up there too.
pub(super) fn count(
    store: &LogStore,
    counters: &LogCounters,
    search: &Search,
    patience: Period,
) -> Value {
    let mut aggregations = json!({ "instance": by_instance(counters, None) });
    if let (Some(signature), Some(newest)) = (&counters.signature, search.newest) {
        aggregations["newest"] = json!({
            "filter": { "range": within(store, newest) },
            "aggs": { "instance": by_instance(counters, Some(signature)) },
        });
    }
    let mut body = matching(store, (&search.query, search.all), patience, &aggregations);
    body["track_total_hits"] = true.into();
    body
}

/// What there is under `aggregations` of the lines that match a query in a stretch of time.
pub(in crate::checks) fn matching(
    store: &LogStore,
    (query, stretch): (&str, Stretch),
    patience: Period,
    aggregations: &Value,
) -> Value {
    json!({
        "size": 0,
        "track_total_hits": false,
        "timeout": timeout(patience),
        "query": { "bool": { "filter": [
            { "query_string": { "query": query } },
            { "range": within(store, stretch) },
        ] } },
        "aggs": aggregations,
    })
}

/// Whether there are lines at all, and any that match: in the last `days`, up to which time, and beyond `now`.
pub(super) fn ever(
    store: &LogStore,
    query: &str,
    (now, days): (u64, u64),
    patience: Period,
) -> Value {
    let field = store.time_field.as_str();
    let ahead = now + super::AHEAD.as_secs() * 1000;
    let later = json!({ "range": { field: { "gt": ahead, "format": "epoch_millis" } } });
    let from = now.saturating_sub(days * 24 * 60 * 60 * 1000);
    let recent = Stretch {
        from,
        to: now + 1000,
    };
    json!({
        "size": 0,
        "track_total_hits": false,
        "timeout": timeout(patience),
        "query": { "query_string": { "query": query } },
        "aggs": {
            "matching": { "filter": { "range": within(store, recent) } },
            "all": { "global": {}, "aggs": {
                "newest": { "filter": { "range": within(store, recent) }, "aggs": { "time": { "max": { "field": field } } } },
                "ahead": { "filter": later },
            } },
        },
    })
}

pub(super) fn timeout(patience: Period) -> String {
    format!("{}ms", patience.milliseconds())
}

pub(super) fn within(store: &LogStore, stretch: Stretch) -> Value {
    let Stretch { from, to } = stretch;
    json!({ (store.time_field.as_str()): { "gte": from, "lt": to, "format": "epoch_millis" } })
}

fn by_instance(counters: &LogCounters, signature: Option<&String>) -> Value {
    let mut instance = grouped(counters, &counters.instance_field, MOST_INSTANCES);
    if let Some(signature) = signature {
        instance["aggs"]["signature"] = grouped(counters, signature, MOST_SIGNATURES);
    }
    instance
}

fn grouped(counters: &LogCounters, field: &str, most: usize) -> Value {
    let mut grouped = json!({ "terms": { "field": field, "size": most } });
    if let Some(distinct) = &counters.distinct {
        let exactly = json!({ "field": distinct, "precision_threshold": DISTINCT_EXACTLY });
        grouped["aggs"] = json!({
            "distinct": { "cardinality": exactly },
            "without": { "missing": { "field": distinct } },
        });
    }
    grouped
}
