//! Counts of log lines by pod and kind, from an `OpenSearch` or Elasticsearch.

use std::collections::BTreeMap;

use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, Url};
use scap_plan::{LogCounters, LogStore, Period};
use serde::Deserialize;
use serde_json::{Value, json};

use super::http::{self, Answer};
use crate::secrets::KnownSecrets;

/// A store that takes longer holds up the tick.
const PATIENCE: Period = Period::from_secs(5);
/// More pods than this are counted in part only, which is no count.
const MOST_INSTANCES: usize = 1000;
/// The commonest kinds of errors of each pod.
const MOST_SIGNATURES: usize = 100;
const LONGEST_SIGNATURE_CHARACTERS: usize = 200;

/// Lines of one pod.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Lines {
    pub(super) errors: u64,
    pub(super) signatures: BTreeMap<String, u64>,
}

/// Why an answer has no counts.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub(super) enum LogStoreError {
    #[error("{place} answered with status {status}{said}")]
    Refused {
        place: String,
        status: u16,
        said: String,
    },
    #[error("{place} answered with nothing that a log store would say")]
    Foreign { place: String },
    #[error("{place} ran out of time, so that its counts are in part only")]
    TimedOut { place: String },
    #[error("{place} answered in part only: {failed} of {total} shards did not")]
    Partial {
        place: String,
        failed: u64,
        total: u64,
    },
    #[error("{place} has no such index")]
    NoIndex { place: String },
    #[error("{place} has errors of more than {MOST_INSTANCES} pods")]
    TooMany { place: String },
}

#[derive(Deserialize)]
struct Found {
    timed_out: bool,
    #[serde(default)]
    terminated_early: bool,
    #[serde(rename = "_shards")]
    shards: Shards,
    aggregations: Option<Aggregations>,
}

#[derive(Deserialize)]
struct Shards {
    total: u64,
    failed: u64,
}

#[derive(Deserialize)]
struct Aggregations {
    instance: Buckets,
}

#[derive(Deserialize)]
struct Buckets {
    #[serde(default)]
    sum_other_doc_count: u64,
    buckets: Vec<Bucket>,
}

#[derive(Deserialize)]
struct Bucket {
    key: Value,
    doc_count: u64,
    signature: Option<Buckets>,
}

/// Lines that match `query` from one moment to before another, in milliseconds since 1970.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Search {
    pub(super) query: String,
    pub(super) from_milliseconds: u64,
    pub(super) to_milliseconds: u64,
}

/// Errors by pod.
pub(super) async fn count(
    client: &Client,
    (store, url): (&LogStore, &str),
    counters: &LogCounters,
    search: &Search,
    secrets: &KnownSecrets,
) -> Result<BTreeMap<String, Lines>, String> {
    let body = request(store, counters, search);
    let answer = post(client, (store, url), "_search", &body).await?;
    lines(&answer, secrets).map_err(|error| error.to_string())
}

/// Fields of the counters by which nothing can be grouped, or that no index has.
pub(super) async fn unusable_fields(
    client: &Client,
    (store, url): (&LogStore, &str),
    counters: &LogCounters,
) -> Result<Vec<String>, String> {
    let fields = std::iter::once(&counters.instance_field).chain(&counters.signature);
    let fields: Vec<&str> = fields.map(String::as_str).collect();
    let path = format!("_field_caps?fields={}", encoded(&fields.join(",")));
    let answer = post(client, (store, url), &path, &json!({})).await?;
    let capabilities = json_of(&answer).map_err(|error| error.to_string())?;
    let is_usable = |field: &&str| {
        let types = capabilities["fields"][field].as_object();
        types.is_some_and(|types| types.values().all(|kind| kind["aggregatable"] == true))
    };
    let unusable = fields.into_iter().filter(|field| !is_usable(field));
    Ok(unusable.map(str::to_owned).collect())
}

fn encoded(text: &str) -> String {
    let mut url = Url::parse("http://x").expect("it is one");
    url.set_query(Some(text));
    url.query().unwrap_or_default().replace('&', "%26")
}

async fn post(
    client: &Client,
    (store, url): (&LogStore, &str),
    path: &str,
    body: &Value,
) -> Result<Answer, String> {
    let place = format!("the log store at {url}");
    let request = client
        .post(format!("{url}/{}/{path}", store.index))
        .header(CONTENT_TYPE, "application/json")
        .body(body.to_string());
    http::send(request, place, PATIENCE).await
}

