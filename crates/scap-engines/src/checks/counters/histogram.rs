//! Slow requests: those that a histogram of Prometheus has above one of its bounds.

use scap_plan::Period;

/// The label with the upper bound of a bucket; a bucket has the requests of all smaller ones too.
pub(in crate::checks) const BOUND: &str = "le";
/// The bound of the bucket that has all requests.
pub(in crate::checks) const ALL: &str = "+Inf";

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
