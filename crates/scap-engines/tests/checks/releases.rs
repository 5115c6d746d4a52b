//! Tests and counters of releases: against a server that plays the API server, Prometheus and the log store.

#[path = "releases/clues.rs"]
mod clues;
#[path = "releases/examples.rs"]
mod examples;
#[path = "releases/stores.rs"]
mod stores;

use std::os::unix::fs::PermissionsExt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::extract::State;
use axum::http::Uri;
use axum::response::{IntoResponse, Response};
use scap_plan::{
    LogCounters, LogStore, MetricsStore, Ordinary, Passes, PrometheusCounters, SpecificationPlace,
};
use serde_json::{Value, json};

use super::*;

type Asked = Arc<Mutex<Vec<String>>>;
/// How many are asked now, and how many there ever were.
type AtOnce = Arc<(AtomicUsize, AtomicUsize)>;

/// What Prometheus and the log store answer, with which status.
#[derive(Clone)]
struct Answers {
    requests: (u16, Value),
    errors: (u16, Value),
    logs: (u16, Value),
    fields: Value,
    /// What a log store has of the last days: matching lines, the newest line's age, lines of the future.
    days: (u64, Option<u64>, u64),
    /// The metrics that Prometheus has, whatever their labels.
    metrics: Vec<&'static str>,
    /// How many samples of each there are in five minutes.
    samples: &'static str,
    /// How far their clocks are ahead, in seconds.
    clock_ahead: i64,
}

struct Place {
    secrets: KnownSecrets,
    scratch: Scratch,
    settings: CheckSettings,
    world: World,
    asked: Asked,
    at_once: AtOnce,
}

fn vector(series: &[(Value, &str)]) -> Value {
    let series = series.iter();
    let series = series.map(|(labels, value)| json!({"metric": labels, "value": [1.0, value]}));
    let series: Vec<Value> = series.collect();
    json!({"status": "success", "data": {"resultType": "vector", "result": series}})
}

impl Answers {
    fn healthy() -> Self {
        let pod = json!({"kubernetes_pod_name": "web-1"});
        let kind = json!({"kubernetes_pod_name": "web-1", "code": "500"});
        let kinds = json!({"buckets": [{"key": "Boom", "doc_count": 3}]});
        let lines = json!([{"key": "web-1", "doc_count": 3, "signature": kinds}]);
        let usable = json!({"keyword": {"aggregatable": true}});
        let date = json!({"date": {"aggregatable": true}});
        Self {
            requests: (200, vector(&[(pod, "120")])),
            errors: (200, vector(&[(kind, "4")])),
            logs: (
                200,
                json!({"timed_out": false, "_shards": {"total": 1, "failed": 0}, "aggregations": {"instance": {"buckets": lines}, "newest": {"instance": {"buckets": lines}}}}),
            ),
            fields: json!({"fields": {"pod": usable, "class": usable, "@timestamp": date}}),
            days: (12, Some(3), 0),
            metrics: vec!["requests_total", "errors_total"],
            samples: "20",
            clock_ahead: 0,
        }
    }
}

/// What Prometheus says of a metric when it is asked whether and how often there is one.
fn probed(answers: &Answers, query: &str) -> Value {
    if query.contains("count_over_time") {
        return vector(&[(json!({}), answers.samples)]);
    }
    let has_labels = query.contains("%7B");
    let mut known = answers.metrics.iter();
    let is_there = known.any(|metric| query.contains(metric)) && !has_labels;
    let found = [(json!({}), "1")];
    vector(if is_there { &found } else { &[] })
}

fn of_days(answers: &Answers) -> Value {
    let (matching, age, ahead) = answers.days;
    let now = std::time::SystemTime::UNIX_EPOCH
        .elapsed()
        .unwrap()
        .as_secs();
    let newest = age.map(|age| (now - age) * 1000);
    json!({"timed_out": false, "_shards": {"total": 1, "failed": 0}, "aggregations": {
        "matching": {"doc_count": matching},
        "all": {"doc_count": 99, "newest": {"doc_count": 9, "time": {"value": newest}}, "ahead": {"doc_count": ahead}}}})
}

