//! Output as it comes, in chunks of any size.

use memchr::memchr;

use crate::glance::Glance;
use crate::mask::Mask;
use crate::matcher::{LEAST_HELD_BYTES, Label};
use crate::reading::{self, Decoder, Reading};
use crate::region::{Region, merge};
use crate::shape::Shapes;
use crate::view::View;

/// A longer line is looked at in pieces: escapes and forms (not values) that a cut divides are not seen.
const MOST_PIECE_BYTES: usize = 64 << 10;

/// Masks one stream of output.
///
/// Text is handed out by lines, as soon as nothing in a line can belong to a value that goes on. What comes out does
/// not depend on how the stream was cut into chunks. At most 64 KiB and one wrapped value are held back.
pub struct Stream {
    mask: Mask,
    /// What is held back; `released` bytes came before it.
    buffer: Vec<u8>,
    released: usize,
    /// Up to here it has been looked at.
    looked: usize,
    /// One for each reading.
    views: [View; Reading::ALL.len()],
    decoder: Decoder,
    shapes: Shapes,
    regions: Vec<Region>,
    glance: Glance,
    /// The label whose replacement was the last thing handed out.
    last_label: Option<Label>,
}

impl Stream {
    pub fn new(mask: Mask) -> Self {
        Self {
            mask,
            buffer: Vec::new(),
            released: 0,
            looked: 0,
            views: Default::default(),
            decoder: Decoder::default(),
            shapes: Shapes::default(),
            regions: Vec::new(),
            glance: Glance::default(),
            last_label: None,
        }
    }

    /// Takes in a chunk; returns what may be shown by now.
    pub fn push(&mut self, chunk: &[u8]) -> Vec<u8> {
        let mut seen = Vec::with_capacity(chunk.len());
        let mut rest = chunk;
        while !rest.is_empty() {
            let quiet = self.glance(rest);
            let taken = if quiet > 0 {
                self.buffer.extend_from_slice(&rest[..quiet]);
                self.looked += quiet;
                self.release(self.shown_until(true), &mut seen);
                quiet
            } else {
                self.read_piece(rest, &mut seen)
            };
            rest = &rest[taken..];
        }
        seen
    }

    /// How much of `text` is lines in which nothing is hidden, as far as that can be said quickly.
    fn glance(&mut self, text: &[u8]) -> usize {
        let is_held = self.released + self.buffer.len() > self.looked;
        if is_held || !self.decoder.is_idle() || !self.shapes.is_idle() {
            return 0;
        }
        let views = &mut self.views;
        let matcher = self.mask.matcher();
        self.glance.quiet(text, self.looked, views, matcher)
    }

    /// Takes in the first line of `text`, or a piece of it; returns its length.
    fn read_piece(&mut self, text: &[u8], seen: &mut Vec<u8>) -> usize {
        let held = self.released + self.buffer.len() - self.looked;
        let most = text.len().min(MOST_PIECE_BYTES - held);
        let end = memchr(b'\n', &text[..most]);
        let piece = &text[..end.map_or(most, |end| end + 1)];
        self.buffer.extend_from_slice(piece);
        if end.is_some() || held + piece.len() == MOST_PIECE_BYTES {
            // Its halves would be text.
            let open = reading::open_sequence(&self.buffer);
            self.look(self.buffer.len() - open, false);
            self.release(self.shown_until(end.is_some()), seen);
        }
        piece.len()
    }

    /// The stream is over; returns what was held back.
    pub fn finish(mut self) -> Vec<u8> {
        self.end()
    }

    /// As [`Self::finish`]; nothing may be pushed after it.
    pub(crate) fn end(&mut self) -> Vec<u8> {
        let mut seen = Vec::with_capacity(self.buffer.len());
        self.look(self.buffer.len(), true);
        self.release(self.looked, &mut seen);
        seen
    }

    /// Looks at what came since the last time, a line or a piece of one, up to `end` in the buffer.
    fn look(&mut self, end: usize, is_last: bool) {
        let base = self.looked;
        let line = &self.buffer[base - self.released..end];
        let matcher = self.mask.matcher();
        let now = base + line.len();
        let views = &mut self.views;
        let is_same = |number: usize| views[number].agrees(&views[number - 1]);
        let same = [false, is_same(1), is_same(2), is_same(3), is_same(4)];
        let kinds = reading::kinds(line);
        for (number, reading) in Reading::ALL.into_iter().enumerate() {
            let is_begun = matches!(reading, Reading::Decoded) && !self.decoder.is_idle();
            if same[number] && !is_begun && !reading.matters(kinds) {
                views[number] = views[number - 1].clone();
                continue;
            }
            let view = &mut views[number];
            let regions = &mut self.regions;
            let mut read = |byte, span| view.read(byte, span, matcher, regions);
            reading.go_on(line, base, &mut self.decoder, &mut read);
            if is_last && matches!(reading, Reading::Decoded) {
                self.decoder.finish(&mut read);
            }
            view.decide(now, matcher, &mut self.regions);
        }
        self.shapes.look(line, base, &mut self.regions);
        merge(&mut self.regions);
        self.looked = now;
    }

    /// Up to where nothing can become part of a value.
    fn shown_until(&self, is_whole_line: bool) -> usize {
        let least = if is_whole_line { LEAST_HELD_BYTES } else { 1 };
        let pending = self.views.iter().filter_map(|view| view.pending(least));
        let pending = pending.min();
        // What a shorter beginning has shown already is shown.
        pending.unwrap_or(self.looked).max(self.released)
    }

    fn release(&mut self, until: usize, seen: &mut Vec<u8>) {
        let held: Vec<u8> = self.buffer.drain(..until - self.released).collect();
        let (first, mut at) = (self.released, self.released);
        let text = |from: usize, to: usize| &held[from - first..to - first];
        let mut rest = Vec::new();
        for mut region in self.regions.drain(..) {
            region.start = region.start.max(at);
            if region.start >= until {
                rest.push(region);
                continue;
            }
            if region.start > at {
                seen.extend_from_slice(text(at, region.start));
                self.last_label = None;
            }
            if !region.is_rest && self.last_label != Some(region.label) {
                seen.extend_from_slice(self.mask.replacement(region.label).as_bytes());
            }
            at = region.end.min(until);
            keep_colours(text(region.start, at), seen);
            self.last_label = Some(region.label);
            if region.end > until {
                region.start = until;
                region.is_rest = true;
                rest.push(region);
            }
        }
        if until > at {
            seen.extend_from_slice(text(at, until));
            self.last_label = None;
        }
        self.regions = rest;
        self.released = until;
    }
}

/// Without what a value switched off inside of itself, all that follows would be coloured.
fn keep_colours(hidden: &[u8], seen: &mut Vec<u8>) {
    let mut at = 0;
    while let Some(next) = hidden[at..].iter().position(|byte| *byte == b'\x1b') {
        at += next;
        // Another letter may have been the value's own, and go on into what follows.
        let length = reading::colours(&hidden[at..]);
        seen.extend_from_slice(&hidden[at..at + length]);
        at += length.max(1);
    }
}
