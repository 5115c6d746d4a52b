//! What errors look like, from a log store or from the labels of counters.

use super::*;
use scap_engines::secrets::Secret;
use scap_run::{ErrorExample, UnixMillis, WantedExamples};

/// What the log store answers to who looks for a line; none to who counts.
pub(super) fn of_lines(body: &str) -> Option<(u16, Value)> {
    let asked: Value = serde_json::from_str(body).unwrap();
    let shards = json!({"total": 1, "failed": 0});
    let filter = &asked["query"]["bool"]["filter"];
    if asked["aggs"]["value"].is_object() {
        assert_eq!(filter[2], json!({"terms": {"pod": ["web-1"]}}));
        let values = ["took 12 ms for s3cr3t-word", "Boom", "Vast", "Gone"];
        let buckets = values.map(|value| json!({"key": value, "doc_count": 3}));
        let found = json!({"value": {"buckets": buckets}});
        return Some((
            200,
            json!({"timed_out": false, "_shards": shards, "aggregations": found}),
        ));
    }
    if asked["size"] != 1 {
        return None;
    }
    let message = match filter[3]["term"]["class"]["value"].as_str().unwrap() {
        "Boom" => "Boom: cart of s3cr3t-word is null\n\tat \u{1b}[31mcheckout\u{1b}[0m".to_owned(),
        "Vast" => "x".repeat(20 << 20),
        "Gone" => {
            return Some((
                200,
                json!({"timed_out": false, "_shards": shards, "hits": {"hits": []}}),
            ));
        }
        _ => String::new(),
    };
    let source = if message.is_empty() {
        json!({})
    } else {
        json!({"message": message})
    };
    let hit =
        json!({"_source": source, "fields": {"pod": ["web-1"]}, "sort": [1_772_359_321_000_i64]});
    Some((
        200,
        json!({"timed_out": false, "_shards": shards, "hits": {"hits": [hit]}}),
    ))
}

fn learn(secrets: &KnownSecrets) {
    secrets.learn([Secret {
        label: "key".to_owned(),
        value: b"s3cr3t-word".to_vec(),
    }]);
}

async fn examples(
    place: &Place,
    counters: &Counters,
    kinds: &[&str],
) -> Result<Vec<ErrorExample>, String> {
    learn(&place.secrets);
    place.snapshot(counters).await;
    let wanted = WantedExamples {
        signatures: kinds.iter().map(|kind| (*kind).to_owned()).collect(),
        from: UnixMillis(1_772_359_320_000),
        to: UnixMillis(1_772_359_335_000),
    };
    let (plan, checks) = (&place.world.plan, &place.world.checks);
    checks.examples(plan, counters, &[StepId(1)], &wanted).await
}

#[tokio::test]
async fn a_line_of_each_kind_is_shown_without_secrets_and_escapes() {
    let place = Place::new(60, Answers::healthy()).await;
    let hidden = &place.secrets;
    learn(hidden);
    let masked = hidden.mask("took # ms for s3cr3t-word").into_owned();
    let kinds = [masked.as_str(), "Boom", "Vast", "Gone", "Never"];
    let found = examples(&place, &logs(), &kinds).await.unwrap();
    let told: Vec<_> = found
        .iter()
        .map(|example| (example.signature.as_str(), example.instance.as_str()))
        .collect();
    let web1 = "eqiad/shop/web-1";
    assert_eq!(told, [(masked.as_str(), web1), ("Boom", web1)]);
    assert_eq!(found[1].at, Some(UnixMillis(1_772_359_321_000)));
    let boom = hidden.mask("Boom: cart of s3cr3t-word is null");
    let text = format!(r"{boom}\n\tat \u{{1b}}[31mcheckout\u{{1b}}[0m");
    assert_eq!(found[1].text, text);
    // Without a message it is the value that is shown.
    assert!(found[0].text.starts_with("took 12 ms for "), "{found:?}");
    assert!(!format!("{found:?}").contains("s3cr3t"), "{found:?}");
}

#[tokio::test]
async fn counters_are_shown_by_their_labels() {
    let place = Place::new(61, Answers::healthy()).await;
    let found = examples(&place, &prometheus(), &["500", "501"])
        .await
        .unwrap();
    let labels = "code=\"500\", kubernetes_pod_name=\"web-1\"";
    let example = ErrorExample::new("500", "eqiad/shop/web-1", None, labels);
    assert_eq!(found, [example]);
}

#[tokio::test]
async fn a_store_that_cannot_answer_says_why() {
    let down = Answers {
        requests: (503, json!({})),
        ..Answers::healthy()
    };
    let place = Place::new(62, down).await;
    let why = examples(&place, &logs(), &["Boom"]).await.unwrap_err();
    assert!(why.contains("is busy (status 503)"), "{why}");
}

#[tokio::test]
async fn what_hosts_expose_is_shown_by_its_labels() {
    let world = World::new(serve(63).await);
    let counters = counters("/metrics");
    let (plan, checks, steps) = (&world.plan, &world.checks, [StepId(0)]);
    checks.counters(plan, &counters, &steps).await;
    let wanted = WantedExamples {
        signatures: vec!["Boom".to_owned()],
        from: UnixMillis(0),
        to: UnixMillis(1),
    };
    let found = checks.examples(plan, &counters, &steps, &wanted).await;
    let example = ErrorExample::new("Boom", "web1", None, "signature=\"Boom\"");
    assert_eq!(found, Ok(vec![example]));
}
