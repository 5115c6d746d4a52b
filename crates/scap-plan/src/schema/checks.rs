//! The shape of checks and tests.
#![expect(dead_code, reason = "only the schemas of these types are used")]

use super::{Name, Text};
use crate::catalog::{checks, load, test_kinds, test_terms};
use crate::{CheckMode, CountersSettings, EnvironmentType, Period, Warning};
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, schema_for};
use serde_json::Value;
use std::collections::BTreeMap;

/// Counts of requests and errors, compared between canary and control. In queries `{service}`, `{namespace}`, `{release}`,
/// `{environment}` and `{datacenter}` are replaced.
#[derive(JsonSchema)]
#[schemars(tag = "type", rename_all = "snake_case", deny_unknown_fields, transform = with_settings)]
pub(super) enum Check {
    /// Counters that every instance exposes as Prometheus text.
    Counters {
        /// The service's own when left out; in Kubernetes that of the annotation `prometheus.io/port`, else the pod's first.
        #[schemars(range(min = 1, max = 65535))]
        port: Option<u16>,
        #[schemars(regex(pattern = "^/[^ ]*$"), extend("default" = checks::DEFAULT_METRICS_PATH))]
        path: Option<String>,
        /// The counter of requests.
        requests: Text,
        /// The counter of errors.
        errors: Text,
        /// The label of the error counter by whose value errors are grouped.
        signature: Option<Text>,
    },
    /// Counters that Prometheus has.
    Prometheus {
        /// A query to Prometheus for how many requests each pod has ever served.
        requests: Text,
        /// A query to Prometheus for how many errors each pod has ever had.
        errors: Text,
        /// The label by whose value errors are grouped.
        signature: Option<Text>,
        /// The label with the pod's name; when left out, the first there is of `kubernetes_pod_name`, `pod` and `instance`.
        instance: Option<Text>,
        /// How often the pods are scraped, at most 1m.
        #[schemars(extend("default" = checks::DEFAULT_INTERVAL))]
        interval: Option<Period>,
    },
    /// Slow requests, by a histogram that every instance exposes as Prometheus text.
    #[schemars(rename = "counters")]
    SlowCounters {
        /// The service's own when left out; in Kubernetes that of the annotation `prometheus.io/port`, else the pod's first.
        #[schemars(range(min = 1, max = 65535))]
        port: Option<u16>,
        #[schemars(regex(pattern = "^/[^ ]*$"), extend("default" = checks::DEFAULT_METRICS_PATH))]
        path: Option<String>,
        slow: Slow,
    },
    /// Slow requests, by a histogram that Prometheus has.
    #[schemars(rename = "prometheus")]
    SlowPrometheus {
        slow: SlowQuery,
        /// The label with the pod's name; when left out, the first there is of `kubernetes_pod_name`, `pod` and `instance`.
        instance: Option<Text>,
        /// How often the pods are scraped, at most 1m.
        #[schemars(extend("default" = checks::DEFAULT_INTERVAL))]
        interval: Option<Period>,
    },
    /// Errors in the logs, against the requests that Prometheus has.
    Logs {
        /// A query to Prometheus for how many requests each pod has ever served.
        requests: Text,
        /// What matches an error, as a query string of the log store.
        errors: Text,
        /// The field with the pod's name.
        #[schemars(extend("default" = checks::DEFAULT_INSTANCE_FIELD))]
        instance_field: Option<Text>,
        /// The field by whose value errors are grouped; numbers in messages are left out of account.
        signature: Option<Text>,
        /// The field by whose value errors are told apart, such as the id of a request or of an event: lines that have the
        /// same are one error. Left out, each line is one.
        distinct: Option<Text>,
        /// How long a line may take until it can be found, at most 10m.
        #[schemars(extend("default" = checks::DEFAULT_LAG))]
        lag: Option<Period>,
        /// The label with the pod's name; when left out, the first there is of `kubernetes_pod_name`, `pod` and `instance`.
        instance: Option<Text>,
        /// How often the pods are scraped, at most 1m.
        #[schemars(extend("default" = checks::DEFAULT_INTERVAL))]
        interval: Option<Period>,
    },
}

