//! One line for each event, for logs and for outputs that are no terminal.

mod sentence;

use super::words;
use jiff::tz::Offset;
use scap_journal::Recorded;
use scap_run::{Event, RunState, UnixMillis};

/// Evidence that stays the same is told again after so many milliseconds.
const SAME_EVIDENCE_EVERY_MILLISECONDS: u64 = 60_000;

/// Tells a run, event by event; times are those of `offset`.
pub(crate) struct Teller {
    offset: Offset,
    /// What was said of evidence last, and when.
    evidence: Option<(String, UnixMillis)>,
}

impl Teller {
    pub(crate) fn new(offset: Offset) -> Self {
        Self {
            offset,
            evidence: None,
        }
    }

    /// The line for an event and the state after it; none for what says nothing to a person.
    pub(crate) fn line(&mut self, recorded: &Recorded, after: &RunState) -> Option<String> {
        let sentence = sentence::of(recorded, after, self.offset)?;
        if matches!(recorded.event, Event::EvidenceRecorded { .. })
            && !self.is_news(&sentence, recorded.at)
        {
            return None;
        }
        let time = words::time_of_day(recorded.at, self.offset);
        Some(format!("{time}  {}", words::clean(&sentence)))
    }

    fn is_news(&mut self, sentence: &str, at: UnixMillis) -> bool {
        let is_known = self.evidence.as_ref().is_some_and(|(told, when)| {
            told == sentence && when.until(at) < SAME_EVIDENCE_EVERY_MILLISECONDS
        });
        if !is_known {
            self.evidence = Some((sentence.to_owned(), at));
        }
        !is_known
    }
}

#[cfg(test)]
mod tests;
