//! What a release shows of itself before anything is declared for it.

use super::*;

fn usable() -> Value {
    json!({"keyword": {"aggregatable": true}})
}

/// A place whose plan has the release alone.
async fn place(last: u8, answers: Answers) -> Place {
    let mut place = Place::new(last, answers).await;
    place.world.plan.steps.remove(0);
    place
}

#[tokio::test]
async fn a_release_shows_metrics_and_lines_and_how_stores_call_them() {
    let kubernetes =
        json!({"pod_name": "web-1", "namespace_name": "shop", "labels": {"release": "canary"}});
    let line = json!({"kubernetes": kubernetes, "level": "INFO", "message": "it went well"});
    let lines = json!({"lines": {"hits": {"hits": [{"_source": line}]}}});
    let answers = Answers {
        logs: (
            200,
            json!({"timed_out": false, "_shards": {"total": 1, "failed": 0}, "aggregations": lines}),
        ),
        fields: json!({"fields": {"kubernetes.pod_name.keyword": usable()}}),
        ..Answers::healthy()
    };
    let place = place(50, answers).await;
    let clues = place.world.checks.clues(&place.world.plan).await;
    assert_eq!(clues.unasked, BTreeMap::new());
    let exposed = clues.exposed.unwrap();
    assert_eq!(exposed.instance, "eqiad/shop/web-1");
    let requests = exposed
        .metrics
        .iter()
        .find(|it| it.name == "shop_requests_total");
    assert_eq!(requests.unwrap().series, 1);
    let release = clues.release.unwrap();
    assert_eq!(release.pods, ["web-1", "web-2"].map(str::to_owned).into());
    let stored = &clues.stored["shop_requests_total"];
    assert!(stored["kubernetes_pod_name"].contains("web-1"));
    let lines = clues.lines.unwrap();
    assert_eq!(
        lines.groupable["kubernetes.pod_name"],
        "kubernetes.pod_name.keyword"
    );
    assert!(lines.fields["message"].is_empty(), "{lines:?}");
}

#[tokio::test]
async fn a_source_that_says_nothing_has_a_reason() {
    let answers = Answers {
        requests: (400, json!({"status": "error", "error": "parse error"})),
        logs: (404, json!({})),
        ..Answers::healthy()
    };
    let mut place = place(51, answers).await;
    let clues = place.world.checks.clues(&place.world.plan).await;
    assert!(clues.unasked["Prometheus"].ends_with(": parse error"));
    assert!(clues.unasked["the log store"].ends_with("has no such index"));
    // Its pods are nowhere.
    if let StepKind::Release(release) = &mut place.world.plan.steps[0].kind {
        release.release = Some(name("main"));
    }
    let clues = place.world.checks.clues(&place.world.plan).await;
    let why = &clues.unasked["metrics of instances"];
    assert!(
        why.ends_with("no running pod has the label `release=main`"),
        "{why}"
    );
}
