//! Slow requests: those that a histogram of Prometheus has above one of its bounds.

use scap_plan::Period;
use std::collections::BTreeMap;

use super::totals::Labels;

/// The label with the upper bound of a bucket; a bucket has the requests of all smaller ones too.
pub(in crate::checks) const BOUND: &str = "le";
/// The bound of the bucket that has all requests.
pub(in crate::checks) const ALL: &str = "+Inf";

pub(in crate::checks) fn bound_of(labels: &Labels) -> Result<&str, String> {
    labels.get(BOUND).map(String::as_str).ok_or_else(|| {
        format!("a series has no label `{BOUND}`, which the query must keep: `sum by (pod, {BOUND}) (…)`")
    })
}

/// How long so great a part of the requests took at the most, in seconds, from how many each bucket has.
///
/// Reckoned as Prometheus does in `histogram_quantile`: within a bucket requests are thought to lie evenly, the first one
/// begins at 0, and above the last bound nothing is known, so that bound is told. None where there were no requests, or
/// where there is no bound.
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
pub(in crate::checks) fn quantile(part: f64, buckets: &BTreeMap<&str, u64>) -> Option<f64> {
    let buckets = buckets.iter();
    let buckets = buckets.filter_map(|(bound, count)| Some((bound.parse().ok()?, *count as f64)));
    let mut buckets: Vec<(f64, f64)> = buckets.collect();
    buckets.sort_by(|left, right| left.0.total_cmp(&right.0));
    let (_, all) = buckets
        .pop()
        .filter(|(bound, all)| bound.is_infinite() && *all > 0.0)?;
    let mut lower = (0.0, 0.0);
    for (bound, count) in buckets {
        let within = count.max(lower.1);
        if within >= part * all {
            let share = (part * all - lower.1) / (within - lower.1);
            return Some(lower.0 + (bound - lower.0) * share);
        }
        lower = (bound, within);
    }
    (lower.0 > 0.0).then_some(lower.0)
}

/// Whether `bound` is as long as `over`.
pub(in crate::checks) fn is_bound(bound: &str, over: Period) -> bool {
    let Ok(bound) = bound.parse::<f64>() else {
        return false;
    };
    let over = over.duration().as_secs_f64();
    (bound - over).abs() <= over * 1e-9
}

/// Why nobody can tell which requests took longer. Another bound that is near would do for one version alone: the next
/// one may have others, and the two would not be compared by the same.
pub(in crate::checks) fn no_bound<'a>(
    over: Period,
    bounds: impl Iterator<Item = &'a str>,
) -> String {
    let mut bounds: Vec<&str> = bounds.filter(|bound| *bound != ALL).collect();
    let number = |bound: &str| bound.parse::<f64>().unwrap_or(f64::NAN);
    bounds.sort_by(|left, right| number(left).total_cmp(&number(right)));
    bounds.dedup();
    let over = over.duration().as_secs_f64();
    if bounds.is_empty() {
        return format!("there is no bound of {over} s, and no other");
    }
    let bounds = bounds.join(", ");
    format!("there is no bound of {over} s; there are {bounds}: set `over` to one of them")
}

/// Requests above the bound, of `all` with `within` it. The two are not always read in one moment, and what was slow stays
/// slow.
pub(in crate::checks) fn slow(all: u64, within: u64, before: u64) -> u64 {
    all.saturating_sub(within).max(before)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_seconds_however_they_are_written() {
        let half = Period::from(std::time::Duration::from_millis(500));
        for (bound, expected) in [
            ("0.5", true),
            ("5e-1", true),
            ("0.50", true),
            ("0.25", false),
            ("500", false),
            (ALL, false),
            ("x", false),
        ] {
            assert_eq!(is_bound(bound, half), expected, "{bound}");
        }
    }

    #[test]
    fn a_quantile_lies_where_prometheus_has_it() {
        for (case, buckets, expected) in [
            (
                "in the midst of a bucket",
                &[("0.1", 90), ("0.5", 100), ("+Inf", 100)][..],
                Some(0.3),
            ),
            (
                "in the first one",
                &[("0.2", 190), ("+Inf", 190)],
                Some(0.19),
            ),
            (
                "above the last bound",
                &[("0.1", 10), ("2.5", 90), ("+Inf", 100)],
                Some(2.5),
            ),
            (
                "at a bound",
                &[("0.1", 95), ("0.5", 100), ("+Inf", 100)],
                Some(0.1),
            ),
            (
                "bounds in no order of letters",
                &[("10", 100), ("2", 0), ("+Inf", 100)],
                Some(9.6),
            ),
            (
                "a bucket read before the smaller one",
                &[("0.1", 97), ("0.5", 96), ("+Inf", 100)],
                Some(0.1 * 95.0 / 97.0),
            ),
            ("no requests", &[("0.1", 0), ("+Inf", 0)], None),
            ("no bound", &[("+Inf", 5)], None),
            ("nothing of all", &[("0.1", 5)], None),
            ("nothing", &[], None),
        ] {
            let found = quantile(0.95, &buckets.iter().copied().collect());
            match (found, expected) {
                (Some(found), Some(expected)) => {
                    assert!((found - expected).abs() < 1e-9, "{case}: {found}");
                }
                _ => assert_eq!(found, expected, "{case}"),
            }
        }
    }

    #[test]
    fn who_asks_for_a_bound_that_is_not_there_is_told_which_are() {
        let over = Period::from_secs(2);
        let told = no_bound(over, ["10", "+Inf", "0.5", "2.5", "0.5"].into_iter());
        assert_eq!(
            told,
            "there is no bound of 2 s; there are 0.5, 2.5, 10: set `over` to one of them"
        );
        let told = no_bound(over, [ALL].into_iter());
        assert_eq!(told, "there is no bound of 2 s, and no other");
    }
}