/// Which requests are slow.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Slow {
    /// A histogram of how many seconds requests took: its name without `_bucket`.
    histogram: Text,
    /// Requests that took longer are slow, such as `500ms`. It must be one of the histogram's bounds.
    over: Period,
}

/// Which requests are slow.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct SlowQuery {
    /// A query to Prometheus for how many requests each bucket of each pod has ever had, in seconds, with the label `le`:
    /// `sum by (pod, le) (NAME_bucket)`.
    histogram: Text,
    /// Requests that took longer are slow, such as `500ms`. It must be one of the histogram's bounds.
    over: Period,
}

/// How each of them is judged.
#[derive(JsonSchema)]
struct Settings {
    /// With `shadow` it is judged and shown, and nothing follows: it never holds a run, asks or turns back.
    #[schemars(extend("default" = CheckMode::default()))]
    mode: Option<CheckMode>,
    /// Share of healthy rollouts that may be stopped by mistake.
    #[schemars(
        extend("exclusiveMinimum" = 0, "exclusiveMaximum" = 1, "default" = CountersSettings::default().false_alarm_rate)
    )]
    false_alarm_rate: Option<f64>,
    /// Ratio of canary's to control's error rate that is still tolerated.
    #[schemars(range(min = 1), extend("default" = CountersSettings::default().tolerated_ratio))]
    tolerated_ratio: Option<f64>,
    /// Canary's error rate that must be refuted before an early promotion.
    #[schemars(
        extend("exclusiveMinimum" = 0, "exclusiveMaximum" = 1, "default" = CountersSettings::default().error_budget)
    )]
    error_budget: Option<f64>,
    /// Requests that the canary must have served before it may be promoted.
    #[schemars(range(min = 1, max = checks::MOST_REQUESTS), extend("default" = CountersSettings::default().minimum_requests))]
    minimum_requests: Option<u32>,
    #[schemars(extend("default" = CountersSettings::default().minimum_hold))]
    minimum_hold: Option<Period>,
    /// Not shorter than `minimum_hold`.
    #[schemars(extend("default" = CountersSettings::default().maximum_hold))]
    maximum_hold: Option<Period>,
    /// How long instances that have just started are not judged at all, at most 10m. Without it they are judged from the first
    /// second, and may have more of the errors that are ordinary of the service for 45 s.
    warm_up: Option<Period>,
    /// How long one cause goes on writing errors, at most 5m: errors within it have one vote. When left out, what former runs
    /// have shown.
    burst: Option<Period>,
}

fn with_settings(check: &mut Schema) {
    with_keys_of(check, &schema_for!(Settings));
}

/// schemars cannot flatten into variants that refuse other keys.
fn with_keys_of(schema: &mut Schema, common: &Schema) {
    let settings = common.get("properties").and_then(Value::as_object);
    let variants = schema.get_mut("oneOf").and_then(Value::as_array_mut);
    for variant in variants.into_iter().flatten() {
        if let Some(keys) = variant.get_mut("properties").and_then(Value::as_object_mut) {
            keys.extend(
                settings
                    .into_iter()
                    .flatten()
                    .map(|(key, value)| (key.clone(), value.clone())),
            );
        }
    }
}

/// How many requests must and may pass; no more than there are.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, extend("minProperties" = 1))]
pub(super) struct Passes {
    at_least: Option<u32>,
    at_most: Option<u32>,
}

