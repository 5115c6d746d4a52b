//! What metrics and fields stand for, guessed by their names as they are in the field.

use super::clues::{Metric, Values};

/// Words of what a service asks of others, or counts of its own process.
const OF_OTHERS: &[&str] = &[
    "client",
    "outgoing",
    "outbound",
    "upstream",
    "backend",
    "db",
    "sql",
    "redis",
    "memcached",
    "cache",
    "kafka",
    "queue",
    "scrape",
    "promhttp",
    "prometheus",
    "process",
    "go",
    "python",
    "nodejs",
    "jvm",
    "gc",
    "admin",
];
/// Envoy stands in front of the service, which is its upstream.
const IN_FRONT: &[&str] = &["envoy", "istio", "traefik", "nginx", "haproxy"];
const REQUESTS: &[&str] = &["requests", "request", "reqs", "req", "rq"];
const SERVED: &[&str] = &["http", "server", "servlet", "router", "runner", "handler"];
const LATENCY: &[&str] = &["duration", "latency", "time", "seconds", "elapsed"];
const ERRORS: &[&str] = &[
    "errors",
    "error",
    "failures",
    "failure",
    "failed",
    "exceptions",
    "exception",
    "5xx",
];
/// Words that say how a thing is counted, and not what it is.
const MEASURES: &[&str] = &["total", "count", "bucket", "sum", "by", "of", "all"];
const STATUS: &[&str] = &[
    "code",
    "status",
    "status_code",
    "response_code",
    "http_status",
    "http_status_code",
    "http_response_status_code",
    "response_code_class",
    "envoy_response_code",
    "envoy_response_code_class",
    "status_class",
    "outcome",
];
const KINDS: &[&str] = &[
    "signature",
    "exception",
    "error_type",
    "type",
    "kind",
    "class",
    "reason",
    "error",
    "template",
];
const LEVELS: &[&str] = &[
    "level",
    "severity",
    "log.level",
    "levelname",
    "loglevel",
    "severity_text",
    "log_level",
];
const KINDS_OF_LINES: &[&str] = &[
    "exception.class",
    "exception_class",
    "exception.type",
    "error.type",
    "error.class",
    "err.name",
    "error.name",
    "error_type",
    "normalized_message",
    "labels.normalized_message",
    "message",
    "msg",
    "log",
];
const WORDS_OF_ERRORS: &[&str] = &[
    "error",
    "err",
    "fatal",
    "critical",
    "crit",
    "alert",
    "emergency",
    "emerg",
    "panic",
    "severe",
];

fn words(name: &str) -> impl Iterator<Item = &str> {
    name.split(['_', ':', '.']).filter(|word| !word.is_empty())
}

fn has(name: &str, known: &[&str]) -> bool {
    words(name).any(|word| known.contains(&word))
}

fn is_of_others(name: &str) -> bool {
    has(name, OF_OTHERS) && !has(name, IN_FRONT)
}

/// What is counted, without how.
fn stem(name: &str) -> Vec<&str> {
    let is_known = |word: &&str| {
        [REQUESTS, LATENCY, ERRORS, MEASURES]
            .concat()
            .contains(word)
    };
    words(name).filter(|word| !is_known(word)).collect()
}

/// How likely a metric counts the requests that a service answers; 0 for none.
fn likeness_to_requests(metric: &Metric) -> u32 {
    let name = metric.name.as_str();
    let is_counter = ["_total", "_rq"].iter().any(|end| name.ends_with(end)) && has(name, REQUESTS);
    let is_of_histogram = name.ends_with("_count")
        && has(name, LATENCY)
        && (has(name, REQUESTS) || has(name, SERVED));
    if is_of_others(name) || has(name, ERRORS) || !(is_counter || is_of_histogram) {
        return 0;
    }
    let points = [
        (true, 1),
        (is_counter, 2),
        (status(&metric.labels).is_some(), 4),
        (!has(name, IN_FRONT), 8),
    ];
    let points = points.into_iter().filter(|(holds, _)| *holds);
    points.map(|(_, points)| points).sum()
}

/// The metric that most likely counts the requests that a service answers; of equal ones the first.
pub(super) fn requests(metrics: &[Metric]) -> Option<&Metric> {
    likeliest(metrics, likeness_to_requests)
}

