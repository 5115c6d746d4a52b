//! The planner from text to plan: the corpus, the laws that hold for every input, the published schemas.

#![expect(clippy::unwrap_used, reason = "a test stops at what cannot happen")]

mod case;
mod corpus;
mod expected;
mod first_files;
mod hostile;
mod laws;
mod schemas;