/// On what terms each test runs.
#[derive(JsonSchema)]
struct Terms {
    /// Only in environments of these types; not for services on hosts.
    #[schemars(length(min = 1))]
    environment_types: Option<Vec<EnvironmentType>>,
    /// Only in these of the service's environments; for services in Kubernetes.
    #[schemars(length(min = 1))]
    environments: Option<Vec<Name>>,
    /// Only for releases of these stages; for services in Kubernetes.
    #[schemars(length(min = 1))]
    stages: Option<Vec<Name>>,
    /// Begins when these tests beside it have come to their end, well or not.
    #[schemars(length(min = 1))]
    after: Option<Vec<Text>>,
    /// How often it is tried again where it failed, after a short pause.
    #[schemars(range(min = 0, max = test_terms::MOST_RETRIES), extend("default" = 0))]
    retries: Option<u32>,
    /// Why it is known to fail: it still runs and is shown, but blocks nothing.
    quarantine: Option<Text>,
    /// The quarantine's last day, in UTC; afterwards the test blocks again.
    #[schemars(regex(pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"))]
    quarantine_until: Option<String>,
}

fn with_terms(test: &mut Schema) {
    let settings = SchemaSettings::draft2020_12();
    let inline = settings.with(|settings| settings.inline_subschemas = true);
    let terms = inline.into_generator().into_root_schema_for::<Terms>();
    with_keys_of(test, &terms);
}

/// Requests of scap's own; exactly one of `path`, `openapi` and `httpbb` says which.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[schemars(extend("oneOf" = [
    { "required": ["path"] },
    { "required": ["openapi"] },
    { "required": ["httpbb"] },
]))]
pub(super) struct Load {
    /// A GET of it.
    #[schemars(regex(pattern = "^/[^ ]*$"))]
    path: Option<String>,
    /// The examples (`x-amples`) of a specification in the service's directory.
    openapi: Option<Text>,
    /// The requests of a file in the service's directory, without the hosts of their URLs.
    httpbb: Option<Text>,
    /// The service's own when left out; in Kubernetes the first that a pod declares.
    #[schemars(range(min = 1, max = 65535))]
    port: Option<u16>,
    /// To each side.
    #[schemars(range(min = 1, max = load::MOST_REQUESTS_PER_SECOND), extend("default" = load::DEFAULT_REQUESTS_PER_SECOND))]
    requests_per_second: Option<u32>,
    /// Also while the service has as much traffic of its own.
    #[schemars(extend("default" = false))]
    always: Option<bool>,
    /// Also requests that may change something, such as POST.
    #[schemars(extend("default" = false))]
    r#unsafe: Option<bool>,
}

