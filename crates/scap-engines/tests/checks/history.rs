//! The past of a release: against a server that plays a Prometheus and a log store over any stretch of time.

use std::time::Duration;

use axum::http::Uri;
use axum::response::{IntoResponse, Response};
use scap_engines::checks::{Point, window};
use scap_plan::{LogCounters, LogStore, MetricsStore, PrometheusCounters, PrometheusHistogram};
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
            // As many as of whole windows that have gone by.
            let bad = |time: u64| time.div_ceil(WINDOW).div_ceil(4) * 3;
            let series = |labels: Value, count: &dyn Fn(u64) -> u64| {
                let values = times().map(|time| json!([time, count(time).to_string()]));
                json!({"metric": labels, "values": values.collect::<Vec<Value>>()})
            };
            let requests = |time| time * 10;
            let of_pods = |counts: [&dyn Fn(u64) -> u64; 2]| {
                let pods = ["web-1", "web-2"].map(|pod| json!({"pod": pod}));
                pods.into_iter()
                    .zip(counts)
                    .map(|(pod, count)| series(pod, count))
                    .collect()
            };
            let bucket = |pod: &str, bound: &str| json!({"pod": pod, "le": bound});
            let found: Vec<Value> = match given["query"].as_str() {
                "requests_total" => of_pods([&requests, &requests]),
                "errors_total" => of_pods([&bad, &|_| 0]),
                "seconds_bucket" => vec![
                    series(bucket("web-1", "0.5"), &|time| requests(time) - bad(time)),
                    series(bucket("web-1", "+Inf"), &requests),
                    series(bucket("web-2", "0.5"), &requests),
                    series(bucket("web-2", "+Inf"), &requests),
                ],
                other => panic!("nobody should ask for {other}"),
            };
            let data = json!({"resultType": "matrix", "result": found});
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
    world_of(address, metrics)
}

/// With its stores at one address.
fn world_of(address: SocketAddr, metrics: &str) -> World {
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

fn slow(query: &str, over: &str) -> Counters {
    let source = json!({"requests": query, "instance": null, "interval": "15s", "over": over});
    let source: PrometheusHistogram = serde_json::from_value(source).unwrap();
    Counters {
        source: CountersSource::PrometheusHistogram(source),
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
    for counters in [logs(), prometheus(), slow("seconds_bucket", "500ms")] {
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
    for (counters, p95_of_most) in [
        (prometheus(), None),
        (slow("seconds_bucket", "500ms"), Some(475.0)),
    ] {
        let shared = Counters {
            is_shared: true,
            ..counters
        };
        let hour_and_window = (Period::from_secs(3_600), Period::from_secs(WINDOW));
        let points = world.checks.recent(&shared, hour_and_window).await.unwrap();
        assert_eq!(points.len(), 240);
        let is_next = |pair: &[Point]| pair[0].at.until(pair[1].at) == WINDOW * 1_000;
        assert!(points.windows(2).all(is_next));
        let errors: u64 = points.iter().map(|point| point.counts.errors).sum();
        assert_eq!(errors, 3 * 60);
        let mut requests = points.iter().map(|point| point.counts.requests);
        assert!(requests.all(|count| count == 2 * 10 * WINDOW));
        // Where none was slow, they lie evenly below the bound.
        let p95 = points.iter().filter(|point| point.counts.errors == 0);
        let p95: Vec<_> = p95.map(|point| point.p95_milliseconds).collect();
        assert_eq!(p95, vec![p95_of_most; 180]);
    }
}

#[tokio::test]
#[ignore = "needs the real parts that `make e2e` brings up"]
async fn a_real_prometheus_tells_how_long_its_own_answers_took() {
    let world = world_of((Ipv4Addr::LOCALHOST, 9090).into(), "");
    let shared = |over: &str| Counters {
        is_shared: true,
        ..slow("prometheus_http_request_duration_seconds_bucket", over)
    };
    let lately = (Period::from_secs(900), Period::from_secs(WINDOW));
    let first = async {
        loop {
            let points = world.checks.recent(&shared("400ms"), lately).await.unwrap();
            let mut points = points.into_iter();
            if let Some(point) = points.find(|point| point.counts.requests > 0) {
                break point;
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    };
    // What it answers now, it tells a minute later.
    let counted = tokio::time::timeout(Duration::from_mins(5), first)
        .await
        .unwrap();
    let p95 = counted.p95_milliseconds.unwrap();
    assert!(p95 > 0.0 && p95 <= 120_000.0, "{p95} ms");
    assert!(counted.counts.errors <= counted.counts.requests);

    let why = world
        .checks
        .recent(&shared("500ms"), lately)
        .await
        .unwrap_err();
    let expected = "there is no bound of 0.5 s; there are 0.1, 0.2, 0.4, 1, 3, 8, 20, 60, 120: set `over` to one of them";
    assert_eq!(why, expected);
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
