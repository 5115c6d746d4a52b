//! What a log store is asked, what it answers, and what is made of it.

use super::answer::{Found, Kinds, found};
use super::*;
use crate::secrets::{KnownSecrets, Secret};

fn counters(signature: Option<&str>) -> LogCounters {
    let counters = json!({
        "requests": "requests_total", "instance": null, "interval": "15s", "errors": "level:ERROR",
        "instance_field": "pod", "signature": signature, "lag": "10s",
    });
    serde_json::from_value(counters).unwrap()
}

fn store() -> LogStore {
    LogStore {
        link: None,
        url: "http://logs.example".to_owned().try_into().unwrap(),
        index: "logstash-*".to_owned(),
        time_field: "@timestamp".to_owned(),
    }
}

fn answer(status: u16, body: &Value) -> Answer {
    Answer {
        place: "it".to_owned(),
        status,
        body: body.to_string().into_bytes(),
        ..Answer::default()
    }
}

/// Lines of pods with their kinds, all of them of the newest stretch; and lines of others.
fn said(buckets: &Value, others: u64) -> Value {
    let pods = json!({"sum_other_doc_count": others, "buckets": buckets});
    let total: u64 = buckets
        .as_array()
        .unwrap()
        .iter()
        .map(|pod| pod["doc_count"].as_u64().unwrap())
        .sum();
    json!({"timed_out": false, "_shards": {"total": 5, "successful": 5, "skipped": 0, "failed": 0},
        "hits": {"total": {"value": total + others, "relation": "eq"}},
        "aggregations": {"instance": pods, "newest": {"doc_count": total, "instance": pods}}})
}

fn read(body: &Value) -> Result<Found, String> {
    let how = ("level:ERROR", &KnownSecrets::default());
    found(&answer(200, body), &counters(Some("class")), how).map_err(|error| error.to_string())
}

fn wrong(status: u16, body: &Value) -> String {
    let how = ("level:(ERROR", &KnownSecrets::default());
    let found = found(&answer(status, body), &counters(Some("class")), how);
    found.unwrap_err().to_string()
}

#[test]
fn all_lines_are_counted_again_each_time_and_kinds_of_the_newest_only() {
    let search = Search {
        query: "level:ERROR".to_owned(),
        all: Stretch {
            from: 1000,
            to: 4000,
        },
        newest: Some(Stretch {
            from: 3000,
            to: 4000,
        }),
    };
    let pods = json!({"field": "pod", "size": 1000});
    let expected = json!({
        "size": 0, "track_total_hits": true, "timeout": "5000ms",
        "query": {"bool": {"filter": [
            {"query_string": {"query": "level:ERROR"}},
            {"range": {"@timestamp": {"gte": 1000, "lt": 4000, "format": "epoch_millis"}}},
        ]}},
        "aggs": {
            "instance": {"terms": pods},
            "newest": {
                "filter": {"range": {"@timestamp": {"gte": 3000, "lt": 4000, "format": "epoch_millis"}}},
                "aggs": {"instance": {
                    "terms": pods,
                    "aggs": {"signature": {"terms": {"field": "class", "size": 200}}},
                }},
            },
        },
    });
    let ask = |counters: &LogCounters| search::count(&store(), counters, &search, PATIENCE);
    assert_eq!(ask(&counters(Some("class"))), expected);
    assert_eq!(
        ask(&counters(None))["aggs"],
        json!({"instance": {"terms": pods}})
    );
    let distinct = LogCounters {
        distinct: Some("event.id".to_owned()),
        ..counters(None)
    };
    let told_apart = json!({
        "distinct": {"cardinality": {"field": "event.id", "precision_threshold": 40_000}},
        "without": {"missing": {"field": "event.id"}},
    });
    assert_eq!(ask(&distinct)["aggs"]["instance"]["aggs"], told_apart);
}

#[test]
fn buckets_are_counts_and_messages_that_differ_by_numbers_are_one_kind() {
    let kinds = json!({"sum_other_doc_count": 3, "buckets": [
        {"key": "took 12 ms for item a81f", "doc_count": 4}, {"key": "took 9 ms for item 77", "doc_count": 2},
        {"key": "Error404", "doc_count": 1}, {"key": 503, "doc_count": 1}]});
    let buckets = json!([{"key": "web-1", "doc_count": 11, "signature": kinds}, {"key": "web-2", "doc_count": 1}]);
    let found = read(&said(&buckets, 0)).unwrap();
    let errors = [("web-1".to_owned(), 11), ("web-2".to_owned(), 1)];
    assert_eq!(found.errors, errors.into());
    let signatures = [("took # ms for item #", 6), ("Error404", 1), ("503", 1)];
    let signatures = signatures.map(|(kind, count)| (kind.to_owned(), count));
    let expected = Kinds {
        errors: 11,
        signatures: signatures.into(),
        unlisted: 3,
    };
    assert_eq!(found.kinds["web-1"], expected);
    assert_eq!(read(&said(&json!([]), 0)), Ok(Found::default()));
}