async fn answer(
    State((asked, at_once, answers)): State<(Asked, AtOnce, Answers)>,
    uri: Uri,
    body: String,
) -> Response {
    let now = at_once.0.fetch_add(1, Ordering::SeqCst) + 1;
    at_once.1.fetch_max(now, Ordering::SeqCst);
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
    at_once.0.fetch_sub(1, Ordering::SeqCst);
    let ahead = jiff::SignedDuration::from_secs(answers.clock_ahead);
    let date = jiff::Timestamp::now() + ahead;
    let date = date.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    let mut response = said(&asked, answers, &uri, &body);
    response
        .headers_mut()
        .insert(header::DATE, date.parse().unwrap());
    let at_once = "0".parse().unwrap();
    response.headers_mut().insert(header::RETRY_AFTER, at_once);
    response
}

fn said(asked: &Asked, answers: Answers, uri: &Uri, body: &str) -> Response {
    asked.lock().unwrap().push(uri.to_string());
    let query = uri.query().unwrap_or_default();
    let said = |(status, body): (u16, Value)| {
        (StatusCode::from_u16(status).unwrap(), body.to_string()).into_response()
    };
    let pods = "/api/v1/namespaces/shop/pods";
    match uri.path() {
        path if path == pods && query.contains("release%3Dcanary") => {
            let item = |name: &str, more: Value| {
                let mut metadata = json!({"name": name, "namespace": "shop"});
                metadata
                    .as_object_mut()
                    .unwrap()
                    .extend(more.as_object().unwrap().clone());
                json!({"apiVersion": "meta.k8s.io/v1", "kind": "PartialObjectMetadata", "metadata": metadata})
            };
            let items = [
                item("web-2", json!({"annotations": {}})),
                item(
                    "web-1",
                    json!({"annotations": {"prometheus.io/port": "9102"}}),
                ),
                item(
                    "web-0",
                    json!({"deletionTimestamp": "2026-03-01T00:00:00Z"}),
                ),
            ];
            let list = json!({"apiVersion": "meta.k8s.io/v1", "kind": "PartialObjectMetadataList", "metadata": {}, "items": items});
            said((200, list))
        }
        path if path == pods => {
            let list = json!({"apiVersion": "meta.k8s.io/v1", "kind": "PartialObjectMetadataList", "metadata": {}, "items": []});
            said((200, list))
        }
        "/api/v1/namespaces/shop/pods/web-1:9102/proxy/metrics" => METRICS.into_response(),
        "/api/v1/namespaces/shop/pods/web-1/proxy/"
        | "/api/v1/namespaces/shop/pods/web-2/proxy/" => "welcome".into_response(),
        "/api/v1/namespaces/shop/pods/web-1/proxy/large" => "# x\n".repeat(2 << 20).into_response(),
        "/metrics-store/eqiad/api/v1/query"
            if query.contains("count%28")
                || query.contains("count_over")
                || query.contains("vector") =>
        {
            said((200, probed(&answers, query)))
        }
        "/metrics-store/eqiad/api/v1/query" if query.contains("requests_total") => {
            said(answers.requests)
        }
        "/metrics-store/eqiad/api/v1/query" => said(answers.errors),
        "/logs/logstash-*/_search" if body.contains("matching") => said((200, of_days(&answers))),
        "/logs/logstash-*/_search" => match examples::of_lines(body) {
            Some(answer) => said(answer),
            None => said(answers.logs),
        },
        "/logs/logstash-*/_field_caps" => said((200, answers.fields)),
        _ => {
            let message = "error trying to reach service: connection refused";
            let status = json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": message, "code": 503});
            said((503, status))
        }
    }
}

