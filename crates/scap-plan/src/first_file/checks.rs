//! Checks by the counters, histograms and log lines that were found.

use super::clues::{Clues, ExposedMetrics, Metric, ReleaseClue, Values};
use super::names;
use super::text::{Entry, some};
use crate::INSTANCE_LABELS;
use crate::catalog::checks::{DEFAULT_INSTANCE_FIELD, DEFAULT_METRICS_PATH};
use crate::{Period, Query};
use std::time::Duration;

/// So many of a hundred requests are within the bound above which they are slow.
const WITHIN_PERCENT: f64 = 99.0;
/// How Prometheus tells a release in an example.
const EXAMPLE_PLACE: &str = "kubernetes_namespace=\"{namespace}\",release=\"{release}\"";

pub(super) fn of(clues: &Clues, is_on_hosts: bool) -> Vec<Entry> {
    let mut checks = vec![errors(clues, is_on_hosts), slow(clues)];
    if !is_on_hosts {
        checks.push(lines(clues));
    }
    checks
}

fn in_shadow(entry: Entry) -> Entry {
    entry.with("mode", "shadow")
}

/// Requests and errors by two counters of each instance, else by one of Prometheus with a label.
fn errors(clues: &Clues, is_on_hosts: bool) -> Entry {
    let Some(exposed) = &clues.exposed else {
        return no_counters("no metrics were found");
    };
    let place = place(exposed);
    let Some(requests) = names::requests(&exposed.metrics) else {
        return no_counters(&format!(
            "no metric of {place} has a name like a counter of requests"
        ));
    };
    if let Some(errors) = names::errors(&exposed.metrics, requests) {
        return of_two_counters(exposed, requests, errors);
    }
    let name = &requests.name;
    let Some((label, matcher)) = names::status(&requests.labels) else {
        return no_counters(&format!(
            "{place} counts requests in `{name}`, and no errors that are known by name"
        ));
    };
    if is_on_hosts {
        return no_counters(&format!(
            "{place} counts errors by the label `{label}` of `{name}`; each instance must have a counter of errors alone"
        ));
    }
    let because = format!("seen on {place}: `{name}` with the label `{label}`");
    match stored(clues, name) {
        Ok(stored) => of_prometheus(&because, requests, (label, matcher), &stored),
        Err(why) => {
            let example = Entry::example("errors", format!("{because}; {why}"));
            let selector = |more: &str| format!("{name}{{{EXAMPLE_PLACE}{more}}}");
            example
                .with("type", "prometheus")
                .with("requests", &selector(""))
                .with("errors", &selector(&format!(",{label}{matcher}")))
        }
    }
}

fn place(exposed: &ExposedMetrics) -> String {
    format!("{} at {}", exposed.instance, exposed.path)
}

fn no_counters(why: &str) -> Entry {
    Entry::example(
        "errors",
        format!("{why}: name the counters of requests and of errors"),
    )
    .with("type", "counters")
    .with("requests", "requests_total")
    .with("errors", "errors_total")
}

fn of_two_counters(exposed: &ExposedMetrics, requests: &Metric, errors: &Metric) -> Entry {
    let because = format!(
        "seen on {}: names like a counter of requests and one of errors",
        place(exposed)
    );
    let mut entry = Entry::found("errors", because).with("type", "counters");
    if exposed.path != DEFAULT_METRICS_PATH {
        entry = entry.with("path", &exposed.path);
    }
    entry = entry
        .with("requests", &requests.name)
        .read(series(requests));
    entry = entry.with("errors", &errors.name).read(series(errors));
    if let Some(kind) = names::kind(&errors.labels) {
        entry = entry.with("signature", kind);
        entry = entry.read(format!(
            "tells kinds of errors apart: {}",
            some(&errors.labels[kind])
        ));
    }
    in_shadow(entry)
}

/// `4 series; labels code (200, 404), method (get)`
fn series(metric: &Metric) -> String {
    let labels = metric.labels.iter().filter(|(label, _)| *label != "le");
    let labels: Vec<String> = labels
        .map(|(label, values)| format!("{label} ({})", some(values)))
        .collect();
    match (metric.series, labels.is_empty()) {
        (0, _) => "declared, and no series yet".to_owned(),
        (count, true) => format!("{count} series"),
        (count, false) => format!("{count} series; labels {}", labels.join(", ")),
    }
}

/// How Prometheus tells the release's series of a metric from others.
struct Stored<'a> {
    namespace: &'a str,
    release: &'a str,
    /// The label with the pod's name, where it is not found by itself.
    instance: Option<&'a str>,
    labels: &'a Values,
}