#[test]
fn a_message_of_ten_megabytes_is_the_kind_that_it_begins_with() {
    let long = "no room left for it ".repeat(500_000);
    let kinds = json!({"buckets": [{"key": long, "doc_count": 1}]});
    let buckets = json!([{"key": "web-1", "doc_count": 1, "signature": kinds}]);
    let found = read(&said(&buckets, 0)).unwrap();
    let kind = found.kinds["web-1"].signatures.keys().next().unwrap();
    assert_eq!(*kind, long[..200]);
}

#[test]
fn lines_that_are_there_twice_count_once_when_something_tells_them_apart() {
    let buckets = json!([{"key": "web-1", "doc_count": 9, "distinct": {"value": 4}, "without": {"doc_count": 2}}]);
    let found = read(&said(&buckets, 0)).unwrap();
    assert_eq!(found.errors["web-1"], 6);

    // Two lines of one error that are of one kind.
    let line = |key: &str| json!({"key": key, "doc_count": 1, "distinct": {"value": 1}});
    let kinds = json!({"buckets": [line("took 1 ms"), line("took 2 ms")]});
    let buckets =
        json!([{"key": "web-1", "doc_count": 2, "distinct": {"value": 1}, "signature": kinds}]);
    let found = read(&said(&buckets, 0)).unwrap();
    assert_eq!(found.kinds["web-1"].signatures["took # ms"], 1);
}

#[test]
fn late_lines_count_once_and_without_a_kind() {
    let look = |errors: u64, newest: u64, unlisted: u64| {
        let signatures = [("Boom".to_owned(), newest - unlisted)];
        let kinds = Kinds {
            errors: newest,
            signatures: signatures.into(),
            unlisted,
        };
        Found {
            errors: [("web-1".to_owned(), errors)].into(),
            kinds: [("web-1".to_owned(), kinds)].into(),
            of_no_instance: 0,
        }
    };
    // What a look finds: in all, and in the newest stretch with so many of further kinds. Then: errors, kinds, unlisted.
    let cases = [
        ((3, 3, 0), (3, 3, 0)),
        ((8, 4, 0), (8, 7, 1)),
        ((12, 4, 3), (12, 8, 4)),
        // A line is gone.
        ((11, 0, 0), (12, 8, 4)),
        ((13, 1, 0), (13, 9, 4)),
    ];
    let mut pods = BTreeMap::new();
    for ((errors, newest, unlisted), expected) in cases {
        pods = counted_on(&pods, &look(errors, newest, unlisted), true).pods;
        let lines = &pods["web-1"];
        let told = (lines.errors, lines.signatures["Boom"], lines.unlisted);
        assert_eq!(told, expected, "{errors} {newest} {unlisted}");
    }
    let without_kinds = counted_on(&BTreeMap::new(), &look(5, 2, 0), false);
    assert_eq!(without_kinds.pods["web-1"].unlisted, 0);
}

#[test]
fn what_is_wrong_with_fields_is_said_of_each() {
    let keyword = json!({"keyword": {"aggregatable": true}});
    let text = json!({"text": {"aggregatable": false}});
    let date = json!({"date": {"aggregatable": true}});
    let cases = [
        (
            json!({"@timestamp": date, "pod": keyword, "class": keyword}),
            vec![],
        ),
        (
            json!({"@timestamp": date, "pod": text, "pod.keyword": keyword}),
            vec![
                "cannot group by the field `pod`, which is text; `pod.keyword` could be grouped by",
                "has no field `class`",
            ],
        ),
        (
            json!({"@timestamp": keyword, "pod": keyword, "class": {"keyword": {"aggregatable": true}, "text": {"aggregatable": false}}}),
            vec![
                "has no times in the field `@timestamp`",
                "cannot group by the field `class`, which is keyword and text",
            ],
        ),
    ];
    for (fields, expected) in cases {
        let capabilities = json!({ "fields": fields });
        let faults = fields::faults(&store(), &counters(Some("class")), &capabilities);
        assert_eq!(faults, expected, "{capabilities}");
    }
    let wanted = fields::wanted(&store(), &counters(None));
    assert_eq!(wanted, "@timestamp,@timestamp.keyword,pod,pod.keyword");
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
    let how = ("level:ERROR", &secrets);
    let found = found(&answer(200, &said(&buckets, 0)), &counters(None), how).unwrap();
    let kinds: Vec<&String> = found.kinds["web-1"].signatures.keys().collect();
    assert_eq!(kinds, ["no [masked: secret store/password] in # tries"]);
}

