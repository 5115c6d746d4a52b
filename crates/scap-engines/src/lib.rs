//! In: steps, tests and counters of a `Plan`, through the traits of `scap-run`.
//! Out: the world seen and changed: hosts, Kubernetes, checks, git; programs under a supervisor of ours.
//! Never: decides what comes first.

mod causes;
pub mod checks;
mod ended;
pub mod engines;
mod fenced;
pub mod hosts;
pub mod kubernetes;
mod masked;
mod port;
pub mod process;
mod room;
mod scratch;
pub mod search_path;
pub mod secrets;
pub mod sources;

pub use masked::Masked;
pub use room::Room;
pub use scratch::{Scratch, ScratchError};
