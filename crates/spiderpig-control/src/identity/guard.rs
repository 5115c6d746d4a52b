//! How often codes may be tried: enough for a person who mistypes, too seldom for one who guesses, and never so that the
//! person is kept out.
//!
//! At any moment three codes of a million count. Of single codes ten may be wrong within 24 h: the odds of a guess among them
//! are 10 · 3 / 10⁶ = 3·10⁻⁵. From then on two codes must be given that follow each other, of which three pairs of 10¹² count:
//! a million such guesses have the odds 3·10⁻⁶. Together that is 3.3·10⁻⁵ a day, below 10⁻⁴, wherever the guesses come from
//! and however many addresses there are. Who has the factor is never kept out: two codes are at hand within 30 s.
//!
//! An address that was wrong waits, twice as long each time, for a minute at the most. That only keeps floods small; who
//! shares an address with a guesser tries another one, or shows a passkey.

use scap_run::UnixMillis;
use serde::{Deserialize, Serialize};

const SECOND: u64 = 1_000;
const DAY: u64 = 24 * 3_600 * SECOND;
/// Single codes that may be wrong within a day.
const MOST: usize = 10;
/// The longest that an address waits, in milliseconds.
const LONGEST: u64 = 60 * SECOND;
/// An address of which nothing was wrong for so long is as good as new, in milliseconds.
const FORGIVEN: u64 = 3_600 * SECOND;

/// The wrong single codes of a person.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PersonGuard(Vec<UnixMillis>);

/// The wrong codes from an address, single or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddressGuard {
    failures: u32,
    last: UnixMillis,
}

/// What a person may try now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    One,
    /// Two codes that follow each other; a single one counts again from then on, if nothing goes wrong meanwhile.
    Two(UnixMillis),
}

impl PersonGuard {
    pub fn turn(&self, now: UnixMillis) -> Turn {
        let recent: Vec<UnixMillis> = self.recent(now).collect();
        let Some(last) = recent.iter().max() else {
            return Turn::One;
        };
        let until = if recent.len() >= MOST {
            recent[recent.len() - MOST].after(DAY)
        } else {
            // 1 s after the first one, 256 s after the ninth.
            wait(*last, now, SECOND << (recent.len() - 1))
        };
        if now >= until {
            Turn::One
        } else {
            Turn::Two(until)
        }
    }

    /// A single code was wrong. Codes that were right change nothing: the person's own would open the door to guesses again.
    pub fn fail(&mut self, now: UnixMillis) {
        self.0 = self.recent(now).chain([now]).collect();
    }

    fn recent(&self, now: UnixMillis) -> impl Iterator<Item = UnixMillis> {
        self.0.iter().copied().filter(move |at| at.until(now) < DAY)
    }
}

impl AddressGuard {
    pub fn new(now: UnixMillis) -> Self {
        Self {
            failures: 0,
            last: now,
        }
    }

    /// When this address may try again.
    pub fn until(&self, now: UnixMillis) -> UnixMillis {
        if self.failures == 0 || self.last.until(now) >= FORGIVEN {
            return now;
        }
        let doubled = SECOND << (self.failures - 1).min(6);
        wait(self.last, now, doubled.min(LONGEST)).max(now)
    }

    pub fn fail(&mut self, now: UnixMillis) {
        let is_forgiven = self.last.until(now) >= FORGIVEN;
        self.failures = if is_forgiven {
            1
        } else {
            self.failures.saturating_add(1)
        };
        self.last = now;
    }
}

/// A clock that was set back makes nobody wait longer than that.
fn wait(since: UnixMillis, now: UnixMillis, milliseconds: u64) -> UnixMillis {
    since.min(now).after(milliseconds)
}
