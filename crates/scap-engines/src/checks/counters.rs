//! The counters of one instance, from what it exposes.

pub(super) mod exposed;
mod exposition;
pub(super) mod histogram;
pub(super) mod labelled;
pub(super) mod log_store;
pub(super) mod metrics;
pub(super) mod moments;
pub(super) mod prometheus;
pub(super) mod stores;
pub(super) mod totals;

use std::collections::BTreeMap;

use scap_plan::{CountersSource, Exposition, ExpositionHistogram, Period};
use scap_run::InstanceCounters;

use exposition::{Exposition as Text, ExpositionError};
use histogram::{BOUND, is_bound, no_bound};
use totals::{Labels, Totals};

/// Counters are read once a second; what comes later belongs to no tick.
pub(super) const PATIENCE: Period = Period::from_secs(1);
/// From this similarity (of Jaro and Winkler) on, a name may be what was meant.
const ALIKE: f64 = 0.85;
const NAMES_SHOWN: usize = 3;

/// Why there are no counters.
#[derive(Debug, thiserror::Error)]
pub(super) enum CountersError {
    #[error("not the text format of Prometheus{said}")]
    Format {
        /// What else it says that it is.
        said: String,
        #[source]
        source: ExpositionError,
    },
    #[error("there is no metric `{name}`{}", shown(alike))]
    Absent { name: String, alike: Vec<String> },
    #[error("the counter `{name}` is {value}")]
    NoCount { name: String, value: f64 },
    #[error("a series of `{name}` is there twice")]
    Twice { name: String },
    #[error("of the histogram `{histogram}` {why}")]
    NoBound { histogram: String, why: String },
}

/// What is read.
#[derive(Debug, Clone, Copy)]
pub(super) enum Wanted<'a> {
    Errors(&'a Exposition),
    Slow(&'a ExpositionHistogram),
}

/// What was read.
#[derive(Debug, PartialEq)]
pub(super) struct Read {
    pub(super) counters: InstanceCounters,
    /// Whether the error counter is not there yet, with the names that look like it.
    pub(super) without_errors: Option<Vec<String>>,
}

/// What was read before.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Memory {
    requests: Totals,
    errors: Totals,
    slow: u64,
}

impl Memory {
    /// The series of the error counter.
    pub(super) fn errors(&self) -> &Totals {
        &self.errors
    }
}

impl<'a> Wanted<'a> {
    pub(super) fn of(source: &'a CountersSource) -> Option<Self> {
        match source {
            CountersSource::Exposition(exposition) => Some(Self::Errors(exposition)),
            CountersSource::ExpositionHistogram(histogram) => Some(Self::Slow(histogram)),
            _ => None,
        }
    }

    pub(super) fn port(self) -> Option<u16> {
        match self {
            Self::Errors(exposition) => exposition.port,
            Self::Slow(histogram) => histogram.port,
        }
    }

    pub(super) fn path(self) -> &'a str {
        match self {
            Self::Errors(exposition) => &exposition.path,
            Self::Slow(histogram) => &histogram.path,
        }
    }

    /// The counter of what counts against a version; a histogram always has it.
    pub(super) fn errors(self) -> Option<&'a str> {
        match self {
            Self::Errors(exposition) => Some(&exposition.errors),
            Self::Slow(_) => None,
        }
    }
}

