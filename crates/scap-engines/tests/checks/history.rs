//! The past of a release: against a server that plays a Prometheus and a log store over any stretch of time.

use axum::http::Uri;
use axum::response::{IntoResponse, Response};
use scap_engines::checks::{Point, window};
use scap_plan::{LogCounters, LogStore, MetricsStore, PrometheusCounters};
use scap_run::evidence::Counts;
use scap_run::history::History;
use serde_json::{Value, json};

use super::*;

/// Seconds of a window.
const WINDOW: u64 = 15;
const HOURS: usize = 24;

/// Two pods with ten requests a second each; in every fourth window `web-1` has three errors.
async fn answer(uri: Uri, body: String) -> Response {
    let asked = reqwest::Url::parse(&format!("http://x{uri}")).unwrap();
    let given: BTreeMap<String, String> = asked.query_pairs().into_owned().collect();
    match uri.path() {
        "/metrics-store/eqiad/api/v1/query_range" => {
            assert_eq!(given["step"], "15");
            let [start, end] = ["start", "end"].map(|key| given[key].parse::<u64>().unwrap());
            let times = || (start..=end).step_by(15);
            let is_errors = given["query"].contains("errors_total");
            let series = ["web-1", "web-2"].map(|pod| {
                let count = |time: u64| match (is_errors, pod) {
                    (false, _) => time * 10,
                    // As many as of whole windows that have gone by.
                    (true, "web-1") => time.div_ceil(WINDOW).div_ceil(4) * 3,
                    (true, _) => 0,
                };
                let values: Vec<Value> = times()
                    .map(|time| json!([time, count(time).to_string()]))
                    .collect();
                json!({"metric": {"pod": pod}, "values": values})
            });
            let data = json!({"resultType": "matrix", "result": series});
            json!({"status": "success", "data": data})
                .to_string()
                .into_response()
        }
        "/logs/logstash-*/_search" => said(&serde_json::from_str(&body).unwrap()).into_response(),
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

fn said(body: &Value) -> String {
    let shards = json!({"total": 3, "failed": 0});
    let aggregations = if let Some(window) = body.pointer("/aggs/window/date_histogram") {
        assert_eq!(
            (&window["min_doc_count"], &window["fixed_interval"]),
            (&json!(0), &json!("15s"))
        );
        let [from, to] = ["min", "max"].map(|key| window["extended_bounds"][key].as_u64().unwrap());
        let buckets: Vec<Value> = (from..to)
            .step_by(15_000)
            .map(|key| {
                let has_errors = (key / 15_000).is_multiple_of(4);
                let pods = if has_errors {
                    json!([{"key": "web-1", "doc_count": 3}])
                } else {
                    json!([])
                };
                json!({"key": key, "doc_count": 0, "instance": {"buckets": pods}})
            })
            .collect();
        json!({"window": {"buckets": buckets}})
    } else {
        let line = json!({"hits": {"hits": [{"_source": {"message": "no answer within 503 ms"}}]}});
        json!({"kind": {"buckets": [{"key": "no answer within 503 ms", "doc_count": 12, "example": line}]}})
    };
    json!({"timed_out": false, "_shards": shards, "aggregations": aggregations}).to_string()
}

async fn world(last: u8) -> World {
    world_with(last, "metrics-store/{datacenter}").await
}

async fn world_with(last: u8, metrics: &str) -> World {
    let router = Router::new().fallback(answer);
    let address = Ipv4Addr::new(127, 0, 44, last);
    let listener = tokio::net::TcpListener::bind((address, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    let mut world = World::new(address);
    let url = |path: &str| format!("http://{address}/{path}").try_into().unwrap();
    let settings = CheckSettings {
        fleet: Fleet::local("/nowhere", BTreeMap::new()),
        kubernetes: kubernetes(&TempDir::new().unwrap()),
        metrics: Some(MetricsStore {
            link: None,
            url: url(metrics),
        }),
        logs: Some(LogStore {
            link: None,
            url: url("logs"),
            index: "logstash-*".to_owned(),
            time_field: "@timestamp".to_owned(),
        }),
    };
    let scratch = world.folder.path().join("scratch");
    let scratch = Scratch::new(FIXTURE, scratch, KnownSecrets::default());
    world.checks = Checks::new(scratch, settings);
    world
}

fn prometheus() -> Counters {
    let source = json!({"requests": "requests_total", "instance": null, "interval": "15s",
        "errors": "errors_total", "signature": null});
    let source: PrometheusCounters = serde_json::from_value(source).unwrap();
    Counters {
        source: CountersSource::Prometheus(source),
        ..counters("/metrics")
    }
}

fn logs() -> Counters {
    let source = json!({"requests": "requests_total", "instance": null, "interval": "15s", "errors": "level:ERROR",
        "instance_field": "pod", "signature": "message", "lag": "10s"});
    let source: LogCounters = serde_json::from_value(source).unwrap();
    Counters {
        source: CountersSource::Logs(source),
        ..counters("/metrics")
    }
}

async fn history(world: &World, counters: &Counters, step: usize) -> Result<History, String> {
    world
        .checks
        .history(&world.plan, counters, (StepId(step), 1))
        .await
}

#[tokio::test]
async fn every_window_of_a_day_is_there_with_what_each_pod_counted() {
    let world = world(1).await;
    for counters in [logs(), prometheus()] {
        assert_eq!(window(&counters), Period::from_secs(WINDOW));
        let history = history(&world, &counters, 1).await.unwrap();
        assert_eq!(history.windows.len(), HOURS * 240);
        let mut names = history.instances.clone();
        names.sort();
        assert_eq!(names, ["web-1", "web-2"]);
        let all = history.windows.iter().flat_map(|window| &window.0);
        let (mut requests, mut errors) = (0, 0);
        for (_, counts) in all {
            let Counts {
                requests: more,
                errors: wrong,
            } = *counts;
            (requests, errors) = (requests + more, errors + wrong);
        }
        assert_eq!(requests, 2 * 10 * 86_400);
        assert_eq!(errors, 3 * (HOURS as u64) * 60);
    }
}

#[tokio::test]
async fn kinds_come_with_an_example_where_logs_have_them() {
    let world = world(2).await;
    let kinds = history(&world, &logs(), 1).await.unwrap().kinds;
    let kinds: Vec<_> = kinds
        .iter()
        .map(|kind| (kind.signature.as_str(), kind.errors))
        .collect();
    assert_eq!(kinds, [("no answer within # ms", 12)]);
    assert_eq!(history(&world, &prometheus(), 1).await.unwrap().kinds, []);
}

#[tokio::test]
async fn what_all_share_is_told_minute_by_minute_as_it_was_lately() {
    let world = world_with(4, "metrics-store/eqiad").await;
    let shared = Counters {
        is_shared: true,
        ..prometheus()
    };
    let hour_and_window = (Period::from_secs(3_600), Period::from_secs(WINDOW));
    let points = world.checks.recent(&shared, hour_and_window).await.unwrap();
    assert_eq!(points.len(), 240);
    let is_next = |pair: &[Point]| pair[0].at.until(pair[1].at) == WINDOW * 1_000;
    assert!(points.windows(2).all(is_next));
    let errors: u64 = points.iter().map(|point| point.counts.errors).sum();
    assert_eq!(errors, 3 * 60);
    assert!(
        points
            .iter()
            .all(|point| point.counts.requests == 2 * 10 * WINDOW)
    );
}

#[tokio::test]
async fn what_has_no_past_says_why() {
    let world = world(3).await;
    let pods = history(&world, &counters("/metrics"), 1).await.unwrap_err();
    assert!(
        pods.ends_with("which remember nothing: only stores have a past"),
        "{pods}"
    );
    let host = history(&world, &logs(), 0).await.unwrap_err();
    assert_eq!(host, "stores are asked for pods only");
}