#[test]
fn what_is_no_whole_answer_is_no_data_and_says_why() {
    let with = |key: &str, value: Value| {
        let mut body = said(&json!([]), 0);
        body[key] = value;
        body
    };
    let error = |reason: &str| json!({"error": {"root_cause": [{"reason": reason}], "reason": "all shards failed"}});
    let in_part = json!({"total": 5, "failed": 1, "failures": [{"shard": 2, "reason": {"type": "x", "reason": "disk is gone"}}]});
    let cases = [
        (429, json!({}), "it is busy (status 429)"),
        (
            429,
            error("[parent] Data too large, data for [<http_request>]"),
            "it is busy (status 429): [parent] Data too large, data for [<http_request>]",
        ),
        (503, json!("upstream"), "it is busy (status 503)"),
        (
            400,
            error("Failed to parse query [level:(ERROR]"),
            "it cannot read the query `level:(ERROR`: Failed to parse query [level:(ERROR]",
        ),
        (
            400,
            error(
                "Text fields are not optimised for operations that require per-document field data",
            ),
            "it cannot group by a field that is a text; its `.keyword` might do: \
             Text fields are not optimised for operations that require per-document field data",
        ),
        (
            401,
            error("missing authentication credentials"),
            "it does not let scap in (status 401): missing authentication credentials",
        ),
        (403, json!({}), "it does not let scap in (status 403)"),
        (404, error("no such index [logs]"), "it has no such index"),
        (500, json!({}), "it answered with status 500"),
        (302, json!({}), "it answered with status 302"),
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
            with("_shards", in_part),
            "it answered in part only: 1 of 5 shards did not: disk is gone",
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
            said(&json!([]), 7),
            "it has errors of more than 1000 pods",
        ),
        (
            200,
            with("hits", json!({"total": {"value": 12, "relation": "eq"}})),
            "it has 12 lines that match, and none has the field `pod` with a pod's name",
        ),
        (
            200,
            with("hits", json!({"total": 12})),
            "it has 12 lines that match, and none has the field `pod` with a pod's name",
        ),
    ];
    for (status, body, expected) in cases {
        assert_eq!(wrong(status, &body), expected, "{body}");
    }
}

#[test]
fn lines_of_no_pod_are_told_of() {
    let buckets = json!([{"key": "web-1", "doc_count": 11}]);
    let mut body = said(&buckets, 0);
    body["hits"]["total"]["value"] = json!(15);
    assert_eq!(read(&body).unwrap().of_no_instance, 4);
}

#[test]
fn a_hostile_answer_of_a_log_store_gives_counts_or_a_reason() {
    let kinds = json!({"sum_other_doc_count": 3, "buckets": [
        {"key": "took 12 ms for item a81f", "doc_count": 4}, {"key": 503, "doc_count": 1}]});
    let buckets = json!([{"key": "web-1", "doc_count": 11, "signature": kinds, "distinct": {"value": 4}, "without": {"doc_count": 2}}]);
    let failed =
        json!({"error": {"root_cause": [{"reason": "no such field"}], "reason": "failed"}});
    let good = [said(&buckets, 0), failed].map(|body| body.to_string().into_bytes());
    scap_hostile::hostile("log store answer", &good, |body| {
        for status in [200, 400] {
            let answer = Answer {
                status,
                body: body.to_vec(),
                ..Answer::default()
            };
            let how = ("level:ERROR", &KnownSecrets::default());
            if let Ok(found) = found(&answer, &counters(Some("class")), how) {
                let _ = counted_on(&BTreeMap::new(), &found, true);
            }
            let capabilities = serde_json::from_slice(body).unwrap_or_default();
            let _ = fields::faults(&store(), &counters(None), &capabilities);
        }
        signature::signature(&String::from_utf8_lossy(body));
    });
}
