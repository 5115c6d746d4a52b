//! In: events, requests, locks and leases to be kept.
//! Out: the same, in order, for as many readers as there are; one SQLite file.
//! Never: runs anything; reads a clock (times come from the caller).

mod backup;
mod bar;
mod chain;
mod digest;
mod error;
#[cfg(feature = "faults")]
mod fault;
mod freeze;
mod lease;
mod line;
mod lock;
mod mark;
mod queue;
mod request;
mod run;
mod schema;
mod seal;
mod store;
mod tail;
mod verify;

pub use bar::Bar;
pub use digest::hash_value;
pub use error::{JournalError, RESTORE};
#[cfg(feature = "faults")]
pub use fault::{Fault, Moment};
pub use freeze::FreezeOrder;
pub use lease::Lease;
pub use lock::{Acquisition, Lock};
pub use mark::Mark;
pub use request::{PendingRequest, Reply, Request, RequestId};
pub use run::{Creation, Listing, RunSummary};
pub use store::Journal;
pub use tail::{Cursor, Recorded};
pub use verify::{Damage, Verification};
