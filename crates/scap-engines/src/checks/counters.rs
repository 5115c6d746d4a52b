//! The counters of one instance, from what it exposes.

use std::collections::BTreeMap;

use scap_plan::{Exposition as Wanted, Period};
use scap_run::InstanceCounters;

use super::exposition::{Exposition, ExpositionError};

/// Counters are read once a second; what comes later belongs to no tick.
pub(super) const PATIENCE: Period = Period::from_secs(1);
/// From this similarity (of Jaro and Winkler) on, a name may be what was meant.
const ALIKE: f64 = 0.85;
const NAMES_SHOWN: usize = 3;

/// Why there are no counters.
#[derive(Debug, thiserror::Error)]
pub(super) enum CountersError {
    #[error("not the text format of Prometheus")]
    Format(#[from] ExpositionError),
    #[error("there is no metric `{name}`{}", shown(alike))]
    Absent { name: String, alike: Vec<String> },
    #[error("the counter `{name}` is {value}")]
    NoCount { name: String, value: f64 },
}

/// What was read.
#[derive(Debug, PartialEq)]
pub(super) struct Read {
    pub(super) counters: InstanceCounters,
    /// Whether the error counter is not there yet, with the names that look like it.
    pub(super) without_errors: Option<Vec<String>>,
}

/// Sums over all series of the two counters in `text`.
pub(super) fn read(text: &str, wanted: &Wanted) -> Result<Read, CountersError> {
    let exposition = Exposition::parse(text)?;
    let requests = sum(&exposition, &wanted.requests)?;
    let Some(requests) = requests else {
        return Err(CountersError::Absent {
            name: wanted.requests.clone(),
            alike: alike(&exposition, &wanted.requests),
        });
    };
    let errors = sum(&exposition, &wanted.errors)?;
    let is_known = errors.is_some() || exposition.declared.contains(wanted.errors.as_str());
    Ok(Read {
        counters: InstanceCounters {
            requests,
            errors: errors.unwrap_or(0),
            signatures: signatures(&exposition, wanted)?,
        },
        without_errors: (!is_known).then(|| alike(&exposition, &wanted.errors)),
    })
}

/// Nothing when there is no such series.
fn sum(exposition: &Exposition<'_>, name: &str) -> Result<Option<u64>, CountersError> {
    let mut total = None;
    for sample in exposition
        .samples
        .iter()
        .filter(|sample| sample.name == name)
    {
        *total.get_or_insert(0.0) += sample.value;
    }
    total.map(|value| count(name, value)).transpose()
}

fn signatures(
    exposition: &Exposition<'_>,
    wanted: &Wanted,
) -> Result<BTreeMap<String, u64>, CountersError> {
    let mut totals: BTreeMap<&str, f64> = BTreeMap::new();
    let Some(label) = &wanted.signature else {
        return Ok(BTreeMap::new());
    };
    for sample in exposition
        .samples
        .iter()
        .filter(|sample| sample.name == wanted.errors)
    {
        // An error without the label counts as an error, but has no signature.
        if let Some((_, signature)) = sample.labels.iter().find(|(name, _)| *name == label) {
            *totals.entry(signature).or_insert(0.0) += sample.value;
        }
    }
    let named =
        |(signature, value): (&str, f64)| Ok((signature.to_owned(), count(&wanted.errors, value)?));
    totals.into_iter().map(named).collect()
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
fn alike(exposition: &Exposition<'_>, name: &str) -> Vec<String> {
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