fn stored<'a>(clues: &'a Clues, metric: &str) -> Result<Stored<'a>, String> {
    let release = clues
        .release
        .as_ref()
        .ok_or("no pod of a release was found")?;
    let labels = clues.stored.get(metric);
    let labels = labels.ok_or("Prometheus has no series of it of this release's pods")?;
    let ReleaseClue {
        namespace,
        release,
        pods,
    } = release;
    let with = |value: &str| {
        let is_known = |label: &str| !label.contains("app") && !label.contains("job");
        let mut found = labels.iter().filter(|(label, _)| is_known(label));
        found
            .find(|(_, values)| values.contains(value))
            .map(|(label, _)| label.as_str())
    };
    let missing = |what: &str| format!("no label of it in Prometheus has {what}");
    let mut instance = labels
        .iter()
        .filter(|(_, values)| !values.is_disjoint(pods));
    let instance = instance.next().map(|(label, _)| label.as_str());
    Ok(Stored {
        namespace: with(namespace).ok_or_else(|| missing("the namespace"))?,
        release: ["release", "app_kubernetes_io_instance"]
            .into_iter()
            .find(|label| {
                labels
                    .get(*label)
                    .is_some_and(|values| values.contains(release))
            })
            .or_else(|| with(release))
            .ok_or_else(|| missing("the release's name"))?,
        instance: instance.filter(|label| !INSTANCE_LABELS.contains(label)),
        labels,
    })
}

impl Stored<'_> {
    /// The release's series of `metric`, and those among them that have `more`.
    fn selector(&self, metric: &str, more: &str) -> String {
        let Self {
            namespace, release, ..
        } = self;
        format!("{metric}{{{namespace}=\"{{namespace}}\",{release}=\"{{release}}\"{more}}}")
    }

    fn instance(&self, entry: Entry) -> Entry {
        match self.instance {
            Some(label) => entry
                .with("instance", label)
                .read("has the names of the pods"),
            None => entry,
        }
    }
}

fn of_prometheus(
    because: &str,
    requests: &Metric,
    (label, matcher): (&str, &str),
    stored: &Stored<'_>,
) -> Entry {
    let name = &requests.name;
    let failed = format!(",{label}{matcher}");
    let known: Vec<&String> = stored.labels.keys().collect();
    let entry = Entry::found("errors", because)
        .with("type", "prometheus")
        .with("requests", &stored.selector(name, ""))
        .read(format!("Prometheus has it with the labels {}", some(known)))
        .with("errors", &stored.selector(name, &failed))
        .read(format!(
            "seen of {label}: {}",
            some(&requests.labels[label])
        ))
        .with("signature", label);
    in_shadow(stored.instance(entry))
}

/// Requests that took longer than nearly all of those so far.
fn slow(clues: &Clues) -> Entry {
    let example = |why: &str| {
        Entry::example(
            "slow",
            format!("{why}: name a histogram in seconds, and one of its bounds"),
        )
        .with("type", "counters")
        .with_yaml(
            "slow",
            "{histogram: http_request_duration_seconds, over: 500ms}",
        )
    };
    let Some(exposed) = &clues.exposed else {
        return example("no metrics were found");
    };
    let place = place(exposed);
    let Some(buckets) = names::histogram(&exposed.metrics) else {
        return example(&format!(
            "no metric of {place} has a name like a histogram of how long requests took"
        ));
    };
    let histogram = buckets.name.trim_end_matches("_bucket");
    if !histogram.contains("seconds") || histogram.contains("milliseconds") {
        return example(&format!(
            "{place} has the histogram `{histogram}`, and says not that it is in seconds"
        ));
    }
    let Some(over) = bound(buckets) else {
        return example(&format!(
            "{place} has the histogram `{histogram}`, and no bound to choose by its requests"
        ));
    };
    let because = format!("seen on {place}: a histogram of how long requests took");
    let mut entry = Entry::found("slow", because).with("type", "counters");
    if exposed.path != DEFAULT_METRICS_PATH {
        entry = entry.with("path", &exposed.path);
    }
    let bounds = buckets.within.iter().map(|(bound, _)| bound);
    entry = entry
        .with_yaml("slow", format!("{{histogram: {histogram}, over: {over}}}"))
        .read(format!(
            "the smallest bound that {WITHIN_PERCENT} of 100 requests kept, of {}",
            some(bounds)
        ));
    in_shadow(entry)
}

