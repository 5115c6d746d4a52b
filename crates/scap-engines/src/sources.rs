//! Where versions come from.

pub mod git;