impl Place {
    async fn new(last: u8, answers: Answers) -> Self {
        let (asked, at_once) = (Asked::default(), AtOnce::default());
        let state = (Arc::clone(&asked), Arc::clone(&at_once), answers);
        let router = Router::new().fallback(answer).with_state(state);
        let address = Ipv4Addr::new(127, 0, 43, last);
        let listener = tokio::net::TcpListener::bind((address, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await });
        let mut world = World::new(address);
        let kubeconfig = format!(
            "{{apiVersion: v1, kind: Config, current-context: c, contexts: [{{name: c, context: {{cluster: k, user: u}}}}],\n\
             clusters: [{{name: k, cluster: {{server: 'http://{address}'}}}}], users: [{{name: u, user: {{token: secret}}}}]}}\n"
        );
        std::fs::write(world.folder.path().join("shop-eqiad.config"), kubeconfig).unwrap();
        let url = |path: &str| format!("http://{address}/{path}").try_into().unwrap();
        let folder = TempDir::new().unwrap();
        let mut kubernetes = kubernetes(&folder);
        let path = |name: &str| world.folder.path().join(name);
        kubernetes.kubeconfig = path("{namespace}-{environment}.config")
            .display()
            .to_string();
        kubernetes.deployments_dir = path("");
        kubernetes.helm = path("helm");
        kubernetes.scratch = path("helm-folders");
        let settings = CheckSettings {
            fleet: Fleet::local("/nowhere", BTreeMap::new()),
            kubernetes,
            metrics: Some(MetricsStore {
                link: None,
                url: url("metrics-store/{datacenter}"),
            }),
            logs: Some(LogStore {
                link: None,
                url: url("logs"),
                index: "logstash-*".to_owned(),
                time_field: "@timestamp".to_owned(),
            }),
        };
        let secrets = KnownSecrets::default();
        let scratch = Scratch::new(FIXTURE, path("scratch"), secrets.clone());
        world.checks = Checks::new(scratch.clone(), settings.clone());
        Self {
            secrets,
            scratch,
            settings,
            world,
            asked,
            at_once,
        }
    }

    /// Adds a release beside the canary, whose pods are nowhere.
    fn with_main(mut self) -> Self {
        let mut main = self.world.plan.steps[1].clone();
        if let StepKind::Release(release) = &mut main.kind {
            release.release = Some(name("main"));
        }
        self.world.plan.steps.push(main);
        self
    }

    fn asks_metrics_at(&mut self, url: &str) {
        let url = url.to_owned().try_into().unwrap();
        self.settings.metrics = Some(MetricsStore { url, link: None });
        self.world.checks = Checks::new(self.scratch.clone(), self.settings.clone());
    }

    fn script(&self, file: &str, body: &str) {
        let path = self.world.folder.path().join(file);
        std::fs::write(&path, format!("#!/bin/sh\n{body}\n")).unwrap();
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
    }

    async fn snapshot(&self, counters: &Counters) -> Snapshot {
        let (plan, checks) = (&self.world.plan, &self.world.checks);
        checks.counters(plan, counters, &[StepId(1)]).await
    }

    /// What preflight says when the release is the control of `counters`.
    async fn warnings(&mut self, counters: Counters) -> Vec<String> {
        let gate = Gate::Evidence(Evidence {
            counters,
            canary: vec![StepId(0)],
            control: vec![StepId(1)],
            ordinary: Ordinary::default(),
            watch: None,
            load: None,
        });
        let wave = |gates| Wave {
            name: "canary".to_owned(),
            steps: vec![StepId(0)],
            gates,
        };
        self.world.plan.waves = vec![wave(vec![gate.clone()]), wave(vec![gate])];
        let findings = self.world.checks.preflight(&self.world.plan).await;
        findings
            .into_iter()
            .map(|finding| finding.message)
            .collect()
    }
}

fn of_source(source: CountersSource) -> Counters {
    Counters {
        source,
        ..counters("/metrics")
    }
}

fn prometheus() -> Counters {
    let source = json!({"requests": "requests_total{release=\"{release}\"}", "instance": null, "interval": "15s",
        "errors": "errors_total{release=\"{release}\"}", "signature": "code"});
    let source: PrometheusCounters = serde_json::from_value(source).unwrap();
    of_source(CountersSource::Prometheus(source))
}

fn logs() -> Counters {
    let source = json!({"requests": "requests_total", "instance": null, "interval": "15s", "errors": "level:ERROR",
        "instance_field": "pod", "signature": "class", "lag": "10s"});
    let source: LogCounters = serde_json::from_value(source).unwrap();
    of_source(CountersSource::Logs(source))
}