/// The smallest bound, in whole milliseconds, that nearly all requests have kept so far.
fn bound(buckets: &Metric) -> Option<Period> {
    let all = buckets.within.iter().find(|(bound, _)| bound == "+Inf")?.1;
    let mut bounds: Vec<(f64, f64)> = buckets
        .within
        .iter()
        .filter_map(|(bound, within)| Some((bound.parse().ok()?, *within)))
        .filter(|(bound, _): &(f64, f64)| is_whole(*bound))
        .collect();
    bounds.sort_by(|left, right| left.0.total_cmp(&right.0));
    let is_enough = |within: f64| all > 0.0 && within * 100.0 >= all * WITHIN_PERCENT;
    let (bound, _) = bounds.into_iter().find(|(_, within)| is_enough(*within))?;
    Some(Period::from(Duration::from_secs_f64(bound)))
}

/// Whether a bound in seconds can be written as a period of some milliseconds, up to a day.
fn is_whole(bound: f64) -> bool {
    let milliseconds = bound * 1_000.0;
    (1.0..86_400_000.0).contains(&milliseconds)
        && (milliseconds - milliseconds.round()).abs() < 1e-6
}

/// Errors in the log store, beside requests of Prometheus.
fn lines(clues: &Clues) -> Entry {
    match found_lines(clues) {
        Ok(entry) => entry,
        Err(why) => Entry::example("logs", format!("{why}: say which lines are errors"))
            .with("type", "logs")
            .with("requests", &format!("requests_total{{{EXAMPLE_PLACE}}}"))
            .with("errors", "kubernetes.namespace_name:{namespace} AND kubernetes.labels.release:{release} AND level:ERROR")
            .with("instance_field", DEFAULT_INSTANCE_FIELD)
            .with("signature", "message.keyword"),
    }
}

fn found_lines(clues: &Clues) -> Result<Entry, String> {
    let lines = clues.lines.as_ref().ok_or("no lines of logs were found")?;
    let release = clues
        .release
        .as_ref()
        .ok_or("no pod of a release was found")?;
    let ReleaseClue {
        namespace,
        release,
        pods,
    } = release;
    let fields = &lines.fields;
    let with = |word: &str, value: &str| {
        let mut found = fields.iter().filter(|(field, _)| field.contains(word));
        found
            .find(|(_, values)| values.contains(value))
            .map(|(field, _)| field.as_str())
    };
    let missing = |what: &str| {
        format!(
            "{} lines were looked at, and no field has {what}",
            lines.seen
        )
    };
    let of_namespace = with("namespace", namespace).ok_or_else(|| missing("the namespace"))?;
    let of_release = with("release", release).ok_or_else(|| missing("the release's name"))?;
    let mut pod = fields
        .iter()
        .filter(|(_, values)| !values.is_disjoint(pods));
    let pod = pod
        .next()
        .ok_or_else(|| missing("the name of a pod that runs"))?
        .0;
    let pod = lines
        .groupable
        .get(pod)
        .ok_or_else(|| missing("pods that can be grouped by"))?;
    let (level, errors) = names::level(fields).ok_or_else(|| missing("a level"))?;
    let query = format!(
        "{of_namespace}:\"{{namespace}}\" AND {of_release}:\"{{release}}\" AND {level}:{errors}"
    );
    Query::try_from(query.clone()).map_err(|_| missing("names that could stand in a query"))?;
    let exposed = clues
        .exposed
        .as_ref()
        .and_then(|exposed| names::requests(&exposed.metrics));
    let requests =
        exposed.ok_or("lines are judged beside requests, and no counter of those was found")?;
    let stored = stored(clues, &requests.name)?;
    let mut entry = Entry::found(
        "logs",
        format!("{} lines of this release were looked at", lines.seen),
    )
    .with("type", "logs")
    .with("requests", &stored.selector(&requests.name, ""))
    .read(series(requests))
    .with("errors", &query)
    .read(format!("seen of {level}: {}", some(&fields[level])));
    entry = stored.instance(entry);
    if pod != DEFAULT_INSTANCE_FIELD {
        entry = entry
            .with("instance_field", pod)
            .read("has the names of pods that run");
    }
    let kind = names::kind_of_line(fields).and_then(|kind| lines.groupable.get(kind));
    if let Some(kind) = kind {
        entry = entry
            .with("signature", kind)
            .read("tells kinds of errors apart");
    }
    Ok(in_shadow(entry))
}
