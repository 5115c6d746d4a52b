//! How requests and errors of pods come together.

use std::collections::{BTreeMap, BTreeSet};

use scap_plan::Period;
use scap_run::InstanceCounters;

use crate::causes::with_causes;
use crate::checks::counters::histogram::{self, ALL, BOUND, bound_of, is_bound, no_bound};
use crate::checks::counters::log_store::{Lines, LogCounts};
use crate::checks::counters::prometheus::Series;
use crate::checks::counters::totals::{Labels, Totals};

/// What stores have counted, by pod.
#[derive(Debug, Clone, Default, PartialEq)]
pub(in crate::checks) struct Counted {
    pub(in crate::checks) instances: BTreeMap<String, InstanceCounters>,
    /// Pods that have errors, and requests under no such name.
    pub(in crate::checks) strangers: Vec<String>,
    /// Whether there is no series of errors yet.
    pub(in crate::checks) is_without_errors: bool,
    /// What was found and could not be counted, by what it is.
    pub(in crate::checks) remarks: BTreeMap<String, String>,
    /// What the next look counts on from.
    pub(super) memory: Memory,
}

#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Memory {
    requests: Totals,
    errors: Totals,
    pub(super) lines: BTreeMap<String, Lines>,
    slow: BTreeMap<String, u64>,
}

impl Memory {
    pub(super) fn errors(&self) -> &Totals {
        &self.errors
    }
}

/// Which labels of series say what.
#[derive(Clone, Copy)]
pub(super) struct Names<'a> {
    pub(super) instance: Option<&'a str>,
    pub(super) signature: Option<&'a str>,
}

/// Requests and errors from Prometheus.
pub(super) fn of_series(
    (requests, errors): (&[Series], &[Series]),
    names: Names<'_>,
    mut memory: Memory,
) -> Result<Counted, String> {
    let mut counted = Counted {
        instances: of_requests(requests, names, &mut memory.requests)?,
        is_without_errors: errors.is_empty(),
        ..Counted::default()
    };
    // A series that is gone still has counted what it counted.
    let now = named(errors, names)?;
    take_in(errors, "errors", &mut memory.errors)?;
    let mut strangers = BTreeSet::new();
    for (labels, errors) in memory.errors.all() {
        let name =
            Series::instance_of(labels, names.instance).map_err(|error| error.to_string())?;
        let Some(counters) = counted.instances.get_mut(name) else {
            strangers.extend(now.contains(name).then(|| name.to_owned()));
            continue;
        };
        counters.errors = counters.errors.saturating_add(errors);
        // An error without the label counts as an error, but has no signature.
        if let Some(kind) = names.signature.and_then(|label| labels.get(label)) {
            *counters.signatures.entry(kind.clone()).or_insert(0) += errors;
        }
    }
    counted.strangers = strangers.into_iter().collect();
    counted.memory = memory;
    Ok(counted)
}

/// Requests from Prometheus and errors from a log store.
pub(super) fn of_logs(
    requests: &[Series],
    logs: LogCounts,
    names: Names<'_>,
    mut memory: Memory,
) -> Result<Counted, String> {
    let mut counted = Counted {
        instances: of_requests(requests, names, &mut memory.requests)?,
        ..Counted::default()
    };
    if logs.of_no_instance > 0 {
        let why = format!(
            "{} lines match and name no pod; they are not counted",
            logs.of_no_instance
        );
        counted.remarks.insert("errors of no pod".to_owned(), why);
    }
    let mut unlisted = 0;
    for (name, lines) in &logs.pods {
        let Some(counters) = counted.instances.get_mut(name) else {
            counted.strangers.push(name.clone());
            continue;
        };
        counters.errors = lines.errors;
        counters.unlisted = lines.unlisted;
        counters.signatures.clone_from(&lines.signatures);
        let before = memory.lines.get(name).map_or(0, |lines| lines.unlisted);
        unlisted += lines.unlisted.saturating_sub(before);
    }
    if unlisted > 0 {
        let why = format!(
            "{unlisted} errors came later than `lag`, or are of too many or too long kinds: they count, and no kinds are compared now"
        );
        counted.remarks.insert("kinds of errors".to_owned(), why);
    }
    memory.lines = logs.pods;
    counted.memory = memory;
    Ok(counted)
}

/// Requests and slow ones from a histogram in Prometheus.
pub(super) fn of_histogram(
    buckets: &[Series],
    over: Period,
    names: Names<'_>,
    mut memory: Memory,
) -> Result<Counted, String> {
    if buckets.is_empty() {
        return Err("the query for the histogram found no series".to_owned());
    }
    let now = named(buckets, names)?;
    let bounds = buckets.iter().map(|series| bound_of(&series.labels));
    let bounds: Vec<&str> = bounds.collect::<Result<_, _>>()?;
    take_in(buckets, "requests", &mut memory.requests)?;
    let mut counted = Counted::default();
    for name in now {
        let [all, within] =
            [None, Some(over)].map(|over| of_bucket(&memory.requests, (&name, names), over));
        let (Some(all), Some(within)) = (all, within) else {
            return Err(format!("of {name} {}", no_bound(over, bounds.into_iter())));
        };
        let slow = memory.slow.entry(name.clone()).or_insert(0);
        *slow = histogram::slow(all, within, *slow);
        let counters = InstanceCounters {
            requests: all,
            errors: *slow,
            ..InstanceCounters::default()
        };
        counted.instances.insert(name, counters);
    }
    counted.memory = memory;
    Ok(counted)
}

/// What an instance has in the buckets of a bound, or in those of all requests.
fn of_bucket(
    totals: &Totals,
    (instance, names): (&str, Names<'_>),
    bound: Option<Period>,
) -> Option<u64> {
    let is_wanted = |labels: &Labels| {
        let found = labels.get(BOUND).map_or("", String::as_str);
        let is_bound = bound.map_or(found == ALL, |bound| is_bound(found, bound));
        is_bound && Series::instance_of(labels, names.instance) == Ok(instance)
    };
    let buckets = totals.all().filter(|(labels, _)| is_wanted(labels));
    buckets.map(|(_, count)| count).reduce(u64::saturating_add)
}

fn of_requests(
    requests: &[Series],
    names: Names<'_>,
    memory: &mut Totals,
) -> Result<BTreeMap<String, InstanceCounters>, String> {
    if requests.is_empty() {
        return Err("the query for requests found no series".to_owned());
    }
    let now = named(requests, names)?;
    take_in(requests, "requests", memory)?;
    let mut instances: BTreeMap<String, InstanceCounters> = BTreeMap::new();
    for (labels, requests) in memory.all() {
        let name =
            Series::instance_of(labels, names.instance).map_err(|error| error.to_string())?;
        if now.contains(name) {
            let counters = instances.entry(name.to_owned()).or_default();
            counters.requests = counters.requests.saturating_add(requests);
        }
    }
    Ok(instances)
}

/// The instances that have series now.
fn named(series: &[Series], names: Names<'_>) -> Result<BTreeSet<String>, String> {
    let name = |series: &Series| {
        let name = Series::instance_of(&series.labels, names.instance);
        name.map(str::to_owned).map_err(|error| error.to_string())
    };
    series.iter().map(name).collect()
}

fn take_in(series: &[Series], of: &str, totals: &mut Totals) -> Result<(), String> {
    for series in series {
        let count = series.count(of).map_err(|error| with_causes(&error))?;
        totals.take_in(series.labels.clone(), count);
    }
    Ok(())
}
