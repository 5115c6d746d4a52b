//! In: a run's `Plan` in the journal, the world behind the traits of `scap-run`.
//! Out: what `decide` says, done through the traits; every event journalled; recovery.
//! Never: names Kubernetes, SSH or a terminal.

mod context;
mod driver;
mod evidence;
mod examples;
mod operation;
mod others;
mod people;
mod world;

pub use driver::{Driver, ExecuteError, Options};
pub use operation::barred;
pub use world::{Clock, World};