/// The counter of the errors among those `requests`.
pub(super) fn errors<'a>(metrics: &'a [Metric], requests: &Metric) -> Option<&'a Metric> {
    let of_requests = stem(&requests.name);
    likeliest(metrics, |metric| {
        let name = metric.name.as_str();
        let is_counter = !["_bucket", "_sum", "_created", "_ratio"]
            .iter()
            .any(|end| name.ends_with(end));
        let is_of_requests = has(name, ERRORS) && stem(name) == of_requests;
        let ends_well = u32::from(name.ends_with("_total"));
        u32::from(is_counter && is_of_requests) * (1 + ends_well)
    })
}

/// The buckets of the histogram, in seconds, of how long requests took.
pub(super) fn histogram(metrics: &[Metric]) -> Option<&Metric> {
    likeliest(metrics, |metric| {
        let name = metric.name.as_str();
        let is_of_requests = has(name, REQUESTS) || has(name, SERVED);
        let is_latency = has(name, LATENCY) && is_of_requests && !is_of_others(name);
        let is_histogram = name.ends_with("_bucket") && metric.labels.contains_key("le");
        u32::from(is_latency && is_histogram) * (1 + u32::from(has(name, &["seconds"])))
    })
}

fn likeliest(metrics: &[Metric], likeness: impl Fn(&Metric) -> u32) -> Option<&Metric> {
    let mut best: Option<(u32, &Metric)> = None;
    for metric in metrics {
        let likeness = likeness(metric);
        if likeness > best.map_or(0, |(most, _)| most) {
            best = Some((likeness, metric));
        }
    }
    best.map(|(_, metric)| metric)
}

/// The label with the status of an answer, and what it is of a request that failed.
pub(super) fn status(labels: &Values) -> Option<(&str, &'static str)> {
    let known = STATUS.iter().filter_map(|name| labels.get_key_value(*name));
    let mut found = known.filter_map(|(label, values)| {
        let all = |is: fn(&str) -> bool| !values.is_empty() && values.iter().all(|value| is(value));
        let is_number = |value: &str| value.bytes().all(|byte| byte.is_ascii_digit());
        let matcher = if all(|value| value.len() == 1) && all(is_number) {
            "=\"5\""
        } else if values
            .iter()
            .any(|value| value.len() == 3 && is_number(value))
        {
            "=~\"5..\""
        } else if values.iter().any(|value| value.ends_with("xx")) {
            "=\"5xx\""
        } else if values.contains("SUCCESS") || values.contains("SERVER_ERROR") {
            "=\"SERVER_ERROR\""
        } else {
            return None;
        };
        Some((label.as_str(), matcher))
    });
    found.next()
}

/// The label that tells kinds of errors apart.
pub(super) fn kind(labels: &Values) -> Option<&str> {
    known_one(KINDS, labels).or_else(|| status(labels).map(|(label, _)| label))
}

/// The field with how bad a line is, and those of its values that errors have, as a query says it.
pub(super) fn level(fields: &Values) -> Option<(&str, String)> {
    let field = known_one(LEVELS, fields)?;
    let values = &fields[field];
    let numbers: Vec<u32> = values.iter().filter_map(|it| it.parse().ok()).collect();
    if !numbers.is_empty() {
        // Bunyan and pino have 30 for information and 50 for errors; syslog 6 and 3.
        let is_syslog = numbers.iter().all(|number| *number <= 7);
        let errors = if is_syslog { "<=3" } else { ">=50" };
        return Some((field, errors.to_owned()));
    }
    let mut errors: Vec<String> = values.iter().filter(|it| is_error(it)).cloned().collect();
    if errors.is_empty() {
        let is_upper = values
            .iter()
            .any(|value| value.chars().all(char::is_uppercase));
        errors = ["error", "fatal"]
            .map(|word| cased(word, is_upper))
            .to_vec();
    }
    Some((field, format!("({})", errors.join(" OR "))))
}

fn is_error(value: &str) -> bool {
    WORDS_OF_ERRORS.contains(&value.to_lowercase().as_str())
}

fn cased(word: &str, is_upper: bool) -> String {
    if is_upper {
        word.to_uppercase()
    } else {
        word.to_owned()
    }
}

/// The field that tells kinds of lines apart.
pub(super) fn kind_of_line(fields: &Values) -> Option<&str> {
    known_one(KINDS_OF_LINES, fields)
}

/// The first of `known` names that there is.
fn known_one<'a>(known: &[&str], names: &'a Values) -> Option<&'a str> {
    let mut found = known.iter().filter_map(|name| names.get_key_value(*name));
    found.next().map(|(name, _)| name.as_str())
}

#[cfg(test)]
mod tests;
