//! Finds spellings of values: a filter of how they begin, and a trie of them.

use std::collections::BTreeMap;

use aho_corasick::automaton::Automaton;
use aho_corasick::nfa::contiguous::NFA;
use aho_corasick::{Anchored, BuildError, MatchKind};

use crate::maskable::LEAST_BYTES;

/// Longer spellings are looked for in pieces of this length, so that also a part of a long value is found.
const MOST_BYTES: usize = 64;
/// A line is held back when its last so many bytes may begin a value that goes on in the next line. Fewer are shown:
/// by chance most lines end like that, and a viewer would be one line behind.
pub(crate) const LEAST_HELD_BYTES: usize = 4;
/// Of the filter, at most one bit in so many is set.
const BITS_A_PIECE: usize = 32;

/// A position in the replacements of a mask.
pub(crate) type Label = u32;

pub(crate) struct Matcher {
    /// Walked from its root only. Its own search would be slower: it visits a state for each byte, and the states of
    /// a thousand values are more than the processor's caches hold.
    trie: NFA,
    labels: Vec<Label>,
    /// One bit for each hash of the first [`LEAST_BYTES`] bytes of a piece.
    beginnings: Vec<u64>,
}

/// What begins where the matcher was asked to look.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Beginning {
    /// The longest spelling that is there: its length and its label.
    pub(crate) found: Option<(usize, Label)>,
    /// The text ended before it was known whether a longer spelling is there.
    pub(crate) is_open: bool,
}

impl Matcher {
    /// Of two equal spellings, the first one's label counts.
    pub(crate) fn new(
        spellings: impl IntoIterator<Item = (Vec<u8>, Label)>,
    ) -> Result<Self, BuildError> {
        let mut pieces = BTreeMap::new();
        for (spelling, label) in spellings {
            for piece in pieces_of(&spelling) {
                pieces.entry(piece.to_vec()).or_insert(label);
            }
        }
        let trie = NFA::builder()
            .match_kind(MatchKind::Standard)
            .prefilter(false)
            .build(pieces.keys())?;
        let words = (pieces.len() * BITS_A_PIECE / 64).next_power_of_two();
        let mut beginnings = vec![0; words];
        for piece in pieces.keys() {
            let (word, bit) = place(beginning_of(piece), words);
            beginnings[word] |= bit;
        }
        Ok(Self {
            trie,
            labels: pieces.into_values().collect(),
            beginnings,
        })
    }

    /// All places in `text` where a spelling is or may be, in order.
    pub(crate) fn look<'a>(
        &'a self,
        text: &'a [u8],
    ) -> impl Iterator<Item = (usize, Beginning)> + 'a {
        let mut next = 0;
        std::iter::from_fn(move || {
            while let Some(at) = self.next(text, next) {
                next = at + 1;
                let beginning = self.begin(&text[at..]);
                if beginning != Beginning::default() {
                    return Some((at, beginning));
                }
            }
            None
        })
    }

    /// The first place from `first` on that passes the filter; the last ones are too short for it.
    fn next(&self, text: &[u8], first: usize) -> Option<usize> {
        let beginnings = self.beginnings.as_slice();
        let passes = |beginning| {
            let (word, bit) = place(beginning, beginnings.len());
            beginnings[word] & bit != 0
        };
        let mut eights = text[first..].windows(8);
        let found = eights.position(|eight| {
            passes(u64::from_le_bytes(
                eight.try_into().expect("eight of eight"),
            ))
        });
        if let Some(found) = found {
            return Some(first + found);
        }
        let last = first.max(text.len().saturating_sub(7));
        (last..text.len()).find(|at| {
            let rest = &text[*at..];
            rest.len() < LEAST_BYTES || passes(beginning_of(rest))
        })
    }

    /// The first place in `text` where a spelling is.
    pub(crate) fn first_found(&self, text: &[u8]) -> Option<usize> {
        let mut beginnings = self.look(text);
        beginnings.find_map(|(at, beginning)| beginning.found.map(|_| at))
    }

    /// The first place in `text` where a spelling begins that may go on after it.
    pub(crate) fn first_open(&self, text: &[u8]) -> Option<usize> {
        let first = text.len().saturating_sub(MOST_BYTES);
        let mut beginnings = self.look(&text[first..]);
        beginnings.find_map(|(at, beginning)| beginning.is_open.then_some(first + at))
    }

    fn begin(&self, text: &[u8]) -> Beginning {
        let next = |state, byte| self.trie.next_state(Anchored::Yes, state, byte);
        let start = self.trie.start_state(Anchored::Yes);
        let mut state = start.expect("every automaton of this kind can begin here");
        let mut found = None;
        for (byte, length) in text.iter().zip(1..) {
            state = next(state, *byte);
            if self.trie.is_dead(state) {
                let is_open = false;
                return Beginning { found, is_open };
            }
            if self.trie.is_match(state) {
                // A state has the spellings that end with it too; those begin later.
                let mut ending = (0..self.trie.match_len(state))
                    .map(|number| self.trie.match_pattern(state, number));
                let whole = ending.find(|piece| self.trie.pattern_len(*piece) == length);
                found = whole
                    .map(|piece| (length, self.labels[piece.as_usize()]))
                    .or(found);
            }
        }
        let is_open = (0..=u8::MAX).any(|byte| !self.trie.is_dead(next(state, byte)));
        Beginning { found, is_open }
    }
}

