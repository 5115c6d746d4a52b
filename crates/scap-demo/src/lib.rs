//! In: scap's own executable, called as any user calls it. Out: a story on the terminal and whether all of it was true.
//! Never: another crate of ours, the network beyond 127.0.0.0/8, anything outside of the demo's own folder.

mod client;
mod fleet;
mod host;
pub mod identity_provider;
mod load;
mod parent;
mod phones;
mod process;
mod service;
mod setup;
mod story;

pub use host::{HostError, RestartError, host, restart, status};
pub use load::{Counts, Load, Page, Schedule};
pub use phones::PhoneError;
pub use process::ProcessError;
pub use service::{ServiceError, serve};
pub use setup::{PagePlace, SetupError};
pub use story::{Options, Outcome, StoryError, tell};
