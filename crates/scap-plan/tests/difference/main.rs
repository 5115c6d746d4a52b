//! Differences from YAML to result: the cases, and the laws that hold for every input.

#![expect(clippy::unwrap_used, reason = "a test stops at what cannot happen")]

mod cases;
#[path = "../planner/expected.rs"]
mod expected;
mod laws;