/// The first [`LEAST_BYTES`] bytes of `text`, and what may follow, as one number.
fn beginning_of(text: &[u8]) -> u64 {
    let first = text[..LEAST_BYTES].iter().rev();
    first.fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// Where in `words`, a power of two, the bit of a beginning is.
fn place(beginning: u64, words: usize) -> (usize, u64) {
    // Only the first bytes count. Fibonacci hashing: the upper bits depend on all that went in.
    let first = beginning << (64 - 8 * LEAST_BYTES);
    let hash = first.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
    let word = usize::try_from(hash >> 6).expect("26 bits fit");
    (word & (words - 1), 1 << (hash & 63))
}

/// Pieces that cover `spelling`. They overlap, so that a wrapped value is held back where one of them ends; the last one
/// reaches back, so that none is short.
fn pieces_of(spelling: &[u8]) -> impl Iterator<Item = &[u8]> {
    let last = spelling.len().saturating_sub(MOST_BYTES);
    let starts = (0..last)
        .step_by(MOST_BYTES - LEAST_HELD_BYTES)
        .chain([last]);
    starts.map(|start| &spelling[start..spelling.len().min(start + MOST_BYTES)])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matcher(spellings: &[(&str, Label)]) -> Matcher {
        let spellings = spellings.iter();
        Matcher::new(spellings.map(|(text, label)| (text.as_bytes().to_vec(), *label))).unwrap()
    }

    #[test]
    fn the_longest_spellings_are_found_and_what_may_become_one() {
        let matcher = matcher(&[
            ("cdefgh", 0),
            ("abcdefgh", 1),
            ("abcdefgh", 2),
            ("abcdef", 3),
        ]);
        for (text, expected) in [
            (
                "xabcdefghi",
                vec![(1, Some((8, 1)), false), (3, Some((6, 0)), false)],
            ),
            ("xabcdefgx", vec![(1, Some((6, 3)), false)]),
            ("xabcdefg", vec![(1, Some((6, 3)), true), (3, None, true)]),
            (
                "abcdefgh",
                vec![(0, Some((8, 1)), false), (2, Some((6, 0)), false)],
            ),
            ("xa", vec![(1, None, true)]),
            ("abcdxfgh", vec![]),
            ("", vec![]),
        ] {
            let seen = matcher.look(text.as_bytes());
            let seen: Vec<_> = seen.map(|(at, it)| (at, it.found, it.is_open)).collect();
            assert_eq!(seen, expected, "{text}");
        }
    }

    #[test]
    fn without_values_nothing_is_found() {
        assert_eq!(matcher(&[]).look(b"abcdefgh").count(), 0);
    }

    #[test]
    fn pieces_cover_long_spellings() {
        for length in [6, 64, 65, 128, 200] {
            let spelling: Vec<u8> = (0..length).collect();
            let covered: Vec<u8> = pieces_of(&spelling).flatten().copied().collect();
            assert!(spelling.iter().all(|byte| covered.contains(byte)));
            assert!(pieces_of(&spelling).all(|it| it.len() == MOST_BYTES.min(spelling.len())));
        }
    }
}
