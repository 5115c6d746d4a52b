//! Error counters as a team or an operator declares them.

use super::Key;
use crate::reader::{Entry, Fields, Item};
use crate::{
    CheckMode, Counters, CountersSettings, CountersSource, Exposition, ExpositionHistogram,
    LogCounters, Origin, Period, PrometheusCounters, PrometheusHistogram, Query, RequestsQuery,
};

pub(crate) const COUNTERS_KEYS: &[&str] = &["port", "path", "requests", "errors", "signature"];
pub(crate) const PROMETHEUS_KEYS: &[&str] =
    &["requests", "errors", "instance", "signature", "interval"];
/// Those of the same types when slow requests are counted.
pub(crate) const SLOW_COUNTERS_KEYS: &[&str] = &["slow", "port", "path"];
pub(crate) const SLOW_PROMETHEUS_KEYS: &[&str] = &["slow", "instance", "interval"];
pub(crate) const SLOW_KEYS: &[&str] = &["histogram", "over"];
pub(crate) const LOGS_KEYS: &[&str] = &[
    "requests",
    "errors",
    "instance",
    "instance_field",
    "signature",
    "distinct",
    "interval",
    "lag",
];
/// What checks of each type have.
pub(crate) const COMMON_KEYS: &[&str] = &[
    "type",
    "mode",
    "false_alarm_rate",
    "tolerated_ratio",
    "error_budget",
    "minimum_requests",
    "minimum_hold",
    "maximum_hold",
    "warm_up",
    "burst",
];

pub(crate) const MOST_REQUESTS: u64 = 1_000_000_000;
pub(crate) const DEFAULT_METRICS_PATH: &str = "/metrics";
/// What Prometheus is usually told.
pub(crate) const DEFAULT_INTERVAL: Period = Period::from_secs(15);
/// Longer ones leave no counts within the longest silence of a verdict.
pub(crate) const LONGEST_INTERVAL: Period = Period::from_secs(60);
pub(crate) const DEFAULT_LAG: Period = Period::from_secs(10);
pub(crate) const LONGEST_LAG: Period = Period::from_secs(600);
pub(crate) const LONGEST_WARM_UP: Period = Period::from_secs(600);
pub(crate) const LONGEST_BURST: Period = Period::from_secs(300);
pub(crate) const DEFAULT_INSTANCE_FIELD: &str = "kubernetes.pod_name.keyword";

/// What checks and tests are declared for.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum For {
    /// One service.
    Hosts,
    /// One service.
    Kubernetes,
    /// All services in Kubernetes, by an operator.
    AllInKubernetes,
}