#[tokio::test]
async fn http_tests_ask_each_running_pod_through_the_api_server() {
    let place = Place::new(1, Answers::healthy()).await.with_main();
    let reports = place
        .world
        .reports(vec![http("/", 200, Some("come"))], 1)
        .await;
    let told: Vec<_> = reports
        .iter()
        .map(|report| (report.instance.as_str(), report.failure.as_deref()))
        .collect();
    assert_eq!(
        told,
        [("eqiad/shop/web-1", None), ("eqiad/shop/web-2", None)]
    );
    let list = place.asked.lock().unwrap()[0].clone();
    for wanted in ["resourceVersion=0", "fieldSelector=status.phase%3DRunning"] {
        assert!(list.contains(wanted), "{list}");
    }
    let cases = [
        (
            http("/", 204, None),
            "pod shop/web-1/ answered with status 200, not 204",
        ),
        (
            http("/down", 503, None),
            "no answer from pod shop/web-1/down: error trying to reach service: connection refused",
        ),
        (
            http("/large", 200, None),
            "pod shop/web-1/large answered with more than 4 MiB",
        ),
        (
            http("/../../secrets", 200, None),
            "the path \"/../../secrets\" must not lead out of the pod",
        ),
    ];
    for (kind, expected) in cases {
        assert_eq!(place.world.failures(vec![kind], 1).await[0], expected);
    }
    let nowhere = place.world.failures(vec![http("/", 200, None)], 2).await;
    assert_eq!(nowhere, ["no running pod has the label `release=main`"]);
}

#[tokio::test]
async fn examples_and_many_requests_go_through_the_api_server_too() {
    let place = Place::new(12, Answers::healthy()).await;
    let write = |header: &str| {
        let example =
            format!("{{request: {{headers: {{{header}: root}}}}, response: {{body: welcome}}}}");
        let text = format!("openapi: 3.0.1\npaths: {{/: {{get: {{x-amples: [{example}]}}}}}}\n");
        std::fs::write(place.world.folder.path().join("shop/spec.yaml"), text).unwrap();
    };
    let openapi = || TestKind::OpenApi {
        specification: SpecificationPlace::File("spec.yaml".to_owned()),
        port: None,
    };
    let requests = TestKind::Requests {
        path: "/".to_owned(),
        port: None,
        count: 3,
        side_by_side: 2,
        passes: Passes {
            at_least: 3,
            at_most: 3,
        },
    };
    write("x-name");
    let failures = place.world.failures(vec![openapi(), requests], 1).await;
    assert_eq!(failures, [""; 4]);
    write("impersonate-user");
    let failures = place.world.failures(vec![openapi()], 1).await;
    let refused =
        "1 of 1 examples failed; GET /: the header `impersonate-user` would not come to the pod";
    assert_eq!(failures, [refused; 2]);
}

#[tokio::test]
async fn commands_run_once_for_a_release_and_ports_are_refused() {
    let place = Place::new(2, Answers::healthy()).await;
    place.script(
        "shop/print",
        "env | sort | grep -v -e ^PWD= -e ^SCAP_PROGRAM= -e ^_= -e ^OLDPWD= -e ^SHLVL= -e ^PATH= -e ^COLOUR= -e ^RESULT_FILE= | paste -sd+\nexit 1",
    );
    let mut print = command(&["./print"]);
    if let TestKind::Command { base_url, .. } = &mut print {
        let url = "https://{service}.{datacenter}.example.org/{environment}".to_owned();
        *base_url = Some(url.try_into().unwrap());
    }
    let kinds = vec![print, TestKind::Port { port: Some(1) }];
    let reports = place.world.reports(kinds, 1).await;
    let failures: Vec<_> = reports
        .iter()
        .map(|report| report.failure.as_deref().unwrap())
        .collect();
    let instance = place.world.plan.steps[1].to_string();
    let expected = format!(
        "the command exited with code 1; its last output: \
         BASE_URL=https://shop.eqiad.example.org/eqiad+DATACENTER=eqiad+ENVIRONMENT=eqiad+INSTANCE={instance}+\
         NAMESPACE=shop+RELEASE=canary+SERVICE=shop+STAGE=CANARY"
    );
    assert_eq!(
        failures,
        [
            expected.as_str(),
            "the ports of pods are not connected to: ask them by a test of type http"
        ]
    );
}

