//! A quick look at many lines at once: nearly all of them hold nothing that is hidden, and need no more than that.

use memchr::{memchr, memrchr};

use crate::matcher::Matcher;
use crate::reading::{Decoder, Reading};
use crate::shape;
use crate::view::View;

const READINGS: usize = Reading::ALL.len();
/// A look goes this far ahead, less far for some time where something was found.
const MOST_BYTES: usize = 32 << 10;
const LEAST_BYTES: usize = 256;

/// How far to look ahead, so that text which is full of secrets is not looked at again and again.
pub(crate) struct Glance {
    reach: usize,
}

impl Default for Glance {
    fn default() -> Self {
        Self { reach: MOST_BYTES }
    }
}

impl Glance {
    /// The length of the whole lines that `text`, which stands at `base`, begins with and that nothing is hidden in, nor
    /// in what `views` have kept before them; `views` have read them then. Zero: they must be read one by one.
    ///
    /// No escape may have been begun before `text`, and no form of a secret that has many lines.
    pub(crate) fn quiet(
        &mut self,
        text: &[u8],
        base: usize,
        views: &mut [View; READINGS],
        matcher: &Matcher,
    ) -> usize {
        let mut lines = self.lines(text);
        let asked = lines.len();
        while !lines.is_empty() {
            let texts = Texts::of(lines, views);
            match texts.first_suspicious(lines, matcher) {
                None => {
                    texts.leave(lines, base, views, matcher);
                    break;
                }
                Some(line) => lines = &lines[..texts.begin(line)],
            }
        }
        self.reach = if lines.len() == asked {
            MOST_BYTES.min(self.reach * 2)
        } else {
            LEAST_BYTES
        };
        lines.len()
    }

    fn lines<'a>(&self, text: &'a [u8]) -> &'a [u8] {
        let within = &text[..text.len().min(self.reach)];
        let end = memrchr(b'\n', within).or_else(|| {
            let line = &text[..text.len().min(MOST_BYTES)];
            memchr(b'\n', line)
        });
        end.map_or(&[], |end| &text[..=end])
    }
}

/// What each reading makes of some lines, with what its view had kept before them.
struct Texts {
    /// With the length of what was kept; none where it is the same as that of the reading before it.
    read: [Option<(usize, Vec<u8>)>; READINGS],
    lines: Vec<Line>,
}

/// Where a line ends.
struct Line {
    end: usize,
    /// In each reading.
    ends: [usize; READINGS],
    /// No escape goes on into the next line.
    is_whole: bool,
}

impl Texts {
    fn of(lines: &[u8], views: &[View; READINGS]) -> Self {
        let mut texts = Self {
            read: std::array::from_fn(|number| {
                let differs = number == 0 || !views[number].agrees(&views[number - 1]);
                differs.then(|| {
                    let kept = views[number].kept();
                    (kept.len(), kept.to_vec())
                })
            }),
            lines: Vec::new(),
        };
        let mut decoder = Decoder::default();
        let mut end = 0;
        for line in lines.split_inclusive(|byte| *byte == b'\n') {
            end += line.len();
            texts.add(line, end, &mut decoder);
        }
        texts
    }

    fn add(&mut self, line: &[u8], end: usize, decoder: &mut Decoder) {
        let mut ends = [0; READINGS];
        let mut line_start = self.length(0);
        let (_, written) = self.read[0].get_or_insert_default();
        let kinds = Reading::write_first(line, written);
        ends[0] = self.length(0);
        for (number, reading) in Reading::ALL.into_iter().enumerate().skip(1) {
            let is_begun = matches!(reading, Reading::Decoded) && !decoder.is_idle();
            let matters = is_begun || reading.matters(kinds);
            let (before, rest) = self.read.split_at_mut(number);
            let same = before.iter().rev().flatten().next();
            let (kept, same) = same.expect("the first reading has a text");
            if matters && rest[0].is_none() {
                rest[0] = Some((*kept, same[..line_start].to_vec()));
            }
            if let Some((_, text)) = &mut rest[0] {
                let start = text.len();
                if matters {
                    reading.write(line, kinds, decoder, text);
                } else {
                    text.extend_from_slice(&same[line_start..]);
                }
                line_start = start;
            }
            ends[number] = self.length(number);
        }
        let is_whole = decoder.is_idle();
        self.lines.push(Line {
            end,
            ends,
            is_whole,
        });
    }

    /// The number of the first line that must be read by itself: something that is hidden begins in it, or may begin and goes
    /// on for more than this line, or an escape does.
    fn first_suspicious(&self, lines: &[u8], matcher: &Matcher) -> Option<usize> {
        let last = self.lines.len() - 1;
        let form = shape::first(lines).map(|at| self.lines.partition_point(|line| line.end <= at));
        let texts = self.read.iter().enumerate();
        let values = texts.filter_map(|(number, text)| {
            let (kept, text) = text.as_ref()?;
            let found = matcher.first_found(text);
            // What of it is shown after each line depends on how much of it was there.
            let wrapped = matcher
                .first_open(text)
                .filter(|at| at < kept || self.line_of(number, *at) < last);
            let at = found.into_iter().chain(wrapped).min()?;
            Some(self.line_of(number, at))
        });
        let whole = self.lines.iter().rposition(|line| line.is_whole);
        let escape = whole.map_or(0, |line| line + 1);
        let escape = (escape <= last).then_some(escape);
        values.chain(form).chain(escape).min()
    }

    /// Leaves in `views` what may become a value.
    fn leave(&self, lines: &[u8], base: usize, views: &mut [View; READINGS], matcher: &Matcher) {
        let last = self.lines.len() - 1;
        // No escape goes on into it.
        let whole = self.lines[..last].iter().rfind(|line| line.is_whole);
        let begin = whole.map_or(0, |line| line.end);
        for (number, reading) in Reading::ALL.into_iter().enumerate() {
            let Some((_, text)) = &self.read[number] else {
                views[number] = views[number - 1].clone();
                continue;
            };
            views[number] = View::default();
            if matcher.first_open(text).is_none() {
                continue;
            }
            let view = &mut views[number];
            let mut none = Vec::new();
            let mut decoder = Decoder::default();
            let mut read = |byte, span| view.read(byte, span, matcher, &mut none);
            reading.go_on(&lines[begin..], base + begin, &mut decoder, &mut read);
            view.decide(base + lines.len(), matcher, &mut none);
            debug_assert!(none.is_empty(), "nothing is hidden in these lines");
        }
    }

    fn begin(&self, line: usize) -> usize {
        line.checked_sub(1)
            .map_or(0, |before| self.lines[before].end)
    }

    /// The number of the line that the byte at `at` of a reading is in.
    fn line_of(&self, number: usize, at: usize) -> usize {
        self.lines.partition_point(|line| line.ends[number] <= at)
    }

    fn length(&self, number: usize) -> usize {
        let mut texts = self.read[..=number].iter().rev().flatten();
        texts.next().map_or(0, |(_, text)| text.len())
    }
}
