//! What was asked is told as it was asked, with the page that shows it.

use super::*;
use crate::view::stories;
use scap_plan::Source;
use serde_json::json;

const STORES: &str = "\
metrics:
  url: https://prometheus.{datacenter}.example
  link: https://grafana.example/explore?panes=%7B%22expr%22:%22{query_json}%22%7D&from={from_milliseconds}&to={to_milliseconds}
logs: {url: https://logs.example, link: \"https://logs.example/discover#/?q={query}&from={from}\"}
";

/// What the gate of a run in two clusters asks, which counts what `source` says.
fn asked(source: serde_json::Value, configuration: Option<&Configuration>) -> Vec<AskedQuery> {
    let plan = stories::mathoid();
    let mut counters = stories::errors();
    counters.source = serde_json::from_value(source).unwrap();
    let evidence = Evidence {
        counters,
        canary: vec![StepId(1), StepId(2)],
        control: vec![StepId(3)],
        ordinary: scap_plan::Ordinary::default(),
        watch: None,
        load: None,
    };
    let asker = Asker {
        plan: &plan,
        configuration,
        times: Some(link_times(
            UnixMillis(1_772_359_320_000),
            UnixMillis(1_772_359_380_000),
        )),
    };
    asker.queries(&evidence)
}

fn stores() -> Configuration {
    Configuration::read(&Source::new("scap.yaml", STORES)).unwrap()
}

fn logs() -> serde_json::Value {
    json!({
        "source": "logs", "requests": "sum by (pod) (requests_total{release=\"{release}\"})", "instance": "pod",
        "interval": "15s", "errors": "level:ERROR AND service:{service}", "instance_field": "kubernetes.pod_name",
        "signature": "exception.class", "lag": "10s",
    })
}

#[test]
fn each_question_is_told_once_with_the_steps_that_it_is_about() {
    let asked = asked(logs(), Some(&stores()));
    let told: Vec<_> = asked
        .iter()
        .map(|query| {
            (
                query.finds.as_str(),
                query.of.join(" and "),
                query.place.as_str(),
            )
        })
        .collect();
    let long = "production-with-a-name-that-is-very-long-indeed in codfw".to_owned();
    let prometheus =
        ["codfw", "eqiad"].map(|it| format!("Prometheus at https://prometheus.{it}.example"));
    let all = format!("canary in codfw and canary in eqiad and {long}");
    assert_eq!(
        told,
        [
            (
                "requests",
                "canary in codfw".to_owned(),
                prometheus[0].as_str()
            ),
            ("errors", all, "the log store at https://logs.example"),
            ("requests", "canary in eqiad".to_owned(), &prometheus[1]),
            ("requests", long, &prometheus[0]),
        ]
    );
    assert_eq!(
        asked[0].query,
        "sum by (pod) (requests_total{release=\"canary\"})"
    );
    assert_eq!(
        asked[0].link.as_deref(),
        Some(
            "https://grafana.example/explore?panes=%7B%22expr%22:%22sum%20by%20%28pod%29%20%28requests_total%7Brelease%3D\
             %5C%22canary%5C%22%7D%29%22%7D&from=1772359320000&to=1772359380000"
        )
    );
    assert_eq!(asked[1].query, "level:ERROR AND service:mathoid");
    assert_eq!(
        asked[1].link.as_deref(),
        Some(
            "https://logs.example/discover#/?q=level%3AERROR%20AND%20service%3Amathoid&from=2026-03-01T10%3A02%3A00.000Z"
        )
    );
    let fields = json!({
        "index": "logstash-*", "time": "@timestamp", "instance": "kubernetes.pod_name", "kind": "exception.class",
    });
    assert_eq!(json!(asked[1].fields), fields);
}

#[test]
fn without_a_configuration_the_queries_are_told_and_no_pages() {
    let asked = asked(logs(), None);
    assert_eq!(asked.len(), 3, "{asked:?}");
    assert_eq!(asked[0].place, "Prometheus");
    assert!(asked.iter().all(|query| query.link.is_none()));
}

#[test]
fn instances_are_asked_themselves() {
    let source = json!({
        "source": "exposition", "port": 9102, "path": "/metrics", "requests": "requests_total", "errors": "errors_total",
        "signature": null,
    });
    let [asked] = &asked(source, Some(&stores()))[..] else {
        panic!("one question for all")
    };
    assert_eq!(
        (asked.place.as_str(), asked.query.as_str(), asked.of.len()),
        ("each instance at port 9102", "GET /metrics", 3)
    );
}