#[tokio::test]
async fn helm_tests_get_the_runs_kubeconfig_and_show_their_logs() {
    let place = Place::new(3, Answers::healthy()).await;
    let folder = place.world.folder.path().display().to_string();
    place.script(
        "helm",
        &format!(
            "echo \"$@\" > {folder}/calls; echo \"$KUBECONFIG $HELM_PLUGINS\" >> {folder}/calls"
        ),
    );
    assert_eq!(
        place.world.failures(vec![TestKind::HelmTest], 1).await,
        [""]
    );
    let calls = std::fs::read_to_string(format!("{folder}/calls")).unwrap();
    let expected = "test canary --logs --namespace shop --timeout 5000ms\nFOLDER/shop-eqiad.config FOLDER/helm-folders/plugins\n";
    assert_eq!(calls.replace(&folder, "FOLDER"), expected);
    place.script("helm", "echo NAME: canary; echo Phase: Failed; echo POD LOGS: web-test; seq 1 8; echo 'Error: 1 error occurred' >&2; exit 1");
    let failures = place.world.failures(vec![TestKind::HelmTest], 1).await;
    // The two streams may be read in any order.
    assert!(
        failures[0].starts_with("helm test failed; "),
        "{failures:?}"
    );
    for wanted in [
        "POD LOGS: web-test / 1 / 2 / 3",
        "6 / 7 / 8",
        "Error: 1 error occurred",
    ] {
        assert!(failures[0].contains(wanted), "{failures:?}");
    }
    assert!(!failures[0].contains("NAME:"), "{failures:?}");
}

#[tokio::test]
async fn pods_expose_counters_at_the_port_that_they_are_annotated_with() {
    let place = Place::new(4, Answers::healthy()).await.with_main();
    let (plan, wanted) = (&place.world.plan, counters("/metrics"));
    let steps = [StepId(1), StepId(2)];
    let snapshot = place.world.checks.counters(plan, &wanted, &steps).await;
    let web1 = &snapshot.instances["eqiad/shop/web-1"];
    assert_eq!(
        (web1.requests, web1.errors, web1.signatures["Boom"]),
        (10, 2, 2)
    );
    let main = plan.steps[2].to_string();
    let missing: Vec<_> = snapshot.missing.keys().map(String::as_str).collect();
    assert_eq!(missing, ["eqiad/shop/web-2", main.as_str()]);
}

#[tokio::test]
async fn prometheus_is_asked_for_requests_and_errors_once_a_moment() {
    let place = Place::new(5, Answers::healthy()).await;
    let first = place.snapshot(&prometheus()).await;
    let web1 = &first.instances["eqiad/shop/web-1"];
    assert_eq!(
        (web1.requests, web1.errors, web1.signatures["500"]),
        (120, 4, 4)
    );
    assert!(first.missing.is_empty());
    let asked = place.asked.lock().unwrap().clone();
    assert_eq!(asked.len(), 2);
    assert!(
        asked
            .iter()
            .all(|uri| uri.contains("release%3D%22canary%22")),
        "{asked:?}"
    );
    let moment = |uri: &str| -> u64 {
        let (_, after) = uri.split_once("&time=").unwrap();
        after.split('&').next().unwrap().parse().unwrap()
    };
    assert_eq!(moment(&asked[0]), moment(&asked[1]));
    assert_eq!(moment(&asked[0]) % 15, 0);
}

#[tokio::test]
async fn the_log_store_counts_the_errors_of_the_pods_that_prometheus_knows() {
    let place = Place::new(6, Answers::healthy()).await;
    let snapshot = place.snapshot(&logs()).await;
    let web1 = &snapshot.instances["eqiad/shop/web-1"];
    assert_eq!(
        (web1.requests, web1.errors, web1.signatures["Boom"]),
        (120, 3, 3)
    );
}
