//! Which events can happen when, and what is wanted next: tables of short stories.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod examples;
mod hostile;
mod illegal;
mod replayed;
mod shadow;
mod story;
mod wanted;
mod watch;
