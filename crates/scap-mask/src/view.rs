//! One reading of a stream: what of it has not been decided yet.

use std::ops::Range;

use crate::maskable::MOST_BLANK_BYTES;
use crate::matcher::Matcher;
use crate::region::Region;

#[derive(Clone, Default)]
pub(crate) struct View {
    read: Vec<u8>,
    /// Where each byte that was read stands in the stream.
    spans: Vec<Range<usize>>,
}

impl View {
    /// Takes in the next byte, which stands at `span`.
    #[inline]
    pub(crate) fn read(
        &mut self,
        byte: u8,
        span: Range<usize>,
        matcher: &Matcher,
        regions: &mut Vec<Region>,
    ) {
        if self.is_torn(span.start) {
            self.decide(span.start, matcher, regions);
        }
        self.read.push(byte);
        self.spans.push(span);
    }

    /// Finds what is hidden of the stream up to `now`, and keeps only what may become a value.
    pub(crate) fn decide(&mut self, now: usize, matcher: &Matcher, regions: &mut Vec<Region>) {
        let mut first_open = None;
        for (at, beginning) in matcher.look(&self.read) {
            if let Some((length, label)) = beginning.found {
                let span = self.spans[at].start..self.spans[at + length - 1].end;
                regions.push(Region::new(span, label));
            }
            if beginning.is_open {
                first_open.get_or_insert(at);
            }
        }
        let kept = first_open.filter(|_| !self.is_torn(now));
        let decided = kept.unwrap_or(self.read.len());
        self.read.drain(..decided);
        self.spans.drain(..decided);
    }

    /// Whether no value can go on at `now`: too much that is not seen stands between.
    #[inline]
    fn is_torn(&self, now: usize) -> bool {
        let last = self.spans.last();
        last.is_some_and(|last| now.saturating_sub(last.end) > MOST_BLANK_BYTES)
    }

    /// Whether both look for the same from here on, and will find it at the same places.
    pub(crate) fn agrees(&self, other: &Self) -> bool {
        self.read == other.read && self.spans == other.spans
    }

    /// What may become a value.
    pub(crate) fn kept(&self) -> &[u8] {
        &self.read
    }

    /// Where the value begins that may be going on, if at least `least` of its bytes were there.
    pub(crate) fn pending(&self, least: usize) -> Option<usize> {
        let first = self.spans.first()?;
        (self.read.len() >= least).then_some(first.start)
    }
}
