//! In: people, policy, sessions; what a person asks for.
//! Out: what a person may do, and a record of what they did.
//! Never: an HTTP server; engines; a clock of its own (times come from the caller).

mod policy;

pub use policy::{Approval, Asker, Decision, Policy, Refusal, Target, Wish};
