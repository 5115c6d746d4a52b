//! One line of each kind that pods have written.
//!
//! A kind is what values of a field have in common, so its commonest value is looked up first. Each line is then asked for
//! by itself: one of ten megabytes spoils no other.

use scap_plan::{LogCounters, LogStore};
use scap_run::{ErrorExample, UnixMillis, WantedExamples};
use serde_json::{Value, json};

use super::answer::{json_of, text, whole};
use super::message::{FIELDS, message};
use super::search::{Stretch, timeout, within};
use super::signature::signature;
use super::{Asked, PATIENCE};
use crate::checks::side_by_side;
use crate::secrets::KnownSecrets;

/// The commonest values are enough: kinds are wanted that say much.
const MOST_VALUES: usize = 200;

/// Lines that are looked for.
pub(in crate::checks) struct Sought<'a> {
    pub(in crate::checks) query: &'a str,
    pub(in crate::checks) pods: Vec<&'a str>,
    pub(in crate::checks) wanted: &'a WantedExamples,
}

impl Asked<'_> {
    /// The first line of each wanted kind that there is one of; what a kind is, `counters` and the secrets say.
    pub(in crate::checks) async fn examples(
        &self,
        counters: &LogCounters,
        sought: &Sought<'_>,
        secrets: &KnownSecrets,
    ) -> Result<Vec<ErrorExample>, String> {
        let Some(field) = &counters.signature else {
            return Ok(Vec::new());
        };
        let filter = filter(self.store, counters, sought);
        let answer = self
            .post("_search", &values(field, &filter), PATIENCE)
            .await?;
        let (found, _) = whole(&answer, sought.query).map_err(|error| error.to_string())?;
        let kinds = kinds(&found, &sought.wanted.signatures, secrets);
        let first = async |(kind, value): (&str, &Value)| {
            let body = first(self.store, counters, (&filter, value));
            let answer = self.post("_search", &body, PATIENCE).await?;
            let found = json_of(&answer, sought.query).map_err(|error| error.to_string())?;
            Ok(example(kind, value, (&found, secrets)))
        };
        let found = side_by_side(kinds.into_iter().map(first)).await;
        some_of(found)
    }
}

/// What was found; the first error where that is nothing.
pub(in crate::checks) fn some_of<T>(
    found: Vec<Result<impl IntoIterator<Item = T>, String>>,
) -> Result<Vec<T>, String> {
    let (mut all, mut error) = (Vec::new(), None);
    for found in found {
        match found {
            Ok(found) => all.extend(found),
            Err(why) => error = error.or(Some(why)),
        }
    }
    error.filter(|_| all.is_empty()).map_or(Ok(all), Err)
}

fn filter(store: &LogStore, counters: &LogCounters, sought: &Sought<'_>) -> Vec<Value> {
    // Lines are counted up to their `lag` late, and from the moment of the look before the first tick.
    let before = counters.lag.milliseconds() + counters.requests.interval.milliseconds();
    let milliseconds = |at: UnixMillis| u64::try_from(at.0).unwrap_or(0);
    let stretch = Stretch {
        from: milliseconds(sought.wanted.from).saturating_sub(before),
        to: milliseconds(sought.wanted.to),
    };
    vec![
        json!({ "query_string": { "query": sought.query } }),
        json!({ "range": within(store, stretch) }),
        json!({ "terms": { (counters.instance_field.as_str()): sought.pods } }),
    ]
}

fn values(field: &str, filter: &[Value]) -> Value {
    json!({
        "size": 0,
        "track_total_hits": false,
        "timeout": timeout(PATIENCE),
        "query": { "bool": { "filter": filter } },
        "aggs": { "value": { "terms": { "field": field, "size": MOST_VALUES } } },
    })
}

fn first(store: &LogStore, counters: &LogCounters, (filter, value): (&[Value], &Value)) -> Value {
    let field = counters.signature.as_deref().unwrap_or_default();
    let mut filter = filter.to_vec();
    filter.push(json!({ "term": { field: { "value": value } } }));
    json!({
        "size": 1,
        "track_total_hits": false,
        "timeout": timeout(PATIENCE),
        "query": { "bool": { "filter": filter } },
        "sort": [{ (store.time_field.as_str()): { "order": "asc" } }],
        "_source": FIELDS,
        "docvalue_fields": [counters.instance_field],
    })
}

/// The commonest value of each wanted kind.
fn kinds<'a>(
    found: &'a Value,
    wanted: &'a [String],
    secrets: &KnownSecrets,
) -> Vec<(&'a str, &'a Value)> {
    let buckets = found.pointer("/value/buckets").and_then(Value::as_array);
    let values = buckets.into_iter().flatten().map(|bucket| &bucket["key"]);
    let values: Vec<(String, &Value)> = values
        .map(|value| (signature(&secrets.mask(&text(value))), value))
        .collect();
    let value = |kind: &'a String| {
        let of_kind = values.iter().find(|(name, _)| name == kind);
        of_kind.map(|(_, value)| (kind.as_str(), *value))
    };
    wanted.iter().filter_map(value).collect()
}

/// The message of a line, or the value that makes it one of its kind.
fn example(
    kind: &str,
    value: &Value,
    (found, secrets): (&Value, &KnownSecrets),
) -> Option<ErrorExample> {
    let hit = found.pointer("/hits/hits/0")?;
    let pod = hit["fields"].as_object().and_then(|it| it.values().next());
    let pod = pod.map_or_else(String::new, |pod| text(&pod[0]));
    let at = hit["sort"][0].as_i64().map(UnixMillis);
    // Masked whole: a part of a secret would not be known again.
    let said = message(&hit["_source"]).map_or_else(|| text(value), str::to_owned);
    Some(ErrorExample::new(kind, pod, at, &secrets.mask(&said)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_answers_give_examples_or_none() {
        let hit = json!({"_source": {"message": "Boom"}, "fields": {"pod": ["web-1"]}, "sort": [1_772_359_321_000_i64]});
        let good = [
            json!({"value": {"buckets": [{"key": "Boom", "doc_count": 3}, {"key": 503, "doc_count": 1}]}}),
            json!({"hits": {"hits": [hit]}}),
        ];
        let good = good.map(|answer| answer.to_string());
        let secrets = KnownSecrets::default();
        let wanted = ["Boom".to_owned()];
        let value = json!("Boom");
        scap_hostile::hostile_text("examples of a log store", &[&good[0], &good[1]], |text| {
            let found = serde_json::from_str(text).unwrap_or_default();
            assert!(kinds(&found, &wanted, &secrets).len() <= 1);
            if let Some(example) = example("Boom", &value, (&found, &secrets)) {
                assert!(example.text.chars().count() <= 300);
            }
        });
    }
}
