//! In: what a browser asks, as the web process understood it; what the runner answers.
//! Out: the same in types, a line of JSON each, across web.sock.
//! Never: a rule of who may do what; a program's arguments; a path of a file.

mod act;
mod document;
mod live;
mod problem;
mod question;
mod route;
pub mod wire;

pub use act::{Act, ApprovalWanted, Proof, RunAct, Wanted};
pub use document::{Document, DocumentError};
pub use live::{Ask, Told};
pub use problem::{Problem, ProblemKind};
pub use question::{
    BegunSignIn, Client, FinishedSignIn, MadePasskey, Question, Reply, SignedIn, Verb,
};
pub use route::{
    ACTS, BeginPasskey, FinishPasskey, MeantAct, RUN_ACTS, Route, ShownFactor, WantedChallenge,
};
pub use wire::{Line, WireError};
