//! One line for each event, for logs and for outputs that are no terminal.

mod sentence;

use super::words;
use jiff::tz::Offset;
use scap_journal::Recorded;
use scap_run::RunState;

/// The line for an event and the state after it; none for what says nothing to a person. Times are those of `offset`.
pub(crate) fn line(recorded: &Recorded, after: &RunState, offset: Offset) -> Option<String> {
    let sentence = sentence::of(recorded, after, offset)?;
    let time = words::time_of_day(recorded.at, offset);
    Some(format!("{time}  {}", words::clean(&sentence)))
}

#[cfg(test)]
mod tests;