/// A test that passes or fails.
#[derive(JsonSchema)]
#[schemars(tag = "type", rename_all = "snake_case", deny_unknown_fields, transform = with_terms)]
pub(super) enum Test {
    /// A GET that must answer with `status`, and with `text` in its body.
    Http {
        #[schemars(extend("default" = test_kinds::DEFAULT_TIMEOUT))]
        timeout: Option<Period>,
        #[schemars(regex(pattern = "^/[^ ]*$"))]
        path: String,
        /// The service's own when left out; in Kubernetes the first that a pod declares.
        #[schemars(range(min = 1, max = 65535))]
        port: Option<u16>,
        #[schemars(range(min = 100, max = 599), extend("default" = test_kinds::DEFAULT_STATUS))]
        status: Option<u16>,
        text: Option<Text>,
    },
    /// A TCP port of hosts that must accept a connection.
    Port {
        #[schemars(extend("default" = test_kinds::DEFAULT_TIMEOUT))]
        timeout: Option<Period>,
        /// The service's own when left out.
        #[schemars(range(min = 1, max = 65535))]
        port: Option<u16>,
    },
    /// A program that must exit with 0, started without a shell. At `RESULT_FILE` it may write what its parts came to.
    Command {
        #[schemars(extend("default" = test_kinds::DEFAULT_TIMEOUT))]
        timeout: Option<Period>,
        #[schemars(length(min = 1))]
        command: Vec<Text>,
        #[schemars(extend("minProperties" = 1))]
        environment: Option<BTreeMap<Name, Text>>,
        /// What the program gets as `BASE_URL`. `{service}` is replaced; in Kubernetes `{environment}`, `{namespace}`,
        /// `{release}`, `{stage}` and `{datacenter}` too, on hosts `{host}`.
        #[schemars(regex(pattern = "^https?://[^/]"))]
        base_url: Option<String>,
    },
    /// The tests that the chart brings, run by `helm test`.
    #[schemars(rename = "helm_test")]
    Helm {
        #[schemars(extend("default" = test_kinds::DEFAULT_HELM_TEST_TIMEOUT))]
        timeout: Option<Period>,
    },
    /// Requests of httpbb's files, whose answers must be as the files say.
    Httpbb {
        /// For all requests of a host together.
        #[schemars(extend("default" = test_kinds::DEFAULT_HTTPBB_TIMEOUT))]
        timeout: Option<Period>,
        /// For one request.
        #[schemars(extend("default" = test_kinds::DEFAULT_TIMEOUT))]
        request_timeout: Option<Period>,
        /// Relative to the service's directory.
        #[schemars(length(min = 1))]
        files: Vec<Text>,
        /// Names or addresses, in which `{environment}`, `{datacenter}`, `{namespace}` and `{release}` are replaced. On
        /// hosts, where they have no placeholders, the wave's own when left out; in Kubernetes they must be there.
        #[schemars(length(min = 1))]
        hosts: Option<Vec<Text>>,
        /// What is connected to for https; that of the base URL when left out.
        #[schemars(range(min = 1, max = 65535))]
        https_port: Option<u16>,
        /// What is connected to for http; when left out, the service's own on the wave's hosts, else that of the base URL.
        #[schemars(range(min = 1, max = 65535))]
        http_port: Option<u16>,
        /// Whether any certificate is good enough.
        #[schemars(extend("default" = false))]
        insecure: Option<bool>,
    },
    /// The examples (`x-amples`) of an OpenAPI or Swagger specification; it has either `path` or `file`.
    #[schemars(rename = "openapi")]
    OpenApi {
        /// For all requests together.
        #[schemars(extend("default" = test_kinds::DEFAULT_TIMEOUT_OF_MANY))]
        timeout: Option<Period>,
        /// Where each instance serves the specification.
        #[schemars(regex(pattern = "^/[^ ]*$"))]
        path: Option<String>,
        /// Where the specification is in the service's directory.
        file: Option<Text>,
        /// The service's own when left out; in Kubernetes the first that a pod declares.
        #[schemars(range(min = 1, max = 65535))]
        port: Option<u16>,
    },
    /// Many GETs, of which so many must and may pass: be answered with a status from 200 to 399.
    Requests {
        /// For all requests together.
        #[schemars(extend("default" = test_kinds::DEFAULT_TIMEOUT_OF_MANY))]
        timeout: Option<Period>,
        #[schemars(regex(pattern = "^/[^ ]*$"))]
        path: String,
        /// The service's own when left out; in Kubernetes the first that a pod declares.
        #[schemars(range(min = 1, max = 65535))]
        port: Option<u16>,
        #[schemars(range(min = 1, max = test_kinds::MOST_REQUESTS))]
        count: u32,
        /// How many at once.
        #[schemars(range(min = 1, max = test_kinds::MOST_SIDE_BY_SIDE), extend("default" = test_kinds::DEFAULT_SIDE_BY_SIDE))]
        side_by_side: Option<u32>,
        passes: Passes,
    },
    /// A command of the hosts' own NRPE configuration, which scap.cfg's `nrpe_dir` has, run on each host.
    Nrpe {
        #[schemars(extend("default" = test_kinds::DEFAULT_TIMEOUT_ON_HOSTS))]
        timeout: Option<Period>,
        /// NAME of `command[NAME]=…`.
        command: Text,
        /// What follows from exit status 1: with `passes` it is said, and nothing follows.
        #[schemars(extend("default" = Warning::default()))]
        warning: Option<Warning>,
    },
    /// A script of the deployed revision, run on each host; it must exit with 0.
    Script {
        #[schemars(extend("default" = test_kinds::DEFAULT_TIMEOUT_ON_HOSTS))]
        timeout: Option<Period>,
        /// Its path within `scap/scripts`.
        script: Text,
    },
}
