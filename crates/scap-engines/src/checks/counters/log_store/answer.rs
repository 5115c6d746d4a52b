//! What a log store answers.

use std::collections::BTreeMap;

use scap_plan::LogCounters;
use serde::Deserialize;
use serde_json::Value;

use super::LogStoreError;
use super::search::MOST_INSTANCES;
use super::signature::signature;
use crate::checks::access::is_busy;
use crate::checks::http::Answer;
use crate::secrets::KnownSecrets;

/// A store's reason names the field at its end.
const LONGEST_REASON_CHARACTERS: usize = 400;

#[derive(Deserialize)]
struct Whole {
    timed_out: bool,
    #[serde(default)]
    terminated_early: bool,
    #[serde(rename = "_shards")]
    shards: Shards,
    hits: Option<Hits>,
    aggregations: Option<Value>,
}

#[derive(Deserialize)]
struct Shards {
    total: u64,
    failed: u64,
    #[serde(default)]
    failures: Vec<Value>,
}

#[derive(Deserialize)]
struct Hits {
    /// A number, or one in an object: old stores and new ones.
    total: Option<Value>,
}

#[derive(Deserialize)]
struct Counted {
    instance: Buckets,
    newest: Option<Newest>,
}

#[derive(Deserialize)]
struct Newest {
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
    distinct: Option<Distinct>,
    without: Option<Without>,
    signature: Option<Buckets>,
}

#[derive(Deserialize)]
struct Distinct {
    value: u64,
}

#[derive(Deserialize)]
struct Without {
    doc_count: u64,
}

/// Errors by pod.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Found {
    pub(super) errors: BTreeMap<String, u64>,
    /// Those of the newest stretch.
    pub(super) kinds: BTreeMap<String, Kinds>,
    /// Lines that name no pod.
    pub(super) of_no_instance: u64,
}

/// Errors of one pod by kind.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Kinds {
    pub(super) errors: u64,
    pub(super) signatures: BTreeMap<String, u64>,
    /// Errors of further kinds.
    pub(super) unlisted: u64,
}

pub(super) fn found(
    answer: &Answer,
    counters: &LogCounters,
    (query, secrets): (&str, &KnownSecrets),
) -> Result<Found, LogStoreError> {
    let place = || answer.place.clone();
    let (aggregations, total) = whole(answer, query)?;
    let Ok(counted) = serde_json::from_value::<Counted>(aggregations) else {
        return Err(LogStoreError::Foreign { place: place() });
    };
    let Counted { instance, newest } = counted;
    if instance.sum_other_doc_count > 0 {
        let most = MOST_INSTANCES;
        return Err(LogStoreError::TooMany {
            place: place(),
            most,
        });
    }
    let lines: u64 = instance.buckets.iter().map(|pod| pod.doc_count).sum();
    if lines == 0 && total > 0 {
        let field = counters.instance_field.clone();
        return Err(LogStoreError::NoInstance {
            place: place(),
            total,
            field,
        });
    }
    let pods = instance.buckets.iter();
    let newest = newest
        .into_iter()
        .flat_map(|newest| newest.instance.buckets);
    Ok(Found {
        errors: pods.map(|pod| (text(&pod.key), pod.errors())).collect(),
        kinds: newest
            .map(|pod| (text(&pod.key), kinds(pod, secrets)))
            .collect(),
        of_no_instance: total.saturating_sub(lines),
    })
}

/// The aggregations of an answer that left nothing out, and how many lines matched.
pub(super) fn whole(answer: &Answer, query: &str) -> Result<(Value, u64), LogStoreError> {
    let place = answer.place.clone();
    let Ok(whole) = serde_json::from_value::<Whole>(json_of(answer, query)?) else {
        return Err(LogStoreError::Foreign { place });
    };
    let Shards {
        total,
        failed,
        failures,
    } = whole.shards;
    if whole.timed_out || whole.terminated_early {
        return Err(LogStoreError::TimedOut { place });
    }
    if failed > 0 {
        let why = failures
            .first()
            .and_then(|failure| said_in(&failure["reason"]["reason"]));
        return Err(LogStoreError::Partial {
            place,
            failed,
            total,
            said: after_colon(why),
        });
    }
    if total == 0 {
        return Err(LogStoreError::NoIndex { place });
    }
    let hits = whole.hits.and_then(|hits| hits.total).unwrap_or_default();
    let hits = hits.as_u64().or_else(|| hits["value"].as_u64());
    let aggregations = whole.aggregations;
    let aggregations = aggregations.ok_or(LogStoreError::Foreign { place })?;
    Ok((aggregations, hits.unwrap_or(0)))
}

pub(super) fn json_of(answer: &Answer, query: &str) -> Result<Value, LogStoreError> {
    let (place, status) = (answer.place.clone(), answer.status);
    let said = serde_json::from_slice::<Value>(&answer.body);
    if status == 200 {
        return said.map_err(|_| LogStoreError::Foreign { place });
    }
    let why = said.ok().and_then(|said| reason(&said));
    let is_text = why.as_deref().is_some_and(is_about_texts);
    let said = after_colon(why);
    Err(match status {
        400 if is_text => LogStoreError::Text { place, said },
        400 => LogStoreError::Query {
            place,
            query: query.to_owned(),
            said,
        },
        401 | 403 => LogStoreError::Forbidden {
            place,
            status,
            said,
        },
        404 => LogStoreError::NoIndex { place },
        status if is_busy(status) => LogStoreError::Busy {
            place,
            status,
            said,
        },
        status => LogStoreError::Refused {
            place,
            status,
            said,
        },
    })
}

/// What `OpenSearch` and Elasticsearch say of a field that they cannot group by.
fn is_about_texts(reason: &str) -> bool {
    ["Text fields are not optimi", "Fielddata is disabled"]
        .iter()
        .any(|begin| reason.contains(begin))
}

/// The cause that it names first.
fn reason(said: &Value) -> Option<String> {
    let error = &said["error"];
    let root = &error["root_cause"][0]["reason"];
    said_in(root).or_else(|| said_in(&error["reason"]))
}

fn said_in(value: &Value) -> Option<String> {
    let text = value.as_str()?;
    Some(text.chars().take(LONGEST_REASON_CHARACTERS).collect())
}

fn after_colon(said: Option<String>) -> String {
    said.map(|said| format!(": {said}")).unwrap_or_default()
}

impl Bucket {
    /// Lines, or those that differ in what tells them apart; each that has no such field is one.
    fn errors(&self) -> u64 {
        let without = self.without.as_ref().map_or(0, |without| without.doc_count);
        let distinct = self
            .distinct
            .as_ref()
            .map(|distinct| distinct.value + without);
        distinct.unwrap_or(self.doc_count)
    }
}

fn kinds(pod: Bucket, secrets: &KnownSecrets) -> Kinds {
    let mut kinds = Kinds {
        errors: pod.errors(),
        ..Kinds::default()
    };
    let Some(listed) = pod.signature else {
        return kinds;
    };
    kinds.unlisted = listed.sum_other_doc_count;
    for kind in listed.buckets {
        // A part of a secret would not be known again.
        let name = signature(&secrets.mask(&text(&kind.key)));
        let count = kinds.signatures.entry(name).or_insert(0);
        // One error may have lines that are of one kind and yet not the same.
        *count = (*count + kind.errors()).min(kinds.errors);
    }
    kinds
}

/// The value that a bucket stands for.
pub(in crate::checks) fn text(key: &Value) -> String {
    key.as_str()
        .map_or_else(|| key.to_string(), ToOwned::to_owned)
}
