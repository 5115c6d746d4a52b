//! Counters that go on counting over restarts, series by series.
//!
//! A sum over series cannot tell a process that began anew from a series that is gone: both go back. One series can.

use std::collections::BTreeMap;

/// What tells series apart.
pub(in crate::checks) type Labels = BTreeMap<String, String>;

/// What each series has counted since it was first seen, and before that.
#[derive(Debug, Clone, Default, PartialEq)]
pub(in crate::checks) struct Totals(BTreeMap<Labels, Total>);

#[derive(Debug, Clone, PartialEq)]
struct Total {
    last: u64,
    counted: u64,
}

impl Totals {
    /// Takes in what a series shows now.
    pub(in crate::checks) fn take_in(&mut self, labels: Labels, shown: u64) {
        let Some(total) = self.0.get_mut(&labels) else {
            let (last, counted) = (shown, shown);
            self.0.insert(labels, Total { last, counted });
            return;
        };
        let grown = match shown.checked_sub(total.last) {
            Some(grown) => grown,
            // Begun anew: what it shows, it counted since then.
            None if shown <= total.last / 2 => shown,
            // A little less is an older sample, as of another one of a pair: it says nothing new.
            None => return,
        };
        total.last = shown;
        total.counted = total.counted.saturating_add(grown);
    }

    pub(in crate::checks) fn take_in_all(&mut self, shown: Vec<(Labels, u64)>) {
        for (labels, shown) in shown {
            self.take_in(labels, shown);
        }
    }

    /// What all series together have counted.
    pub(in crate::checks) fn sum(&self) -> u64 {
        self.all()
            .fold(0, |sum, (_, counted)| sum.saturating_add(counted))
    }

    /// All series, those that are no longer shown too.
    pub(in crate::checks) fn all(&self) -> impl Iterator<Item = (&Labels, u64)> {
        self.0.iter().map(|(labels, total)| (labels, total.counted))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is counted after each of these looks at one series.
    fn counted(shown: &[Option<u64>]) -> Vec<u64> {
        let mut totals = Totals::default();
        let look = |shown: &Option<u64>| {
            if let Some(shown) = shown {
                totals.take_in(Labels::new(), *shown);
            }
            totals.sum()
        };
        shown.iter().map(look).collect()
    }

    #[test]
    fn a_counter_never_goes_back() {
        let cases: [(&[Option<u64>], &[u64]); 5] = [
            (&[Some(100), Some(103), Some(103)], &[100, 103, 103]),
            // Restarted twice.
            (
                &[Some(100), Some(4), Some(9), Some(0)],
                &[100, 104, 109, 109],
            ),
            // Gone for a while.
            (&[Some(100), None, Some(105)], &[100, 100, 105]),
            // Samples out of order.
            (&[Some(100), Some(97), Some(102)], &[100, 100, 102]),
            (&[Some(u64::MAX), Some(7)], &[u64::MAX, u64::MAX]),
        ];
        for (shown, expected) in cases {
            assert_eq!(counted(shown), expected, "{shown:?}");
        }
    }

    #[test]
    fn series_are_counted_apart() {
        let code = |code: &str| Labels::from([("code".to_owned(), code.to_owned())]);
        let mut totals = Totals::default();
        for (labels, shown) in [("200", 50), ("500", 9), ("200", 60), ("500", 1)] {
            totals.take_in(code(labels), shown);
        }
        let all: Vec<_> = totals.all().map(|(_, counted)| counted).collect();
        assert_eq!((all, totals.sum()), (vec![60, 10], 70));
    }
}
