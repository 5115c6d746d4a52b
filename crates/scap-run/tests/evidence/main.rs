//! The verdict mathematics against the reference simulation, its guarantees, and the verdicts that follow.

mod bounds;
mod false_alarms;
mod ordinary;
mod past;
mod properties;
mod streams;
mod vectors;
mod verdicts;
