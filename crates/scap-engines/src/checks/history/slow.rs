//! Slow requests of the past, and how long requests took, from a histogram in Prometheus.

use std::collections::BTreeMap;

use scap_plan::{Period, PrometheusHistogram};

use super::range::{self, Grown};
use super::{Counted, Past, Stretch};
use crate::checks::counters::histogram::{ALL, bound_of, is_bound, no_bound, quantile};
use crate::checks::counters::prometheus::{Asked, Series};

/// The requests of one pod that took no longer than a bound.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Bucket {
    pod: String,
    bound: String,
}

/// What was counted in each window, slow requests as errors.
pub(super) async fn counted(
    metrics: &Asked<'_>,
    (query, source): (&str, &PrometheusHistogram),
    stretch: Stretch,
) -> Result<Counted, String> {
    let series = range::series(metrics, query, stretch).await?;
    let label = source.requests.label.as_deref();
    let buckets = range::by_window(&series, stretch.window_seconds, |labels| {
        let pod = Series::instance_of(labels, label).map_err(|error| error.to_string())?;
        Ok(Bucket {
            pod: pod.to_owned(),
            bound: bound_of(labels)?.to_owned(),
        })
    });
    Ok(of_buckets(&buckets?, source.over))
}

/// Whether the bound was there at any time, where anything was.
pub(super) fn has_bound(past: &Past, source: &PrometheusHistogram) -> Result<(), String> {
    let bounds = || past.bounds.iter().map(String::as_str);
    let is_there = past.bounds.is_empty() || bounds().any(|bound| is_bound(bound, source.over));
    if is_there {
        return Ok(());
    }
    Err(no_bound(source.over, bounds()))
}

/// Pods whose histogram has no such bound, as those of older versions may have none, are left out.
fn of_buckets(windows: &Grown<Bucket>, over: Period) -> Counted {
    let mut counted = Counted::default();
    for (start, buckets) in windows {
        let all = by_pod(buckets, |bound| bound == ALL);
        let within = by_pod(buckets, |bound| is_bound(bound, over));
        let mut requests = BTreeMap::new();
        let mut slow = BTreeMap::new();
        for (pod, within) in within {
            let all = all.get(pod).copied().unwrap_or(within);
            requests.insert(pod.to_owned(), all);
            slow.insert(pod.to_owned(), all.saturating_sub(within));
        }
        counted.requests.insert(*start, requests);
        counted.errors.insert(*start, slow);
        if let Some(seconds) = quantile(0.95, &by_bound(buckets)) {
            counted.p95_milliseconds.insert(*start, seconds * 1_000.0);
        }
    }
    let buckets = windows.values().flat_map(BTreeMap::keys);
    counted.bounds = buckets.map(|bucket| bucket.bound.clone()).collect();
    counted
}

fn by_pod(
    buckets: &BTreeMap<Bucket, u64>,
    is_wanted: impl Fn(&str) -> bool,
) -> BTreeMap<&str, u64> {
    let buckets = buckets.iter();
    let wanted = buckets.filter(|(bucket, _)| is_wanted(&bucket.bound));
    wanted
        .map(|(bucket, count)| (bucket.pod.as_str(), *count))
        .collect()
}

/// Of all pods together.
fn by_bound(buckets: &BTreeMap<Bucket, u64>) -> BTreeMap<&str, u64> {
    let mut bounds = BTreeMap::new();
    for (bucket, count) in buckets {
        *bounds.entry(bucket.bound.as_str()).or_default() += count;
    }
    bounds
}

#[cfg(test)]
mod tests {
    use super::*;

    fn buckets(all: &[(&str, &str, u64)]) -> BTreeMap<Bucket, u64> {
        let bucket = |(pod, bound, count): &(&str, &str, u64)| {
            let [pod, bound] = [pod, bound].map(|text| (*text).to_owned());
            (Bucket { pod, bound }, *count)
        };
        all.iter().map(bucket).collect()
    }

    #[test]
    fn what_took_longer_than_the_bound_is_slow() {
        let half = Period::from(std::time::Duration::from_millis(500));
        let windows = Grown::from([
            (
                60,
                buckets(&[("a", "0.1", 50), ("a", "0.5", 97), ("a", "+Inf", 100)]),
            ),
            // An older version, whose histogram is another one.
            (
                120,
                buckets(&[
                    ("b", "0.1", 9),
                    ("b", "+Inf", 10),
                    ("a", "0.5", 10),
                    ("a", "+Inf", 10),
                ]),
            ),
            (180, buckets(&[("a", "0.5", 0), ("a", "+Inf", 0)])),
        ]);
        let counted = of_buckets(&windows, half);
        let told = |counts: &super::super::ByWindow| {
            let windows = counts.iter();
            let windows = windows.map(|(start, pods)| (*start, pods.clone().into_iter().collect()));
            windows.collect::<Vec<(u64, Vec<(String, u64)>)>>()
        };
        let a = |count| vec![("a".to_owned(), count)];
        assert_eq!(
            told(&counted.requests),
            [(60, a(100)), (120, a(10)), (180, a(0))]
        );
        assert_eq!(
            told(&counted.errors),
            [(60, a(3)), (120, a(0)), (180, a(0))]
        );
        let known: Vec<u64> = counted.p95_milliseconds.into_keys().collect();
        assert_eq!(known, [60, 120], "in the last one there was nothing");
    }

    #[test]
    fn a_bound_that_no_pod_ever_had_is_an_error_with_those_that_are_there() {
        let of = |all| of_buckets(&Grown::from([(60, buckets(all))]), Period::from_secs(2));
        let source = |over: &str| {
            let source = serde_json::json!({"requests": "x", "instance": null, "interval": "15s", "over": over});
            serde_json::from_value::<PrometheusHistogram>(source).unwrap()
        };
        let mut past = Past::default();
        assert_eq!(has_bound(&past, &source("2s")), Ok(()), "there was nothing");
        for counted in [
            of(&[("a", "0.1", 9)]),
            of(&[("b", "1", 9), ("b", "+Inf", 9)]),
        ] {
            past.bounds.extend(counted.bounds);
        }
        assert_eq!(has_bound(&past, &source("1s")), Ok(()), "b has it");
        assert_eq!(
            has_bound(&past, &source("2s")).unwrap_err(),
            "there is no bound of 2 s; there are 0.1, 1: set `over` to one of them"
        );
    }
}
