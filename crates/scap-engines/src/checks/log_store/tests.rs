//! What a log store is asked, what it answers, and what is made of it.

use super::*;
use crate::secrets::{KnownSecrets, Secret};

fn counters(signature: Option<&str>) -> LogCounters {
    let counters = json!({
        "requests": "requests_total", "instance": null, "interval": "15s", "errors": "level:ERROR",
        "instance_field": "pod", "signature": signature, "lag": "10s",
    });
    serde_json::from_value(counters).unwrap()
}

fn answer(status: u16, body: &Value) -> Answer {
    Answer {
        place: "it".to_owned(),
        status,
        body: body.to_string().into_bytes(),
    }
}

fn found(buckets: &Value, others: u64) -> Value {
    json!({"timed_out": false, "_shards": {"total": 5, "successful": 5, "skipped": 0, "failed": 0},
        "aggregations": {"instance": {"sum_other_doc_count": others, "buckets": buckets}}})
}

#[test]
fn lines_of_a_stretch_of_time_are_counted_by_pod_and_kind() {
    let store = LogStore {
        url: "http://logs.example".to_owned().try_into().unwrap(),
        index: "logstash-*".to_owned(),
        time_field: "@timestamp".to_owned(),
    };
    let search = Search {
        query: "level:ERROR".to_owned(),
        from_milliseconds: 1000,
        to_milliseconds: 4000,
    };
    let expected = json!({
        "size": 0, "track_total_hits": false, "timeout": "5000ms",
        "query": {"bool": {"filter": [
            {"query_string": {"query": "level:ERROR"}},
            {"range": {"@timestamp": {"gte": 1000, "lt": 4000, "format": "epoch_millis"}}},
        ]}},
        "aggs": {"instance": {
            "terms": {"field": "pod", "size": 1000},
            "aggs": {"signature": {"terms": {"field": "class", "size": 100}}},
        }},
    });
    assert_eq!(request(&store, &counters(Some("class")), &search), expected);
    let without = request(&store, &counters(None), &search);
    assert_eq!(without.pointer("/aggs/instance/aggs"), None);
}

#[test]
fn buckets_are_counts_and_messages_that_differ_by_numbers_are_one_kind() {
    let kinds = json!({"sum_other_doc_count": 3, "buckets": [
        {"key": "took 12 ms for item a81f", "doc_count": 4}, {"key": "took 9 ms for item 77", "doc_count": 2},
        {"key": "Error404", "doc_count": 1}, {"key": 503, "doc_count": 1}]});
    let buckets = json!([{"key": "web-1", "doc_count": 11, "signature": kinds}, {"key": "web-2", "doc_count": 1}]);
    let lines = lines(&answer(200, &found(&buckets, 0)), &KnownSecrets::default()).unwrap();
    let signatures = [("took # ms for item #", 6), ("Error404", 1), ("503", 1)];
    let signatures = signatures.map(|(kind, count)| (kind.to_owned(), count));
    let web1 = Lines {
        errors: 11,
        signatures: signatures.into(),
    };
    let web2 = Lines {
        errors: 1,
        ..Lines::default()
    };
    let expected = [("web-1".to_owned(), web1), ("web-2".to_owned(), web2)];
    assert_eq!(lines, expected.into());
    assert_eq!(
        super::lines(
            &answer(200, &found(&json!([]), 0)),
            &KnownSecrets::default()
        ),
        Ok(BTreeMap::new())
    );
}

#[test]
fn a_secret_in_a_message_is_masked_before_its_numbers_are() {
    let secrets = KnownSecrets::default();
    secrets.learn([Secret {
        label: "secret store/password".to_owned(),
        value: b"pa55-of-the-shop".to_vec(),
    }]);
    let kinds = json!({"buckets": [{"key": "no pa55-of-the-shop in 3 tries", "doc_count": 1}]});
    let buckets = json!([{"key": "web-1", "doc_count": 1, "signature": kinds}]);
    let lines = lines(&answer(200, &found(&buckets, 0)), &secrets).unwrap();
    let kinds: Vec<&String> = lines["web-1"].signatures.keys().collect();
    assert_eq!(kinds, ["no [masked: secret store/password] in # tries"]);
}

#[test]
fn what_is_no_whole_answer_is_no_data() {
    let with = |key: &str, value: Value| {
        let mut body = found(&json!([]), 0);
        body[key] = value;
        body
    };
    let error = json!({"error": {"root_cause": [{"reason": "Failed to parse query [a:]"}], "reason": "all shards failed"}, "status": 400});
    let cases = [
        (429, json!({}), "it answered with status 429"),
        (
            400,
            error,
            "it answered with status 400: Failed to parse query [a:]",
        ),
        (
            200,
            json!([]),
            "it answered with nothing that a log store would say",
        ),
        (
            200,
            with("timed_out", json!(true)),
            "it ran out of time, so that its counts are in part only",
        ),
        (
            200,
            with("terminated_early", json!(true)),
            "it ran out of time, so that its counts are in part only",
        ),
        (
            200,
            with("_shards", json!({"total": 5, "failed": 1})),
            "it answered in part only: 1 of 5 shards did not",
        ),
        (
            200,
            with("_shards", json!({"total": 0, "failed": 0})),
            "it has no such index",
        ),
        (
            200,
            with("aggregations", Value::Null),
            "it answered with nothing that a log store would say",
        ),
        (
            200,
            found(&json!([]), 7),
            "it has errors of more than 1000 pods",
        ),
    ];
    for (status, body, expected) in cases {
        let wrong = lines(&answer(status, &body), &KnownSecrets::default())
            .unwrap_err()
            .to_string();
        assert_eq!(wrong, expected, "{body}");
    }
}

#[test]
fn a_hostile_answer_of_a_log_store_gives_counts_or_a_reason() {
    let kinds = json!({"sum_other_doc_count": 3, "buckets": [
        {"key": "took 12 ms for item a81f", "doc_count": 4}, {"key": 503, "doc_count": 1}]});
    let buckets = json!([{"key": "web-1", "doc_count": 11, "signature": kinds}]);
    let failed =
        json!({"error": {"root_cause": [{"reason": "no such field"}], "reason": "failed"}});
    let good = [found(&buckets, 0), failed].map(|body| body.to_string().into_bytes());
    scap_hostile::hostile("log store answer", &good, |body| {
        for status in [200, 400] {
            let answer = Answer {
                place: "it".to_owned(),
                status,
                body: body.to_vec(),
            };
            let _ = lines(&answer, &KnownSecrets::default());
        }
        signature(&String::from_utf8_lossy(body));
    });
}
