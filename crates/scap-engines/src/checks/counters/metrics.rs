//! All metrics that an instance exposes, with what their labels have, for people who look for those that count.

use std::collections::{BTreeMap, BTreeSet};

use scap_plan::Metric;

use super::exposition::{Exposition, ExpositionError};
use super::histogram::BOUND;

/// Values of one label that are told.
const MOST_VALUES: usize = 10;
const LONGEST_VALUE_CHARACTERS: usize = 40;

/// In the order of their names; those that are only declared have no series.
pub(in crate::checks) fn metrics(text: &str) -> Result<Vec<Metric>, ExpositionError> {
    let exposition = Exposition::parse(text)?;
    let mut metrics: BTreeMap<&str, Metric> = BTreeMap::new();
    for sample in &exposition.samples {
        let metric = metrics.entry(sample.name).or_default();
        metric.series += 1;
        for (label, value) in &sample.labels {
            if *label == BOUND {
                add_to_bound(metric, value, sample.value);
            }
            let values = metric.labels.entry((*label).to_owned()).or_default();
            keep(values, value);
        }
    }
    for declared in &exposition.declared {
        metrics.entry(declared).or_default();
    }
    let metrics = metrics.into_iter();
    Ok(metrics
        .map(|(name, metric)| Metric {
            name: name.to_owned(),
            ..metric
        })
        .collect())
}

fn add_to_bound(metric: &mut Metric, bound: &str, within: f64) {
    match metric.within.iter_mut().find(|(known, _)| known == bound) {
        Some((_, sum)) => *sum += within,
        None => metric.within.push((bound.to_owned(), within)),
    }
}

/// Some of the values, the short ones.
pub(in crate::checks) fn keep(values: &mut BTreeSet<String>, value: &str) {
    let is_short = value.chars().count() <= LONGEST_VALUE_CHARACTERS;
    if is_short && values.len() < MOST_VALUES {
        values.insert(value.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_metric_has_its_series_labels_and_bounds() {
        let text = "# TYPE shop_errors_total counter\n\
            shop_requests_total{code=\"200\"} 5\nshop_requests_total{code=\"404\"} 1\n\
            wait_seconds_bucket{le=\"1\",path=\"/\"} 2\nwait_seconds_bucket{le=\"1\",path=\"/a\"} 3\n";
        let found = metrics(text).unwrap();
        let names: Vec<_> = found
            .iter()
            .map(|it| (it.name.as_str(), it.series))
            .collect();
        let expected = [
            ("shop_errors_total", 0),
            ("shop_requests_total", 2),
            ("wait_seconds_bucket", 2),
        ];
        assert_eq!(names, expected);
        assert_eq!(
            found[1].labels["code"],
            ["200", "404"].map(str::to_owned).into()
        );
        assert_eq!(found[2].within, [("1".to_owned(), 5.0)]);
        assert!(metrics("<html>").is_err());
    }
}