/// Counts on from `memory` with all series in what an instance says.
pub(super) fn read(
    text: &str,
    content_type: Option<&str>,
    (wanted, memory): (Wanted<'_>, &mut Memory),
) -> Result<Read, CountersError> {
    let format = |source| CountersError::Format {
        said: foreign(content_type),
        source,
    };
    let exposition = Text::parse(text).map_err(format)?;
    match wanted {
        Wanted::Errors(wanted) => errors(&exposition, wanted, memory),
        Wanted::Slow(wanted) => slow(&exposition, wanted, memory),
    }
}

fn errors(
    text: &Text<'_>,
    wanted: &Exposition,
    memory: &mut Memory,
) -> Result<Read, CountersError> {
    let requests = some_series(text, &wanted.requests)?;
    let errors = series(text, &wanted.errors)?;
    let is_known = !errors.is_empty() || text.declares(&wanted.errors);
    memory.requests.take_in_all(requests);
    memory.errors.take_in_all(errors);
    let mut signatures = BTreeMap::new();
    for (labels, count) in memory.errors.all() {
        // An error without the label counts as an error, but has no signature.
        let signature = wanted
            .signature
            .as_ref()
            .and_then(|label| labels.get(label));
        if let Some(signature) = signature {
            *signatures.entry(signature.clone()).or_insert(0) += count;
        }
    }
    Ok(Read {
        counters: InstanceCounters {
            requests: memory.requests.sum(),
            errors: memory.errors.sum(),
            signatures,
            unlisted: 0,
        },
        without_errors: (!is_known).then(|| alike(text, &wanted.errors)),
    })
}

fn slow(
    text: &Text<'_>,
    wanted: &ExpositionHistogram,
    memory: &mut Memory,
) -> Result<Read, CountersError> {
    let (histogram, over) = (&wanted.histogram, wanted.over);
    let requests = some_series(text, &format!("{histogram}_count"))?;
    let buckets = some_series(text, &format!("{histogram}_bucket"))?;
    let bound = |labels: &Labels| labels.get(BOUND).cloned().unwrap_or_default();
    let is_wanted = |labels: &Labels| is_bound(&bound(labels), over);
    if !buckets.iter().any(|(labels, _)| is_wanted(labels)) {
        let bounds: Vec<String> = buckets.iter().map(|(labels, _)| bound(labels)).collect();
        return Err(CountersError::NoBound {
            histogram: histogram.clone(),
            why: no_bound(over, bounds.iter().map(String::as_str)),
        });
    }
    memory.requests.take_in_all(requests);
    let within = buckets.into_iter();
    let within = within.filter(|(labels, _)| is_wanted(labels));
    memory.errors.take_in_all(within.collect());
    let requests = memory.requests.sum();
    memory.slow = histogram::slow(requests, memory.errors.sum(), memory.slow);
    Ok(Read {
        counters: InstanceCounters {
            requests,
            errors: memory.slow,
            ..InstanceCounters::default()
        },
        without_errors: None,
    })
}

/// What people are told of a type that metrics never have.
fn foreign(content_type: Option<&str>) -> String {
    let known = ["text/plain", "application/openmetrics-text"];
    let is_foreign = |kind: &&str| !known.iter().any(|known| kind.starts_with(known));
    let kind = content_type.filter(is_foreign);
    kind.map(|kind| format!("; it says that it is {kind:?}"))
        .unwrap_or_default()
}

fn some_series(text: &Text<'_>, name: &str) -> Result<Vec<(Labels, u64)>, CountersError> {
    let series = series(text, name)?;
    if series.is_empty() {
        return Err(CountersError::Absent {
            name: name.to_owned(),
            alike: alike(text, name),
        });
    }
    Ok(series)
}

/// Each series of a counter, with what it shows.
fn series(text: &Text<'_>, name: &str) -> Result<Vec<(Labels, u64)>, CountersError> {
    let mut series = BTreeMap::new();
    for sample in text.samples.iter().filter(|sample| sample.name == name) {
        let labels = sample.labels.iter();
        let labels = labels.map(|(name, value)| ((*name).to_owned(), value.to_string()));
        if series
            .insert(labels.collect(), count(name, sample.value)?)
            .is_some()
        {
            return Err(CountersError::Twice {
                name: name.to_owned(),
            });
        }
    }
    Ok(series.into_iter().collect())
}

/// A counter is a number of things that happened. Beyond 2^53 an f64 does not count by ones any more.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "it was checked to be in the range"
)]
pub(super) fn count(name: &str, value: f64) -> Result<u64, CountersError> {
    const MOST: f64 = 9_007_199_254_740_992.0;
    if (0.0..=MOST).contains(&value) {
        Ok(value.round() as u64)
    } else {
        Err(CountersError::NoCount {
            name: name.to_owned(),
            value,
        })
    }
}

/// Metrics whose names are much like `name`, the likest first.
fn alike(exposition: &Text<'_>, name: &str) -> Vec<String> {
    let samples = exposition.samples.iter().map(|sample| sample.name);
    let mut names: Vec<&str> = samples.chain(exposition.declared.iter().copied()).collect();
    names.sort_unstable();
    names.dedup();
    let mut names: Vec<(f64, &str)> = names
        .into_iter()
        .map(|other| (strsim::jaro_winkler(name, other), other))
        .collect();
    names.retain(|(similarity, _)| *similarity >= ALIKE);
    names.sort_by(|left, right| right.0.total_cmp(&left.0));
    names
        .into_iter()
        .take(NAMES_SHOWN)
        .map(|(_, name)| name.to_owned())
        .collect()
}

/// `; what looks like it: a, b`, or nothing.
pub(super) fn shown(alike: &[String]) -> String {
    if alike.is_empty() {
        String::new()
    } else {
        format!("; what looks like it: {}", alike.join(", "))
    }
}

#[cfg(test)]
mod tests;