fn request(store: &LogStore, counters: &LogCounters, search: &Search) -> Value {
    let range = json!({
        "gte": search.from_milliseconds,
        "lt": search.to_milliseconds,
        "format": "epoch_millis",
    });
    let mut instance = json!({
        "terms": { "field": counters.instance_field, "size": MOST_INSTANCES },
    });
    if let Some(signature) = &counters.signature {
        let terms = json!({ "field": signature, "size": MOST_SIGNATURES });
        instance["aggs"] = json!({ "signature": { "terms": terms } });
    }
    json!({
        "size": 0,
        "track_total_hits": false,
        "timeout": format!("{}ms", PATIENCE.milliseconds()),
        "query": { "bool": { "filter": [
            { "query_string": { "query": search.query } },
            { "range": { (store.time_field.as_str()): range } },
        ] } },
        "aggs": { "instance": instance },
    })
}

fn json_of(answer: &Answer) -> Result<Value, LogStoreError> {
    let (place, status) = (answer.place.clone(), answer.status);
    let said = serde_json::from_slice::<Value>(&answer.body);
    if status != 200 {
        let reason = said.ok().and_then(|said| reason(&said));
        let said = reason.map(|reason| format!(": {reason}"));
        return Err(LogStoreError::Refused {
            place,
            status,
            said: said.unwrap_or_default(),
        });
    }
    said.map_err(|_| LogStoreError::Foreign { place })
}

/// The cause that it names first.
fn reason(said: &Value) -> Option<String> {
    let error = &said["error"];
    let root = &error["root_cause"][0]["reason"];
    let reason = root.as_str().or_else(|| error["reason"].as_str());
    Some(reason?.chars().take(LONGEST_SIGNATURE_CHARACTERS).collect())
}

fn lines(
    answer: &Answer,
    secrets: &KnownSecrets,
) -> Result<BTreeMap<String, Lines>, LogStoreError> {
    let place = answer.place.clone();
    let Ok(found) = serde_json::from_value::<Found>(json_of(answer)?) else {
        return Err(LogStoreError::Foreign { place });
    };
    let Shards { total, failed } = found.shards;
    if found.timed_out || found.terminated_early {
        return Err(LogStoreError::TimedOut { place });
    }
    if failed > 0 {
        return Err(LogStoreError::Partial {
            place,
            failed,
            total,
        });
    }
    if total == 0 {
        return Err(LogStoreError::NoIndex { place });
    }
    let Some(Aggregations { instance }) = found.aggregations else {
        return Err(LogStoreError::Foreign { place });
    };
    if instance.sum_other_doc_count > 0 {
        return Err(LogStoreError::TooMany { place });
    }
    let pods = instance.buckets.into_iter();
    Ok(pods.map(|pod| of_pod(pod, secrets)).collect())
}

fn of_pod(bucket: Bucket, secrets: &KnownSecrets) -> (String, Lines) {
    let mut signatures = BTreeMap::new();
    for kind in bucket.signature.into_iter().flat_map(|kinds| kinds.buckets) {
        // A part of a secret would not be known again.
        let kind_of_error = signature(&secrets.mask(&text(&kind.key)));
        *signatures.entry(kind_of_error).or_insert(0) += kind.doc_count;
    }
    let lines = Lines {
        errors: bucket.doc_count,
        signatures,
    };
    (text(&bucket.key), lines)
}

fn text(key: &Value) -> String {
    key.as_str()
        .map_or_else(|| key.to_string(), ToOwned::to_owned)
}

/// The kind of error that a value stands for. A message, which has blanks, may have a number or an address in it that is
/// another one each time; a class or a code is what it is.
fn signature(value: &str) -> String {
    let value: String = value.chars().take(LONGEST_SIGNATURE_CHARACTERS).collect();
    if !value.contains(' ') {
        return value;
    }
    let is_word = |c: char| c.is_ascii_alphanumeric();
    let mut kind = String::new();
    let mut rest = value.as_str();
    while let Some(first) = rest.chars().next() {
        let end = if is_word(first) {
            rest.find(|c| !is_word(c)).unwrap_or(rest.len())
        } else {
            first.len_utf8()
        };
        let (word, after) = rest.split_at(end);
        kind.push_str(if word.contains(|c: char| c.is_ascii_digit()) {
            "#"
        } else {
            word
        });
        rest = after;
    }
    kind
}

#[cfg(test)]
mod tests;
