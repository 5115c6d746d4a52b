//! What names stand for, as they are in the field.

use super::*;

/// `http_requests_total{code="200"}`
fn metric(text: &str) -> Metric {
    let (name, labels) = text.split_once('{').unwrap_or((text, "}"));
    let labels = labels.trim_end_matches('}').split(',');
    let labels = labels.filter_map(|label| {
        let (name, value) = label.split_once('=')?;
        Some((name.to_owned(), [value.to_owned()].into()))
    });
    Metric {
        name: name.to_owned(),
        series: 1,
        labels: labels.collect(),
        within: Vec::new(),
    }
}

fn metrics(texts: &[&str]) -> Vec<Metric> {
    texts.iter().map(|text| metric(text)).collect()
}

/// What is exposed, and what of it counts requests, errors (or the label by which they are known) and time.
type Case = (
    &'static str,
    &'static [&'static str],
    [Option<&'static str>; 3],
);

const CASES: &[Case] = &[
    (
        "a Go service",
        &[
            "go_gc_duration_seconds_count",
            "http_request_duration_seconds_bucket{le=0.1,code=200}",
            "http_request_duration_seconds_count{code=200}",
            "http_requests_total{code=200,method=get}",
            "process_cpu_seconds_total",
            "promhttp_metric_handler_requests_total{code=200}",
        ],
        [
            Some("http_requests_total"),
            Some("code=~\"5..\""),
            Some("http_request_duration_seconds_bucket"),
        ],
    ),
    (
        "service-runner",
        &[
            "nodejs_gc_duration_seconds_count{kind=major}",
            "service_runner_request_duration_seconds_bucket{le=0.1,status=200}",
            "service_runner_request_duration_seconds_count{status=200}",
        ],
        [
            Some("service_runner_request_duration_seconds_count"),
            Some("status=~\"5..\""),
            Some("service_runner_request_duration_seconds_bucket"),
        ],
    ),
    (
        "an express router",
        &[
            "express_router_request_duration_seconds_bucket{le=1,path=root,status=2xx}",
            "express_router_request_duration_seconds_count{path=root,status=2xx}",
        ],
        [
            Some("express_router_request_duration_seconds_count"),
            Some("status=\"5xx\""),
            Some("express_router_request_duration_seconds_bucket"),
        ],
    ),
    (
        "Envoy in front of it",
        &[
            "envoy_cluster_upstream_rq_time_bucket{le=5}",
            "envoy_cluster_upstream_rq_total",
            "envoy_cluster_upstream_rq_xx{envoy_response_code_class=2}",
            "envoy_cluster_upstream_rq{envoy_response_code=200}",
        ],
        [
            Some("envoy_cluster_upstream_rq"),
            Some("envoy_response_code=~\"5..\""),
            Some("envoy_cluster_upstream_rq_time_bucket"),
        ],
    ),
    (
        "Istio",
        &["istio_requests_total{response_code=200,reporter=destination}"],
        [
            Some("istio_requests_total"),
            Some("response_code=~\"5..\""),
            None,
        ],
    ),
    (
        "Java with micrometer",
        &[
            "http_client_requests_seconds_count{outcome=SUCCESS,status=200}",
            "http_server_requests_seconds_count{outcome=SUCCESS,status=200}",
            "jvm_gc_pause_seconds_count",
            "logback_events_total{level=error}",
        ],
        [
            Some("http_server_requests_seconds_count"),
            Some("status=~\"5..\""),
            None,
        ],
    ),
    (
        "Python with FastAPI",
        &[
            "http_request_duration_seconds_bucket{le=0.5,handler=root}",
            "http_requests_total{handler=root,status=2xx}",
            "python_gc_collections_total",
        ],
        [
            Some("http_requests_total"),
            Some("status=\"5xx\""),
            Some("http_request_duration_seconds_bucket"),
        ],
    ),
    (
        "OpenTelemetry",
        &["http_server_request_duration_seconds_count{http_response_status_code=200}"],
        [
            Some("http_server_request_duration_seconds_count"),
            Some("http_response_status_code=~\"5..\""),
            None,
        ],
    ),
    (
        "a counter of errors alone",
        &[
            "kafka_producer_errors_total",
            "shop_errors_total{signature=x}",
            "shop_requests_total{status=200}",
        ],
        [
            Some("shop_requests_total"),
            Some("shop_errors_total by signature"),
            None,
        ],
    ),
    (
        "a service that asks others only",
        &["rest_client_requests_total{code=200}", "process_open_fds"],
        [None, None, None],
    ),
];

fn errors_as_told(metrics: &[Metric]) -> Option<String> {
    let requests = requests(metrics)?;
    if let Some(errors) = errors(metrics, requests) {
        let kind = kind(&errors.labels).unwrap_or_default();
        return Some(format!("{} by {kind}", errors.name));
    }
    let (label, matcher) = status(&requests.labels)?;
    Some(format!("{label}{matcher}"))
}

#[test]
fn metrics_are_known_by_their_names() {
    for (whose, exposed, expected) in CASES {
        let metrics = metrics(exposed);
        let name = |metric: Option<&Metric>| metric.map(|metric| metric.name.clone());
        let found = [
            name(requests(&metrics)),
            errors_as_told(&metrics),
            name(histogram(&metrics)),
        ];
        let expected = expected.map(|text| text.map(str::to_owned));
        assert_eq!(found, expected, "{whose}");
    }
}

#[test]
fn statuses_of_every_writing_have_a_failed_one() {
    let cases = [
        ("code=503", Some("=~\"5..\"")),
        ("status_class=2xx", Some("=\"5xx\"")),
        ("response_code_class=2", Some("=\"5\"")),
        ("outcome=SUCCESS", Some("=\"SERVER_ERROR\"")),
        ("status=ok", None),
        ("method=get", None),
    ];
    for (label, expected) in cases {
        let metric = metric(&format!("x_total{{{label}}}"));
        let matcher = status(&metric.labels).map(|(_, matcher)| matcher);
        assert_eq!(matcher, expected, "{label}");
    }
}

#[test]
fn levels_are_words_in_their_own_case_or_numbers() {
    let cases: [(&str, &[&str], &str); 6] = [
        ("level", &["INFO", "ERROR"], "(ERROR)"),
        ("level", &["INFO", "DEBUG"], "(ERROR OR FATAL)"),
        ("severity", &["info", "err", "crit"], "(crit OR err)"),
        ("log.level", &["warn"], "(error OR fatal)"),
        ("level", &["30", "40"], ">=50"),
        ("severity", &["6", "4"], "<=3"),
    ];
    for (field, values, expected) in cases {
        let values = values.iter().map(|value| (*value).to_owned());
        let fields = [(field.to_owned(), values.collect())].into();
        assert_eq!(level(&fields), Some((field, expected.to_owned())));
    }
}
