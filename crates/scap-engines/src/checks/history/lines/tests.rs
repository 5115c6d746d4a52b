//! What a log store is asked of the past, what it says, and what is made of it.

use super::*;
use crate::secrets::Secret;

fn store() -> LogStore {
    LogStore {
        link: None,
        url: "http://logs.example".to_owned().try_into().unwrap(),
        index: "logstash-*".to_owned(),
        time_field: "@timestamp".to_owned(),
    }
}

fn counters() -> LogCounters {
    let counters = json!({
        "requests": "requests_total", "instance": null, "interval": "15s", "errors": "level:ERROR",
        "instance_field": "pod", "signature": "class", "lag": "10s",
    });
    serde_json::from_value(counters).unwrap()
}

fn search() -> Search {
    Search {
        query: "level:ERROR".to_owned(),
        stretch: Stretch {
            from_seconds: 60,
            to_seconds: 180,
            window_seconds: 60,
        },
    }
}

fn it() -> String {
    "it".to_owned()
}

fn windows() -> Value {
    let pods = json!({"sum_other_doc_count": 0, "buckets": [{"key": "web-1", "doc_count": 3}, {"key": 7, "doc_count": 1}]});
    json!({"window": {"buckets": [
        {"key": 60_000, "doc_count": 0, "instance": {"buckets": []}},
        {"key": 120_000, "doc_count": 4, "instance": pods},
    ]}})
}

#[test]
fn quiet_windows_are_asked_for_up_to_both_ends() {
    let expected = json!({"window": {
        "date_histogram": {
            "field": "@timestamp", "fixed_interval": "60s", "min_doc_count": 0,
            "extended_bounds": {"min": 60_000, "max": 179_999},
        },
        "aggs": {"instance": {"terms": {"field": "pod", "size": 200}}},
    }});
    let body = in_windows(&store(), &counters(), &search());
    assert_eq!(body["aggs"], expected);
    let filters = json!([
        {"query_string": {"query": "level:ERROR"}},
        {"range": {"@timestamp": {"gte": 60_000, "lt": 180_000, "format": "epoch_millis"}}},
    ]);
    assert_eq!(body["query"]["bool"]["filter"], filters);
}

#[test]
fn windows_have_the_errors_of_each_pod_and_quiet_ones_have_none() {
    let found = by_window(windows(), it()).unwrap();
    let of_pods = [("7".to_owned(), 1), ("web-1".to_owned(), 3)];
    assert_eq!(found, [(60, BTreeMap::new()), (120, of_pods.into())].into());
}

#[test]
fn each_kind_has_its_errors_and_one_masked_example() {
    let secrets = KnownSecrets::default();
    secrets.learn([Secret {
        label: "secret store/password".to_owned(),
        value: b"pa55-of-the-shop".to_vec(),
    }]);
    let hits = |source: Value| json!({"hits": {"hits": [{"_source": source}]}});
    let found = json!({"kind": {"sum_other_doc_count": 9, "buckets": [
        {"key": "no answer in 5 ms", "doc_count": 4, "example": hits(json!({"message": "no answer in 5 ms from pa55-of-the-shop"}))},
        {"key": "Boom", "doc_count": 5, "example": hits(json!({"code": 1}))},
        {"key": "no answer in 9 ms", "doc_count": 2, "example": {"hits": {"hits": []}}},
    ]}});
    let kind = |signature: &str, errors, example: &str| Kind {
        signature: signature.to_owned(),
        errors,
        example: Some(example.to_owned()),
    };
    let expected = [
        kind(
            "no answer in # ms",
            6,
            "no answer in 5 ms from [masked: secret store/password]",
        ),
        kind("Boom", 5, "{\"code\":1}"),
    ];
    assert_eq!(by_kind(found, it(), &secrets).unwrap(), expected);
}

#[test]
fn what_is_no_history_says_why() {
    let crowd = json!({"window": {"buckets": [{"key": 0, "instance": {"sum_other_doc_count": 1, "buckets": []}}]}});
    let cases = [
        (crowd, "it has errors of more than 200 pods"),
        (
            json!({"other": 1}),
            "it answered with nothing that a log store would say",
        ),
    ];
    for (found, expected) in cases {
        let wrong = by_window(found, it()).unwrap_err();
        assert_eq!(wrong.to_string(), expected);
    }
}

#[test]
fn a_hostile_answer_of_a_log_store_gives_a_history_or_a_reason() {
    scap_hostile::hostile(
        "log history",
        &[windows().to_string().into_bytes()],
        |body| {
            let found: Value = serde_json::from_slice(body).unwrap_or_default();
            let _ = by_window(found.clone(), it());
            let _ = by_kind(found, it(), &KnownSecrets::default());
        },
    );
}