impl For {
    pub(super) fn origin(self) -> Origin {
        match self {
            Self::Hosts | Self::Kubernetes => Origin::Team,
            Self::AllInKubernetes => Origin::Operator,
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Exposition,
    Prometheus,
    Logs,
}

const KINDS: &[(&str, Kind)] = &[
    ("counters", Kind::Exposition),
    ("prometheus", Kind::Prometheus),
    ("logs", Kind::Logs),
];

const MODES: &[(&str, CheckMode)] = &[
    ("blocking", CheckMode::Blocking),
    ("shadow", CheckMode::Shadow),
];

pub(crate) fn counters(entry: Entry<'_, Key>, target: For) -> Option<Counters> {
    let fields = entry.item.open_fields()?;
    let item = fields.required("type");
    let kind = item.choice(KINDS)?;
    if kind != Kind::Exposition && target == For::Hosts {
        item.refuse("must be counters for a service on hosts: stores are asked for pods");
        return None;
    }
    let is_slow = fields.has("slow");
    let keys = match (kind, is_slow) {
        (Kind::Exposition, false) => COUNTERS_KEYS,
        (Kind::Exposition, true) => SLOW_COUNTERS_KEYS,
        (Kind::Prometheus, false) => PROMETHEUS_KEYS,
        (Kind::Prometheus, true) => SLOW_PROMETHEUS_KEYS,
        (Kind::Logs, _) => LOGS_KEYS,
    };
    fields.expect(&[COMMON_KEYS, keys].concat());
    let source = match (kind, is_slow) {
        (Kind::Exposition, false) => exposition(&fields).map(CountersSource::Exposition),
        (Kind::Exposition, true) => {
            exposition_histogram(&fields).map(CountersSource::ExpositionHistogram)
        }
        (Kind::Prometheus, false) => prometheus(&fields).map(CountersSource::Prometheus),
        (Kind::Prometheus, true) => {
            prometheus_histogram(&fields).map(CountersSource::PrometheusHistogram)
        }
        (Kind::Logs, _) => logs(&fields).map(CountersSource::Logs),
    };
    let settings = settings(&fields);
    let mode = fields.or("mode", CheckMode::default(), |item| item.choice(MODES));
    Some(Counters {
        name: entry.name.0,
        source: source?,
        settings: settings?,
        mode: mode?,
        origin: target.origin(),
        is_shared: false,
    })
}

fn exposition(fields: &Fields<'_>) -> Option<Exposition> {
    let port = fields.optional("port", port);
    let path = fields.or("path", DEFAULT_METRICS_PATH.to_owned(), path);
    let requests = fields.required("requests").owned_text();
    let errors = fields.required("errors").owned_text();
    let signature = fields.optional("signature", Item::owned_text);
    Some(Exposition {
        port: port?,
        path: path?,
        requests: requests?,
        errors: errors?,
        signature: signature?,
    })
}

fn prometheus(fields: &Fields<'_>) -> Option<PrometheusCounters> {
    let requests = requests(fields.required("requests").parsed(), fields);
    let errors = fields.required("errors").parsed();
    let signature = fields.optional("signature", Item::owned_text);
    Some(PrometheusCounters {
        requests: requests?,
        errors: errors?,
        signature: signature?,
    })
}

fn exposition_histogram(fields: &Fields<'_>) -> Option<ExpositionHistogram> {
    let port = fields.optional("port", port);
    let path = fields.or("path", DEFAULT_METRICS_PATH.to_owned(), path);
    let slow = fields.required("slow").fields(SLOW_KEYS);
    let histogram = slow.as_ref()?.required("histogram").owned_text();
    let over = slow.as_ref()?.required("over").period();
    Some(ExpositionHistogram {
        port: port?,
        path: path?,
        histogram: histogram?,
        over: over?,
    })
}

fn prometheus_histogram(fields: &Fields<'_>) -> Option<PrometheusHistogram> {
    let slow = fields.required("slow").fields(SLOW_KEYS);
    let slow = slow.as_ref()?;
    let requests = requests(slow.required("histogram").parsed(), fields);
    let over = slow.required("over").period();
    Some(PrometheusHistogram {
        requests: requests?,
        over: over?,
    })
}

fn logs(fields: &Fields<'_>) -> Option<LogCounters> {
    let requests = requests(fields.required("requests").parsed(), fields);
    let errors = fields.required("errors").parsed();
    let default = DEFAULT_INSTANCE_FIELD.to_owned();
    let instance_field = fields.or("instance_field", default, Item::owned_text);
    let signature = fields.optional("signature", Item::owned_text);
    let distinct = fields.optional("distinct", Item::owned_text);
    let lag = fields.or("lag", DEFAULT_LAG, |item| up_to(item, LONGEST_LAG));
    Some(LogCounters {
        requests: requests?,
        errors: errors?,
        instance_field: instance_field?,
        signature: signature?,
        distinct: distinct?,
        lag: lag?,
    })
}

fn requests(query: Option<Query>, fields: &Fields<'_>) -> Option<RequestsQuery> {
    let label = fields.optional("instance", Item::owned_text);
    let interval = fields.or("interval", DEFAULT_INTERVAL, |item| {
        up_to(item, LONGEST_INTERVAL)
    });
    Some(RequestsQuery {
        query: query?,
        label: label?,
        interval: interval?,
    })
}

/// A length of time from 1s to `longest`.
fn up_to(item: &Item<'_>, longest: Period) -> Option<Period> {
    let period = item.period()?;
    if (Period::from_secs(1)..=longest).contains(&period) {
        return Some(period);
    }
    item.refuse(&format!("must be from 1s to {longest}, not {period}"));
    None
}

fn settings(fields: &Fields<'_>) -> Option<CountersSettings> {
    let default = CountersSettings::default();
    let share = |item: &Item<'_>| {
        item.number("a number between 0 and 1", |share: &f64| {
            *share > 0.0 && *share < 1.0
        })
    };
    let false_alarm_rate = fields.or("false_alarm_rate", default.false_alarm_rate, share);
    let tolerated_ratio = fields.or("tolerated_ratio", default.tolerated_ratio, |item| {
        item.number("a number that is at least 1", |ratio: &f64| {
            *ratio >= 1.0 && ratio.is_finite()
        })
    });
    let error_budget = fields.or("error_budget", default.error_budget, share);
    let minimum_requests = fields.or("minimum_requests", default.minimum_requests, |item| {
        item.whole(1..=MOST_REQUESTS)
    });
    let minimum_hold = fields.or("minimum_hold", default.minimum_hold, Item::period);
    let maximum_hold = fields.or("maximum_hold", default.maximum_hold, Item::period);
    let warm_up = fields.optional("warm_up", |item| up_to(item, LONGEST_WARM_UP));
    let burst = fields.optional("burst", |item| up_to(item, LONGEST_BURST));
    let (minimum_hold, maximum_hold) = (minimum_hold?, maximum_hold?);
    if minimum_hold > maximum_hold {
        let item = fields.required(if fields.has("minimum_hold") {
            "minimum_hold"
        } else {
            "maximum_hold"
        });
        item.refuse(&format!(
            "must leave minimum_hold ({minimum_hold}) no longer than maximum_hold ({maximum_hold})"
        ));
        return None;
    }
    Some(CountersSettings {
        false_alarm_rate: false_alarm_rate?,
        tolerated_ratio: tolerated_ratio?,
        error_budget: error_budget?,
        minimum_requests: minimum_requests?,
        minimum_hold,
        maximum_hold,
        warm_up: warm_up?,
        burst: burst?,
    })
}

/// The time for which a check watches, if anything can be counted before it is over.
pub(super) fn long_enough(item: &Item<'_>, period: Period, check: &Counters) -> Option<Period> {
    let shortest = check.source.until_counts();
    if period >= shortest {
        return Some(period);
    }
    item.refuse(&format!(
        "must be at least {shortest}, before which nothing can be counted, not {period}"
    ));
    None
}

pub(super) fn port(item: &Item<'_>) -> Option<u16> {
    item.whole(1..=u16::MAX)
}

pub(super) fn path(item: &Item<'_>) -> Option<String> {
    let path = item.text()?;
    if path.starts_with('/') && !path.contains(' ') {
        return Some(path.to_owned());
    }
    item.refuse("must begin with `/` and have no spaces");
    None
}
