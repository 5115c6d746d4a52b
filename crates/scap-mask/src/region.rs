//! Parts of a stream that are hidden.

use std::cmp::Reverse;
use std::ops::Range;

use crate::matcher::Label;

/// Where something hidden stands, in bytes since the stream's beginning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Region {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) label: Label,
    /// Its replacement has been written: it began in what was released before.
    pub(crate) is_rest: bool,
}

impl Region {
    pub(crate) fn new(span: Range<usize>, label: Label) -> Self {
        Self {
            start: span.start,
            end: span.end,
            label,
            is_rest: false,
        }
    }
}

/// Joins regions that overlap, or that touch and have one label; the first one's label counts, then the longest one's.
pub(crate) fn merge(regions: &mut Vec<Region>) {
    // Known values were pushed before shapes, and the sort is stable.
    regions.sort_by_key(|it| (it.start, !it.is_rest, Reverse(it.end)));
    regions.dedup_by(|next, first| {
        let joined = next.start < first.end || next.start == first.end && next.label == first.label;
        if joined {
            first.end = first.end.max(next.end);
        }
        joined
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overlapping_regions_are_one() {
        for (regions, expected) in [
            (vec![(0..4, 1), (2..6, 2)], vec![(0..6, 1)]),
            (vec![(2..6, 2), (0..4, 1), (5..7, 3)], vec![(0..7, 1)]),
            (vec![(0..4, 1), (4..6, 1)], vec![(0..6, 1)]),
            (vec![(0..4, 1), (4..6, 2)], vec![(0..4, 1), (4..6, 2)]),
            (vec![(0..4, 1), (0..6, 2)], vec![(0..6, 2)]),
            (vec![(0..6, 1), (1..3, 2)], vec![(0..6, 1)]),
        ] {
            let region = |(span, label)| Region::new(span, label);
            let mut regions: Vec<Region> = regions.into_iter().map(region).collect();
            merge(&mut regions);
            let expected: Vec<Region> = expected.into_iter().map(region).collect();
            assert_eq!(regions, expected);
        }
    }
}
